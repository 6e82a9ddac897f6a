"""What one check found: what the stack needs, what there is, and what to do about the difference."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from neuronserve.preflight.refusals import RefusedError


class Verdict(StrEnum):
    """What a finding means for `pulumi up`."""

    FINE = "fine"
    WARNING = "warning"
    """It works, and less well than it looks."""
    UNCHECKED = "unchecked"
    """Nothing could be found out."""
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """What one check found.

    ``arithmetic`` says how the need comes about; ``remedies`` are ways to mend it, of which one is enough.
    """

    subject: str
    """What kind of thing was checked, such as ``vCPU quota``."""
    about: str
    """Which one."""
    verdict: Verdict
    need: str
    have: str
    arithmetic: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()
    link: str | None = None

    @property
    def is_in_the_way(self) -> bool:
        """Whether it keeps `pulumi up` from being taken for safe: what could not be checked may be a problem."""
        return self.verdict in (Verdict.PROBLEM, Verdict.UNCHECKED)


def attempt(subject: str, about: str, ask: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """Return what a check finds; where it is refused an answer, that is what it finds."""
    findings = []
    try:
        for finding in ask():
            findings.append(finding)  # noqa: PERF402 (those before a refusal count)
    except RefusedError as refused:
        unchecked = Finding(
            subject, about, Verdict.UNCHECKED, "an answer", str(refused), remedies=(refused.remedy,), link=refused.link
        )
        findings.append(unchecked)
    return findings
