import pytest

from neuronserve.facts.instance_types import INSTANCE_TYPES, instance_type
from neuronserve.sizing import WorkerResources, worker_resources


@pytest.mark.parametrize("instance", INSTANCE_TYPES.values(), ids=lambda instance: instance.name)
def test_a_worker_leaves_room_for_daemonsets(instance):
    worker = worker_resources(instance)
    assert worker.neuron == instance.chips
    assert worker.cpu >= 1
    assert worker.memory_gib >= 1
    # At least 900m of CPU; 1 GiB of memory, and 8 % of it in case the node is smaller than estimated.
    assert 900 <= instance.allocatable.cpu_millis - 1000 * worker.cpu < 2000
    spare_mib = instance.allocatable.memory_mib - 1024 * worker.memory_gib
    assert 1024 + 0.08 * instance.allocatable.memory_mib <= spare_mib


@pytest.mark.parametrize(
    ("name", "worker"),
    [
        ("inf2.xlarge", WorkerResources(cpu=3, memory_gib=11, neuron=1)),
        ("inf2.8xlarge", WorkerResources(cpu=30, memory_gib=105, neuron=1)),
        ("inf2.48xlarge", WorkerResources(cpu=190, memory_gib=644, neuron=12)),
        ("trn1.2xlarge", WorkerResources(cpu=7, memory_gib=25, neuron=1)),
    ],
)
def test_worker_resources(name, worker):
    assert worker_resources(instance_type(name)) == worker
