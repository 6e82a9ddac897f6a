"""The command as a person runs it, against moto's server: pools of two kinds of chips, on spot and on demand."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.preflight.account import ACCOUNT, IMAGE, INF, SPOT_INF, Account, without
from tests.preflight.hub import GATED, Hub
from tests.project import ROOT, project_with, values_of

pytestmark = pytest.mark.slow


@pytest.fixture
def here(tmp_path: Path, tools: Path) -> Path:
    """A folder for the project, with the folder of tools in it."""
    assert tools.parent == tmp_path
    return tmp_path


def values(*zones: str, image: str = IMAGE) -> dict[str, Any]:
    found = values_of("inf2-and-trn1")
    for service in found["services"].values():
        service["image"] = image
    pools = {"inferentia-inf2": {"capacityTypes": ["spot", "on-demand"]}}
    return found | {"network": {"availabilityZoneIds": [*zones]}, "nodePools": pools}


def preflight(here: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    path = f"{here / 'tools'}{os.pathsep}/usr/bin{os.pathsep}/bin"
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-m", "neuronserve.cli", "preflight", "--stack", "test", "--project", str(here), *words],
        cwd=ROOT,
        env={"PATH": path, "HOME": "/nonexistent", "PYTHONPATH": paths, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_all_is_well(here: Path, aws_account: Account, model_hub: Hub) -> None:
    project_with(here, values("usw2-az1", "usw2-az4"))
    done = preflight(here, **aws_account.environment, HF_ENDPOINT=model_hub.url)
    assert done.returncode == 0, done.stdout + done.stderr
    first, *_, last = done.stdout.splitlines()
    assert first == f"Stack test in account {ACCOUNT}, us-west-2:"
    assert last == "20 fine"
    assert "vCPU quota, spot Inf: needs 192 vCPUs; there is 640 vCPUs" in done.stdout


def test_what_is_in_the_way_and_what_is_not(here: Path, aws_account: Account, model_hub: Hub) -> None:
    project_with(here, values("usw2-az3", "usw2-az4"))
    aws_account.quotas |= {INF: 128, SPOT_INF: 0}
    model_hub.gated = {GATED}
    done = preflight(here, "--json", **aws_account.environment, HF_ENDPOINT=model_hub.url)
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert {key: found[key] for key in ("stack", "account", "region", "clear")} == {
        "stack": "test",
        "account": ACCOUNT,
        "region": "us-west-2",
        "clear": False,
    }
    told = {(one["subject"], one["about"]): one["verdict"] for one in found["findings"] if one["verdict"] != "fine"}
    assert told == {
        ("vCPU quota", "on-demand Inf"): "problem",
        ("vCPU quota", "spot Inf"): "problem",
        ("offering", "node pool trainium-trn1"): "warning",
        ("model", "llama3-1-long"): "problem",
    }


def test_as_a_person_reads_it(here: Path, aws_account: Account, model_hub: Hub) -> None:
    project_with(here, values("usw2-az1", "usw2-az4", image="registry.example.com/neuronserve:neuron"))
    aws_account.quotas[INF] = 128
    aws_account.allow_only(without("ec2:DescribeAddresses"))
    done = preflight(here, **aws_account.environment, HF_ENDPOINT=model_hub.url)
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    start = next(number for number, line in enumerate(lines) if "on-demand Inf" in line)
    assert lines[start : start + 6] == [
        "problem    vCPU quota, on-demand Inf: needs 192 vCPUs; there is 128 vCPUs (Running On-Demand Inf instances)",
        "           node pool inferentia-inf2: 6 inf2.8xlarge of 32 vCPUs = 192",
        "           of these the services take 96 at a time; the rest is for a second set of nodes during an update",
        "           Ask AWS for at least 192 vCPUs.",
        "           Lower nodePools.inferentia-inf2.maxNodes, or what the services ask for.",
        f"           https://us-west-2.console.aws.amazon.com/servicequotas/home/services/ec2/quotas/{INF}",
    ]
    assert "could not be checked: needs action ec2:DescribeAddresses" in done.stdout
    assert lines[-1] == "2 problem, 1 unchecked, 17 fine"
    assert "hunter2" not in done.stdout + done.stderr


def test_a_stack_that_has_nothing_in_aws(here: Path) -> None:
    project_with(here, values_of("local"))
    done = preflight(here)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "Stack test has nothing in AWS: there is nothing to check there."
    assert "tool, Pulumi CLI" in done.stdout
    assert "AWS CLI" not in done.stdout


@pytest.mark.parametrize(
    ("changed", "stack", "message"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, {}, "There are no AWS credentials here. Sign in by "),
        ({"AWS_SECRET_ACCESS_KEY": ""}, {}, "There are no AWS credentials here. Sign in by "),
        ({"AWS_ACCESS_KEY_ID": "unknown"}, {}, "AWS does not take the credentials (InvalidClientTokenId: "),
        ({}, {"aws:profile": "prod"}, "The config profile (prod) could not be found. Set aws:profile, or AWS_PROFILE"),
        ({"AWS_PROFILE": "dev"}, {}, "The config profile (dev) could not be found. Set aws:profile, or AWS_PROFILE"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, {}, "AWS does not say whose credentials these are: AWS cannot be"),
    ],
)
def test_no_account_is_one_message(
    here: Path, aws_account: Account, changed: dict[str, str], stack: dict[str, str], message: str
) -> None:
    project_with(here, values("usw2-az1", "usw2-az4") | stack)
    aws_account.allow_only(["sts:GetCallerIdentity"])
    environment = {key: value for key, value in (aws_account.environment | changed).items() if value}
    done = preflight(here, "--json", **environment)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"error: {message}")
    assert len(done.stderr.splitlines()) == 1
    assert "hunter2" not in done.stderr


def test_an_account_that_the_stack_file_does_not_allow(here: Path, aws_account: Account, model_hub: Hub) -> None:
    project_with(here, values("usw2-az1", "usw2-az4") | {"aws:allowedAccountIds": ["111122223333"]})
    done = preflight(here, **aws_account.environment, HF_ENDPOINT=model_hub.url)
    assert done.returncode == 1
    assert f"needs an account: one of 111122223333; there is {ACCOUNT} in us-west-2" in done.stdout


def test_without_boto3(here: Path, aws_account: Account) -> None:
    project_with(here, values("usw2-az1", "usw2-az4"))
    (here / "without").mkdir()
    (here / "without" / "boto3.py").write_text("raise ImportError('No module named boto3')\n")
    done = preflight(here, **aws_account.environment, PYTHONPATH=f"{here / 'without'}{os.pathsep}{ROOT}")
    assert done.returncode == 2
    assert done.stderr == "error: `neuronserve preflight` needs the boto3 package: pip install boto3\n"
