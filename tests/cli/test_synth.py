"""The command as a person runs it: in a process of its own."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.engine.changes import EXPOSE
from tests.project import change_service

ROOT = Path(__file__).resolve().parents[2]


def neuronserve(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "neuronserve.cli", *arguments],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the program with stack files to spoil."""
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    return tmp_path


@pytest.mark.slow
def test_shows_a_tree_and_below_it_what_it_costs() -> None:
    shown = neuronserve("synth", "--stack", "inf2-8xlarge")
    assert shown.returncode == 0, shown.stderr
    assert "RayService  vllm-llama3-inf2" in shown.stdout
    assert "more, which the engine's component provider makes" in shown.stdout
    summary, at_rest = shown.stdout.splitlines()[-2:]
    assert re.fullmatch(r"\d+ resources: \d+ in AWS, \d+ in Kubernetes, 6 of Pulumi's own; workers .*", summary)
    assert "workers $1.97 to $5.90 an hour" in summary
    assert at_rest.startswith("at rest, without workers, about $")
    assert "EKS $73" in at_rest


@pytest.mark.slow
def test_says_what_a_load_balancer_costs_and_refuses_one_where_there_is_no_aws(project: Path) -> None:
    for stack in ("inf2-8xlarge", "local"):
        change_service(project, stack, expose=EXPOSE)
    shown = neuronserve("synth", "--stack", "inf2-8xlarge", cwd=project)
    assert shown.returncode == 0, shown.stderr
    assert "Ingress  vllm-llama3-inf2" in shown.stdout
    assert "load balancers $16" in shown.stdout.splitlines()[-1]
    refused = neuronserve("synth", "--stack", "local", cwd=project)
    assert refused.returncode == 1
    assert "1 problem." in refused.stderr
    assert "without AWS there is no load balancer of AWS" in " ".join(refused.stderr.split())


