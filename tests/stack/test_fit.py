"""A model that is too large for what a stack file says, and one that needs padded heads: as the user meets them."""

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from neuronserve.components.llm_service.fit_checks import fit_problems
from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.plan.program import synthesise
from neuronserve.settings import PYTHON_NAMES
from neuronserve.sizing import MODEL_SHAPES, Remedy
from neuronserve.stack.node_pools import needs_of_pool, pool_of
from tests.project import project_with
from tests.sizing.placements import changed, powers_or_any
from tests.stack.reading import AWS, LLAMA, problems_of, read_values

LLAMA_70B: dict[str, Any] = LLAMA | {
    "instanceType": "inf2.48xlarge",
    "model": {
        "name": "meta-llama/Llama-3.3-70B-Instruct",
        "tensorParallelSize": 24,
        "maxModelLen": 8192,
        "maxNumSeqs": 16,
    },
    "replicas": {"min": 1},
}

STACK_KEYS = {
    "instance_type": ("instanceType",),
    "model.tensor_parallel_size": ("model", "tensorParallelSize"),
    "model.max_model_len": ("model", "maxModelLen"),
    "model.max_num_seqs": ("model", "maxNumSeqs"),
    "replicas.min": ("replicas", "min"),
    "replicas.max": ("replicas", "max"),
    "worker.neuron_chips": ("worker", "neuronChips"),
}


def test_the_plan_says_what_padded_heads_cost(tmp_path: Path) -> None:
    values = AWS | {"aws:region": "us-west-2", "services": {"large": LLAMA_70B, "llama": LLAMA}}
    notes = [note for note in synthesise(project_with(tmp_path, values), "test").diagnostics if "heads" in note]
    assert notes == [
        "info: LlmService large: On 24 cores meta-llama/Llama-3.3-70B-Instruct has 64 attention heads padded to 72, 8 "
        "key/value heads repeated to 24; that takes 12 % more work in attention, 138.9 instead of 131.4 GiB for "
        "weights and a KV cache 3 times as large."
    ]


def test_8_cores_for_70b_are_too_few_and_24_are_proposed() -> None:
    too_few = LLAMA_70B | {"model": LLAMA_70B["model"] | {"tensorParallelSize": 8}, "replicas": {"min": 3}}
    (problem,) = problems_of(AWS | {"services": {"large": too_few}})
    assert problem.startswith("neuronserve:services.large.model.tensorParallelSize is 8, and the 131.4 GiB of weights ")
    assert problem.endswith(
        " Set tensorParallelSize to 24 and replicas.min to 1, or choose trn1.32xlarge with tensorParallelSize 32 and "
        "replicas.min 1."
    )


def applied(service: dict[str, Any], remedy: Remedy) -> dict[str, Any]:
    return changed(service, {tuple(STACK_KEYS[path]): value for path, value in remedy.items()})


services = st.builds(
    lambda name, instance, size, length, sequences, replicas, chips: {
        "instanceType": instance,
        "image": "example.com/neuronserve:1",
        "model": {"name": name, "tensorParallelSize": size, "maxModelLen": length, "maxNumSeqs": sequences},
        "replicas": {"min": replicas},
        "worker": {"neuronChips": chips} if chips in INSTANCE_TYPES[instance].shareable_chips else {},
    },
    name=st.sampled_from(sorted(MODEL_SHAPES)),
    instance=st.sampled_from(list(INSTANCE_TYPES)),
    size=st.sampled_from([1, 2, 4, 8, 16, 24, 32]),
    length=powers_or_any(2**13),
    sequences=powers_or_any(2**9),
    replicas=st.integers(1, 30),
    chips=st.none() | st.integers(1, 8),
)


@settings(max_examples=60, deadline=None)
@given(services)
def test_a_stack_with_a_remedy_plans_on_as_many_nodes(service: dict[str, Any]) -> None:
    stack, problems = read_values(AWS | {"services": {"llm": service}})
    found = fit_problems(stack.services["llm"], PYTHON_NAMES)
    assert len(problems) == len(found)
    if not all(problem.remedies for problem in found):
        return
    pool = pool_of(stack, service["instanceType"])
    nodes = sum(need.nodes for need in needs_of_pool(stack, pool))
    for problem in found:
        for remedy in problem.remedies:
            mended = service
            for other in found:
                mended = applied(mended, remedy if other is problem else other.remedies[0])
            same = mended["instanceType"] == service["instanceType"]
            limit = {"nodePools": {pool: {"maxNodes": nodes}}} if nodes and same and len(found) == 1 else {}
            assert problems_of(AWS | {"services": {"llm": mended}} | limit) == []
