"""The secrets of an LLM service: API keys and Ray's token, given or generated."""

import base64
from typing import Any

import pulumi
import pytest

from neuronserve.components.llm_service.llm_service import LlmService
from neuronserve.plan.fakes import FAKES
from neuronserve.plan.program import run
from tests.components.llm_service.deployed import CPU, RAY_SERVICE, SECRET, STASH, changed, deploy, registered


def test_a_generated_api_key_is_kept(registrations: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    first = "kept since the first up"
    monkeypatch.setitem(FAKES, STASH, lambda _urn, _inputs: {"output": first})
    keys: list[str] = []

    def program() -> None:
        api_key = LlmService("llm", CPU).api_key
        assert api_key is not None
        api_key.apply(keys.append)
        pulumi.export("api_key", api_key)

    for _ in range(2):
        assert run(program).outputs == {"api_key": "[secret]"}
    assert keys == [first, first]
    assert list(registered(registrations, "llm-generated-api-key").ignoreChanges) == ["input"]
    assert not registered(registrations, "llm-api-key").ignoreChanges


def test_a_generated_api_key_is_long_and_another_each_time() -> None:
    keys: list[str] = []

    def program() -> None:
        api_key = LlmService("llm", CPU).api_key
        assert api_key is not None
        api_key.apply(keys.append)

    run(program)
    run(program)
    assert len(set(keys)) == 2
    assert all(len(key) >= 43 for key in keys)  # 256 bits in base64


def test_a_given_api_key_can_be_changed(registrations: dict[str, Any]) -> None:
    keys: list[str] = []

    def program() -> None:
        api_key = LlmService("llm", changed(CPU, api_key=pulumi.Output.secret("hunter2"))).api_key
        assert api_key is not None
        api_key.apply(keys.append)

    run(program)
    assert keys == ["hunter2"]
    assert not registered(registrations, "llm-api-key").ignoreChanges


def test_an_own_api_key_that_is_removed_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAKES, STASH, lambda _urn, _inputs: {"output": "generated"})

    def data_with(**key: str) -> dict[str, Any]:
        held: list[dict[str, Any]] = []
        monkeypatch.setitem(FAKES, SECRET, lambda _urn, inputs: held.append(inputs["data"]) or {})
        run(lambda: LlmService("llm", changed(CPU, **key)))
        (data,) = [data for data in held if "api-key" in str(data)]
        return data

    assert base64.b64encode(b"hunter2").decode() in str(data_with(api_key="hunter2"))
    assert base64.b64encode(b"generated").decode() in str(data_with())


def test_rays_token_is_generated_once_and_asked_for_by_every_ray_cluster(
    registrations: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FAKES, STASH, lambda _urn, _inputs: {"output": "kept since the first up"})
    held: list[dict[str, Any]] = []
    monkeypatch.setitem(FAKES, SECRET, lambda _urn, inputs: held.append(inputs["data"]) or {})
    cluster = deploy(CPU).resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]
    assert cluster["authOptions"] == {"mode": "token", "secretName": "llm-ray-token"}
    (data,) = [str(data) for data in held if "auth_token" in str(data)]
    assert base64.b64encode(b"kept since the first up").decode() in data
    assert list(registered(registrations, "llm-generated-ray-token").ignoreChanges) == ["input"]
    assert not registered(registrations, "llm-ray-token").ignoreChanges


def test_further_keys_are_entries_of_the_same_secret() -> None:
    def program() -> None:
        LlmService("llm", changed(CPU, api_keys={"team-a": "hunter2", "team-b": pulumi.Output.secret("hunter3")}))

    secret = run(program).resource(SECRET, "llm-api-key")
    assert secret.inputs["data"] == dict.fromkeys(("api-key", "team-a", "team-b"), "[secret]")


def test_no_secret_is_in_the_plan() -> None:
    plan = deploy(
        changed(CPU, api_key="hunter2", api_keys={"team-a": "hunter2"}, hugging_face_token="hf_hunter2"),
    )
    text = plan.to_json()
    assert "hunter2" not in text
    assert base64.b64encode(b"hunter2").decode() not in text
    assert base64.b64encode(b"hf_hunter2").decode() not in text
    assert {secret.name: secret.inputs["data"] for secret in plan.of_type(SECRET)} == {
        "llm-ray-token": {"auth_token": "[secret]"},
        "llm-api-key": {"api-key": "[secret]", "team-a": "[secret]"},
        "llm-hugging-face-token": {"token": "[secret]"},
    }
    spec = plan.resource(RAY_SERVICE).inputs["spec"]
    volumes = spec["rayClusterConfig"]["workerGroupSpecs"][0]["template"]["spec"]["volumes"]
    mounted = {volume["secret"]["secretName"] for volume in volumes if "secret" in volume}
    assert mounted == {"llm-api-key", "llm-hugging-face-token"}


def test_without_a_key_nothing_is_made_for_one() -> None:
    plan = deploy(changed(CPU, require_api_key=False))
    assert [secret.name for secret in plan.of_type(SECRET)] == ["llm-ray-token"]
    assert plan.outputs["api_key"] is None
    assert "api-key" not in plan.to_json()
