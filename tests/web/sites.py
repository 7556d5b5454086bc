"""Local servers the browser tests talk to: sites, a second origin, a proxy that logs.

Strategy: the proxy is the browser's only route, so what it has not seen did not
leave; it forwards to the origins it was given and answers 502 for all others.

Invariants: everything listens on the loopback interface; nothing is forwarded off it.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOP_HEADERS = {"connection", "keep-alive", "proxy-connection", "transfer-encoding"}


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[str]:
    """Run a server in a thread; yield its origin."""
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def plain_server(folder: Path) -> ThreadingHTTPServer:
    """Return a server that sends no header of ours, as the simplest static host does."""

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(folder))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    return ThreadingHTTPServer(("127.0.0.1", 0), Quiet)


class LoggingProxy(ThreadingHTTPServer):
    """An HTTP proxy that remembers every address it was asked for, in order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _ProxyHandler)
        self.asked: list[str] = []
        self.allowed: set[str] = set()


class _ProxyHandler(BaseHTTPRequestHandler):
    server: LoggingProxy

    def log_message(self, *_: object) -> None:
        """Log nothing: `asked` has it."""

    def do_CONNECT(self) -> None:
        """Refuse tunnels: everything the tests need is plain HTTP."""
        self.server.asked.append(f"connect://{self.path}")
        self.send_error(502)

    def do_GET(self) -> None:
        """Log, and forward to an allowed origin."""
        self.server.asked.append(self.path)
        address = urlsplit(self.path)
        if f"{address.scheme}://{address.netloc}" not in self.server.allowed:
            self.send_error(502)
            return
        link = HTTPConnection(address.netloc, timeout=30)
        headers = {name: value for name, value in self.headers.items() if name not in HOP_HEADERS}
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        link.request(self.command, address.path or "/", body, headers)
        answer = link.getresponse()
        data = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_HEADERS | {"content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        link.close()

    do_POST = do_GET  # noqa: N815 - http.server's naming
    do_HEAD = do_GET  # noqa: N815 - http.server's naming
    do_OPTIONS = do_GET  # noqa: N815 - http.server's naming


class Sink(ThreadingHTTPServer):
    """A second origin that lets everyone in and remembers who came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _SinkHandler)
        self.visits: list[str] = []


class _SinkHandler(BaseHTTPRequestHandler):
    server: Sink

    def log_message(self, *_: object) -> None:
        """Log nothing: `visits` has it."""

    def do_GET(self) -> None:
        """Remember, and answer."""
        self.server.visits.append(self.path)
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET  # noqa: N815 - http.server's naming
