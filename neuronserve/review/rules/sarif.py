"""What a check says, for code scanning: SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/)."""

import hashlib
import json
from typing import Any

from neuronserve import __version__
from neuronserve.review.rules.catalogue import RULES
from neuronserve.review.rules.exceptions import Judged
from neuronserve.review.rules.rule import Finding, Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def to_sarif(stacks: dict[str, Judged], files: dict[str, str]) -> str:
    """Return one run: a result for each finding, suppressed where an exception covers it.

    Args:
        stacks: what was found, by stack.
        files: the stack's file, by stack, as a path from the root of the repository: what a finding is shown at.
    """
    results = []
    for stack, judged in stacks.items():
        results += [_result(finding, files[stack]) for finding in judged.findings]
        results += [
            _result(finding, files[stack]) | {"suppressions": [{"kind": "external", "justification": exception.reason}]}
            for finding, exception in judged.excepted
        ]
    driver = {"name": "neuronserve check", "version": __version__, "rules": [_rule(rule) for rule in RULES]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.reason},
        "help": {"text": rule.remedy},
        "defaultConfiguration": {"level": "error"},
    }


def _result(finding: Finding, file: str) -> dict[str, Any]:
    identity = hashlib.sha256(f"{finding.rule.id} {finding.resource.urn} {finding.message}".encode()).hexdigest()
    return {
        "ruleId": finding.rule.id,
        "level": "error",
        "message": {"text": f"{finding.resource.name}: {finding.message}. {finding.rule.remedy}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": file}, "region": {"startLine": 1}},
                "logicalLocations": [{"fullyQualifiedName": finding.resource.urn, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"finding/v1": identity},
    }
