"""Stack values for tests, read as the program reads them, without the rest of it."""

import copy
from collections.abc import Callable, Collection, Mapping
from typing import Any

from neuronserve.plan.program import run
from neuronserve.settings import SettingNames
from neuronserve.stack import StackSettings
from neuronserve.stack.load import read_stack

NAMES = SettingNames(prefix="neuronserve:", camel_case=True)

LLAMA: dict[str, Any] = {
    "instanceType": "inf2.8xlarge",
    "image": "example.com/neuronserve:1",
    "model": {
        "name": "NousResearch/Meta-Llama-3-8B-Instruct",
        "tensorParallelSize": 2,
        "maxModelLen": 4096,
        "maxNumSeqs": 8,
    },
    "replicas": {"min": 1, "max": 3},
}
"""A service on Inf2, which needs up to three nodes, and during an upgrade six."""

LONG: dict[str, Any] = LLAMA | {
    "instanceType": "trn1.32xlarge",
    "model": LLAMA["model"] | {"tensorParallelSize": 8},
    "replicas": {"min": 4, "max": 4},
}
"""A service that fills one node with Trn1."""

SMALL: dict[str, Any] = {
    "accelerator": "cpu",
    "image": "localhost/neuronserve:cpu",
    "model": {"name": "smollm2-135m-instruct", "maxModelLen": 2048, "maxNumSeqs": 16},
}
"""A service that any Kubernetes can run."""

LOCAL: dict[str, Any] = {"cluster": {"existing": {}}, "services": {"llm": SMALL}}
AWS: dict[str, Any] = {
    "network": {"availabilityZoneIds": ["usw2-az1", "usw2-az4"]},
    "services": {"llama": LLAMA},
}


def read_values(
    values: Mapping[str, Any],
    *,
    encrypted: Collection[str | tuple[str, ...]] = (),
    region: str | None = "us-west-2",
    then: Callable[[StackSettings], object] = lambda _: None,
) -> tuple[StackSettings, list[str]]:
    """Return the settings that a stack's values come to, and what is wrong with them.

    ``then`` is called with the settings inside a program, where Outputs can be used.
    """
    places = [(place,) if isinstance(place, str) else place for place in encrypted]
    results: list[tuple[StackSettings, list[str]]] = []

    def program() -> None:
        results.append(read_stack(copy.deepcopy(dict(values)), places, NAMES))
        then(results[0][0])

    run(program, project="neuronserve", stack="test", config={"aws:region": region} if region else {})
    return results[0]


def settings_of(values: Mapping[str, Any], **options: Any) -> StackSettings:
    """Return the settings that right values come to."""
    stack, problems = read_values(values, **options)
    assert problems == []
    return stack


def problems_of(values: Mapping[str, Any], **options: Any) -> list[str]:
    """Return what is wrong with values."""
    return read_values(values, **options)[1]
