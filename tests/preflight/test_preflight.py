"""A stack of two services on two kinds of chips: all is well, and each check fails apart from the others."""

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.preflight.finding import Verdict
from neuronserve.preflight.report import told
from tests.preflight.conftest import Look

pytestmark = pytest.mark.slow


def test_nothing_is_in_the_way(plan: Plan, look: Look) -> None:
    found = look(plan)
    assert found.is_clear, told(found)
    assert {finding.verdict for finding in found.findings} == {Verdict.FINE}, told(found)
    assert {finding.subject for finding in found.findings} == {
        "container image",
        "credentials",
        "machine image",
        "model",
        "network quota",
        "offering",
        "tool",
        "vCPU quota",
    }
