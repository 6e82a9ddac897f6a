"""What is said of a log group that is there already, and of which groups of a stack."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from neuronserve.plan.mocks import Monitor
from neuronserve.plan.program import synthesise
from neuronserve.stack.hooks.log_group_advice import IS_THERE, LOG_GROUP, _say
from tests.project import project_with
from tests.stack.reading import AWS


@pytest.mark.parametrize(
    ("error", "advised"), [(f"api error {IS_THERE}: The specified log group", True), ("no", False)]
)
def test_a_group_that_is_there_is_said_to_be_adopted(
    monkeypatch: pytest.MonkeyPatch, error: str, *, advised: bool
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", said.append)
    args = pulumi.ErrorHookArgs(
        "urn", "", "name", LOG_GROUP, new_inputs={"name": "/aws/eks/llm/cluster"}, errors=[error]
    )
    assert _say(args) is False  # a second try would fail as the first
    assert [("/aws/eks/llm/cluster" in one, "adoptLogGroups true" in one) for one in said] == [(True, True)] * advised


def test_every_log_group_of_a_stack_has_the_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hooked: dict[str, list[str]] = {}
    register = Monitor.RegisterResource

    def spy(self: Monitor, request: Any) -> Any:
        if request.type == LOG_GROUP:
            hooked[request.name] = [*request.hooks.on_error]
        return register(self, request)

    monkeypatch.setattr(Monitor, "RegisterResource", spy)
    synthesise(project_with(tmp_path, AWS | {"aws:region": "us-west-2"}), "test")
    assert len(hooked) > 1
    assert set(map(tuple, hooked.values())) == {("log-group-is-there",)}
