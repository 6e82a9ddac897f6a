"""Canaries: what neuronserve/plan/sdk.py uses of Pulumi's SDK that is private, and that is as it was."""

import inspect
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pulumi
import pytest
from google.protobuf import empty_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.proto import resource_pb2

from neuronserve.plan import sdk
from neuronserve.plan.program import run
from tests.private_pulumi import private_uses, resolve

ROOT = Path(__file__).resolve().parents[2]
SDK = f"pulumi {version('pulumi')}"
REMEDY = "Change neuronserve/plan/sdk.py with it, or keep to the versions that pyproject.toml admits."

RELIED_ON = {
    "pulumi._types.input_type_py_to_pulumi_names": "(input_type_cls)",
    "pulumi._types.input_type_types": "(input_type_cls)",
    "pulumi._types.is_input_type": "(cls)",
    "pulumi._types.is_output_type": "(cls)",
    "pulumi._types.output_type_types": "(output_type_cls)",
    "pulumi._types.resource_types": "(resource_cls)",
    "pulumi._types.unwrap_type": "(val)",
    "pulumi.runtime.mocks.MockMonitor.ResourceRegistration": "(urn, id, state)",
    "pulumi.runtime.proto.resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES": 1,
    "pulumi.runtime.rpc._special_resource_sig": "5cf8f73096256a8f31e491e813e4eb8e",
    "pulumi.runtime.rpc._special_secret_sig": "1b47061264138c4ac30d75fd1eb44270",
    "pulumi.runtime.rpc._special_sig_key": "4dabf18193072939515e22adb298388d",
    "pulumi.runtime.rpc.serialize_properties": "(inputs, property_deps)",
    "pulumi.runtime.settings.SETTINGS.outputs.clear": "()",
    "pulumi.runtime.settings.SETTINGS.rpc_manager.clear": "()",
    "pulumi.runtime.settings.set_root_resource": "(root)",
    "pulumi.runtime.stack.Stack._add_program_outputs": "(self, outputs)",
    "pulumi.runtime.stack.Stack._take_async_program": "(self)",
    "pulumi.runtime.stack.run_pulumi_func": "(func)",
}
"""By private name: the parameters that have no default, or the value."""

OVERRIDDEN = {
    "make_urn": "(self, parent, type_, name)",
    "GetDeploymentInfo": "(self, request)",
    "RegisterResource": "(self, request)",
    "ReadResource": "(self, request)",
}
"""By method of the SDK's MockMonitor that ours changes: its parameters."""

FIELDS = {"parent", "type", "name", "custom", "remote", "object", "dependencies", "provider", "protect"}
"""Of a registration, what a plan holds."""


def what_changed(name: str, expected: object) -> str | None:
    """Return how a private name differs from what is relied on, or None."""
    try:
        found = resolve(name)
    except (AttributeError, ModuleNotFoundError):
        return f"{name} is gone"
    shape = parameters(found) if callable(found) else found
    return None if shape == expected else f"{name} is {shape}, and was {expected}"


def parameters(function: Any) -> str:
    try:
        known = inspect.signature(function).parameters.values()
    except ValueError:  # a built-in one
        return "()"
    needed = [one.name for one in known if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD]
    return f"({', '.join(needed)})"


def message(change: str) -> str:
    return f"{SDK}: {change}. {REMEDY}"


@pytest.mark.parametrize("name", RELIED_ON)
def test_a_private_name_is_as_it_was(name: str) -> None:
    if change := what_changed(name, RELIED_ON[name]):
        pytest.fail(message(change))


@pytest.mark.parametrize("name", OVERRIDDEN)
def test_a_method_that_the_plan_changes_is_as_it_was(name: str) -> None:
    full_name, parts = f"pulumi.runtime.mocks.MockMonitor.{name}", OVERRIDDEN[name]
    if change := what_changed(full_name, parts):
        pytest.fail(message(change))


def test_every_private_name_has_a_canary() -> None:
    used = private_uses((ROOT / "neuronserve/plan/sdk.py").read_text())
    assert used == RELIED_ON.keys()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda patch: patch.delattr("pulumi._types.unwrap_type"), "pulumi._types.unwrap_type is gone"),
        (
            lambda patch: patch.setattr("pulumi._types.unwrap_type", lambda val, optional: val),
            "pulumi._types.unwrap_type is (val, optional), and was (val)",
        ),
        (lambda patch: patch.setattr(rpc, "_special_sig_key", "new"), "_special_sig_key is new, and was 4dab"),
    ],
    ids=["gone", "parameter", "value"],
)
def test_a_canary_says_what_changed(monkeypatch: pytest.MonkeyPatch, spoil: Any, says: str) -> None:
    spoil(monkeypatch)
    changes = [change for name, expected in RELIED_ON.items() if (change := what_changed(name, expected))]
    assert len(changes) == 1
    assert says in changes[0]


