"""The policy pack, asked as the engine asks it, says what the check says offline."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from neuronserve.plan.aws_inputs import REFERENCE
from neuronserve.plan.plan import Plan, Resource
from neuronserve.review.rules.catalogue import RULES
from neuronserve.review.rules.exceptions import judge, read_exceptions
from tests.project import ROOT
from tests.review.rules.planted import RIGHT, WRONG
from tests.spoilt_plan import RAY_SERVICE, spoilt

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine sends for a text that a preview does not know."""

EXCEPTIONS = json.dumps({"mine": {"rule": "unprotected", "resources": ["network-*"], "reason": "to try it out"}})

Said = list[tuple[str, str, str]]
"""Rule, URN and message."""


class Pack:
    """What the pack says of plans."""

    def __init__(self, port: int) -> None:
        self._stub = analyzer_pb2_grpc.AnalyzerStub(grpc.insecure_channel(f"127.0.0.1:{port}"))

    def configure(self, config: dict[str, str]) -> None:
        request = analyzer_pb2.AnalyzerStackConfigureRequest(stack="test", project="neuronserve", config=config)
        self._stub.ConfigureStack(request)

    def names(self) -> list[str]:
        return [policy.name for policy in self._stub.GetAnalyzerInfo(empty_pb2.Empty()).policies]

    def says(self, plan: Plan) -> Said:
        """Return what it says of inputs, and of a stack whose outputs nobody knows, as in the preview of a new one."""
        resources = [_sent(resource) for resource in plan.resources]
        answers = [self._stub.Analyze(_asked(resource)) for resource in resources]
        bare = [analyzer_pb2.AnalyzerResource(type=one.type, urn=one.urn, name=one.name) for one in resources]
        answers.append(self._stub.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=bare)))
        found = [one for answer in answers for one in answer.diagnostics]
        assert {one.enforcementLevel for one in found} <= {analyzer_pb2.MANDATORY}
        return sorted((one.policyName, one.urn, one.message.partition("\n")[2]) for one in found)


def _sent(resource: Resource) -> analyzer_pb2.AnalyzerResource:
    properties = struct_pb2.Struct()
    json_format.ParseDict(_with_unknowns(resource.inputs), properties)
    options = analyzer_pb2.AnalyzerResourceOptions(protect=resource.protect)
    return analyzer_pb2.AnalyzerResource(
        type=resource.type, urn=resource.urn, name=resource.name, properties=properties, options=options
    )


def _asked(sent: analyzer_pb2.AnalyzerResource) -> analyzer_pb2.AnalyzeRequest:
    return analyzer_pb2.AnalyzeRequest(
        type=sent.type, urn=sent.urn, name=sent.name, properties=sent.properties, options=sent.options
    )


def _with_unknowns(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_unknowns(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_unknowns(item) for item in value]
    return UNKNOWN if isinstance(value, str) and REFERENCE.search(value) else value


def offline(plan: Plan, exceptions: str | None = None) -> Said:
    """Return what the check says, but for the remote component, of which the engine shows the inside."""
    seen = replace(plan, resources=[one for one in plan.resources if one.type != "eks:index:Cluster"])
    found = [finding for rule in RULES for finding in rule.findings(seen)]
    return sorted(
        (one.rule.id.value, one.resource.urn, f"{one.resource.name}: {one.message}. {one.rule.remedy}")
        for one in judge(found, read_exceptions(exceptions)).findings
    )


@pytest.fixture(scope="module", params=[None, "message", "environment"])
def given_by(request: pytest.FixtureRequest) -> str | None:
    """How the engine gives the configuration, in which exceptions are; None for one without."""
    channel: str | None = request.param
    return channel


@pytest.fixture(scope="module")
def exceptions(given_by: str | None) -> str | None:
    return EXCEPTIONS if given_by else None


@pytest.fixture(scope="module")
def pack(given_by: str | None) -> Iterator[Pack]:
    """Start the pack as Pulumi does, in its folder and with the stack's configuration."""
    config = {"neuronserve:policyExceptions": EXCEPTIONS} if given_by else {}
    environment = {
        "PULUMI_CONFIG": json.dumps(config),
        "PULUMI_PROJECT": "neuronserve",
        "PULUMI_STACK": "test",
        "PULUMI_DRY_RUN": "true",
    }
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(ROOT / "policy")],
        cwd=ROOT / "policy",
        env={
            "PATH": os.environ["PATH"],
            **(environment if given_by == "environment" else {}),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        pack = Pack(int(process.stdout.readline()))
        pack.configure(config if given_by == "message" else {})
        yield pack
    finally:
        process.kill()
        process.wait()


def test_it_has_every_rule(pack: Pack) -> None:
    assert pack.names() == [rule.id.value for rule in RULES]


def test_it_finds_what_the_check_finds(pack: Pack, exceptions: str | None) -> None:
    planted = [replace(one, options={}) for one in (*WRONG, *RIGHT)]
    resources = [
        replace(one.resource, urn=f"{one.resource.urn}-{number}", name=f"network-{number}" if number % 2 else "other")
        for number, one in enumerate(planted)
        if one.type != "kubernetes:karpenter.sh/v1:NodePool"  # half a pool, which has no place for anything
    ]
    plan = Plan("test", "test", resources, {})
    said = pack.says(plan)
    assert said == offline(plan, exceptions)
    assert {rule for rule, _, _ in said} >= {"open-to-the-world", "untagged", "unprotected"}


def test_it_passes_what_a_stack_has(pack: Pack, exceptions: str | None, plan_of: Callable[[str], Plan]) -> None:
    plan = plan_of("inf2-8xlarge")
    assert pack.says(plan) == offline(plan, exceptions)


def test_it_judges_the_stack_as_a_whole(pack: Pack, exceptions: str | None, plan_of: Callable[[str], Plan]) -> None:
    def more(inputs: dict[str, Any]) -> None:
        (group,) = inputs["spec"]["rayClusterConfig"]["workerGroupSpecs"]
        group["template"]["spec"]["containers"][0]["resources"]["requests"]["memory"] = "999Gi"

    plan = spoilt(plan_of("inf2-8xlarge"), RAY_SERVICE, more)
    said = pack.says(plan)
    assert said == offline(plan, exceptions)
    assert [urn for rule, urn, _ in said if rule == "no-place"] == [plan.of_type(RAY_SERVICE)[0].urn]
