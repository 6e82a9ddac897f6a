"""The part of the engine that a component package talks to, on that of the offline plan; and what it says to it."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import (
    engine_pb2_grpc,
    errors_pb2,
    provider_pb2,
    provider_pb2_grpc,
    resource_pb2_grpc,
    status_pb2,
)

from neuronserve.plan.mocks import Engine, Monitor
from neuronserve.plan.program import plain

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which a value on the wire is told from a mapping (sdk/go/common/resource/properties.go)."""
SECRET = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
GIVER = "urn:pulumi:stack::project::their:index:Giver::giver"
"""What outputs among the inputs depend on."""
TIMEOUT_S = 240


def output(value: Any = None, *, known: bool = True, secret: bool = False) -> dict[str, Any]:
    """Return an output as the engine sends it."""
    return {SIGNATURE: OUTPUT, "dependencies": [GIVER], "secret": secret} | ({"value": value} if known else {})


class ResourceMonitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Answers as the engine of the offline plan does."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        for method in ("RegisterResource", "RegisterResourceOutputs", "ReadResource", "Invoke", "GetDeploymentInfo"):
            setattr(self, method, partial(self._answer, method))

    def _answer(self, method: str, request: Any, context: grpc.ServicerContext) -> Any:
        return getattr(self.monitor, method)(request)


class Log(engine_pb2_grpc.EngineServicer):
    """Takes what the package says meanwhile."""

    def Log(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 (the protocol's name)
        return empty_pb2.Empty()


class Constructed:
    """What came of a request."""

    def __init__(self, response: Any, registrations: Mapping[str, Any]) -> None:
        self.urn: str = response.urn
        self.outputs: dict[str, Any] = MessageToDict(response.state)
        self.registrations = registrations
        self.dependencies = {
            urn
            for one in (*registrations.values(), *response.stateDependencies.values())
            for urn in (*getattr(one, "dependencies", ()), *getattr(one, "urns", ()))
        }
        """What resources and outputs depend on."""

    @property
    def made(self) -> list[tuple[str, str, Any]]:
        """Type, name and inputs of all resources."""
        return sorted(
            ((one.type, one.name, plain(MessageToDict(one.object))) for one in self.registrations.values()), key=str
        )


class RefusedError(Exception):
    """The package refused the inputs: one reason for each path."""

    def __init__(self, error: grpc.RpcError) -> None:
        self.code = error.code()
        super().__init__(error.details())
        self.problems: dict[str, str] = {}
        metadata = dict(error.trailing_metadata() or ())
        if "grpc-status-details-bin" in metadata:
            status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
            details = errors_pb2.InputPropertiesError()
            assert status.details[0].Unpack(details)
            self.problems = {one.property_path: one.reason for one in details.errors}


class Package:
    """The component package, started as the engine starts it."""

    def __init__(self, stub: Any) -> None:
        self.stub = stub

    def construct(
        self, component: str, inputs: Mapping[str, Any], *, preview: bool = False, **options: Any
    ) -> Constructed:
        """Have a component made, ``it``.

        Raises:
            RefusedError: it was not.
        """
        monitor = Monitor(Engine())
        for provider in options.get("providers", {}).values():  # which were made before
            urn, _, identifier = provider.rpartition("::")
            monitor.add(urn, identifier, {})
        properties = struct_pb2.Struct()
        properties.update(inputs)
        with serving(ResourceMonitor(monitor)) as address:
            request = provider_pb2.ConstructRequest(
                project="project",
                stack="stack",
                organization="organization",
                dryRun=preview,
                monitorEndpoint=address,
                type=f"neuronserve:index:{component}",
                name="it",
                inputs=properties,
                **options,
            )
            try:
                return Constructed(self.stub.Construct(request, timeout=TIMEOUT_S), monitor.registrations)
            except grpc.RpcError as error:
                raise RefusedError(error) from None


@contextmanager
def serving(monitor: ResourceMonitor | None = None) -> Iterator[str]:
    """Serve an engine's part; a monitor serves one request, as a refused one may go on registering for a while."""
    with ThreadPoolExecutor() as pool:
        server = grpc.server(pool)
        if monitor:
            resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
        engine_pb2_grpc.add_EngineServicer_to_server(Log(), server)
        address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        try:
            yield address
        finally:
            server.stop(None)


@contextmanager
def started(*command: str, **environment: str) -> Iterator[Package]:
    """Start the package by a command, and what it talks to; end both."""
    with serving() as address:
        process = subprocess.Popen(
            [*command, address], stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
        )
        try:
            assert process.stdout
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield Package(provider_pb2_grpc.ResourceProviderStub(channel))
        finally:
            process.kill()
            process.communicate()
