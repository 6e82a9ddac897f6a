"""What is secret stays so, from the stack file to the plan."""

import re
from pathlib import Path
from typing import Any

import pulumi
import pytest

from neuronserve.plan.errors import PlanError
from neuronserve.plan.program import synthesise
from neuronserve.stack import StackSettings
from tests.project import project_with, values_of
from tests.stack.reading import LOCAL, SMALL, problems_of, settings_of

SECRETS = [("apiKey", "api_key"), ("huggingFaceToken", "hugging_face_token")]
KUBECONFIG = "apiVersion: v1\nkind: Config\nclusters: []\n"


def with_service(**settings: Any) -> dict[str, Any]:
    return LOCAL | {"services": {"llm": SMALL | settings}}


def with_kubeconfig(kubeconfig: str) -> dict[str, Any]:
    return LOCAL | {"cluster": {"existing": {"kubeconfig": kubeconfig}}}


@pytest.mark.parametrize(("key", "setting"), SECRETS)
def test_what_is_encrypted_stays_secret(key: str, setting: str) -> None:
    seen: list[Any] = []

    def use(stack: StackSettings) -> None:
        output = getattr(stack.services["llm"], setting)
        output.apply(seen.append)
        pulumi.Output.from_input(output.is_secret()).apply(seen.append)

    stack = settings_of(with_service(**{key: "hunter2"}), encrypted=["services"], then=use)
    assert sorted(map(str, seen)) == ["True", "hunter2"]
    assert "hunter2" not in repr(stack)


@pytest.mark.parametrize("key", [key for key, _ in SECRETS])
@pytest.mark.parametrize("value", ["hunter2", 123456])
def test_secrets_have_to_be_encrypted(key: str, value: object) -> None:
    assert problems_of(with_service(**{key: value})) == [
        f"neuronserve:services.llm.{key} is in plain text in the stack file. Encrypt it: "
        f"pulumi config set --secret --path 'neuronserve:services.llm.{key}'"
    ]


def test_the_path_of_a_secret_is_one_that_pulumi_takes() -> None:
    values = LOCAL | {"services": {"llm.eu": SMALL | {"serviceName": "llm", "apiKey": "hunter2"}}}
    (problem,) = problems_of(values)
    assert problem.endswith("""--path 'neuronserve:services["llm.eu"].apiKey'""")


def test_each_key_of_a_map_has_to_be_encrypted() -> None:
    assert problems_of(with_service(apiKeys={"team-a": "hunter2", "team-b": "hunter3"})) == [
        f"neuronserve:services.llm.apiKeys.{holder} is in plain text in the stack file. Encrypt it: "
        f"pulumi config set --secret --path 'neuronserve:services.llm.apiKeys.{holder}'"
        for holder in ("team-a", "team-b")
    ]


def test_one_key_of_a_map_that_is_encrypted_does_not_admit_another(tmp_path: Path) -> None:
    values = with_service(apiKeys={"team-a": SECURE, "team-b": "hunter2"})
    with pytest.raises(PlanError, match=r"apiKeys\.team-b is in plain text in the stack file") as refused:
        synthesise(project_with(tmp_path, values), "test")
    assert "team-a" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_secret_that_is_not_text_is_in_no_message() -> None:
    assert problems_of(with_service(apiKeys={"team-a": {"value": "hunter2"}})) == [
        "neuronserve:services.llm.apiKeys.team-a is an object; it should be text."
    ]
    assert problems_of(with_service(apiKey={"value": "hunter2"})) == [
        "neuronserve:services.llm.apiKey is set; it should be text."
    ]


@pytest.mark.parametrize(
    ("values", "key"),
    [
        (with_service(), "services"),  # such as its image
        (LOCAL | {"tags": {"team": "search"}}, "tags"),
        (LOCAL | {"protect": "true"}, "protect"),
        (with_kubeconfig("/path"), "tags"),
    ],
)
def test_nothing_else_may_be_encrypted(values: dict[str, Any], key: str) -> None:
    (problem,) = problems_of(values, encrypted=[key])
    assert problem.startswith(f"neuronserve:{key} holds an encrypted value, but nothing that is kept secret")