def test_no_other_module_uses_anything_private() -> None:
    allowed = {"neuronserve/plan/sdk.py"}
    files = [ROOT / "__main__.py", *(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))]
    assert len(files) > 50
    uses = {str(file.relative_to(ROOT)): private_uses(file.read_text()) for file in files}
    elsewhere = {file: sorted(names) for file, names in uses.items() if names and file not in allowed}
    assert not elsewhere, "private to Pulumi's SDK; neuronserve/plan/sdk.py is the place for it"


FOLDERS = ("neuronserve", "components", "serving")


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from pulumi import _types", "pulumi._types"),
        ("import pulumi\npulumi.runtime.settings.SETTINGS", "pulumi.runtime.settings.SETTINGS"),
        ("from pulumi.runtime import rpc as wire\nwire.serialize_property", "pulumi.runtime.rpc.serialize_property"),
        ("import pulumi.runtime.config as c\nc.CONFIG", "pulumi.runtime.config.CONFIG"),
        ("def f():\n    from pulumi_aws._utilities import get_version", "pulumi_aws._utilities.get_version"),
        ("import pulumi\npulumi.Output._sync", "pulumi.Output._sync"),
    ],
)
def test_a_private_use_is_found_however_it_is_written(source: str, name: str) -> None:
    assert private_uses(source) == {name}


def test_what_is_public_is_none() -> None:
    source = "import pulumi, os._x\nfrom pulumi.runtime import set_mocks\npulumi.Output.all().apply(pulumi.log.info)"
    assert private_uses(source) == set()


@pulumi.input_type
class Inner:
    def __init__(self, *, some_size: pulumi.Input[int]) -> None:
        pulumi.set(self, "some_size", some_size)

    @property
    @pulumi.getter(name="someSize")
    def some_size(self) -> pulumi.Input[int]:
        return pulumi.get(self, "some_size")


@pulumi.output_type
class Status(dict[str, Any]):
    @property
    @pulumi.getter(name="hostName")
    def host_name(self) -> str | None:
        return pulumi.get(self, "host_name")


class Thing(pulumi.CustomResource):
    @property
    @pulumi.getter(name="theStatus")
    def the_status(self) -> "pulumi.Output[Status | None]":
        return pulumi.get(self, "the_status")


def test_declared_types_come_by_the_providers_names() -> None:
    changed = message("what its classes declare is read in another way")
    assert sdk.output_types(Thing) == {"theStatus": Status}, changed
    assert sdk.field_types(Status) == {"hostName": str}, changed
    assert sdk.field_types(str) is None, changed
    assert sdk.is_arguments_class(Inner), changed
    assert not sdk.is_arguments_class(Status), changed
    assert sdk.argument_types(Inner).keys() == {"someSize"}, changed
    assert sdk.argument_names(Inner) == {"some_size": "someSize"}, changed


def test_secrets_are_marked_on_the_wire() -> None:
    wire: dict[str, Any] = {}

    async def program() -> dict[str, Any]:
        secret = {"key": pulumi.Output.secret("hunter2")}
        wire.update(MessageToDict(await rpc.serialize_properties(secret, {})))
        return secret

    assert run(lambda: pulumi.run(program)).outputs == {"key": "[secret]"}
    changed = message("a secret is marked in another way, and a plan would show it")
    assert sdk.is_secret(wire["key"]), changed
    assert wire["key"]["value"] == "hunter2", changed
    assert sdk.is_marked(sdk.resource_value("urn:a", "b"))
    assert not sdk.is_secret(sdk.resource_value("urn:a", "b"))


def test_nothing_is_left_of_a_program() -> None:
    def failing() -> None:
        pulumi.export("never", pulumi.Output.from_input(1).apply(lambda _: 1 / 0))

    with pytest.raises(ZeroDivisionError):
        run(failing)
    sdk.forget_earlier_programs()
    changed = message("a program leaves something in the SDK's globals, and the next one would hang")
    assert not settings.SETTINGS.rpc_manager.rpcs, changed
    assert settings.SETTINGS.rpc_manager.unhandled_exception is None, changed
    assert not settings.SETTINGS.outputs, changed
    assert settings.get_root_resource() is None, changed


def test_the_mock_monitor_keeps_resources_and_can_leave_references_out() -> None:
    class Nothing(pulumi.runtime.Mocks):
        def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
            return "", {}

        def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], None]:
            return {}, None

    references = resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES
    theirs = mocks.MockMonitor(Nothing()).GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures
    assert references in theirs, message("the mock monitor announces no resource references any more")
    monitor = sdk.MockMonitor(Nothing())
    ours = monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures
    assert set(theirs) - set(ours) == {references}
    monitor.add("urn:a", "b", {"c": 1})
    request = resource_pb2.ResourceInvokeRequest(tok="pulumi:pulumi:getResource")
    request.args.update({"urn": "urn:a"})
    answer = MessageToDict(getattr(monitor.Invoke(request), "return"))
    assert answer == {"urn": "urn:a", "id": "b", "state": {"c": 1}}, message("a resource is answered for differently")


def test_a_registration_has_what_a_plan_holds() -> None:
    there = set(resource_pb2.RegisterResourceRequest.DESCRIPTOR.fields_by_name)
    assert there >= FIELDS, message(f"a registration has no {', '.join(FIELDS - there)}")
