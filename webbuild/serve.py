"""The page's headers and a small server for one's own machine.

Strategy: the policy is written down once, here; the server sends it, dist/_headers
carries it to static hosts, and the page's own <meta> repeats what a <meta> can say.

Invariants: the server listens on the loopback interface only and logs no request.
"""

from __future__ import annotations

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from os import PathLike

# What a <meta> can say. The worker is started from a blob, which inherits this policy
# also where the host sends no headers.
META_CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' blob: data:; worker-src 'self' blob:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'"
)
HEADERS = {
    "Content-Security-Policy": f"{META_CSP}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # File names carry no hash: ask each time, be told "not modified".
    "Cache-Control": "no-cache",
}


def headers_file() -> str:
    """Return the headers in the form static hosts read from a file named _headers."""
    return "/*\n" + "".join(f"  {name}: {value}\n" for name, value in HEADERS.items())


# Content codings by the ending of the copy that has them, the best first.
CODINGS = {"br": ".br", "gzip": ".gz"}


class PageHandler(SimpleHTTPRequestHandler):
    """Serves files with the page's headers on every answer, pressed where the browser takes it."""

    protocol_version = "HTTP/1.1"
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".wasm": "application/wasm",
        ".webmanifest": "application/manifest+json",
    }

    _coding = ""

    def send_head(self) -> Any:  # noqa: ANN401 - as the base
        """Answer with the pressed copy of a file, if there is one that the browser takes."""
        self._coding = ""
        address = self.path.partition("?")[0]
        address += "index.html" if address.endswith("/") else ""
        wanted = self.headers.get("Accept-Encoding", "").split(",")
        taken = {word.partition(";")[0].strip() for word in wanted}
        for coding, suffix in CODINGS.items():
            if coding in taken and Path(self.translate_path(address + suffix)).is_file():
                self._coding, self.path = coding, address + suffix
                break
        return super().send_head()

    def guess_type(self, path: str | PathLike[str]) -> str:
        """Return the type of what was pressed."""
        return super().guess_type(str(path).removesuffix(CODINGS.get(self._coding, "")))

    def end_headers(self) -> None:
        """Add the page's headers to every answer, errors included."""
        self.send_header("Vary", "Accept-Encoding")
        if self._coding:
            self.send_header("Content-Encoding", self._coding)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Log nothing: what a person opens is nobody's business."""


class PageServer(ThreadingHTTPServer):
    """Serves the page; a tab that is closed in the middle of an answer is no error."""

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the base
        """Report what is wrong here, not what a browser hung up on."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def make_server(dist: Path, port: int) -> ThreadingHTTPServer:
    """Return a server of `dist` on the loopback interface; port 0 takes a free one."""
    return PageServer(("127.0.0.1", port), partial(PageHandler, directory=str(dist)))


def serve(dist: Path, port: int) -> None:
    """Serve `dist` until Ctrl-C."""
    with make_server(dist, port) as server:
        print(f"http://127.0.0.1:{server.server_port}/", flush=True)  # noqa: T201
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("stopped")  # noqa: T201
