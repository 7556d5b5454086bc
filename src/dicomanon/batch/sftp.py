"""sftp:// as fsspec has it, but for whom it trusts, and how long it waits.

Strategy: a server's key has to be among the person's known hosts, as for `ssh`; fsspec's own
driver takes any. Packets leave at once (TCP_NODELAY): otherwise each waits for the answer to
the one before, and 512 KB take 0.7 s in place of 0.04 s, to this machine even. paramiko could
write without waiting for answers, but then loses those that say no. What is read is asked for
at once. A connection that was cut is made again when it is next asked for.

Invariants: nothing is sent to a server that is not known. An answer that does not come is an
error in the end.
"""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from dicomanon.errors import ProfileError

if TYPE_CHECKING:
    from typing import NoReturn

ANSWER_SECONDS = 60.0


class _Unknown(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]  # untyped
    """What becomes of a server that is not among the known hosts."""

    def missing_host_key(self, *_server: object) -> NoReturn:
        """Refuse it."""
        raise ProfileError("host_key")


class Sftp(SFTPFileSystem):  # type: ignore[misc]  # untyped
    """The files of a server.

    Raises:
        ProfileError: `host_key`; the server is not known, or is not the one that is known.
        OSError: it cannot be reached, or does not let us in.
    """

    def _connect(self) -> None:
        given = dict(self.ssh_kwargs)
        address = self.host, given.get("port", paramiko.config.SSH_PORT)
        line = socket.create_connection(address, ANSWER_SECONDS)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.client = paramiko.SSHClient()
        self.client.load_system_host_keys()
        self.client.set_missing_host_key_policy(_Unknown())
        try:
            self.client.connect(self.host, sock=line, **given)
        except paramiko.BadHostKeyException:
            raise ProfileError("host_key") from None
        except paramiko.SSHException:
            raise OSError(errno.EACCES, os.strerror(errno.EACCES)) from None
        self._channel = self.client.open_sftp()
        self._channel.get_channel().settimeout(ANSWER_SECONDS)

    @property
    def ftp(self) -> paramiko.SFTPClient:
        """The connection, a new one in place of one that was cut."""
        transport = self.client.get_transport()
        if transport is None or not transport.is_active():
            self._connect()
        return self._channel

    def cat_file(
        self, path: str, start: int | None = None, end: int | None = None, **_more: object
    ) -> bytes:
        """What is between two offsets."""
        with self.ftp.open(path, "rb") as stream:
            first, last = start or 0, stream.stat().st_size if end is None else end
            return b"".join(stream.readv([(first, last - first)])) if last > first else b""
