"""Keys of providers: what says whose account is meant is passed on, what would be without effect is refused."""

from pathlib import Path
from typing import Any

import pytest

from neuronserve.plan.errors import PlanError
from neuronserve.plan.program import synthesise
from tests.project import project_with, values_of
from tests.stack.reading import AWS, LOCAL, problems_of

ACCOUNTS = ["111122223333"]


def refused(tmp_path: Path, stack: str, **keys: Any) -> str:
    with pytest.raises(PlanError) as error:
        synthesise(project_with(tmp_path, values_of(stack) | keys), "test")
    assert "1 problem." in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("aws:assumeRole", {"roleArn": "arn:aws:iam::111122223333:role/a"}, "aws:assumeRole is set, and would be wi"),
        ("aws:assumeRoles", [{"roleArn": "arn:aws:iam::111122223333:role/a"}], "Take it on with a profile (role_arn"),
        ("aws:profle", "production", "aws:profle is set, and would be without effect. Did you mean aws:profile?"),
        ("aws:skipRegionValidation", "true", "Remove it. Read are aws:region, aws:profile, aws:allowedAccountIds,"),
        ("aws:allowedAccountIds", [111122223333], "aws:allowedAccountIds is [111122223333]; it should be a list of"),
        ("aws:allowedAccountIds", "111122223333", "it should be a list of accounts"),
        ("aws:forbiddenAccountIds", [], "it should be a list of accounts"),
        ("kubernetes:context", "kind", "kubernetes:context is set, and would be without effect. Remove it: set cl"),
    ],
)
def test_what_would_be_without_effect_is_refused(tmp_path: Path, key: str, value: Any, says: str) -> None:
    assert says in refused(tmp_path, "inf2-8xlarge", **{key: value})


def test_so_it_is_where_there_is_no_aws(tmp_path: Path) -> None:
    assert "kubernetes:context is set" in refused(tmp_path, "local", **{"kubernetes:context": "kind"})


def test_the_accounts_that_are_meant_reach_the_provider(tmp_path: Path) -> None:
    keys = {"aws:allowedAccountIds": ACCOUNTS, "aws:profile": "production"}
    plan = synthesise(project_with(tmp_path, values_of("inf2-8xlarge") | keys), "test")
    inputs = plan.resource("pulumi:providers:aws").inputs
    assert inputs["allowedAccountIds"] == '["111122223333"]'
    assert inputs["profile"] == "production"
    assert "forbiddenAccountIds" not in inputs


@pytest.mark.parametrize(
    ("region", "says"),
    [
        ("us-west-2a", "A region is such as us-west-2, and us-west-2a a zone. Set it to us-west-2."),
        ("mars-1", "aws:region is 'mars-1', which is not a region."),
        ("us-mars-1", "which is not a region."),
        ("US-WEST-2", "which is not a region."),
        ("[undeciphered secret]", "which is not a region."),
    ],
)
def test_a_region_is_one(region: str, says: str) -> None:
    (problem,) = problems_of({"services": {}}, region=region)
    assert says in problem


@pytest.mark.parametrize("region", ["us-gov-west-1", "eusc-de-east-1", "ap-southeast-7", "mx-central-1", "cn-north-1"])
def test_regions_of_all_partitions_are_admitted(region: str) -> None:
    assert not problems_of({"services": {}}, region=region)


def test_without_eks_no_region_is_looked_at() -> None:
    assert not problems_of(LOCAL, region="mars-1")


@pytest.mark.parametrize(
    ("cluster", "says"),
    [
        ({"clusterName": "a" * 81}, "neuronserve:cluster.clusterName is 'aaa"),
        ({"existing": {"name": "a" * 81}}, "neuronserve:cluster.existing.name is 'aaa"),
    ],
)
def test_a_name_that_karpenters_queue_cannot_have(cluster: dict[str, Any], says: str) -> None:
    values = {"cluster": cluster, "addOns": {"karpenter": True}}
    (problem,) = problems_of(values)
    assert problem.startswith(says)
    assert "whose name SQS limits to 80 characters" in problem
    assert not problems_of(values | {"addOns": {"karpenter": False}} | {"cluster": {"existing": {"name": "a" * 81}}})


@pytest.mark.parametrize(
    "registry", ["https://x", "oci://a.example.com/b", "a.example.com/B", "a.example.com//b", "a b"]
)
def test_a_registry_is_a_host_and_a_path(registry: str) -> None:
    (problem,) = problems_of(AWS | {"mirror": {"registry": registry}})
    assert problem.startswith(f'neuronserve:mirror.registry is "{registry}"; it should be a host and a path')


@pytest.mark.parametrize(
    ("existing", "variable", "takes_over"),
    [
        (False, None, "true"),
        (True, None, None),
        # By the provider's own variable, so that a stack can take over the CRDs that an earlier one left.
        (True, "true", "true"),
    ],
)
def test_only_a_cluster_of_its_own_is_taken_over_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, existing: bool, variable: str | None, takes_over: str | None
) -> None:
    monkeypatch.delenv("PULUMI_K8S_UPSERT_EXISTING_OBJECTS", raising=False)
    if variable:
        monkeypatch.setenv("PULUMI_K8S_UPSERT_EXISTING_OBJECTS", variable)
    values = LOCAL if existing else AWS | {"aws:region": "us-west-2"}
    plan = synthesise(project_with(tmp_path, values), "test")
    provider = plan.resource("pulumi:providers:kubernetes", "cluster")
    assert provider.inputs.get("upsertExistingObjects") == takes_over
