"""A stack on AWS with Open WebUI: what comes to its plan, in which order it goes, and that no rule is broken."""

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.plan.program import synthesise
from neuronserve.review.rules.catalogue import RULES
from tests.applicable import applicable
from tests.destroy_order import assert_destroyed_before
from tests.kubernetes_api import KubernetesApi
from tests.project import project_with, values_of
from tests.stacks.golden_plans import BASE, golden_text
from tests.stacks.test_destroy_order import in_component

GOLDEN = Path(__file__).parent / "golden_variants" / "open-web-ui.diff.yaml"


def plan_with(directory: Path, stack: str) -> Plan:
    """Return the plan of a stack of ours with Open WebUI."""
    project = project_with(directory, values_of(stack) | {"openWebUi": {"enabled": True}})
    (project / "stacks" / "Pulumi.test.yaml").rename(project / "stacks" / f"Pulumi.{stack}.yaml")
    return synthesise(project, stack)


@pytest.fixture(scope="module")
def chatting(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return plan_with(tmp_path_factory.mktemp("chatting"), BASE)


def test_the_plan_is_the_golden_one(
    chatting: Plan, plan_of: Callable[[str], Plan], request: pytest.FixtureRequest
) -> None:
    text = golden_text(chatting, plan_of(BASE))
    now = text.replace(f"# Stack {BASE}, where", f"# Stack {BASE}, with Open WebUI, where")
    if request.config.getoption("--renew-golden"):
        GOLDEN.write_text(now)
    lines = (GOLDEN.read_text().splitlines(), now.splitlines())
    diff = list(difflib.unified_diff(*lines, "golden", "now", lineterm="", n=4))
    assert not diff, "if you meant it: make golden"


def test_it_goes_before_services_nodes_and_the_driver_of_its_volume(chatting: Plan) -> None:
    web_ui = in_component(chatting, "OpenWebUi")
    workload = [one for one in web_ui if one.type in {"kubernetes:apps/v1:Deployment"}]
    assert_destroyed_before(chatting, workload, chatting.of_type("kubernetes:ray.io/v1:RayService"))
    assert_destroyed_before(chatting, workload, chatting.of_type("kubernetes:karpenter.sh/v1:NodePool"))
    claim = chatting.of_type("kubernetes:core/v1:PersistentVolumeClaim")
    assert_destroyed_before(chatting, claim, chatting.of_type("aws:eks/addon:Addon"))


def test_it_breaks_no_rule(chatting: Plan, plan_of: Callable[[str], Plan]) -> None:
    def broken(plan: Plan) -> set[str]:
        return {f"{one.resource.name}: {one.message}" for rule in RULES for one in rule.findings(plan)}

    assert broken(chatting) == broken(plan_of(BASE))


def test_an_api_server_takes_it_with_the_services(kubeconfig: str, tmp_path: Path) -> None:
    api, objects = KubernetesApi(kubeconfig), applicable(plan_with(tmp_path, "local"))
    with api.applied(objects):
        for manifest in objects:
            before = api.current(manifest)
            assert before is not None
            if manifest["kind"] != "RayService":
                assert api.apply(manifest).metadata.generation == before.metadata.generation, manifest["kind"]
