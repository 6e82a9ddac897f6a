"""Exceptions that a stack makes from rules, and what is printed of findings."""

import json

import pytest

from neuronserve.facts.policy_rules import RuleId
from neuronserve.plan.errors import PlanError
from neuronserve.review.rules.catalogue import RULES
from neuronserve.review.rules.exceptions import Judged, judge, read_exceptions
from neuronserve.review.rules.report import to_json, to_text
from neuronserve.review.rules.sarif import to_sarif
from tests.review.rules.planted import Planted

VPC = Planted("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"})
FINDINGS = [finding for rule in RULES for finding in rule.findings(VPC.plan)]


def exceptions(**values: object) -> str:
    return json.dumps({"mine": {"rule": "unprotected", "resources": ["*"], "reason": "to try it out"} | values})


def judged(text: str | None = None) -> Judged:
    return judge(FINDINGS, read_exceptions(text))


@pytest.mark.parametrize("resources", [["planted"], ["other", "plan*"], ["*"]])
def test_an_exception_covers_resources_by_their_names(resources: list[str]) -> None:
    found = judged(exceptions(resources=resources))
    assert found.findings == []
    assert [exception.reason for _, exception in found.excepted] == ["to try it out"]
    assert found.unused == []


@pytest.mark.parametrize("values", [{"resources": ["plant"]}, {"rule": "untagged"}])
def test_one_that_covers_nothing_is_named(values: dict[str, object]) -> None:
    found = judged(exceptions(**values))
    assert [finding.rule.id for finding in found.findings] == [RuleId.UNPROTECTED]
    assert "exception mine" in to_text({"dev": found})
    assert json.loads(to_json({"dev": found}))["dev"]["notNeeded"] == ["mine"]


@pytest.mark.parametrize(
    "text",
    [
        *("not JSON", "[]", '{"mine": []}', "3"),
        *(
            exceptions(rule="no-such-rule"),
            exceptions(resources="*"),
            exceptions(reason=" "),
            exceptions(resources=[1]),
        ),
    ],
)
def test_what_is_no_exception_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="should be like") as raised:
        read_exceptions(text)
    assert "open-to-the-world" in str(raised.value)


def test_none_are_none() -> None:
    assert read_exceptions(None) == []


def test_the_report_says_what_why_and_how_to_mend_it() -> None:
    text = to_text({"dev": judged(), "prod": Judged()})
    assert text.startswith("dev: 1 finding\n  unprotected: ")
    assert "    - Vpc planted: it is not protected" in text
    assert "pulumi config set protect true" in text
    assert text.endswith("\nprod: no finding\n")


def test_sarif_has_each_rule_and_each_finding_with_what_lets_it_pass() -> None:
    document = json.loads(
        to_sarif({"dev": judged(), "prod": judged(exceptions())}, {"dev": "a.yaml", "prod": "b.yaml"})
    )
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [rule.id for rule in RULES]
    dev, prod = run["results"]
    assert dev["ruleId"] == "unprotected"
    assert dev["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "a.yaml"}
    assert dev["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == VPC.resource.urn
    assert "suppressions" not in dev
    assert prod["suppressions"] == [{"kind": "external", "justification": "to try it out"}]
    assert dev["partialFingerprints"] == prod["partialFingerprints"]
