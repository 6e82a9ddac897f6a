"""What the offline plan needs of the Pulumi SDK beyond its public API, under plain names.

No other module of this program uses anything private of the SDK. Pulumi may change these parts in any release, so
pyproject.toml admits only the versions that were tested, and tests/plan/test_sdk.py says what another one changed.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pulumi
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]
from pulumi import _types
from pulumi.runtime import get_root_resource, mocks, rpc, settings, stack
from pulumi.runtime.proto import resource_pb2


def output_types(resource: type) -> dict[str, type]:
    """Return the outputs that a resource's class declares, by the provider's names."""
    return {name: _types.unwrap_type(hint) for name, hint in _types.resource_types(resource).items()}


def field_types(hint: Any) -> dict[str, type] | None:
    """Return the fields of an output that is a structure, by the provider's names; None for any other output."""
    if not isinstance(hint, type) or not _types.is_output_type(hint):
        return None
    return {name: _types.unwrap_type(field) for name, field in _types.output_type_types(hint).items()}


def is_arguments_class(hint: Any) -> bool:
    """Tell the classes in which an SDK declares the inputs of a resource, or of a structure among them."""
    return isinstance(hint, type) and _types.is_input_type(hint)


def argument_types(cls: type) -> dict[str, type]:
    """Return the inputs that an arguments class declares, by the provider's names."""
    return _types.input_type_types(cls)


def argument_names(cls: type) -> dict[str, str]:
    """Return the provider's names of the inputs that an arguments class declares, by the names in Python."""
    return dict(_types.input_type_py_to_pulumi_names(cls).items())


def is_marked(value: dict[str, Any]) -> bool:
    """Tell the mappings that stand for something else on the wire: a secret, an asset, an archive, a resource."""
    return rpc._special_sig_key in value


def is_secret(value: dict[str, Any]) -> bool:
    """Tell the mappings that stand for a secret; what it hides is their ``value``."""
    return bool(value.get(rpc._special_sig_key) == rpc._special_secret_sig)


def resource_value(urn: str, identifier: str) -> dict[str, Any]:
    """Return what stands for a resource on the wire: the SDK asks the monitor for its outputs, by URN."""
    return {rpc._special_sig_key: rpc._special_resource_sig, "urn": urn, "id": identifier}


def forget_earlier_programs() -> None:
    """Clear what a failed program leaves in the SDK's globals: the next one would wait for it forever."""
    settings.SETTINGS.rpc_manager.clear()
    settings.SETTINGS.outputs.clear()
    settings.set_root_resource(None)  # type: ignore[arg-type]


async def run_program(program: Callable[[], object]) -> None:
    """Run a program, and wait for all that it registers; raises what the program, or an ``apply`` in it, raises."""

    async def call() -> None:
        root: Any = get_root_resource()
        root._async_program_registration_closed = False  # by `set_mocks`, which has made the stack already
        program()  # what it returns is not awaited
        if main := stack.Stack._take_async_program(root):  # that the program has given to `pulumi.run`
            stack.Stack._add_program_outputs(root, await main())

    await stack.run_pulumi_func(call)


async def exports() -> dict[str, Any]:
    """Return what the program exported, as JSON with secrets marked; None for what is unset."""
    exported: dict[str, Any] = getattr(get_root_resource(), "outputs", {})
    known = MessageToDict(await rpc.serialize_properties(exported, {}))
    return {name: known.get(name) for name in exported}


class MockMonitor(mocks.MockMonitor):
    """The SDK's mock of the engine, with URNs as the real engine forms them."""

    def __init__(self, answers: pulumi.runtime.Mocks) -> None:
        super().__init__(answers)
        self.loops: set[asyncio.AbstractEventLoop] = set()
        """Event loops that the SDK's mock made for its threads, and leaves open."""

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Return a URN; the stack is not part of the qualified type."""
        qualified = "" if not parent else parent.split("::")[2]
        if qualified and qualified != "pulumi:pulumi:Stack":
            type_ = f"{qualified}${type_}"
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{type_}::{name}"

    def add(self, urn: str, identifier: str, outputs: dict[str, Any]) -> None:
        """Answer for a resource that the program did not register."""
        self.resources[urn] = mocks.MockMonitor.ResourceRegistration(urn, identifier, outputs)

    def GetDeploymentInfo(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        """Leave out resource references: the SDK's mock rebuilds them on another event loop, and hangs."""
        info = super().GetDeploymentInfo(request)  # type: ignore[no-untyped-call]
        info.supportedFeatures.remove(resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES)
        return info

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        """Answer a registration."""
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        with contextlib.suppress(RuntimeError):  # most registrations need none
            self.loops.add(asyncio.get_event_loop())
        return response

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        """Answer for a resource that exists outside the stack."""
        return super().ReadResource(request)  # type: ignore[no-untyped-call]
