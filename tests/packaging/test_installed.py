"""The wheel in an environment of its own, as users of the package meet it."""

import re
import shutil
from pathlib import Path

import pytest

from tests.examples.planning import programs
from tests.packaging.commands import ROOT, done, run
from tests.packaging.conftest import Environment
from tests.provider.stand_in_engine import started

pytestmark = pytest.mark.slow

IMPORT_EVERYTHING = """
import importlib, pkgutil, sys

SERVER = {"ray", "torch", "transformers", "vllm"}

class NoServer:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in SERVER:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NoServer())
import neuronserve
for module in pkgutil.walk_packages(neuronserve.__path__, "neuronserve."):
    if not module.name.endswith(".__main__"):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            print(module.name, error.name)
        else:
            print(module.name, sys.modules[module.name].__file__)
"""

CONSUMER = """
import pulumi

from neuronserve.components import Accelerator, LlmService, Network, Netwrok, NodePool

network = Network("network", {"region": "us-west-2"})
vpc_id: pulumi.Output[str] = network.vpc_id
isolated = Network("isolated", {"region": network.region, "nat_gateways": "None", "interface_endpoints": ["sts"]})
pool = NodePool(
    "pool",
    {
        "instance_types": ["inf2.8xlarge"],
        "instance_profile_name": "nodes",
        "security_group_ids": pulumi.Output.from_input(["sg-1"]),
        "discovery_tag": network.discovery_tag,
        "capacity_types": ["spot"],
    },
)
typed = LlmService(
    "typed",
    {"accelerator": "cpu", "image": "x", "model": {"name": "x", "max_model_len": 1, "max_num_seqs": 1}},
)
misspelt = Network("misspelt", {"region": "us-west-2", "nat_gateways": "Nome"})
in_a_list = Network("in-a-list", {"region": "us-west-2", "interface_endpoints": ["stz"]})
service = LlmService(
    "llama",
    {
        "accelerator": Accelerator.CPU,
        "image": pulumi.Output.from_input("registry.example.com/neuronserve:cpu"),
        "model": {"name": "smollm2-135m-instruct", "max_model_len": "4096", "max_num_seqs": 8},
    },
)
"""


def test_every_module_can_be_imported_and_only_the_server_needs_ray_and_vllm(
    environment: Environment, tmp_path: Path
) -> None:
    printed = done(environment.bin / "python", "-c", IMPORT_EVERYTHING, cwd=tmp_path)
    found = dict(line.split(" ", 1) for line in printed.splitlines())
    modules = {
        ".".join(file.relative_to(environment.packages).with_suffix("").parts).removesuffix(".__init__")
        for file in (environment.packages / "neuronserve").rglob("*.py")
        if file.stem != "__main__"
    }
    assert set(found) == modules - {"neuronserve"}

    for module, file in found.items():
        if module.startswith("neuronserve.serving."):
            assert file in {"ray", "torch", "transformers", "vllm"} or Path(file).is_relative_to(environment.packages)
        else:
            assert Path(file).is_relative_to(environment.packages), f"{module} needs {file}"


def test_the_command_is_there(environment: Environment, tmp_path: Path) -> None:
    assert "synth" in done(environment.bin / "neuronserve", "--help", cwd=tmp_path)


def test_mypy_finds_the_mistakes_of_a_consumer_and_no_others(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "consumer.py").write_text(CONSUMER)
    # Reading all of a provider's SDK takes a minute, and nothing here depends on it.
    (tmp_path / "mypy.ini").write_text(
        "[mypy]\n[mypy-pulumi_aws.*,pulumi_eks.*,pulumi_kubernetes.*]\nfollow_imports = skip"
    )
    mypy = [environment.bin / "python", "-m", "mypy", "--strict", "--no-error-summary", "consumer.py"]
    found = run(*mypy, cwd=tmp_path).stdout.splitlines()

    assert len(found) == 4, found
    assert '"neuronserve.components" has no attribute "Netwrok"' in found[0]
    assert "incompatible type \"Literal['Nome']\"" in found[1] or '"nat_gateways" has type' in found[1]
    assert "Literal['stz']" in found[2] or '"str"' in found[2]
    assert 'TypedDict item "max_model_len" has type' in found[3]


def test_the_program_in_the_readme_can_be_planned(environment: Environment, tmp_path: Path) -> None:
    _, program, _ = re.split(
        r"```(?:python)?\n", (ROOT / "README.md").read_text().partition("## Use the component")[2], maxsplit=2
    )
    (tmp_path / "__main__.py").write_text(
        'import pulumi_kubernetes\n\nmy_kubernetes_provider = pulumi_kubernetes.Provider("mine", kubeconfig="{}")\n'
        + program
    )
    (tmp_path / "Pulumi.yaml").write_text("name: mine\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    done(environment.bin / "neuronserve", "synth", "--stack", "dev", "--out", "out", cwd=tmp_path)
    assert "RayService" in (tmp_path / "out" / "plan.json").read_text()


def test_the_component_package_is_a_command_that_pulumi_finds_on_path(environment: Environment) -> None:
    with started(str(environment.bin / "pulumi-resource-neuronserve"), PYTHONPATH="") as package:
        made = package.construct("ServingNamespace", {"labels": {"team": "a"}})
    assert {kind for kind, _, _ in made.made} == {
        "neuronserve:index:ServingNamespace",
        "kubernetes:core/v1:Namespace",
        "kubernetes:scheduling.k8s.io/v1:PriorityClass",
    }


def test_every_example_can_be_planned(environment: Environment, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copy(ROOT / "tests" / "examples" / "planning.py", tmp_path)
    printed = done(environment.bin / "python", "planning.py", "examples", cwd=tmp_path)
    made = dict(line.split() for line in printed.splitlines())
    assert made.keys() == programs(ROOT / "examples").keys()
    assert all(int(number) for number in made.values())
