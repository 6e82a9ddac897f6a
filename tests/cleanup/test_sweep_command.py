"""``neuronserve sweep`` as a person runs it, against moto's server."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from neuronserve.cli.main import app
from neuronserve.plan.plan import Plan
from tests.answering import answering
from tests.cleanup.command import Command, started
from tests.cleanup.conftest import CLUSTER, Place
from tests.cleanup.planted import Garden
from tests.kubeconfig import kubeconfig_of
from tests.preflight.account import Account
from tests.project import ROOT
from tests.spoilt_plan import spoilt
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
DEADLINE_S = 60
OWNED = {f"kubernetes.io/cluster/{CLUSTER}": "owned", "karpenter.sh/nodepool": "default"}


@pytest.fixture
def run(aws_account: Account, plan_of: Callable[[str], Plan], monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(aws_account, plan_of, monkeypatch)


def test_listed_then_killed_half_way_then_finished(place: Place, run: Command) -> None:
    place.garden.cluster(f"{CLUSTER}-2")  # which is not in the way
    garden, mine, before = place.garden, place.mine, place.garden.there()
    foreign = garden.interface({}, [mine.groups[0]])

    code, output, errors = run("sweep", "--json")
    assert code == 1, errors
    found = json.loads(output)
    assert {one["id"] for one in found["left"]} == mine.all
    assert (found["cluster"], found["region"], found["clusterIsThere"]) == (CLUSTER, "us-west-2", False)
    assert found["monthly"] > 1000
    assert garden.there() == before | {foreign}

    # An interface of somebody else's is in the group: what comes before groups goes, then it waits, and is killed.
    process = started(place.account, "sweep", "--remove", "--with-data")
    wait_until("one group is gone", lambda: mine.groups[1] not in garden.there(), DEADLINE_S)
    process.kill()
    process.wait()
    assert {mine.groups[0], *mine.templates, *mine.log_groups} == garden.there() & mine.all

    garden.ec2.delete_network_interface(NetworkInterfaceId=foreign)
    code, output, errors = run("sweep", "--remove")
    assert code == 1, output + errors
    assert garden.there() & mine.all == {*mine.log_groups}

    code, output, errors = run("sweep", "--remove", "--with-data")
    assert code == 0, output + errors
    assert output.splitlines()[-1].strip() == "nothing is left"
    assert before - garden.there() == mine.all
    assert place.still_untouched()


def test_nothing_is_removed_while_the_cluster_is_there(aws_account: Account, run: Command) -> None:
    garden = Garden(aws_account)
    garden.cluster(CLUSTER)
    garden.group(OWNED)
    before = garden.there()
    code, _, errors = run("sweep", "--remove", "--with-data")
    assert code == 1
    assert errors.startswith(f"error: Cluster {CLUSTER} is still there, and needs what would be taken away. First: ")
    assert garden.there() == before


def test_what_could_not_be_looked_for_is_told(aws_account: Account, run: Command) -> None:
    instance = Garden(aws_account).instance(OWNED)
    aws_account.allow_only(["sts:GetCallerIdentity", "eks:DescribeCluster", "ec2:DescribeInstances"])
    code, output, _ = run("sweep")
    assert code == 2
    assert "  could not be looked for: volumes: could not be checked: needs action ec2:DescribeVolumes. Allow" in output
    assert f"instance {instance}" in output
    assert "hunter2" not in output


def test_a_stack_that_has_nothing_in_aws(run: Command) -> None:
    assert run("sweep", stack="local")[:2] == (0, "Stack local has nothing in AWS: nothing can be left there.\n")
    code, output, _ = run("sweep", "--json", stack="local")
    document = json.loads(output)
    assert (code, document["stack"], document["left"], document["unknown"]) == (0, "local", [], [])
    assert run("drain", stack="local")[:2] == (
        0,
        "Stack local has nothing in AWS: `pulumi destroy` takes all of it away.\n",
    )


@pytest.mark.parametrize(
    ("words", "environment", "message"),
    [
        (["--with-data"], {}, "--with-data says what --remove takes away."),
        ([], {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "There are no AWS credentials here. Sign in by "),
        ([], {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "AWS does not say whose credentials these are: AWS cannot be"),
    ],
)
def test_mistakes_are_one_message(run: Command, words: list[str], environment: dict[str, str], message: str) -> None:
    code, output, errors = run("sweep", *words, **environment)
    assert code == 2
    assert output == ""
    assert errors.startswith(f"error: {message}")
    assert len(errors.splitlines()) == 1
    assert "hunter2" not in errors


@pytest.mark.parametrize("page", ["<html>Sign in</html>", "Sign in<br>"])
def test_a_page_instead_of_aws(run: Command, page: str) -> None:
    with answering(lambda _: page, "text/html") as address:
        code, output, errors = run("sweep", AWS_ENDPOINT_URL=f"http://{address}")
    assert (code, output) == (2, "")
    assert "What answers to sts:GetCallerIdentity is not AWS: " in errors


def test_a_page_instead_of_kubernetes(place: Place, run: Command, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    place.garden.cluster(CLUSTER)
    with answering(lambda _: "<html>Sign in</html>", "text/html") as address:
        kubeconfig.write_text(kubeconfig_of(f"http://{address}"))
        code, _, errors = run("drain", "--yes", "--kubeconfig", str(kubeconfig))
    assert code == 2
    assert f"error: http://{address} is no Kubernetes API server. Name another kubeconfig with" in errors


@pytest.mark.parametrize("command", ["drain", "sweep"])
def test_a_stack_that_is_not_there_is_not_told_as_something_that_is_left(command: str) -> None:
    done = CliRunner().invoke(app, [command, "--stack", "nowhere", "--project", str(ROOT)])
    assert done.exit_code == 2
    assert done.stderr.startswith("error: There is no stack nowhere")


def test_without_the_aws_cli_a_drain_cannot_tell(place: Place, run: Command) -> None:
    place.garden.cluster(CLUSTER)
    code, _, errors = run("drain", PATH="/nowhere")
    assert code == 2
    assert "error: There is no AWS CLI here (aws)" in errors


@pytest.mark.parametrize("command", ["drain", "sweep"])
def test_an_account_that_the_stack_may_not_go_to(
    aws_account: Account, plan_of: Callable[[str], Plan], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def only_another(stack: str) -> Plan:
        token, allowed = "pulumi:providers:aws", '["111122223333"]'
        return spoilt(plan_of(stack), token, lambda inputs: inputs.update(allowedAccountIds=allowed))

    garden = Garden(aws_account)
    garden.instance(OWNED)
    before = garden.there()
    words = ["--yes"] if command == "drain" else ["--remove", "--with-data"]
    code, output, errors = Command(aws_account, only_another, monkeypatch)(command, *words)
    assert (code, output) == (2, "")
    assert errors.startswith("error: Stack inf2-8xlarge needs an account: one of 111122223333; there is 123456789012 ")
    assert garden.there() == before


@pytest.mark.parametrize("command", ["drain", "sweep"])
def test_without_boto3(run: Command, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    code, _, errors = run(command)
    assert code == 2
    assert errors == f"error: `neuronserve {command}` needs the boto3 package: pip install boto3\n"
