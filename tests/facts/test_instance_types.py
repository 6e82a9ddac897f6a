import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.facts.instance_types import INSTANCE_TYPES, InstanceType, UnknownInstanceTypeError, instance_type


@pytest.mark.parametrize(
    ("name", "hardware"),
    [
        ("inf2.xlarge", (1, 2, 4, 16, 0.7582)),
        ("inf2.8xlarge", (1, 2, 32, 128, 1.96786)),
        ("inf2.24xlarge", (6, 12, 96, 384, 6.49063)),
        ("inf2.48xlarge", (12, 24, 192, 768, 12.98127)),
        ("trn1.2xlarge", (1, 2, 8, 32, 1.34375)),
        ("trn1.32xlarge", (16, 32, 128, 512, 21.5)),
        ("trn1n.32xlarge", (16, 32, 128, 512, 24.78)),
    ],
)
def test_chips_cores_vcpus_memory_and_price(name, hardware):
    instance = instance_type(name)
    assert hardware == (
        instance.chips,
        instance.cores,
        instance.vcpus,
        instance.memory_gib,
        instance.on_demand_usd_per_hour,
    )


def test_there_are_no_others():
    assert list(INSTANCE_TYPES) == [
        "inf2.xlarge",
        "inf2.8xlarge",
        "inf2.24xlarge",
        "inf2.48xlarge",
        "trn1.2xlarge",
        "trn1.32xlarge",
        "trn1n.32xlarge",
    ]


@pytest.mark.parametrize("instance", INSTANCE_TYPES.values(), ids=lambda instance: instance.name)
def test_every_type_is_consistent(instance: InstanceType):
    assert instance_type(instance.name) is instance
    assert instance.cores_per_chip == 2
    assert instance.cores_per_chip * instance.chips == instance.cores
    assert instance.accelerator_memory_gib_per_core == 16
    # Karpenter's estimate lies a little below what is nominally there.
    assert 0.95 < instance.allocatable.cpu_millis / (1000 * instance.vcpus) < 1
    assert 0.86 < instance.allocatable.memory_mib / (1024 * instance.memory_gib) < 0.925


@pytest.mark.parametrize(
    ("name", "cpu_millis", "memory_mib", "pods"),
    [
        ("inf2.xlarge", 3920, 14162, 58),
        ("inf2.8xlarge", 31850, 118312, 234),
        ("inf2.24xlarge", 95690, 355262, 737),
        ("inf2.48xlarge", 191450, 718987, 737),
        ("trn1.2xlarge", 7910, 29317, 58),
        ("trn1.32xlarge", 127610, 481894, 247),
        ("trn1n.32xlarge", 127610, 481894, 247),
    ],
)
def test_allocatable_is_karpenters(name, cpu_millis, memory_mib, pods):
    allocatable = instance_type(name).allocatable
    assert (allocatable.cpu_millis, allocatable.memory_mib, allocatable.pods) == (
        cpu_millis,
        memory_mib,
        pods,
    )


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("inf2.8xlarge", (1, 2)),
        ("inf2.24xlarge", (1, 2, 4, 8)),
        ("inf2.48xlarge", (1, 2, 4, 8, 24)),
        ("trn1.2xlarge", (1, 2)),
        ("trn1.32xlarge", (1, 2, 8, 16, 32)),
        ("trn1n.32xlarge", (1, 2, 8, 16, 32)),
    ],
)
def test_tensor_parallel_sizes_are_the_runtimes_up_to_the_cores(name, sizes):
    assert instance_type(name).tensor_parallel_sizes == sizes


@pytest.mark.parametrize(
    ("name", "family"), [("inf2.xlarge", "inf2"), ("trn1.32xlarge", "trn1"), ("trn1n.32xlarge", "trn1n")]
)
def test_family(name, family):
    assert instance_type(name).family == family


def test_a_misspelt_type_is_refused_with_the_right_one():
    with pytest.raises(UnknownInstanceTypeError) as refusal:
        instance_type("inf2.8xlrage")
    assert str(refusal.value) == (
        "Instance type 'inf2.8xlrage' is not known. Did you mean inf2.8xlarge? Known are inf2.xlarge, "
        "inf2.8xlarge, inf2.24xlarge, inf2.48xlarge, trn1.2xlarge, trn1.32xlarge, trn1n.32xlarge."
    )


@given(st.text().filter(lambda name: name not in INSTANCE_TYPES))
def test_an_unknown_type_is_a_value_error_without_the_key_error_behind_it(name):
    with pytest.raises(ValueError, match=r"Known are inf2\.xlarge, ") as refusal:
        instance_type(name)
    assert refusal.value.__suppress_context__
    assert repr(name) in str(refusal.value)
