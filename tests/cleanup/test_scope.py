"""What is a stack's: by the tags of controllers, and by nothing that looks like them."""

import dataclasses
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.cleanup.scope import Scope, scope_of
from neuronserve.facts.cluster_tags import NAMING, OWNED, owner_tag
from neuronserve.plan.errors import PlanError
from neuronserve.plan.plan import Plan

NAMES = st.sampled_from(["llm", "llm-2", "ll", "LLM", "llm_", "other"])
OWN = Scope("dev", "llm", True, frozenset({"vllm"}), frozenset({"default"}), (), {})
GUEST = dataclasses.replace(OWN, makes_cluster=False)


@given(NAMES, st.dictionaries(st.sampled_from(NAMING), NAMES), st.sampled_from([OWNED, "shared", ""]))
def test_all_clusters_that_tags_name_have_to_be_this_one(owner: str, naming: dict[str, str], value: str) -> None:
    tags = {owner_tag(owner): value, **naming}
    named = {owner, *naming.values()}
    assert OWN.has(tags) == (named == {"llm"} and value == OWNED)


@given(st.dictionaries(st.sampled_from(["Name", "cluster", "karpenter.sh/nodepool", "CSIVolumeName"]), NAMES))
def test_no_other_tag_makes_something_the_clusters(tags: dict[str, str]) -> None:
    assert not OWN.has(tags)


@pytest.mark.parametrize(
    ("further", "is_stacks"),
    [
        ({}, False),
        ({"karpenter.sh/nodepool": "default"}, True),
        ({"karpenter.sh/nodepool": "default-2"}, False),
        ({"ingress.k8s.aws/stack": "vllm/llama"}, True),
        ({"ingress.k8s.aws/stack": "vllm"}, False),  # a group of that name, of whomever
        ({"ingress.k8s.aws/stack": "vllm-2/llama"}, False),
        ({"service.k8s.aws/stack": "vllm/web"}, True),
        ({"kubernetes.io/service-name": "vllm/web"}, True),
        ({"kubernetes.io/service-name": "web/vllm"}, False),
        ({"kubernetes.io/created-for/pvc/namespace": "vllm"}, True),
        ({"kubernetes.io/created-for/pvc/namespace": "other"}, False),
    ],
)
def test_in_a_cluster_of_others_only_what_was_made_for_the_stack_is_its(
    further: dict[str, str], is_stacks: bool
) -> None:
    tags = {owner_tag("llm"): OWNED, **further}
    assert GUEST.has(tags) == is_stacks
    assert OWN.has(tags)
    assert not GUEST.has({owner_tag("llm-2"): OWNED, **further})


def test_objects_of_a_cluster() -> None:
    assert OWN.has_object("any", None)
    assert OWN.has_object(None, "any")
    assert [GUEST.has_object(namespace, None) for namespace in ("vllm", "vllm-2", "default")] == [True, False, False]
    assert [GUEST.has_object(None, pool) for pool in ("default", "other", None)] == [True, False, False]


def test_a_stack_without_tags_of_its_own_has_no_log_groups() -> None:
    assert not OWN.made_by_stack({})
    assert not OWN.made_by_stack({"project": "x"})


def test_of_a_plan(plan_of: Callable[[str], Plan]) -> None:
    scope = scope_of(plan_of("inf2-and-trn1"))
    assert scope == Scope(
        "inf2-and-trn1",
        "neuronserve-inf2-and-trn1",
        True,
        frozenset({"kuberay-operator", "vllm"}),
        frozenset({"default", "inferentia-inf2", "trainium-trn1"}),
        ("/aws/containerinsights/neuronserve-inf2-and-trn1/", "/aws/eks/neuronserve-inf2-and-trn1/"),
        {"project": "neuronserve", "stack": "inf2-and-trn1"},
    )
    assert scope_of(plan_of("local")) is None


def test_a_name_that_is_known_later_is_refused(plan_of: Callable[[str], Plan]) -> None:
    plan = plan_of("inf2-8xlarge")
    later = dataclasses.replace(plan, outputs=plan.outputs | {"clusterName": "${urn:x.name}"})
    with pytest.raises(PlanError, match="The cluster's name is not known from the plan of stack inf2-8xlarge"):
        scope_of(later)
