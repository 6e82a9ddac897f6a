"""What a check says, as a page of text and as JSON."""

import json
from itertools import groupby
from typing import Any

from neuronserve.review.rules.exceptions import Judged
from neuronserve.review.rules.rule import Finding


def to_text(stacks: dict[str, Judged]) -> str:
    """Return the findings of each stack by rule, with what to do, and the exceptions that it makes."""
    return "\n".join(_stack(stack, judged) for stack, judged in stacks.items()) + "\n"


def _stack(stack: str, judged: Judged) -> str:
    found = len(judged.findings)
    lines = [f"{stack}: {'no finding' if not found else '1 finding' if found == 1 else f'{found} findings'}"]
    for rule, findings in groupby(judged.findings, key=lambda finding: finding.rule):
        lines += [f"  {rule.id}: {rule.title}", f"    Why: {rule.reason}", f"    Remedy: {rule.remedy}"]
        lines += [f"    - {_subject(finding)}: {finding.message}" for finding in findings]
    for finding, exception in judged.excepted:
        lines.append(f"  excepted from {exception.rule}: {_subject(finding)}: {exception.reason}")
    for exception in judged.unused:
        lines.append(f"  exception {exception.name} from {exception.rule} is not needed: take it out")
    return "\n".join(lines)


def _subject(finding: Finding) -> str:
    kind = finding.resource.type.rpartition(":")[2].rpartition("/")[2]
    return f"{kind} {finding.resource.name}"


def to_json(stacks: dict[str, Judged]) -> str:
    """Return the same as JSON: the same plans give the same bytes."""
    document = {stack: _document(judged) for stack, judged in stacks.items()}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _document(judged: Judged) -> dict[str, Any]:
    return {
        "findings": [_finding(finding) for finding in judged.findings],
        "excepted": [_finding(finding) | {"because": exception.reason} for finding, exception in judged.excepted],
        "notNeeded": [exception.name for exception in judged.unused],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule.id,
        "urn": finding.resource.urn,
        "message": finding.message,
        "reason": finding.rule.reason,
        "remedy": finding.rule.remedy,
    }
