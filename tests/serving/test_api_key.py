import asyncio
from pathlib import Path

import pytest

from neuronserve.serving.api_key import FILE_VARIABLE, KEY_VARIABLE, ApiKeyError, ApiKeyMiddleware, take_api_key
from tests.serving.asgi import SCOPE, Answer, echo, sending


def test_no_variable_means_no_key() -> None:
    assert take_api_key({}) is None


def test_key_from_the_environment() -> None:
    assert take_api_key({KEY_VARIABLE: " abc\n"}) == "abc"


def test_key_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("abc\n")
    assert take_api_key({FILE_VARIABLE: str(file), KEY_VARIABLE: "other"}) == "abc"


def test_the_place_holder_of_a_plan_is_no_key() -> None:
    with pytest.raises(ApiKeyError, match="place-holder of an offline plan"):
        take_api_key({KEY_VARIABLE: "[secret]"})


def test_an_empty_key_never_opens_the_server(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("\n")
    with pytest.raises(ApiKeyError, match="set but empty"):
        take_api_key({KEY_VARIABLE: ""})
    with pytest.raises(ApiKeyError, match="which is empty"):
        take_api_key({FILE_VARIABLE: str(tmp_path / "key")})
    with pytest.raises(ApiKeyError, match="cannot be read: No such file"):
        take_api_key({FILE_VARIABLE: str(tmp_path / "missing")})


def test_vllm_does_not_find_the_key_with_its_line_end() -> None:
    environment = {KEY_VARIABLE: "abc\n"}
    assert take_api_key(environment) == "abc"
    assert environment == {}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(b"authorization", b"Bearer abc")], 200),
        ([(b"authorization", b"bearer abc")], 200),
        ([(b"x-api-key", b"abc")], 200),
        ([(b"authorization", b"Bearer of-a-gateway"), (b"x-api-key", b"abc")], 200),
        ([(b"x-api-key", b"Bearer abc")], 401),
        ([(b"authorization", b"abc")], 401),
        ([], 401),
    ],
)
def test_the_key_comes_as_openais_and_anthropics_clients_send_it(
    headers: list[tuple[bytes, bytes]], status: int
) -> None:
    answer = Answer()
    scope = SCOPE | {"headers": headers}
    asyncio.run(ApiKeyMiddleware(echo, "abc")(scope, sending(b"{}"), answer.send))
    assert answer.status == status


def test_a_websocket_without_the_key_is_closed() -> None:
    answer = Answer()
    scope = {"type": "websocket", "path": "/v1/realtime", "headers": []}
    asyncio.run(ApiKeyMiddleware(echo, "abc")(scope, sending(), answer.send))
    assert answer.messages == [{"type": "websocket.close", "code": 1008}]
