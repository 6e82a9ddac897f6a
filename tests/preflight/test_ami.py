"""Images of nodes: the variant for Neuron chips, which Karpenter does not miss where it is missing."""

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.preflight.finding import Verdict
from tests.preflight.account import Account
from tests.preflight.conftest import Look, others, the, with_node_class

pytestmark = pytest.mark.slow
INF = "node pool inferentia-inf2"
RELEASE = "v20260903"


def test_the_standard_image_would_start_in_its_place(plan: Plan, aws_account: Account, look: Look) -> None:
    aws_account.remove_image(RELEASE, "neuron")
    for release, variant in (("v20261101", "neuron"), ("v20261015", "neuron"), ("v20261110", "standard")):
        aws_account.add_image(release, variant)
    found = look(plan)
    finding = the(found, "machine image", INF)
    assert finding.verdict is Verdict.PROBLEM
    assert finding.need == "the neuron image of al2023@v20260903 for Kubernetes 1.35"
    assert finding.have == "only its standard image, ami-0123456789abcdef0"
    assert finding.arithmetic == ("Karpenter would start the standard image, without a Neuron driver, and not say so.",)
    assert finding.remedies == ("Set nodePools.inferentia-inf2.amiAlias to al2023@v20261101, which has it.",)
    assert others(found, finding, the(found, "machine image", "node pool trainium-trn1")) == {Verdict.FINE}
    assert the(found, "machine image", "node pool default").verdict is Verdict.FINE


def test_no_image_at_all(plan: Plan, aws_account: Account, look: Look) -> None:
    for variant in ("neuron", "standard"):
        aws_account.remove_image(RELEASE, variant)
    finding = the(look(plan), "machine image", "node pool default")
    assert (finding.verdict, finding.have, finding.arithmetic) == (Verdict.PROBLEM, "none", ())
    assert finding.remedies == ("Set cluster.version to one that has images: AWS has no standard image for 1.35.",)


@pytest.mark.parametrize("release", [RELEASE, "v20270101"])
def test_another_release_is_asked_for(plan: Plan, aws_account: Account, look: Look, release: str) -> None:
    aws_account.add_image("v20270101", "neuron", "ami-0aaaaaaaaaaaaaaaa")
    found = look(with_node_class(plan, "inferentia-inf2", amiSelectorTerms=[{"alias": f"al2023@{release}"}]))
    image = "ami-0aaaaaaaaaaaaaaaa" if release == "v20270101" else "ami-0123456789abcdef0"
    assert the(found, "machine image", INF).have == image


@pytest.mark.parametrize("term", [{"alias": "bottlerocket@v1.20.0"}, {"id": "ami-0123456789abcdef0"}])
def test_what_is_not_named_by_the_alias_is_not_looked_up(plan: Plan, look: Look, term: dict[str, str]) -> None:
    finding = the(look(with_node_class(plan, "inferentia-inf2", amiSelectorTerms=[term])), "machine image", INF)
    assert finding.verdict is Verdict.UNCHECKED
