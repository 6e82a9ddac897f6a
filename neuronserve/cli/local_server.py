"""Ray Serve on this machine, running an application exactly as a RayService carries it."""

import contextlib
import errno
import io
import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from neuronserve.serving.serve_config import APPLICATION_NAME, RAY_ENVIRONMENT

START_MARGIN_S = 300
"""Longest wait beyond the deadline of the engine, which names its cause."""

STOP_TIMEOUT_S = 20
"""How long requests that still run when the server is stopped may take; a person is waiting."""

ONE_TRY = {"RAY_SERVE_MAX_PER_REPLICA_RETRY_COUNT": "1"}
"""An engine that fails here fails again, and a person waits: Serve would try three times."""


@dataclass(frozen=True)
class LocalServer:
    """Where a running server answers: clients at ``base_url``, Ray's own commands and browsers at ``dashboard``."""

    base_url: str
    dashboard: str


class LocalServerError(RuntimeError):
    """The server could not be started; the message says why and what to change."""


@contextlib.contextmanager
def local_server(serve_config: str, *, host: str, port: int) -> Iterator[LocalServer]:
    """Start Ray and the application, and yield where it answers once it does; stop both at the end.

    Args:
        serve_config: a RayService's ``serveConfigV2``, in YAML.
        host: address to listen on.
        port: TCP port to listen on.

    Raises:
        LocalServerError: the port is taken, Ray is not installed, this machine lacks what the application asks for,
            or the application failed to start.
    """
    config = _for_this_machine(yaml.safe_load(serve_config))
    _check_address(host, port)
    for name, value in (RAY_ENVIRONMENT | ONE_TRY).items():
        os.environ.setdefault(name, value)
    try:
        import ray  # noqa: PLC0415 (seconds to import, and not needed by the other commands)
        from ray import serve  # noqa: PLC0415
    except ImportError:
        raise LocalServerError(
            "Serving on this machine needs Ray and vLLM, which are not installed here. "
            "Run `make install`, or: pip install --no-deps -r requirements/torch-cpu.txt "
            "-r requirements/serving-cpu.txt"
        ) from None

    handlers = {stop: signal.getsignal(stop) for stop in (signal.SIGINT, signal.SIGTERM)}
    context = ray.init(
        address="local",
        include_dashboard=True,
        dashboard_host="127.0.0.1",
        configure_logging=False,
        log_to_driver=False,
        namespace="serve",
    )
    for stop, handler in handlers.items():
        signal.signal(stop, handler)  # Ray has put its own there, which end this process and leave others behind
    try:
        _check_resources(config, ray.cluster_resources())
        serve.start(http_options={"host": host, "port": port})
        server = LocalServer(f"http://{in_url(host)}:{port}/v1", f"http://{context.dashboard_url}")
        _deploy(server.dashboard, config)
        _wait_until_running(_start_timeout_s(config))
        try:
            yield server
        finally:
            # The shutdown of Serve begins with its proxy, and with it every answer that is under way.
            serve.delete(APPLICATION_NAME)
    finally:
        # Ray prints that the call that ends Serve's controller failed, as the controller is gone.
        with contextlib.redirect_stdout(io.StringIO()):
            serve.shutdown()
            ray.shutdown()


def in_url(host: str) -> str:
    """Return an address as a URL for clients on this machine has it."""
    if host in ("127.0.0.1", "0.0.0.0"):  # noqa: S104
        return "localhost"
    if host == "::":
        return "[::1]"  # localhost need not have an address of IPv6
    return f"[{host}]" if ":" in host else host


def _check_address(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not the name of a host"
        raise LocalServerError(
            f"Host {host!r} cannot be listened on: {reason}. Set --host to an address of this machine: 127.0.0.1 for "
            "yourself, 0.0.0.0 or :: for everybody, without a scheme, brackets or a port."
        ) from None
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise LocalServerError(
                    f"Host {host!r} is no address of this machine. Set --host to one: 127.0.0.1 for yourself, 0.0.0.0 "
                    "or :: for everybody."
                ) from None
            raise LocalServerError(
                f"Port {port} on {host} cannot be used: {error.strerror}. "
                "Stop what listens there, or choose another one with --port."
            ) from None


def _for_this_machine(config: dict[str, Any]) -> dict[str, Any]:
    for application in config["applications"]:
        for deployment in application["deployments"]:
            deployment["graceful_shutdown_timeout_s"] = STOP_TIMEOUT_S
    return config


def _check_resources(config: dict[str, Any], available: dict[str, float]) -> None:
    """Refuse what this machine can never give; Serve would wait for it."""
    for application in config["applications"]:
        for deployment in application["deployments"]:
            for resource, amount in deployment["ray_actor_options"].get("resources", {}).items():
                if available.get(resource, 0) < amount:
                    raise LocalServerError(
                        f"A replica of the application needs {amount} {resource}, and this machine has "
                        f"{available.get(resource, 0):g}. Serve stack local here, and this one where they are."
                    )


def _start_timeout_s(config: dict[str, Any]) -> float:
    deadlines = [application["args"]["engine_start_timeout_s"] for application in config["applications"]]
    return float(max(deadlines)) + START_MARGIN_S


def _deploy(dashboard: str, config: dict[str, Any]) -> None:
    """Hand the configuration to Serve the way that KubeRay does: to the dashboard's REST API."""
    from ray.dashboard.modules.serve.sdk import ServeSubmissionClient  # noqa: PLC0415

    ServeSubmissionClient(dashboard).deploy_applications(config)


def _wait_until_running(timeout_s: float) -> None:
    from ray import serve  # noqa: PLC0415

    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        applications = serve.status().applications.values()
        if applications and all(application.status == "RUNNING" for application in applications):
            return
        for application in applications:
            if application.status in ("DEPLOY_FAILED", "UNHEALTHY"):
                messages = [application.message, *(d.message for d in application.deployments.values())]
                raise LocalServerError(f"The application failed to start: {_cause(messages)}")
        time.sleep(0.2)
    raise LocalServerError(f"The application was not running after {timeout_s:g} s.")


def _cause(messages: list[str]) -> str:
    """Return the last exception line among Serve's messages, which otherwise hold whole tracebacks."""
    errors = re.findall(r"^(?:[\w.]+\.)?(\w+(?:Error|Exception): .*)$", "\n".join(messages), flags=re.MULTILINE)
    return errors[-1] if errors else " ".join(messages).strip()
