"""A connection that can be cut: a TCP relay in front of an API server."""

import contextlib
import select
import socket
import threading
from collections.abc import Iterator


class Relay:
    """Passes connections on to a server, except while it is cut."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._is_cut = False
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @contextlib.contextmanager
    def cut(self) -> Iterator[None]:
        """End all connections, and refuse new ones until the end."""
        self._sever()
        try:
            yield
        finally:
            self._is_cut = False

    def close(self) -> None:
        """End."""
        self._sever()
        self._listener.close()

    def _sever(self) -> None:
        self._is_cut = True
        for one in list(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                client.close()
            else:
                threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError), socket.create_connection(self._server) as server:
            pair = {client, server}
            other = {client: server, server: client}
            self._open |= pair
            try:
                while not self._is_cut:
                    for ready in select.select([client, server], [], [], 1)[0]:
                        data = ready.recv(65536)
                        if not data:
                            return
                        other[ready].sendall(data)
            finally:
                self._open -= pair
