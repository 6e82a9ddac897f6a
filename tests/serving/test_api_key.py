from pathlib import Path

import pytest

from neuronserve.serving.api_key import FILE_VARIABLE, KEY_VARIABLE, ApiKeyError, read_api_key


def test_no_variable_means_no_key() -> None:
    assert read_api_key({}) is None


def test_key_from_the_environment() -> None:
    assert read_api_key({KEY_VARIABLE: " abc\n"}) == "abc"


def test_key_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("abc\n")
    assert read_api_key({FILE_VARIABLE: str(file), KEY_VARIABLE: "other"}) == "abc"


def test_the_place_holder_of_a_plan_is_no_key() -> None:
    with pytest.raises(ApiKeyError, match="place-holder of an offline plan"):
        read_api_key({KEY_VARIABLE: "[secret]"})


def test_an_empty_key_never_opens_the_server(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("\n")
    with pytest.raises(ApiKeyError, match="set but empty"):
        read_api_key({KEY_VARIABLE: ""})
    with pytest.raises(ApiKeyError, match="which is empty"):
        read_api_key({FILE_VARIABLE: str(tmp_path / "key")})
    with pytest.raises(ApiKeyError, match="cannot be read: No such file"):
        read_api_key({FILE_VARIABLE: str(tmp_path / "missing")})
