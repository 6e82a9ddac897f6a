"""What the plan says of schedulers that pods name and nothing installs."""

from pathlib import Path
from typing import Any

import pytest

from neuronserve.plan.program import synthesise
from tests.project import project_with
from tests.stack.reading import AWS, LLAMA, SMALL, settings_of

SHARED = LLAMA | {"instanceType": "inf2.48xlarge", "replicas": {"min": 1}, "worker": {"neuronChips": 1}}
THERE: dict[str, Any] = {"cluster": {"existing": {}}}
TAINT = {"key": "dedicated", "operator": "Equal", "value": "neuron", "effect": "NoSchedule"}


def with_worker(service: dict[str, Any], **worker: Any) -> dict[str, Any]:
    return service | {"worker": service.get("worker", {}) | worker}


def warnings(directory: Path, values: dict[str, Any]) -> list[str]:
    diagnostics = synthesise(project_with(directory, values | {"aws:region": "us-west-2"}), "test").diagnostics
    return [one for one in diagnostics if "scheduler" in one]


def test_a_cluster_that_is_there_may_have_no_scheduler_of_that_name(tmp_path: Path) -> None:
    (warning,) = warnings(tmp_path, THERE | {"services": {"llama": SHARED, "small": SMALL, "whole": LLAMA}})
    assert warning == (
        "warning: neuronserve:services.llama.worker.neuronChips is 1 of the 12 chips of inf2.48xlarge, so the workers "
        "name the scheduler my-scheduler, which nothing in this stack installs: unless the cluster has it, they wait "
        "for ever. Set neuronserve:services.llama.worker.schedulerName to what the cluster calls its Neuron scheduler, "
        "such as neuron-scheduler, or neuronserve:addOns.neuron to true."
    )


@pytest.mark.parametrize(
    "values",
    [
        THERE | {"services": {"llama": with_worker(SHARED, schedulerName="neuron-scheduler")}},
        THERE | {"services": {"llama": with_worker(SHARED, schedulerName="my-scheduler")}},
        THERE | {"services": {"llama": SHARED}, "addOns": {"neuron": True}},
        THERE | {"services": {"llama": LLAMA}},
        AWS | {"services": {"llama": SHARED}},
        AWS | {"services": {"llama": with_worker(SHARED, schedulerName="default-scheduler")}},
        AWS | {"services": {"llama": with_worker(LLAMA, schedulerName="my-scheduler")}},
    ],
)
def test_nothing_is_said_where_it_is_there_or_named(tmp_path: Path, values: dict[str, Any]) -> None:
    assert warnings(tmp_path, values) == []


@pytest.mark.parametrize(("service", "known"), [(SHARED, "default-scheduler or my-scheduler"), (SMALL, "default-sche")])
def test_a_new_cluster_has_no_other_scheduler(tmp_path: Path, service: dict[str, Any], known: str) -> None:
    values = AWS | {"services": {"llama": with_worker(service, schedulerName="neuron-scheduler")}}
    (warning,) = warnings(tmp_path, values)
    assert warning.startswith(
        "warning: neuronserve:services.llama.worker.schedulerName is neuron-scheduler, which nothing in this stack "
        f"installs, and the cluster is a new one: unless somebody else installs it, the workers wait for ever. Remove "
        f"it, or set it to {known}"
    )


def test_device_plugins_are_on_the_nodes_that_workers_tolerate(tmp_path: Path) -> None:
    services = {
        "one": with_worker(SHARED, tolerations=[TAINT]),
        "two": with_worker(SHARED, tolerations=[TAINT, {"key": "spot"}]),
        "small": with_worker(SMALL, tolerations=[{"key": "gpu"}]),
    }
    values = THERE | {"services": services}
    assert settings_of(values).neuron_tolerations == [TAINT, {"key": "spot"}]
    plan = synthesise(project_with(tmp_path, values | {"addOns": {"neuron": True}}), "test")
    (release,) = (one for one in plan.of_type("kubernetes:helm.sh/v3:Release") if "neuron" in one.name)
    assert release.inputs["values"]["devicePlugin"]["tolerations"][-2:] == [TAINT, {"key": "spot"}]
