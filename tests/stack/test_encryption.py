"""Where encrypted values are, as far as the stack's file tells: `pulumi --config-file` may use another one."""

from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from neuronserve.stack.encryption import encrypted_paths

SECURE = {"secure": "v1:ciphertext"}
WRITTEN = {"one": {"apiKey": SECURE, "image": "a/b:c"}, "two": {"arguments": [{"token": SECURE}, 7]}}
READ = {"one": {"apiKey": "k", "image": "a/b:c"}, "two": {"arguments": [{"token": "t"}, 7]}}
PLACES = {("services", "one", "apiKey"), ("services", "two", "arguments", "0", "token")}


@pytest.fixture(autouse=True)
def stack_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a project whose stack file has services."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.test.yaml").write_text(yaml.safe_dump({"config": {"p:services": WRITTEN}}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pulumi, "get_stack", lambda: "test")


def test_the_file_says_where_they_are() -> None:
    assert encrypted_paths("p", {"services": READ, "tags": {}}, ["services"]) == PLACES


@pytest.mark.parametrize(
    "read",
    [
        {"renamed": READ["one"], "two": READ["two"]},
        {"one": READ["one"]},
        READ | {"three": {}},
        READ | {"two": {"arguments": [{"token": "t"}]}},
        READ | {"two": {"arguments": "t"}},
        READ | {"one": {"apiKey": "k", "image": {"name": "a/b:c"}}},
    ],
)
def test_a_file_that_says_something_else_tells_no_more_than_the_key(read: dict[str, Any]) -> None:
    assert encrypted_paths("p", {"services": read}, ["services"]) == {("services",)}


def test_of_a_key_that_is_not_in_the_file_the_key_is_known() -> None:
    assert encrypted_paths("p", {"tags": {"a": "b"}}, ["tags"]) == {("tags",)}


@pytest.mark.parametrize("text", ["!!timestamp x", "{", "!!binary x", "!x"])
def test_of_a_file_that_cannot_be_read_the_keys_are_known(text: str) -> None:
    Path("stacks/Pulumi.test.yaml").write_text(f"config: {text}")
    assert encrypted_paths("p", {"services": READ}, ["services"]) == {("services",)}
