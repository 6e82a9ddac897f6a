"""From the lines of a load generator, here or in a pod, to the steps of a run."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from neuronserve.bench.response import Response, response_of
from neuronserve.bench.results import Step


class GeneratorError(Exception):
    """The load generator gave up; the message is for a person."""


class Reader:
    """Reads events until a step is whole.

    Args:
        on_response: is told of each response as it comes, and of the number of users.
        on_waiting: is told why there is nothing yet.
    """

    def __init__(self, on_response: Callable[[int, Response], None], on_waiting: Callable[[str], None]) -> None:
        self.generator = "unknown"
        """Name and version of the load generator, once it has started."""
        self._on_response = on_response
        self._on_waiting = on_waiting
        self._users = 0
        self._responses: list[Response] = []

    def steps(self, lines: Iterable[str]) -> Iterator[Step]:
        """Yield each step when it is whole; lines that are no events are passed over.

        Raises:
            GeneratorError: the generator says that it failed.
        """
        for event in filter(None, map(_event, lines)):
            match event["event"]:
                case "waiting":
                    self._on_waiting(str(event["message"]))
                case "started":
                    self.generator = str(event["generator"])
                case "response":
                    self._users = int(event["users"])
                    self._responses.append(response_of(event))
                    self._on_response(self._users, self._responses[-1])
                case "finished":
                    responses, self._responses = self._responses, []
                    yield Step(int(event["users"]), responses)
                case "failed":
                    raise GeneratorError(" ".join(str(event["message"]).split()))

    def unfinished(self) -> Step | None:
        """Return what there is of a step that was broken off; None if there is nothing."""
        return Step(self._users, self._responses, is_whole=False) if self._responses else None


def _event(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None  # a line of a log, or one that was cut
    return event if isinstance(event, dict) and "event" in event else None
