"""What the runner makes of guidellm's words, without guidellm: with it, test_guidellm.py."""

from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import pytest

from neuronserve.bench import guidellm_runner
from neuronserve.bench.generator import KEY_VARIABLE, RUNNER
from neuronserve.bench.guidellm_runner import spec, told
from neuronserve.bench.load import Load
from neuronserve.bench.response import NOT_FROM_HTTP, Response, response_of


def said(status: str, error: str | None = None, **further: Any) -> tuple[Any, Any]:
    """Return a response and the information on it, as guidellm has them."""
    timings = {
        "resolve_start": 0.9,
        "request_start": 1.0,
        "first_token_iteration": 1.5,
        "last_token_iteration": 3.0,
        "token_iterations": 30,
        "request_end": 3.1,
        "resolve_end": 3.2,
    }
    info = SimpleNamespace(status=status, error=error, timings=SimpleNamespace(**{**timings, **further}))
    tokens = SimpleNamespace(total_tokens=31)
    return SimpleNamespace(input_metrics=SimpleNamespace(total_tokens=520), output_metrics=tokens), info


def test_an_answer() -> None:
    response, info = said("completed")
    assert response_of(told(response, info, 60)) == Response(1.0, 3.1, 1.5, 3.0, 520, 31)
    response.output_metrics.total_tokens = None  # a server that does not count
    assert response_of(told(response, info, 60)).output_tokens == 30


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (
            "HTTPStatusError(\"Server error '503 Service Unavailable' for url 'http://a/v1'\\nFor\")",
            503,
            "Service Unavailable",
        ),
        ("HTTPStatusError(\"Client error '401 Unauthorized' for url 'http://a/v1'\")", 401, "Unauthorized"),
        ("ReadTimeout('')", NOT_FROM_HTTP, "ReadTimeout('')"),
        ("ConnectError('port 503 is closed')", NOT_FROM_HTTP, "ConnectError('port 503 is closed')"),
        (None, NOT_FROM_HTTP, "no reason given"),
    ],
)
def test_an_error(error: str | None, code: int, message: str) -> None:
    _, info = said("errored", error)
    response = response_of(told(None, info, 60))
    assert (response.error_code, response.error_msg) == (code, message)
    assert (response.output_tokens, response.input_tokens) == (0, 0)


def test_a_request_that_was_cut_off_by_the_time_out() -> None:
    response, info = said("cancelled", "Request was cancelled", request_end=None)
    found = response_of(told(response, info, 60))
    assert found.error_code == NOT_FROM_HTTP
    assert found.error_msg == "not answered within the 60 s of this number of users"
    assert (found.started_s, found.ended_s, found.output_tokens) == (1.0, 3.2, 0)


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    load = asdict(Load(input_stddev=0)) | {"base_url": "http://a/v1", "model": "m", "tokenizer": "t"}
    monkeypatch.setenv(KEY_VARIABLE, "")
    assert spec(load, 2)["backend"]["api_key"] is None
    monkeypatch.setenv(KEY_VARIABLE, "sk-x")
    made = spec(load, 2)
    assert made["backend"]["api_key"] == "sk-x"
    assert made["backend"]["verify"] is True
    assert made["constraints"][0]["count"] == 16
    assert made["data"][0]["prompt_tokens_stdev"] is None  # guidellm takes no 0


def test_the_runner_imports_nothing_of_ours_and_says_the_same() -> None:
    text = RUNNER.read_text()
    assert "import neuronserve" not in text
    assert "from neuronserve" not in text
    assert guidellm_runner.KEY_VARIABLE == KEY_VARIABLE
    assert guidellm_runner.NOT_FROM_HTTP == NOT_FROM_HTTP
