from pathlib import Path
from typing import Any, cast

import pulumi
import pytest

from neuronserve.components.add_ons.args import EfaDevicePluginArgs
from neuronserve.components.add_ons.efa import EfaDevicePlugin
from neuronserve.plan.program import run
from neuronserve.settings import InvalidSettingsError

RELEASE = "kubernetes:helm.sh/v3:Release"


def release(**args: Any) -> dict[str, Any]:
    def program() -> None:
        pulumi.export("namespace", EfaDevicePlugin("efa", cast(EfaDevicePluginArgs, args)).namespace)

    plan = run(program)
    assert plan.outputs == {"namespace": "kube-system"}
    return plan.resource(RELEASE, "efa-chart").inputs


# Keys in stable/aws-efa-k8s-device-plugin/values.yaml of https://github.com/aws/eks-charts.
def test_it_runs_on_trn1_nodes_only_and_tolerates_their_taint() -> None:
    inputs = release()
    assert (inputs["chart"], inputs["version"]) == ("aws-efa-k8s-device-plugin", "v0.5.30")
    assert inputs["values"]["supportedInstanceLabels"] == {"values": ["trn1.32xlarge", "trn1n.32xlarge"]}
    assert inputs["values"]["tolerations"] == [
        {"key": "aws.amazon.com/neuron", "operator": "Exists", "effect": "NoSchedule"}
    ]


def test_types_taints_and_image_can_be_changed() -> None:
    values = release(
        instance_types=["trn1n.32xlarge"],
        tolerations=[{"key": "team", "operator": "Exists"}],
        mirror={"registry": "mirror.example.com"},
    )["values"]
    assert values["supportedInstanceLabels"]["values"] == ["trn1n.32xlarge"]
    assert [toleration["key"] for toleration in values["tolerations"]] == ["aws.amazon.com/neuron", "team"]
    assert values["image"]["repository"].startswith("mirror.example.com/602401143452.dkr.ecr.")


def test_all_mistakes_are_reported_before_anything_is_made(tmp_path: Path) -> None:
    args = {
        "instance_types": [],
        "tolerations": [{"key": "team", "effect": "No"}],
        "mirror": {"chart_directory": str(tmp_path)},
    }
    with pytest.raises(InvalidSettingsError) as error:
        EfaDevicePlugin("efa", cast(EfaDevicePluginArgs, args))
    assert len(error.value.problems) == 3
