"""The registry is the one list of add-ons: whatever speaks of them follows it."""

from pathlib import Path
from typing import Any

import pytest

from neuronserve.components.add_ons.registry import ADD_ONS, AddOn, Surroundings
from neuronserve.components.cluster.settings import EksClusterSettings
from neuronserve.components.helm.settings import MirrorSettings
from neuronserve.components.platform.args import AddOnsArgs
from neuronserve.components.platform.settings import AddOnsSettings
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run

RELEASE = "kubernetes:helm.sh/v3:Release"
EKS = EksClusterSettings(
    name="llm",
    arn="arn:aws:eks:us-west-2:111122223333:cluster/llm",
    region="us-west-2",
    vpc_id="vpc-1",
    security_group_ids=["sg-1"],
)

each = pytest.mark.parametrize("add_on", ADD_ONS, ids=lambda add_on: add_on.name)


def deploy(add_on: AddOn, eks: EksClusterSettings | None = EKS, mirror: MirrorSettings | None = None) -> Plan:
    around = Surroundings(
        "1.35",
        on_system_nodes=True,
        replicas=2,
        mirror=mirror or MirrorSettings(),
        install_crds=True,
        adopt_log_groups=False,
        neuron_tolerations=[],
        known_eks=eks,
    )
    return run(lambda: add_on.make("it", around, None))  # type: ignore[arg-type] # no options


def test_names_are_unique_and_those_of_the_settings() -> None:
    names = [add_on.name for add_on in ADD_ONS]
    assert len(set(names)) == len(names)
    assert list(AddOnsSettings.model_fields) == names
    assert AddOnsArgs.__optional_keys__ == set(names)


@each
def test_a_setting_says_what_it_is_and_when_it_is_made(add_on: AddOn) -> None:
    field = AddOnsSettings.model_fields[add_on.name]
    assert field.default is None
    description = str(field.description)
    assert description.lower().startswith(add_on.summary.lower())
    assert description.endswith(f". Default: {add_on.default.value}.")


def test_they_stand_in_the_order_in_which_they_are_made() -> None:
    assert sorted(ADD_ONS, key=lambda add_on: add_on.order) == list(ADD_ONS)
    (last,) = (add_on for add_on in ADD_ONS if add_on.order == max(other.order for other in ADD_ONS))
    assert last.name == "karpenter"


def folder_with_its_charts(add_on: AddOn, folder: Path) -> None:
    for chart in add_on.charts:
        (folder / chart.name).mkdir()
        (folder / chart.name / "Chart.yaml").write_text(f"version: {chart.version}\n")


@each
def test_it_releases_the_charts_that_it_names_and_no_other(add_on: AddOn, tmp_path: Path) -> None:
    folder_with_its_charts(add_on, tmp_path)
    for mirror in (MirrorSettings(), MirrorSettings(chart_directory=str(tmp_path))):
        released = {
            resource.inputs["name"]: resource.inputs for resource in deploy(add_on, mirror=mirror).of_type(RELEASE)
        }
        assert {name: inputs["version"] for name, inputs in released.items()} == {
            chart.name: chart.version for chart in add_on.charts
        }
        assert {inputs["namespace"] for inputs in released.values()} <= {add_on.namespace}


@each
def test_it_takes_the_surroundings_that_it_is_made_in(add_on: AddOn) -> None:
    mirrored = deploy(add_on, mirror=MirrorSettings(registry="mirror.example.com/x"))
    for resource in mirrored.of_type(RELEASE):
        assert resource.inputs["chart"].startswith("oci://mirror.example.com/x/")


@each
def test_it_needs_eks_where_it_says_so_and_only_there(add_on: AddOn) -> None:
    def asks_for_it(eks: EksClusterSettings | None) -> Any:
        return deploy(add_on, eks)

    if add_on.requires_eks and add_on.name != "efa":  # whose chart runs anywhere, and does something on EC2 alone
        with pytest.raises(LookupError, match="not known to be on EKS"):
            asks_for_it(None)
    else:
        assert asks_for_it(None).resources
