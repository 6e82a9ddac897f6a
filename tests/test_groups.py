"""Tests that share something run in one process: a pytest-xdist that takes no notice of groups says nothing."""

import pytest


@pytest.mark.xdist_group("alone")
def test_pytest_xdist_keeps_groups_together(request: pytest.FixtureRequest) -> None:
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("this run is not spread over several processes")
    assert request.node.nodeid.endswith("@alone")
