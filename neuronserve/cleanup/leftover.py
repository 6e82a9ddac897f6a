"""One thing that is to go, in AWS or in the cluster."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Leftover:
    """Something of a stack's that nobody but ``drain`` and ``sweep`` takes away."""

    kind: str
    """Such as ``instance``, or the kind of an object in the cluster."""
    id: str
    """As AWS calls it, or ``<namespace>/<name>``."""
    about: str
    """What a person wants to know of it, in a few words."""
    monthly: float | None = 0.0
    """US dollars that it costs in a month; None where the price is not known."""
    holds_data: bool = False
    """Whether something is lost with it that nobody can make again."""
    is_held: str | None = None
    """Why it cannot go now, if so."""
    tags: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def key(self) -> str:
        """What sets it apart from all others."""
        return f"{self.kind} {self.id}"

    def __str__(self) -> str:
        return f"{self.key} ({self.about})" if self.about else self.key


Kept = dict[str, str]
"""What is still there after it was to go: why, by its key."""
