"""The load of a benchmark: how many users ask at a time, and how long their prompts and answers are."""

from dataclasses import dataclass

TUTORIAL_USERS = (1, 2, 4, 8, 16)
"""What the tutorial of data-on-eks has its reader try, one after the other."""

MOST_DIGITS = 6
"""Of a number of users: no machine has a million connections to one server, and Python reads no number of thousands."""

MOST_SHOWN = 60
"""Characters of an option in a message."""


class LoadError(ValueError):
    """No such load can be made; the message says what to change."""


@dataclass(frozen=True)
class Load:
    """What is sent. The defaults are the run of data-on-eks, ``vllm_benchmark.sh``.

    Lengths are drawn from normal distributions, in tokens of the served model.
    """

    users: tuple[int, ...] = TUTORIAL_USERS
    """Requests at a time, one step of the run after the other: each user asks again once it is answered."""
    requests_per_user: int = 8
    input_tokens: int = 512
    input_stddev: int = 20
    output_tokens: int = 245
    """The server is asked to make just as many: not to stop before (``ignore_eos``)."""
    output_stddev: int = 20
    timeout_s: float = 7200
    """For each step: what is not answered by then counts as an error."""
    stream: bool = True
    """Without it there is no time to the first token."""
    seed: int = 0
    """Another one makes other prompts. Those that a server has seen, it may have in its prefix cache."""

    def requests(self, users: int) -> int:
        """Return how many requests a step with so many users has."""
        return users * self.requests_per_user


def users_of(text: str) -> tuple[int, ...]:
    """Read numbers of users, as in ``1,2,4``.

    Raises:
        LoadError: there is none, or something else than a number above 0 of so many digits, or one twice.
    """
    words = [word.strip() for word in text.split(",")]
    shown = repr(text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…")
    if not all(word.isascii() and word.isdigit() and word.strip("0") for word in words):
        raise LoadError(f"--users is {shown}; it should be numbers above 0 with commas between them, such as 1,2,4.")
    if any(len(word) > MOST_DIGITS for word in words):
        raise LoadError(f"--users is {shown}; each number should have at most {MOST_DIGITS} digits, such as 1,2,4.")
    users = tuple(map(int, words))
    if len(set(users)) < len(users):
        raise LoadError(f"--users is {shown}, which has a number twice. Name each one once.")
    return users
