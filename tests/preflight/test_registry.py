"""Images of services in Amazon ECR, and elsewhere."""

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.preflight.finding import Verdict
from tests.preflight.account import ACCOUNT, IMAGE, REPOSITORY, Account
from tests.preflight.conftest import Look, others, the, with_image

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("image", "verdict", "have"),
    [
        (f"{REPOSITORY}:missing", Verdict.PROBLEM, "the repository has no missing"),
        (REPOSITORY, Verdict.PROBLEM, "the repository has no latest"),
        (f"{REPOSITORY}@sha256:{'1' * 64}", Verdict.PROBLEM, f"the repository has no sha256:{'1' * 64}"),
        (
            f"{ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/other/name:1",
            Verdict.PROBLEM,
            f"no repository other/name in {ACCOUNT}, us-west-2",
        ),
        (
            f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/neuronserve:neuron",
            Verdict.PROBLEM,
            f"no repository neuronserve in {ACCOUNT}, us-east-1",
        ),
        ("ghcr.io/someone/neuronserve:neuron", Verdict.WARNING, "not in Amazon ECR: other registries are not asked"),
        (
            "registry.example.com/neuronserve:neuron",
            Verdict.PROBLEM,
            "the placeholder of a stack file: nobody publishes this image",
        ),
    ],
)
def test_an_image_that_is_not_there(plan: Plan, look: Look, image: str, verdict: Verdict, have: str) -> None:
    found = look(with_image(plan, image))
    finding = the(found, "container image", image)
    assert (finding.verdict, finding.have) == (verdict, have)
    assert others(found, finding) == {Verdict.FINE}


def test_an_image_by_its_digest(plan: Plan, aws_account: Account, look: Look) -> None:
    (image,) = aws_account.client("ecr").describe_images(repositoryName="neuronserve")["imageDetails"]
    by_digest = f"{REPOSITORY}@{image['imageDigest']}"
    assert the(look(with_image(plan, by_digest)), "container image", by_digest).verdict is Verdict.FINE
    assert the(look(plan), "container image", IMAGE).have == image["imageDigest"]
