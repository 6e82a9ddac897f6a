"""A stack on AWS whose service is exposed: what comes to its plan, what it costs, and in which order it goes."""

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.review.cost import cost_at_rest
from tests.destroy_order import assert_destroyed_before
from tests.iam_lint import findings, policies_of
from tests.stacks.golden_plans import BASE, golden_text
from tests.stacks.test_destroy_order import in_component

GOLDEN = Path(__file__).parent / "golden_variants" / "exposed.diff.yaml"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"


def test_the_plan_is_the_golden_one(
    exposed: Plan, plan_of: Callable[[str], Plan], request: pytest.FixtureRequest
) -> None:
    now = golden_text(exposed, plan_of(BASE)).replace(f"# Stack {BASE}, where", f"# Stack {BASE}, exposed, where")
    if request.config.getoption("--renew-golden"):
        GOLDEN.write_text(now)
    lines = (GOLDEN.read_text().splitlines(), now.splitlines())
    diff = list(difflib.unified_diff(*lines, "golden", "now", lineterm="", n=4))
    assert not diff, "if you meant it: make golden"


def test_the_load_balancer_goes_while_its_controller_still_runs_and_may(exposed: Plan) -> None:
    """The controller's finalizer keeps an Ingress until the load balancer is gone, and is taken off by it alone."""
    ingress = [exposed.resource(INGRESS)]
    controller = in_component(exposed, "LoadBalancerController")
    assert any(one.type == "kubernetes:helm.sh/v3:Release" for one in controller)
    assert any(one.type.startswith("aws:iam/") for one in controller)
    assert_destroyed_before(exposed, ingress, controller)
    # It writes logs to its end, and its addresses are in the subnets.
    assert_destroyed_before(exposed, ingress, in_component(exposed, "AccessLogBucket"))
    assert_destroyed_before(exposed, ingress, in_component(exposed, "Network"))
    # Clients are turned away before what answers them goes.
    assert_destroyed_before(exposed, ingress, exposed.of_type("kubernetes:ray.io/v1:RayService"))


def test_the_linter_finds_nothing_in_the_policies_that_come_with_it(
    exposed: Plan, plan_of: Callable[[str], Plan]
) -> None:
    """But in the controller's, whose findings ``tests/components/add_ons`` explains."""
    known = {name for name, _, _ in policies_of(plan_of(BASE))}
    new = {name: document for name, document, kind in policies_of(exposed) if name not in known and kind != "trust"}
    del new["platform-load-balancer-controller-identity-policy.policy"]
    assert new.keys() == {"access-logs-policy.policy"}
    assert not findings(new["access-logs-policy.policy"])


def test_the_load_balancer_and_its_addresses_cost(exposed: Plan, plan_of: Callable[[str], Plan]) -> None:
    with_it, without = (cost_at_rest(one) for one in (exposed, plan_of(BASE)))
    assert with_it
    assert without
    more = {part: dollars - without.parts.get(part, 0) for part, dollars in with_it.parts.items()}
    assert {part: dollars for part, dollars in more.items() if dollars} == {
        "load balancers": pytest.approx(16.43, abs=0.01),
        "public addresses": pytest.approx(2 * 3.65),
    }
