"""Components as programs in other languages make them: by the protocol that the engine speaks with the package."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import grpc
import pytest

from neuronserve.codegen.documentation import documented_components
from neuronserve.codegen.kinds import Kind, settings_of
from neuronserve.plan.program import run
from neuronserve.settings import Settings
from neuronserve.settings.names import to_camel
from tests.components.every_component import FEWEST, MANY, NAMES, component, settings_type
from tests.project import ROOT
from tests.provider.stand_in_engine import (
    GIVER,
    SECRET,
    SIGNATURE,
    Constructed,
    Package,
    RefusedError,
    output,
    started,
)

OUTPUTS = {name: found.outputs for name, found in documented_components(ROOT / "components").items()}
IN_NAMES = {"administrators"}
"""Of what the names of things are made as far as it is known."""
all_components = pytest.mark.parametrize("name", NAMES)


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def package() -> Iterator[Package]:
    with started(sys.executable, str(ROOT / "package"), PYTHONPATH=str(ROOT)) as package:
        yield package


def written(of: type[Settings], args: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments as other languages write them."""
    settings = {setting.name: setting for setting in settings_of(of)}
    inputs = {}
    for name, value in args.items():
        kind = settings[name].kind
        if held := kind.settings_type:
            entries = {key: written(held, entry) for key, entry in value.items()} if kind.of is dict else None
            inputs[settings[name].alias] = written(held, value) if entries is None else entries
        else:
            inputs[settings[name].alias] = value
    return inputs


def inputs_of(name: str) -> dict[str, Any]:
    return written(settings_type(name), FEWEST[name] | MANY[name])


def with_outputs(of: type[Settings], inputs: Mapping[str, Any], **how: bool) -> dict[str, Any]:
    """Return inputs, each an output that may be one, also in what they hold."""
    kinds = {setting.alias: setting.kind for setting in settings_of(of)}
    return {key: value if key in IN_NAMES else as_output(kinds[key], value, **how) for key, value in inputs.items()}


def as_output(kind: Kind, value: Any, **how: bool) -> Any:
    if kind.may_be_output:
        return output(value, **how)
    if kind.of is dict and kind.items:
        return {key: as_output(kind.items, item, **how) for key, item in value.items()}
    if kind.of is list and kind.items:
        return [as_output(kind.items, item, **how) for item in value]
    return with_outputs(kind.settings_type, value, **how) if kind.settings_type else value


def made_in_python(name: str) -> list[tuple[str, str, Any]]:
    plan = run(lambda: component(name)("it", FEWEST[name] | MANY[name]), stack="stack")
    return sorted(((one.type, one.name, one.inputs) for one in plan.resources), key=str)


def without_names(made: list[tuple[str, str, Any]]) -> list[str]:
    """Return what was made, without names of resources, which may hold what is known."""
    return sorted(str((kind, inputs)) for kind, _, inputs in made)


@all_components
def test_inputs_make_what_arguments_make(package: Package, name: str) -> None:
    expected = made_in_python(name)
    constructed = package.construct(name, inputs_of(name))
    assert constructed.made == expected
    assert constructed.urn == f"urn:pulumi:stack::project::neuronserve:index:{name}::it"
    always = {to_camel(one.name) for one in OUTPUTS[name] if not one.may_be_none}
    assert always <= constructed.outputs.keys() <= {to_camel(one.name) for one in OUTPUTS[name]}
    assert secrets(constructed) == {to_camel(one.name) for one in OUTPUTS[name] if one.is_secret}


def secrets(constructed: Constructed) -> set[str]:
    """Return which outputs are secrets."""
    return {
        name
        for name, value in constructed.outputs.items()
        if isinstance(value, dict) and (value.get("secret") or value.get(SIGNATURE) == SECRET)
    }


@all_components
def test_outputs_among_the_inputs_make_the_same(package: Package, name: str) -> None:
    expected = made_in_python(name)
    constructed = package.construct(name, with_outputs(settings_type(name), inputs_of(name)))
    assert without_names(constructed.made) == without_names(expected)
    if name != "NeuronOperator":  # without its scheduler it has no use for a version
        assert GIVER in constructed.dependencies


@all_components
def test_what_is_unknown_yet_can_be_previewed(package: Package, name: str) -> None:
    component(name)  # loaded, so that the stand-in knows the outputs of what it makes
    constructed = package.construct(name, with_outputs(settings_type(name), inputs_of(name), known=False), preview=True)
    assert constructed.made
    assert constructed.urn


