"""A server that answers with a page whatever it is asked, as a proxy does that wants somebody to sign in."""

import contextlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

PAGE = b"<html><body>Sign in, please.</body></html>"


class _Handler(BaseHTTPRequestHandler):
    page: bytes

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(self.page)))
        self.end_headers()
        self.wfile.write(self.page)

    def do_POST(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def web_page(page: bytes = PAGE) -> Iterator[str]:
    """Run the server, and yield its URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"page": page})) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
