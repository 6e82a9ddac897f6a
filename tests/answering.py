"""A server that answers whatever a test has it say."""

import contextlib
import http.server
import threading
from collections.abc import Callable, Iterator

PAGES = [
    ("text/html", "<html>Log in</html>"),
    ("application/json", "<html>Log in</html>"),
    ("application/octet-stream", "<html>Log in</html>"),
    ("application/json", "[]"),
    ("application/json", '"Log in"'),
    ("application/json", "1"),
    ("application/json", "null"),
    ("application/json", '{"data": []}'),
    ("application/json", '{"metadata": "none", "items": 1}'),
]
"""What a proxy may answer in place of an API server: types, and contents."""


@contextlib.contextmanager
def answering(answer: Callable[[str], str | bytes], type_: str = "text/plain") -> Iterator[str]:
    """Run it, and yield its host and port.

    Args:
        answer: from a path to the body of an answer, or to the bytes that are sent in place of a whole one.
        type_: the type of the bodies.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = answer(self.path)
            if isinstance(said, str):
                self.send_response(200)
                self.send_header("Content-Type", type_)
                self.send_header("Content-Length", str(len(said.encode())))
                self.end_headers()
                said = said.encode()
            self.wfile.write(said)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
