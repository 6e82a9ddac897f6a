"""How findings are told: to people, problems with their remedies, and to programs."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from neuronserve.preflight.checks import Preflight
from neuronserve.preflight.finding import Finding, Verdict

WIDTH = max(map(len, Verdict)) + 2


def told(preflight: Preflight) -> str:
    """Return the findings as lines, and below them how many there are of each kind."""
    lines = [_where(preflight), *(line for finding in preflight.findings for line in _lines(finding))]
    counts = Counter(finding.verdict for finding in preflight.findings)
    lines.append(", ".join(f"{counts[verdict]} {verdict}" for verdict in reversed(Verdict) if counts[verdict]))
    return "\n".join(lines)


def to_json(preflight: Preflight) -> str:
    """Return the findings as JSON."""
    return json.dumps(asdict(preflight) | {"clear": preflight.is_clear}, indent=2, ensure_ascii=False)


def _where(preflight: Preflight) -> str:
    if preflight.account is None:
        return f"Stack {preflight.stack} has nothing in AWS: there is nothing to check there."
    return f"Stack {preflight.stack} in account {preflight.account}, {preflight.region}:"


def _lines(finding: Finding) -> Iterator[str]:
    yield f"{finding.verdict:<{WIDTH}}{finding.subject}, {finding.about}: needs {finding.need}; there is {finding.have}"
    if finding.verdict is Verdict.FINE:
        return
    below = (*finding.arithmetic, *finding.remedies, *([finding.link] if finding.link else []))
    yield from (f"{'':{WIDTH}}{line}" for line in below)
