"""The offline plan and the real engine say the same of every stack."""

import dataclasses
from typing import Any

from tests.engine.agreement import disagreements
from tests.engine.life import Life


def test_plan_and_engine_agree(life: Life) -> None:
    """Resources, URNs, inputs, dependencies, providers, protection, and what is secret."""
    assert disagreements(life.plan, life.state) == []


def test_no_difference_is_overlooked(life: Life) -> None:
    """A check of the check: whatever a plan says of a resource is looked at."""
    service = next(resource for resource in life.plan.resources if resource.type.endswith(":RayService"))
    others = [resource for resource in life.plan.resources if resource is not service]
    spec = service.inputs["spec"]
    wrong: dict[str, dict[str, Any]] = {
        "custom is": {"custom": False},
        "parent is": {"parent": None},
        "protect is": {"protect": True},
        "provider is": {"provider": None},
        "dependencies is": {"dependencies": []},
        "spec.serveConfigV2 is '[secret]'": {"inputs": service.inputs | {"spec": spec | {"serveConfigV2": "[secret]"}}},
        "spec.wrong is 1": {"inputs": service.inputs | {"spec": spec | {"wrong": 1}}},
        "spec is unset": {"inputs": {key: value for key, value in service.inputs.items() if key != "spec"}},
    }
    for said, change in wrong.items():
        plan = dataclasses.replace(life.plan, resources=[*others, dataclasses.replace(service, **change)])
        (found,) = disagreements(plan, life.state)
        assert found.startswith(f"{service.urn}: {said}")
    without = dataclasses.replace(life.plan, resources=others)
    assert disagreements(without, life.state) == [f"only the engine has {service.urn}"]
    assert f"only the plan has {service.urn}" in disagreements(
        life.plan, {urn: resource for urn, resource in life.state.items() if urn != service.urn}
    )
