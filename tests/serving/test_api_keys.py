import asyncio
import logging
from pathlib import Path

import pytest

from neuronserve.serving.api_keys import (
    DIRECTORY_VARIABLE,
    KEY_VARIABLE,
    REREAD_PERIOD_S,
    ApiKeyError,
    ApiKeyMiddleware,
    ApiKeys,
)
from tests.serving.asgi import SCOPE, Answer, echo, sending


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def scope_with(key: str) -> dict[str, object]:
    return SCOPE | {"headers": [(b"x-api-key", key.encode())]}


def holder_of(keys: ApiKeys | None, key: str) -> str | None:
    assert keys
    return keys.holder(scope_with(key))


def mounted(directory: Path, keys: dict[str, str]) -> None:
    """Put keys into a directory as the kubelet does with a Secret: a link to what is replaced as a whole."""
    generation = directory / f"..{len(list(directory.iterdir()))}"
    generation.mkdir()
    for holder, key in keys.items():
        (generation / holder).write_text(key)
    new = directory / "..data_tmp"
    new.symlink_to(generation.name)
    new.replace(directory / "..data")
    for file in directory.iterdir():
        if not file.name.startswith("..") and file.name not in keys:
            file.unlink()
    for holder in keys:
        if not (directory / holder).is_symlink():
            (directory / holder).symlink_to(f"..data/{holder}")


def test_no_variable_means_no_key() -> None:
    assert ApiKeys.taken_from({}) is None


def test_key_from_the_environment() -> None:
    assert holder_of(ApiKeys.taken_from({KEY_VARIABLE: " abc\n"}), "abc") == "api-key"


def test_keys_from_a_mounted_secret(tmp_path: Path) -> None:
    mounted(tmp_path, {"api-key": "abc\n", "team-a": "def"})
    environment = {DIRECTORY_VARIABLE: str(tmp_path), KEY_VARIABLE: "other"}
    keys = ApiKeys.taken_from(environment)
    assert [holder_of(keys, key) for key in ("abc", "def", "other", "")] == ["api-key", "team-a", None, None]


def test_the_place_holder_of_a_plan_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(ApiKeyError, match="place-holder of an offline plan"):
        ApiKeys.taken_from({KEY_VARIABLE: "[secret]"})
    mounted(tmp_path, {"api-key": "abc", "team-a": "[secret]"})
    with pytest.raises(ApiKeyError, match="team-a is .secret., the place-holder of an offline plan"):
        ApiKeys.taken_from({DIRECTORY_VARIABLE: str(tmp_path)})


def test_an_empty_key_never_opens_the_server(tmp_path: Path) -> None:
    with pytest.raises(ApiKeyError, match="set but empty"):
        ApiKeys.taken_from({KEY_VARIABLE: ""})
    with pytest.raises(ApiKeyError, match="which has no key"):
        ApiKeys.taken_from({DIRECTORY_VARIABLE: str(tmp_path)})
    with pytest.raises(ApiKeyError, match="cannot be read: No such file"):
        ApiKeys.taken_from({DIRECTORY_VARIABLE: str(tmp_path / "missing")})
    (tmp_path / "team-a").write_text("\n")
    with pytest.raises(ApiKeyError, match="team-a is empty"):
        ApiKeys.taken_from({DIRECTORY_VARIABLE: str(tmp_path)})


def test_vllm_does_not_find_the_key_with_its_line_end() -> None:
    environment = {KEY_VARIABLE: "abc\n"}
    assert ApiKeys.taken_from(environment)
    assert environment == {}


def test_keys_are_added_changed_and_revoked(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    mounted(tmp_path, {"api-key": "abc", "team-a": "one", "team-b": "two"})
    clock = Clock()
    keys = ApiKeys({"api-key": "abc", "team-a": "one", "team-b": "two"}, tmp_path, clock=clock)
    mounted(tmp_path, {"api-key": "new", "team-b": "two", "team-c": "three"})
    assert [holder_of(keys, key) for key in ("abc", "one", "two")] == ["api-key", "team-a", "team-b"]
    clock.now = REREAD_PERIOD_S
    caplog.set_level(logging.INFO, "ray.serve")
    found = {key: holder_of(keys, key) for key in ("abc", "new", "one", "two", "three")}
    assert found == {"abc": None, "new": "api-key", "one": None, "two": "team-b", "three": "team-c"}
    assert caplog.messages == ["API key api-key: changed.", "API key team-a: revoked.", "API key team-c: added."]


def test_what_cannot_be_read_anew_changes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    keys = ApiKeys({"team-a": "one"}, tmp_path / "gone", clock=clock)
    clock.now = REREAD_PERIOD_S
    assert holder_of(keys, "one") == "team-a"
    assert "cannot be read" in caplog.text


@pytest.mark.parametrize("key", ["", "[secret]"])
def test_a_key_that_becomes_none_opens_nothing(tmp_path: Path, key: str, caplog: pytest.LogCaptureFixture) -> None:
    mounted(tmp_path, {"team-a": "one", "team-b": key})
    clock = Clock()
    keys = ApiKeys({"team-a": "one", "team-b": "two"}, tmp_path, clock=clock)
    clock.now = REREAD_PERIOD_S
    assert [holder_of(keys, one) for one in ("one", "two", key)] == ["team-a", None, None]
    assert "Nobody gets in by it" in caplog.text


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
    noted: list[tuple[str, int]] = []
    asked = ApiKeyMiddleware(echo, ApiKeys({"api-key": "abc"}), lambda *what: noted.append(what))
    asyncio.run(asked(SCOPE | {"headers": headers}, sending(b"{}"), answer.send))
    assert answer.status == status
    assert noted == ([("api-key", 200)] if status == 200 else [])


def test_who_leaves_without_an_answer_is_noted() -> None:
    async def hang_up(*_: object) -> None:
        raise asyncio.CancelledError

    noted: list[tuple[str, int]] = []
    asked = ApiKeyMiddleware(hang_up, ApiKeys({"team-a": "abc"}), lambda *what: noted.append(what))
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(asked(scope_with("abc"), sending(b"{}"), Answer().send))
    assert noted == [("team-a", 499)]


def test_a_websocket_without_the_key_is_closed() -> None:
    answer = Answer()
    scope = {"type": "websocket", "path": "/v1/realtime", "headers": []}
    asked = ApiKeyMiddleware(echo, ApiKeys({"api-key": "abc"}), lambda *_: None)
    asyncio.run(asked(scope, sending(), answer.send))
    assert answer.messages == [{"type": "websocket.close", "code": 1008}]
