"""Whatever is asked, there is an answer, soon, that says whose fault it is; and the engine goes on."""

import json
import os
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx
import psutil
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from .conftest import API_KEY, Server, constrained
from .request_shapes import FEW, Shape, shapes

MORE = os.environ.get("NEURONSERVE_TEST_CASES")
CASES = int(MORE or "60")
DEADLINE_S = 300
"""For one answer, which is the whole context where a limit has become ``null``: the machine may be busy."""
UNFIT = "/scale_elastic_ep"
"""Makes another engine of it, as is asked for."""

pytestmark = [pytest.mark.timeout(300 + CASES), constrained]
fuzz = settings(max_examples=CASES, derandomize=MORE is None, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def http(server: Server) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {API_KEY}"}
    with httpx.Client(base_url=server.origin, headers=headers, timeout=DEADLINE_S) as client:
        yield client


@pytest.fixture
def same_engine(http: httpx.Client) -> Iterator[None]:
    """Fail when the engine or its replica is another one at the end."""
    before = engine_processes()
    yield
    answer = http.post("/v1/completions", json={"prompt": "On", "max_tokens": 1})
    assert answer.status_code == 200
    assert engine_processes() == before


def engine_processes() -> set[psutil.Process]:
    ours = psutil.Process().children(recursive=True)
    return {process for process in ours if process.name().startswith(("VLLM::", "ray::Serve"))}


def check(status: int, content: bytes) -> None:
    """Check that a client of OpenAI's can work with an answer."""
    assert status < 500 or status == HTTPStatus.NOT_IMPLEMENTED, content  # of this model, whatever is asked
    if status >= 400:
        error = json.loads(content)["error"]
        assert error["message"], content
        assert error["type"], content


@pytest.mark.usefixtures("same_engine")
def test_sound_requests_with_something_unsound(http: httpx.Client) -> None:
    @fuzz
    @given(shapes())
    def ask(shape: Shape) -> None:
        note(repr(shape))
        answer = http.post(shape.path, content=shape.body, headers=shape.headers)
        check(answer.status_code, answer.content)

    ask()


@pytest.mark.skipif(MORE is None, reason="making requests of the whole document takes minutes: make fuzz-api does it")
@pytest.mark.usefixtures("same_engine")
def test_what_the_applications_own_description_allows(http: httpx.Client, server: Server) -> None:
    """By schemathesis: what the OpenAPI document of the application allows, and what it does not."""
    import schemathesis  # seconds, and only this test has a use for it

    schema = schemathesis.openapi.from_dict(http.get("/openapi.json").json())
    operations = [found.ok() for found in schema.get_all_operations()]
    cases = [
        operation.as_strategy(generation_mode=mode)
        for operation in operations
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
        if operation.path != UNFIT
    ]

    @fuzz
    @given(st.one_of(cases))
    def ask(case: Any) -> None:
        if isinstance(case.body, dict):
            case.body = short(case.body)
        note(f"{case.method} {case.formatted_path} {case.query} {case.body!r}")
        headers = {"Authorization": f"Bearer {API_KEY}"}
        answer = case.call(base_url=server.origin, headers=headers, timeout=DEADLINE_S)
        check(answer.status_code, answer.content)

    ask()


def short(body: dict[str, Any]) -> dict[str, Any]:
    """Return a request for an answer of few tokens, of which a test has time for many."""
    limits = {"max_completion_tokens": 2, "max_output_tokens": 2, **FEW}
    always = ("max_tokens", "max_output_tokens")  # of completions and of responses, which know no other
    return body | {name: limit for name, limit in limits.items() if name in always or name in body}
