import pytest

from neuronserve.facts.zones import is_in_region, is_zone_id, is_zone_name, short_region


@pytest.mark.parametrize(
    ("region", "short"),
    [
        ("us-west-2", "usw2"),
        ("us-east-1", "use1"),
        ("eu-central-1", "euc1"),
        ("ap-southeast-1", "apse1"),
        ("ap-northeast-3", "apne3"),
        ("us-gov-west-1", "usgw1"),
        ("somewhere", None),
    ],
)
def test_the_short_form_of_a_region(region: str, short: str | None) -> None:
    assert short_region(region) == short


@pytest.mark.parametrize(
    ("zone", "region", "there"),
    [
        ("us-west-2a", "us-west-2", True),
        ("us-west-2a", "us-west-1", False),
        ("usw2-az4", "us-west-2", True),
        ("usw2-az4", "us-east-1", False),
        ("usw2-az4", "mars-crater-x", True),
    ],
)
def test_whether_a_zone_is_in_a_region(zone: str, region: str, there: bool) -> None:
    assert is_in_region(zone, region) is there


def test_names_and_ids_are_told_apart() -> None:
    assert is_zone_name("us-gov-west-1b")
    assert is_zone_id("use1-az6")
    assert not is_zone_id("us-west-2a")
    assert not is_zone_name("usw2-az1")
    assert not is_zone_name("us-west-2")
