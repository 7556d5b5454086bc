"""An SFTP server on this machine: `python sftp_server.py FOLDER`; the port is its first word.

It serves FOLDER/root to who has the key FOLDER/home/.ssh/id_ed25519, which it makes, and says
in FOLDER/home/.ssh/known_hosts who it is. A file FOLDER/room says how many bytes its disk has.
"""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from pathlib import Path

import asyncssh

HOST = "127.0.0.1"
KEYS = "ssh-ed25519"


def _taken_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


async def serve(folder: Path) -> None:
    """Until it is killed."""
    root, room = folder / "root", folder / "room"

    class Limited(asyncssh.SFTPServer):
        """What a disk that is full answers."""

        def write(self, file_obj: object, offset: int, data: bytes) -> int:
            if room.exists() and _taken_bytes(root) > int(room.read_text()):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return int(super().write(file_obj, offset, data))  # type: ignore[arg-type]

    home = folder / "home" / ".ssh"
    home.mkdir(parents=True)
    user, host = (asyncssh.generate_private_key(KEYS) for _ in range(2))
    user.write_private_key(home / "id_ed25519")
    user.write_public_key(home / "allowed")
    listening = await asyncssh.listen(
        HOST,
        0,
        server_host_keys=[host],
        authorized_client_keys=str(home / "allowed"),
        sftp_factory=lambda channel: Limited(channel, chroot=os.fsencode(root)),
    )
    port = listening.get_port()
    known = f"[{HOST}]:{port} {host.export_public_key().decode()}"
    (home / "known_hosts").write_text(known, encoding="utf-8")
    print(port, flush=True)  # noqa: T201 - it is asked for
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