@pytest.mark.parametrize(
    "content", [KUBECONFIG, '{"apiVersion": "v1", "kind": "Config"}', '  {"apiVersion": "v1"}', "apiVersion: v1"]
)
def test_a_kubeconfig_has_to_be_encrypted_and_its_path_need_not(content: str) -> None:
    assert not problems_of(with_kubeconfig("/home/me/.kube/config"))
    assert not problems_of(with_kubeconfig(content), encrypted=["cluster"])
    (problem,) = problems_of(with_kubeconfig(content))
    assert problem.startswith("neuronserve:cluster.existing.kubeconfig is in plain text in the stack file.")
    assert "apiVersion" not in problem


SECURE = {"secure": "v1:cipher"}


@pytest.mark.parametrize(
    ("further", "where"),
    [
        (
            {"model": SMALL["model"] | {"engineArguments": {"chat_template": SECURE}}},
            ".model.engineArguments.chat_template",
        ),
        ({"rayServiceSpec": {"env": [{"value": SECURE}]}}, ".rayServiceSpec.env.0.value"),
        ({"image": SECURE}, ".image"),
    ],
)
def test_beside_a_secret_nothing_else_may_be_encrypted(tmp_path: Path, further: dict[str, Any], where: str) -> None:
    project = project_with(tmp_path, with_service(apiKey=SECURE, **further))
    with pytest.raises(PlanError, match=rf"services\.llm{re.escape(where)} holds an encrypted value, but nothing"):
        synthesise(project, "test")


@pytest.mark.parametrize("pod", ["head", "worker"])
def test_a_secret_does_not_become_a_variable_in_plain_text(tmp_path: Path, pod: str) -> None:
    project = project_with(tmp_path, with_service(apiKey=SECURE, **{pod: {"env": {"TOKEN": SECURE}}}))
    with pytest.raises(PlanError) as refused:
        synthesise(project, "test")
    assert (
        f"neuronserve:services.llm.{pod}.env.TOKEN holds an encrypted value, but nothing that is kept secret: it would "
        "come out in plain text. Put it into a Secret of the namespace, kubectl create secret generic my-secret "
        "--from-env-file=…, and name that in envFrom: {secretRef: {name: my-secret}}."
    ) in str(refused.value)


def test_one_encrypted_secret_does_not_admit_another_in_plain_text(tmp_path: Path) -> None:
    other = SMALL | {"apiKey": "hunter2"}
    values = LOCAL | {"services": {"llm": SMALL | {"apiKey": SECURE}, "other": other}}
    with pytest.raises(PlanError, match=r"services\.other\.apiKey is in plain text in the stack file") as refused:
        synthesise(project_with(tmp_path, values), "test")
    assert "services.llm" not in str(refused.value)


def test_no_secret_of_a_stack_file_is_in_its_plan(tmp_path: Path) -> None:
    values = values_of("local")
    values["services"]["llm"] |= {key: {"secure": "v1:cipher"} for key, _ in SECRETS}
    values["services"]["llm"]["apiKeys"] = {"team-a": {"secure": "v1:cipher"}}
    values["cluster"] = {"existing": {"kubeconfig": {"secure": "v1:cipher"}}}
    plan = synthesise(project_with(tmp_path, values), "test")
    text = plan.to_json()
    assert "cipher" not in text
    assert "undeciphered" not in text
    assert plan.outputs["apiKeys"] == {"llm": "[secret]"}
    secrets = plan.of_type("kubernetes:core/v1:Secret")
    assert {secret.name: secret.inputs["data"] for secret in secrets} == {
        "llm-ray-token": {"auth_token": "[secret]"},
        "llm-api-key": {"api-key": "[secret]", "team-a": "[secret]"},
        "llm-hugging-face-token": {"token": "[secret]"},
    }
    assert plan.resource("pulumi:providers:kubernetes").inputs["kubeconfig"] == "[secret]"
