"""The command on stacks with any number of services, in a small program of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
from pulumi_kubernetes.apiextensions import CustomResource


def pod(cpu, **more):
    return {"spec": {"containers": [{"resources": {"requests": {"cpu": cpu}, **more}}]}}


def service(name, workers):
    worker = pod("30", limits={"aws.amazon.com/neuron": "1"})
    worker["spec"]["nodeSelector"] = {"node.kubernetes.io/instance-type": "inf2.8xlarge"}
    group = {"groupName": "inf2", "minReplicas": workers, "maxReplicas": workers, "template": worker}
    cluster = {"headGroupSpec": {"template": pod("2")}, "workerGroupSpecs": [group]}
    CustomResource(
        name,
        api_version="ray.io/v1",
        kind="RayService",
        metadata={"name": name, "namespace": "vllm"},
        spec={"serveConfigV2": f"applications: [{name}]", "rayClusterConfig": cluster},
    )


types = {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["m7i.xlarge", "inf2.8xlarge"]}
CustomResource(
    "pool",
    api_version="karpenter.sh/v1",
    kind="NodePool",
    metadata={"name": "all"},
    spec={"template": {"spec": {"requirements": [types]}}, "limits": {"aws.amazon.com/neuron": "3"}},
)
"""


def project(folder: Path, *services: str) -> Path:
    """Write a project whose stacks dev and local have some services, and return its folder."""
    (folder / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    for stack in ("dev", "local"):
        (folder / f"Pulumi.{stack}.yaml").touch()
    (folder / "__main__.py").write_text("\n".join([PROGRAM, *services]))
    return folder


def neuronserve(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "neuronserve.cli", *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_two_services_are_shown_priced_and_written(tmp_path: Path) -> None:
    folder = project(tmp_path, "service('llama', 1)", "service('mistral', 2)")
    shown = neuronserve(folder, "synth", "--stack", "dev", "--out", "plan")
    assert shown.returncode == 0, shown.stderr
    assert "RayService  llama" in shown.stdout
    assert "RayService  mistral" in shown.stdout
    assert "workers $5.90 an hour (llama $1.97, mistral $3.94) on demand" in shown.stdout
    written = {file.name: file.read_text() for file in (folder / "plan" / "serve_configs").iterdir()}
    assert written == {"llama.yaml": "applications: [llama]", "mistral.yaml": "applications: [mistral]"}


def test_a_service_for_which_no_nodes_are_left_ends_it_with_who_has_them(tmp_path: Path) -> None:
    folder = project(tmp_path, "service('llama', 3)", "service('mistral', 1)")
    refused = neuronserve(folder, "synth", "--stack", "dev")
    assert refused.returncode == 1
    assert (
        "error: mistral worker inf2 would never run: on nodes of all: its limits do not admit another inf2.8xlarge, "
        "which takes aws.amazon.com/neuron 1: of 3, 3 are taken by nodes with 3 llama worker inf2"
    ) in refused.stderr
    assert "llama worker inf2 would" not in refused.stderr


def test_two_services_of_one_name_are_refused(tmp_path: Path) -> None:
    again = "from pulumi_kubernetes.core.v1 import Service\n" + "\n".join(
        f"Service('{name}', metadata={{'name': 'vllm', 'namespace': 'vllm'}})" for name in ("a", "b")
    )
    refused = neuronserve(project(tmp_path, again), "synth", "--stack", "dev")
    assert refused.returncode == 1
    assert refused.stderr.count("error:") == 1
    assert "Service::b are the same Service vllm in namespace vllm. Give each a metadata.name" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("command", [["serve", "--stack", "dev"], ["demo"]])
def test_of_several_services_one_has_to_be_chosen(tmp_path: Path, command: list[str]) -> None:
    refused = neuronserve(two_stacks(tmp_path), *command)
    assert refused.returncode == 1
    stack = command[-1].replace("demo", "local")
    assert refused.stderr == (f"error: Stack {stack} has 2 services. Choose one with --service: llama, mistral.\n")
    refused = neuronserve(tmp_path, *command, "--service", "lama")
    assert refused.stderr == (f"error: Stack {stack} has no service lama. Choose one with --service: llama, mistral.\n")


def two_stacks(folder: Path) -> Path:
    project(folder, "service('llama', 1)", "service('mistral', 2)")
    (folder / "Pulumi.inf2-8xlarge.yaml").touch()  # which the demo shows
    return folder


def test_a_platform_alone_has_nothing_to_serve(tmp_path: Path) -> None:
    shown = neuronserve(project(tmp_path), "synth", "--stack", "dev", "--out", "plan")
    assert shown.returncode == 0, shown.stderr
    assert not (tmp_path / "plan" / "serve_configs").exists()
    refused = neuronserve(tmp_path, "serve", "--stack", "dev")
    assert refused.returncode == 1
    assert refused.stderr == ("error: Stack dev has no service: no model is served there. Choose another stack.\n")