@pytest.mark.slow
def test_writes_the_same_bytes_twice(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        assert neuronserve("synth", "-s", "inf2-48xlarge", "-o", str(tmp_path / folder)).returncode == 0
    compared = subprocess.run(["diff", "--recursive", tmp_path / "a", tmp_path / "b"], check=False)
    assert compared.returncode == 0
    names = {str(file.relative_to(tmp_path / "a")) for file in (tmp_path / "a").rglob("*.*") if file.is_file()}
    assert {"plan.json", "serve_configs/vllm-llama3-inf2.yaml", "manifests/01-storageclass-gp3.yaml"} <= names


@pytest.mark.slow
def test_json_is_the_plan() -> None:
    document = json.loads(neuronserve("synth", "-s", "local", "--json").stdout)
    assert document["stack"] == "local"
    assert document["outputs"]["apiKeys"] == {"llm": "[secret]"}


def test_five_mistakes_are_named_in_one_message(project: Path) -> None:
    change_service(
        project,
        "inf2-8xlarge",
        instanceTyp="inf2.8xlarge",
        serviceName="Not_A_Name",
        requireApiKey="perhaps",
        replicas={"min": 3, "max": 1},
        model={
            "name": "NousResearch/Meta-Llama-3-8B-Instruct",
            "tensorParallelSize": 2,
            "maxModelLen": 4096,
            "maxNumSeqs": 0,
        },
    )
    refused = neuronserve("synth", "-s", "inf2-8xlarge", cwd=project)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "Traceback" not in refused.stderr
    assert refused.stderr.count("error:") == 1
    service = "neuronserve:services.vllm-llama3-inf2"
    for mistake in (
        f"{service}.instanceTyp is unknown. Did you mean {service}.instanceType?",
        f"{service}.serviceName is 'Not_A_Name'",
        f'{service}.requireApiKey is "perhaps"',
        f"{service}.replicas.min is 3",
        f"{service}.model.maxNumSeqs is 0",
    ):
        assert mistake in refused.stderr


@pytest.mark.slow
def test_a_model_that_does_not_fit_says_so_with_the_numbers(project: Path) -> None:
    model = {"name": "NousResearch/Meta-Llama-3-8B-Instruct", "tensorParallelSize": 2}
    change_service(project, "inf2-8xlarge", model={**model, "maxModelLen": 8192, "maxNumSeqs": 16})
    refused = neuronserve("synth", "-s", "inf2-8xlarge", cwd=project)
    assert refused.returncode == 1
    assert "the KV cache takes 16.0 GiB; with 15.0 GiB of weights that is 15.5 of 16 GiB" in refused.stderr
    assert "Set maxNumSeqs to 8, or maxModelLen to 4096, or choose inf2." in refused.stderr


def test_an_unknown_stack_lists_those_that_exist() -> None:
    refused = neuronserve("synth", "-s", "production")
    assert refused.returncode == 1
    assert "Stacks: inf2-48xlarge, inf2-8xlarge, inf2-and-trn1, local, trn1-32xlarge." in refused.stderr


@pytest.mark.parametrize("command", [[], ["synth"], ["serve"], ["chat"], ["demo"]])
def test_help_reads_without_the_serving_stack(command: list[str]) -> None:
    shown = neuronserve(*command, "--help")
    assert shown.returncode == 0
    assert "Usage: neuronserve" in shown.stdout


@pytest.mark.parametrize("name", ["a" * 255, "a" * 5000, "../local", "a b", "[bold]"])
def test_what_is_no_name_of_a_stack_is_refused(name: str) -> None:
    refused = neuronserve("synth", "-s", name)
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: There is no stack '")
    assert len(refused.stderr) < 250


@pytest.mark.slow
def test_a_folder_of_ones_own_is_left_alone(tmp_path: Path) -> None:
    own = tmp_path / "manifests" / "mine.yaml"
    own.parent.mkdir()
    own.write_text("mine")
    refused = neuronserve("synth", "-s", "local", "-o", str(tmp_path))
    assert refused.returncode == 1
    assert "manifests is there, which no earlier plan made" in refused.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["manifests"]
    assert own.read_text() == "mine"


@pytest.mark.slow
def test_what_was_added_to_an_earlier_plan_is_not_deleted(tmp_path: Path) -> None:
    assert neuronserve("synth", "-s", "local", "-o", str(tmp_path)).returncode == 0
    assert neuronserve("synth", "-s", "local", "-o", str(tmp_path)).returncode == 0
    before = (tmp_path / "plan.json").read_text()
    (tmp_path / "manifests" / "mine.yaml").write_text("mine")
    refused = neuronserve("synth", "-s", "inf2-8xlarge", "-o", str(tmp_path))
    assert refused.returncode == 1
    assert "manifests/mine.yaml is there, which no earlier plan made" in refused.stderr
    assert (tmp_path / "plan.json").read_text() == before


def test_no_folder_is_not_the_current_one(tmp_path: Path) -> None:
    refused = neuronserve("synth", "-s", "local", "-o", "", "--project", str(ROOT), cwd=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr == "error: --out is empty. Name a folder; . is the one you are in.\n"
    assert not list(tmp_path.iterdir())


def test_help_and_version_import_neither_pulumi_nor_what_reads_settings() -> None:
    program = (
        "import sys, neuronserve.cli.main as main\n"
        "try: main.app(['--version'])\n"
        "finally: print(sorted({'pulumi', 'pydantic', 'openai', 'yaml', 'ray'} & sys.modules.keys()))"
    )
    shown = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    version, imported = shown.stdout.splitlines()
    assert re.fullmatch(r"neuronserve \d+\.\d+\.\d+\S*", version)
    assert imported == "[]"


def test_an_environment_of_pulumi_esc_has_a_stand_in(tmp_path: Path) -> None:
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "stacks").mkdir()
    config = yaml.safe_load((ROOT / "stacks" / "Pulumi.local.yaml").read_text())["config"]
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text("environment: [platform/dev]\n")
    (tmp_path / "opened.json").write_text(json.dumps({"pulumiConfig": config}))
    bare = neuronserve("synth", "--stack", "dev", "--project", str(tmp_path))
    assert "Pulumi ESC (platform/dev)" in bare.stderr
    filled = neuronserve(
        "synth", "--stack", "dev", "--project", str(tmp_path), "--environment", f"{tmp_path}/opened.json"
    )
    assert filled.returncode == 0, filled.stderr
    assert "RayService" in filled.stdout
