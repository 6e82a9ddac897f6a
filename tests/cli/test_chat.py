"""``neuronserve chat`` with servers that are none, or that break off: one line each, and no traceback."""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import Result
from typer.testing import CliRunner

from neuronserve.cli.main import app

HTML = "<html><body>" + "It works!\n" * 200 + "</body></html>"
MODELS = json.dumps({"object": "list", "data": [{"id": "llama", "object": "model", "created": 1, "owned_by": "a"}]})


def chunk(text: str, finish: str | None = None) -> str:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    body = {"id": "a", "object": "chat.completion.chunk", "created": 1, "model": "llama", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n"


WHOLE = chunk("Hello") + chunk("", "stop") + "data: [DONE]\n\n"


@contextlib.contextmanager
def serving(models: str, stream: str, kind: str = "application/json", status: int = 200) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(models, kind)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._send(stream, "text/event-stream")

        def _send(self, body: str, content_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def chat(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["chat", "Hi", *arguments])


def refused(result: Result) -> str:
    """Return the one line that a command ends with."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error:")]
    assert result.stderr.endswith(f"{line}\n")
    assert len(line) < 600
    return line


def test_a_whole_answer() -> None:
    with serving(MODELS, WHOLE) as url:
        result = chat("--base-url", url)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "Hello\n"


@pytest.mark.parametrize(
    ("models", "kind"),
    [
        (HTML, "text/html"),
        (HTML, "application/json"),
        ("null", "application/json"),
        ('{"data": [{"id"', "application/json"),
        ("[]", "application/json"),
        ('{"data": 7}', "application/json"),
        ('{"data": [null]}', "application/json"),
        ("{}", "application/json"),
    ],
)
def test_what_is_no_list_of_models(models: str, kind: str) -> None:
    with serving(models, WHOLE, kind) as url:
        line = refused(chat("--base-url", url))
    assert url in line


def test_a_server_without_a_model() -> None:
    with serving('{"object": "list", "data": []}', WHOLE) as url:
        assert "serves no model" in refused(chat("--base-url", url))


@pytest.mark.parametrize(
    "stream",
    ["data: {\n\n", "data: null\n\n", 'data: {"choices": 7}\n\n', 'data: {"choices": [null]}\n\n', "data: [1]\n\n"],
)
def test_a_stream_that_cannot_be_read(stream: str) -> None:
    with serving(MODELS, chunk("Hel") + stream) as url:
        line = refused(chat("--base-url", url))
    assert "broke off" in line or "did not finish" in line


@pytest.mark.parametrize(
    ("stream", "says"),
    [
        (chunk("Hel"), "The answer was broken off"),
        ("", "The answer was broken off"),
        (chunk("Hel", "length") + "data: [DONE]\n\n", "The answer is cut short at 512 tokens"),
    ],
)
def test_an_answer_that_is_not_whole_says_so(stream: str, says: str) -> None:
    with serving(MODELS, stream) as url:
        result = chat("--base-url", url)
    assert says in refused(result)
    assert result.stdout == ("Hel\n" if stream else "\n")


def test_a_page_as_an_error_is_one_line() -> None:
    with serving(HTML, HTML, "text/html", status=502) as url:
        assert "answered 502" in refused(chat("--base-url", url))


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://a/v1", "http://", "http://[::1/v1", "http://a:b/v1", "", "http://a b/v1"]
)
def test_what_is_no_url(url: str) -> None:
    assert f"--base-url is {url!r}; it should read http://host:port/v1." in refused(chat("--base-url", url))


@pytest.mark.parametrize("key", ["schlüssel", "a\nb", "geheim ", "“key”"])
def test_a_key_that_no_header_can_carry(key: str) -> None:
    line = refused(chat("--api-key", key))
    assert "The API key has characters that no HTTP header can carry" in line
    assert key not in line


def test_nobody_answers() -> None:
    assert "No server answers at http://127.0.0.1:9/v1" in refused(chat("--base-url", "http://127.0.0.1:9/v1"))


NO_PROXY_THERE = "http://127.0.0.1:9"


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        for spelling in (name, name.upper()):
            monkeypatch.setenv(spelling, "")  # so that what the command sets is undone, too
            monkeypatch.delenv(spelling)
    return monkeypatch


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_this_machine_is_never_asked_through_a_proxy(no_proxies: pytest.MonkeyPatch, variable: str) -> None:
    no_proxies.setenv(variable, NO_PROXY_THERE)
    no_proxies.setenv("no_proxy", "example.com")
    with serving(MODELS, WHOLE) as url:
        result = chat("--base-url", url)
    assert result.stdout == "Hello\n", result.stderr


def test_elsewhere_a_proxy_is_used(no_proxies: pytest.MonkeyPatch) -> None:
    with serving(MODELS, WHOLE) as url:
        no_proxies.setenv("http_proxy", url.removesuffix("/v1"))
        result = chat("--base-url", "http://model.invalid/v1")
    assert result.stdout == "Hello\n", result.stderr


def test_a_proxy_that_does_not_answer_is_named(no_proxies: pytest.MonkeyPatch) -> None:
    no_proxies.setenv("http_proxy", "http://me:secret@127.0.0.1:9")
    line = refused(chat("--base-url", "http://model.invalid/v1"))
    assert "http_proxy=…@127.0.0.1:9" in line
    assert "secret" not in line
