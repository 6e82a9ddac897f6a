"""``neuronserve.components`` names all that is public, and loads no more of it than is asked for."""

import ast
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from enum import Enum
from typing import is_typeddict

import pulumi
import pytest

from neuronserve import components
from tests.packaging.commands import ROOT, done

AWS = {"pulumi_aws"}
KUBERNETES = {"pulumi_kubernetes"}
EKS = {"pulumi_eks", *AWS, *KUBERNETES}

MAY_LOAD = {
    "AccessLogBucket": AWS,
    "CloudWatchMonitoring": AWS,
    "CloudWatchObservability": AWS,
    "Cluster": EKS,
    "DefaultStorageClass": KUBERNETES,
    "EfaDevicePlugin": KUBERNETES,
    "ExistingCluster": AWS | KUBERNETES,
    "ExistingNetwork": AWS,
    "HeadStorage": AWS,
    "Karpenter": AWS | KUBERNETES,
    "KubeRayOperator": KUBERNETES,
    "LlmService": KUBERNETES,
    "LoadBalancerController": AWS | KUBERNETES,
    "Network": AWS,
    "NeuronOperator": KUBERNETES,
    "NeuronPlatform": AWS | KUBERNETES,
    "NodePool": AWS | KUBERNETES,
    "OpenWebUi": KUBERNETES,
    "PodIdentity": AWS,
    "PrometheusObservability": KUBERNETES,
    "ServingNamespace": KUBERNETES,
}
"""The SDKs that each component is made of."""


INTERNAL = {
    "neuronserve.components.add_ons.registry",
    "neuronserve.components.agreement",
    "neuronserve.components.component",
}
"""What components are made with: nobody else's business."""


def is_component(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, pulumi.ComponentResource)


def public_classes() -> Iterator[tuple[str, str]]:
    """Yield name and module of every component, argument class and enumeration below components/."""
    for module in pkgutil.walk_packages(components.__path__, "neuronserve.components."):
        for name, value in vars(importlib.import_module(module.name)).items():
            arguments = is_typeddict(value) and name.endswith("Args")
            enumeration = inspect.isclass(value) and issubclass(value, Enum)
            defined_here = getattr(value, "__module__", None) == module.name and module.name not in INTERNAL
            if defined_here and not name.startswith("_") and (is_component(value) or arguments or enumeration):
                yield name, module.name


def test_every_public_class_is_in_the_table() -> None:
    missing = set(public_classes()) - set(components._MODULES.items())
    assert not missing, "neuronserve.components._MODULES lacks these"


def test_every_name_in_the_table_is_defined_where_it_says() -> None:
    for name, module in components._MODULES.items():
        assert getattr(components, name).__module__ == module


def test_type_checkers_see_the_table() -> None:
    tree = ast.parse((ROOT / "components" / "__init__.py").read_text())
    seen = {
        alias.asname: statement.module
        for statement in ast.walk(tree)
        if isinstance(statement, ast.ImportFrom) and statement.module != "typing"
        for alias in statement.names
        if alias.asname == alias.name
    }
    assert seen == components._MODULES


def test_all_names_are_listed() -> None:
    assert components.__all__ == sorted(components._MODULES)
    assert set(components._MODULES) <= set(dir(components))


def test_a_misspelt_name_is_an_import_error() -> None:
    with pytest.raises(ImportError, match="cannot import name 'Netwrok'"):
        from neuronserve.components import Netwrok  # noqa: F401


def test_every_component_says_what_it_may_load() -> None:
    assert set(MAY_LOAD) == {name for name in components._MODULES if is_component(getattr(components, name))}


@pytest.mark.parametrize("name", MAY_LOAD)
def test_a_component_loads_no_other_sdk(name: str) -> None:
    program = f"""
from neuronserve.components import {name}
import sys
print(*{{module.partition(".")[0] for module in sys.modules}})
"""
    loaded = set(done(sys.executable, "-c", program, cwd=ROOT).split())
    sdks = {name for name in loaded if name.startswith("pulumi_")}
    assert sdks <= MAY_LOAD[name]
    assert not loaded & {"ray", "torch", "vllm"}


def test_the_package_itself_loads_nothing() -> None:
    loaded = done(sys.executable, "-c", "import neuronserve.components, sys; print(*sys.modules)", cwd=ROOT)
    assert "pulumi" not in loaded
