"""An AWS account, tools, and a model hub to look at."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.preflight.checks import Preflight, preflight
from neuronserve.preflight.finding import Finding, Verdict
from neuronserve.preflight.machines import NODE_CLASS
from neuronserve.preflight.zones import SUBNET
from tests.preflight.account import IMAGE, Account, account, server
from tests.preflight.hub import Hub, hub
from tests.spoilt_plan import NODE_POOL, RAY_SERVICE, spoilt

VARIABLES = ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", "HF_TOKEN", "HF_ENDPOINT")


@pytest.fixture
def model_hub() -> Iterator[Hub]:
    yield from hub()


@pytest.fixture(scope="module")
def aws_server() -> Iterator[str]:
    yield from server()


@pytest.fixture
def aws_account(aws_server: str) -> Iterator[Account]:
    yield from account(aws_server)


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with both command-line tools, new enough."""
    folder = tmp_path / "tools"
    folder.mkdir()
    tool(folder, "pulumi", "echo v3.272.0")
    tool(folder, "aws", "echo aws-cli/2.31.0 Python/3.13.0 Linux/6.1.0 exe/x86_64")
    return folder


def tool(folder: Path, name: str, does: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{does}\n")
    file.chmod(0o755)


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, aws_account: Account, model_hub: Hub, tools: Path
) -> Callable[[], dict[str, str]]:
    """Set the variables of this process, and of those that it starts, as they are by now."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def set_all() -> dict[str, str]:
        variables = {**aws_account.environment, "HF_ENDPOINT": model_hub.url, "PATH": f"{tools}:/usr/bin:/bin"}
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return variables

    return set_all


Look = Callable[[Plan], Preflight]
"""Checks a plan in the account, with the tools and the hub, as they are by now."""


@pytest.fixture
def look(environment: Callable[[], dict[str, str]]) -> Look:
    """Check a plan in the account as it is by now."""

    def checked(plan: Plan) -> Preflight:
        environment()
        return preflight(plan, Path(__file__).parents[2])

    return checked


@pytest.fixture
def plan(plan_of: Callable[[str], Plan]) -> Plan:
    """Two services on two kinds of chips, with an image that is there."""
    return with_image(plan_of("inf2-and-trn1"), IMAGE)


def with_pool(plan: Plan, pool: str, **requirements: list[str]) -> Plan:
    """Return a plan in which a node pool has other requirements, each by the end of its label."""

    def change(inputs: dict[str, Any]) -> None:
        wanted = inputs["spec"]["template"]["spec"]["requirements"]
        for name, values in requirements.items():
            (one,) = [each for each in wanted if each["key"].endswith(name.replace("_", "-"))]
            one["values"] = values

    return spoilt(plan, NODE_POOL, change, f"{pool}-node-pool")


def with_node_class(plan: Plan, pool: str, **fields: object) -> Plan:
    """Return a plan in which the EC2NodeClass of a pool has other fields."""
    return spoilt(plan, NODE_CLASS, lambda inputs: inputs["spec"].update(fields), f"{pool}-node-class")


def with_zones(plan: Plan, *zones: str) -> Plan:
    """Return a plan with its subnets in other zones, in order; those by name have names."""
    order = sorted({subnet.inputs["availabilityZoneId"] for subnet in plan.of_type(SUBNET)})

    def change(inputs: dict[str, Any]) -> None:
        zone = zones[order.index(inputs.pop("availabilityZoneId"))]
        inputs["availabilityZoneId" if "-az" in zone else "availabilityZone"] = zone

    return spoilt(plan, SUBNET, change)


def the(found: Preflight, subject: str, about: str) -> Finding:
    """Return the one finding about something."""
    (finding,) = [one for one in found.findings if (one.subject, one.about) == (subject, about)]
    return finding


def others(found: Preflight, *findings: Finding) -> set[Verdict]:
    """Return what all other findings come to."""
    return {one.verdict for one in found.findings if one not in findings}


def with_image(plan: Plan, image: str) -> Plan:
    def change(inputs: dict[str, Any]) -> None:
        cluster = inputs["spec"]["rayClusterConfig"]
        for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
            for container in group["template"]["spec"]["containers"]:
                container["image"] = image

    return spoilt(plan, RAY_SERVICE, change)
