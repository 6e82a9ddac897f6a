"""What answers where a server should be: each of it ends in one message, and the key stays with the server."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from neuronserve.bench import served
from neuronserve.bench.served import NotThereError, ServedError, ask
from tests.bench.endpoint import KEY


@contextlib.contextmanager
def saying(*answers: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Answer each who asks with the next of these, and yield the port and what was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def run() -> None:
            with contextlib.suppress(OSError):
                for answer in answers:
                    connection, _ = server.accept()
                    with connection, contextlib.suppress(OSError):
                        asked.append(connection.recv(65536))
                        connection.sendall(answer)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield server.getsockname()[1], asked
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)  # ends a wait for someone who does not come
        thread.join(5)


MODELS = b'HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{"data": [{"id": "a"}]}\n'


def redirect(url: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"SSH-2.0-OpenSSH_9\r\n", "does not speak HTTP"),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"data"', "broke off in the middle"),
        (b"", "Remote end closed connection without response"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "is no OpenAI-compatible API"),
    ],
)
def test_what_is_no_list_of_models(answer: bytes, says: str) -> None:
    with saying(answer) as (port, _), pytest.raises(ServedError, match=says) as caught:
        ask(f"http://127.0.0.1:{port}/v1", "")
    assert not isinstance(caught.value, NotThereError)
    assert f"http://127.0.0.1:{port}/v1" in str(caught.value)
    assert "--base-url" in str(caught.value)


def test_nobody_listens() -> None:
    with pytest.raises(NotThereError, match=r"\(Connection refused\). Start one with `make serve`"):
        ask("http://127.0.0.1:9/v1", "")


def test_tls_to_a_port_without_it() -> None:
    with saying(b"HTTP/1.1 400 Bad Request\r\n\r\n") as (port, _), pytest.raises(ServedError, match="SSL") as caught:
        ask(f"https://127.0.0.1:{port}/v1", "")
    assert "make serve" not in str(caught.value)


def test_a_host_that_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ServedError, match=r"\(Name or service not known\)") as caught:
        ask("http://nowhere.invalid/v1", "")
    assert "make serve" not in str(caught.value)


def test_a_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "ANSWER_WITHIN_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        with pytest.raises(ServedError, match=r"\(nothing within 0.1 s\)"):
            ask(url, "")


def test_a_redirect_to_another_server_does_not_get_the_key() -> None:
    with saying(MODELS) as (other, asked):
        elsewhere = f"http://127.0.0.1:{other}/v1"
        says = f"it leads to {elsewhere}; name that with --base-url"
        leads = redirect(f"{elsewhere}/models?token=secret")
        with saying(leads) as (port, _), pytest.raises(ServedError, match=says) as caught:
            ask(f"http://127.0.0.1:{port}/v1", KEY)
    assert "secret" not in str(caught.value)
    assert asked == []


def test_a_redirect_within_a_server_is_followed() -> None:
    with saying(redirect("/v1/models/"), MODELS) as (port, asked):
        assert ask(f"http://127.0.0.1:{port}/v1", KEY) == [{"id": "a"}]
    assert [KEY.encode() in request for request in asked] == [True, True]
