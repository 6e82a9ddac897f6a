from typing import Any

import pytest
from pulumi.provider.experimental.analyzer import Analyzer

from neuronserve.components.add_ons import (
    EfaDevicePlugin,
    KubeRayOperator,
    LoadBalancerController,
    NeuronOperator,
)
from neuronserve.components.add_ons.cloud_watch import CloudWatchObservability


@pytest.mark.parametrize(
    ("component", "required"),
    [
        (NeuronOperator, {"kubernetesVersion"}),
        (KubeRayOperator, set()),
        (LoadBalancerController, {"clusterName", "region", "vpcId"}),
        (EfaDevicePlugin, set()),
        (CloudWatchObservability, {"clusterName", "region"}),
    ],
)
def test_components_are_usable_and_described_in_other_languages(component: type[Any], required: set[str]) -> None:
    definition = Analyzer("neuronserve").analyze([component])["component_definitions"][component.__name__]
    assert {name for name, input_ in definition.inputs.items() if not input_.optional} == required
    assert all(input_.description for input_ in definition.inputs.values())
    assert all(output.description for output in definition.outputs.values())
