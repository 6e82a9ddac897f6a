"""The program as Pulumi runs it, with each stack file."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from neuronserve.plan.errors import PlanError
from neuronserve.plan.program import synthesise
from neuronserve.serving.settings import ServingSettings

ROOT = Path(__file__).parents[1]
STACKS = sorted(file.name.split(".")[1] for file in (ROOT / "stacks").glob("Pulumi.*.yaml"))


def project_with(directory: Path, values: dict[str, Any]) -> Path:
    """Copy the project, with a stack ``test`` that holds these values."""
    for file in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / file, directory / file)
    (directory / "stacks").mkdir()
    config = {f"neuronserve:{key}": value for key, value in values.items()}
    (directory / "stacks" / "Pulumi.test.yaml").write_text(yaml.safe_dump({"config": config}))
    return directory


def values_of(stack: str) -> dict[str, Any]:
    config = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key.removeprefix("neuronserve:"): value for key, value in config.items()}


def test_there_are_these_stacks() -> None:
    assert STACKS == ["inf2-48xlarge", "inf2-8xlarge", "local"]


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_is_one_service_with_one_provider(stack: str) -> None:
    plan = synthesise(ROOT, stack)
    values = values_of(stack)
    provider = plan.resource("pulumi:providers:kubernetes")
    assert provider.inputs["enableServerSideApply"] in (True, "true")
    objects = [resource for resource in plan.resources if resource.type.startswith("kubernetes:")]
    assert objects
    assert all((resource.provider or "").startswith(provider.urn) for resource in objects)
    assert plan.resource("neuronserve:index:LlmService").name == values["name"]
    ray_service = plan.resource("kubernetes:ray.io/v1:RayService").inputs
    (application,) = yaml.safe_load(ray_service["spec"]["serveConfigV2"])["applications"]
    settings = ServingSettings.model_validate(application["args"])
    assert settings.model == values["model"]["name"]
    assert settings.max_num_seqs == values["model"]["maxNumSeqs"]
    assert plan.outputs == {
        "namespace": "vllm",
        "headService": "vllm",
        "serveService": f"{values['name']}-serve-svc",
        "endpoint": f"http://{values['name']}-serve-svc.vllm.svc.cluster.local:8000/v1",
        "modelName": settings.model,
        "apiKey": "[secret]",
    }


def test_the_cluster_can_be_chosen(tmp_path: Path) -> None:
    values = values_of("local") | {"kubeconfig": "/some/kubeconfig", "kubeContext": "kind-kind"}
    provider = synthesise(project_with(tmp_path, values), "test").resource("pulumi:providers:kubernetes")
    assert provider.inputs["kubeconfig"] == "/some/kubeconfig"
    assert provider.inputs["context"] == "kind-kind"


def test_a_stack_that_does_not_fit_ends_with_one_message_and_no_plan(tmp_path: Path) -> None:
    values = values_of("inf2-8xlarge")
    values["model"] |= {"maxModelLen": 8192, "maxNumSeqs": 16}
    with pytest.raises(PlanError) as caught:
        synthesise(project_with(tmp_path, values), "test")
    message = str(caught.value)
    assert message.startswith("Stack test cannot be deployed: 1 problem.\n  1. neuronserve:model.maxNumSeqs is 16, ")
    assert "15.5 of 16 G" in message


def test_five_different_mistakes_are_in_one_message(tmp_path: Path) -> None:
    values = values_of("inf2-8xlarge") | {
        "name": "Llama_3",
        "instanceTyp": "inf2.8xlarge",
        "replicas": {"min": 2, "max": 1},
        "requireApiKey": "perhaps",
    }
    values["model"] |= {"maxModelLen": 8192, "maxNumSeqs": 16}
    with pytest.raises(PlanError) as caught:
        synthesise(project_with(tmp_path, values), "test")
    message = str(caught.value)
    for setting in ("name", "instanceTyp", "replicas.min", "requireApiKey", "model.maxNumSeqs"):
        assert f"neuronserve:{setting} is " in message
