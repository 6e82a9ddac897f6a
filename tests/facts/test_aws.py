import pytest

from neuronserve.facts.aws import managed_policy_arn, partition


@pytest.mark.parametrize(
    ("region", "expected"),
    [("us-west-2", "aws"), ("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_the_partition_follows_from_the_region(region: str, expected: str) -> None:
    assert partition(region) == expected


def test_a_policy_of_awss_own_has_no_account() -> None:
    assert managed_policy_arn("AmazonEKS_CNI_Policy", "aws-cn") == "arn:aws-cn:iam::aws:policy/AmazonEKS_CNI_Policy"
