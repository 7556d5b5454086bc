"""An object store on this machine, spoken to as any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import fsspec
import pytest
from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3fs import S3FileSystem

ACCESS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@pytest.fixture(scope="session")
def s3() -> Iterator[S3FileSystem]:
    """The store's file system; the same address and access for every process."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (ACCESS | {"AWS_ENDPOINT_URL": f"http://{host}:{port}"}).items():
            patch.setenv(name, value)
        system = fsspec.filesystem("s3")
        system.mkdir("inbox")
        system.mkdir("outbox")
        yield system
    server.stop()