@all_components
def test_what_is_misspelt_is_named(package: Package, name: str) -> None:
    with pytest.raises(RefusedError) as caught:
        package.construct(name, inputs_of(name) | {"nonSense": 1})
    assert caught.value.code is grpc.StatusCode.INVALID_ARGUMENT
    assert str(caught.value) == f"{name} it cannot be deployed: 1 problem."
    assert caught.value.problems.keys() == {"nonSense"}
    assert caught.value.problems["nonSense"].startswith("nonSense is unknown. ")


def test_secrets_stay_secret(package: Package) -> None:
    inputs = inputs_of("LlmService") | {"apiKey": output("the-key", secret=True)}
    constructed = package.construct("LlmService", inputs)
    assert secrets(constructed) == {"apiKey"}
    secrets_made = (one for one in constructed.registrations.values() if one.type == "kubernetes:core/v1:Secret")
    (made,) = (one for one in secrets_made if one.name.endswith("-api-key"))
    assert "the-key" not in str(made)
    assert "dGhlLWtleQ==" in str(made)
    assert SECRET in str(made.object.fields["data"])


def test_every_mistake_is_told_by_the_name_that_was_written(package: Package) -> None:
    model = {"name": "smollm2-135m-instruct", "maxModelLen": 2048.5, "maxNumSeqs": 0, "maxNumSeq": 2}
    inputs = inputs_of("LlmService") | {
        "model": model,
        "requireApiKey": False,
        "worker": {"env": {"VLLM_API_KEY": "x"}},
    }
    del inputs["expose"]  # which wants a key
    with pytest.raises(RefusedError) as caught:
        package.construct("LlmService", inputs)
    assert str(caught.value) == "LlmService it cannot be deployed: 5 problems."
    problems = caught.value.problems
    assert problems["model.maxModelLen"] == "model.maxModelLen is 2048.5; it should be a whole number."
    assert problems["model.maxNumSeqs"] == "model.maxNumSeqs is 0; it should be greater than or equal to 1."
    assert problems["model.maxNumSeq"] == "model.maxNumSeq is unknown. Did you mean model.maxNumSeqs?"
    assert problems["apiKey"].startswith("apiKey is set, but requireApiKey is false")
    assert "set apiKey" in problems["worker.env.VLLM_API_KEY"]


@pytest.mark.parametrize(
    ("name", "inputs", "path", "reason"),
    [
        ("Network", {"cidrBlock": output("10.0.0.0/30")}, "cidrBlock", "cidrBlock is 10.0.0.0/30, 4 addresses: too"),
        ("LlmService", {"apiKey": output(None, secret=True)}, "apiKey", "apiKey is an Output, and came to None."),
        (
            "LlmService",
            {"serviceName": output("chat")},
            "serviceName",
            "serviceName is an Output, and what is made depends on its value, so it has to be known when the program "
            "runs. Set it to a plain value, such as one from the stack's configuration that is no secret.",
        ),
        (
            "ServingNamespace",
            {"namespaceName": output("No Name", secret=True)},
            "namespaceName",
            "namespaceName is a secret, and its value cannot be used.",
        ),
    ],
)
def test_so_is_one_that_shows_when_a_value_is_known(
    package: Package, name: str, inputs: dict[str, Any], path: str, reason: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        package.construct(name, inputs_of(name) | inputs)
    assert caught.value.problems.keys() == {path}
    assert caught.value.problems[path].startswith(reason)
    assert "No Name" not in str(caught.value.problems)


def test_options_reach_what_is_made(package: Package) -> None:
    kubernetes = "urn:pulumi:stack::project::pulumi:providers:kubernetes::in-cluster::0a1b"
    constructed = package.construct(
        "ServingNamespace",
        {},
        providers={"kubernetes": kubernetes},
        dependencies=[GIVER],
        protect=True,
        retainOnDelete=True,
        aliases=[{"spec": {"name": "before"}}],
    )
    top, namespace, *_ = constructed.registrations.values()
    assert namespace.provider == kubernetes
    assert namespace.protect
    assert top.retainOnDelete
    assert GIVER in top.dependencies
    assert [alias.spec.name for alias in top.aliases] == ["before"]


def test_a_component_that_there_is_not(package: Package) -> None:
    with pytest.raises(RefusedError, match="neuronserve:index:Nothing is not one of neuronserve:index:AccessLogBucket"):
        package.construct("Nothing", {})
