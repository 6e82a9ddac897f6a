"""The mock engine behind a plan: records each registration, and answers with what is known of its outputs."""

import threading
from collections.abc import Mapping
from typing import Any

from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks

from neuronserve.plan import aws_fakes  # noqa: F401 (registers its stand-ins)
from neuronserve.plan.annotations import resource_class
from neuronserve.plan.errors import ProgramError, ResourceError
from neuronserve.plan.fakes import CALLS, FAKES, Call, Fake, InnerResource, completed, kubernetes_object, reference
from neuronserve.plan.sdk import MockMonitor, output_types, resource_value


class Engine(Mocks):
    """Answers registrations and function calls: inputs are echoed, what only the cloud knows becomes references."""

    def __init__(self, fakes: Mapping[str, Fake] | None = None, calls: Mapping[str, Call] | None = None) -> None:
        self._fakes, self._calls = {**FAKES, **(fakes or {})}, {**CALLS, **(calls or {})}
        self.registering = threading.local()
        self.monitor: Monitor | None = None
        self.owners: dict[str, str] = {}
        """URNs of remote components, by the URN of a resource inside that is one of their outputs."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Return id and outputs of a resource."""
        urn: str = self.registering.urn
        outputs = dict(args.inputs)
        cls = resource_class(args.typ)
        if cls is None and args.typ.startswith("kubernetes:"):
            outputs |= kubernetes_object(urn, args.inputs)
        if fake := self._fakes.get(args.typ):
            outputs |= fake(urn, args.inputs)
        for name, hint in (output_types(cls) if cls else {}).items():
            outputs[name] = completed(urn, name, hint, outputs.get(name))
        for name, value in outputs.items():
            if isinstance(value, InnerResource):
                outputs[name] = self._refer_to(value, urn, name)
        identifier = args.resource_id or (reference(urn, "id") if args.custom else "")
        return identifier, outputs

    def _refer_to(self, resource: InnerResource, owner: str, output: str) -> dict[str, Any]:
        """Return what the SDK takes for a resource: a URN, by which it asks the monitor for the outputs."""
        assert self.monitor is not None  # noqa: S101 (it asks for registrations, so it is there)
        urn = self.monitor.make_urn(owner, resource.type, f"{owner.rpartition('::')[2]}-{output}")
        identifier = reference(owner, f"{output}.id")
        self.monitor.add(urn, identifier, resource.outputs)
        self.owners[urn] = owner
        return resource_value(urn, identifier)

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Return the result of a provider's function.

        Raises:
            ProgramError: nothing stands in for the function.
        """
        if args.token not in self._calls:
            raise ProgramError(
                f"The program calls {args.token}, which asks a cloud; an offline plan has nothing to answer it with."
            )
        return self._calls[args.token](args.args), []


class Monitor(MockMonitor):
    """Keeps every registration as the program sent it, by URN."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._engine = engine
        engine.monitor = self
        self.registrations: dict[str, Any] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        """Record one registration.

        Raises:
            ResourceError: its URN is taken.
        """
        urn = self.make_urn(request.parent, request.type, request.name)
        if (
            self.registrations.setdefault(urn, request) is not request
        ):  # in one step: requests come from several threads
            raise ResourceError([f"Two resources are called {urn}. Give one of them another name."])
        self._engine.registering.urn = urn
        return super().RegisterResource(request)

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        """Answer for a resource that exists outside the stack; it is not part of the plan."""
        self._engine.registering.urn = self.make_urn(request.parent, request.type, request.name)
        return super().ReadResource(request)
