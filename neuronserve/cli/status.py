"""``neuronserve status``: how a stack's services, or the server here, are: ready or not and why, how busy, how fast."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from neuronserve.cli.errors import fail
from neuronserve.cli.stacks import Environment, Project, plan_of_stack

if TYPE_CHECKING:
    from neuronserve.status.metrics import Reading, ServiceMetrics
    from neuronserve.status.service_status import ServiceStatus

EVERY_S = 5
"""Between two looks."""
WINDOW_S = 60
"""Over which rates and latencies are taken while it looks again and again: Ray's processes report every ten seconds."""


@dataclass(frozen=True)
class Seen:
    """One look at a service."""

    name: str
    status: "ServiceStatus | None"
    """None for the server on this machine, which answers or is not there."""
    texts: list[str]
    """What its pods say in Prometheus' format."""


def status(
    stack: Annotated[
        str | None, typer.Option("--stack", "-s", help="Stack whose services to look at. Default: the server here.")
    ] = None,
    kubeconfig: Annotated[
        str | None, typer.Option(help="Path of a kubeconfig. Default: that of the stack's cluster.")
    ] = None,
    context: Annotated[str | None, typer.Option(help="Context of the kubeconfig. Default: the stack's.")] = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Look again and again, until Ctrl-C: one screen, with rates.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; with --watch, a line for each look.")] = False,
    project: Project = None,
    environment: Environment = None,
) -> None:
    """Say how a stack's services are, or the server on this machine: ready or not and why, how busy, how fast.

    Where a service is not ready, it says which pod keeps it, also while `pulumi up` waits, in another terminal. Exits
    with 1 if a service does not answer, the server on this machine one without a healthy replica.
    """
    idle = [name for name, value in (("--kubeconfig", kubeconfig), ("--context", context)) if value is not None]
    if idle and not stack:
        fail(
            f"{' and '.join(idle)} without --stack: only the services of a stack are in a cluster. Name the stack with "
            f"--stack, or leave {' and '.join(idle)} out to look at the server on this machine."
        )
    look = _at_stack(stack, kubeconfig, context, project, environment) if stack else _at_this_machine
    readings = _Readings()
    if not watch:
        found = readings.measured(look())
        _print(found, as_json=as_json)
        raise typer.Exit(_exit_code(found))
    with contextlib.suppress(KeyboardInterrupt):
        _watch(look, readings, as_json=as_json)


def _at_stack(
    stack: str, kubeconfig: str | None, context: str | None, project: Path | None, environment: Path | None
) -> Callable[[], list[Seen]]:
    from neuronserve.cli.cluster_access import cluster_of  # noqa: PLC0415 (Pulumi, which --help has no use for)
    from neuronserve.review.services import services  # noqa: PLC0415
    from neuronserve.status.kubeconfig import UnreachableError  # noqa: PLC0415
    from neuronserve.status.service_status import service_status  # noqa: PLC0415

    plan = plan_of_stack(stack, project, environment)
    metadata = [service.inputs["metadata"] for service in services(plan).values()]
    if not metadata:
        fail(f"Stack {stack} has no service: no model is served there. Choose another stack.")

    @contextlib.contextmanager
    def reached() -> Iterator[None]:
        try:
            yield
        except UnreachableError as error:
            fail(f"{error}. Name another kubeconfig with --kubeconfig, or --context.")

    with reached():
        cluster = cluster_of(plan, kubeconfig, context)

    def look() -> list[Seen]:
        with reached():
            found = [cluster.observe(one["namespace"], one["name"]) for one in metadata]
            return [Seen(one.name, service_status(one), cluster.metrics(one)) for one in found]

    return look


def _at_this_machine() -> list[Seen]:
    from neuronserve.status.local_metrics import NoLocalServerError, local_metrics  # noqa: PLC0415 (as above)

    try:
        return [Seen("local server", None, local_metrics())]
    except NoLocalServerError as error:
        fail(str(error))


class _Readings:
    """What services said before, by name: rates are taken from the oldest look that is not too old."""

    def __init__(self) -> None:
        self._before: dict[str, list[Reading]] = {}

    def measured(self, seen: list[Seen]) -> "list[tuple[Seen, ServiceMetrics | None]]":
        """Return each look with what it comes to; None for a service of which no pod says anything."""
        from neuronserve.status.metrics import reading, service_metrics  # noqa: PLC0415 (as above)

        found: list[tuple[Seen, ServiceMetrics | None]] = []
        for one in seen:
            if not one.texts:
                found.append((one, None))
                continue
            now = reading(one.texts, time.monotonic())
            before = [old for old in self._before.get(one.name, []) if now.at_s - old.at_s <= WINDOW_S + EVERY_S]
            found.append((one, service_metrics(now, before[0] if before else None)))
            self._before[one.name] = [*before, now]
        return found


def _watch(look: Callable[[], list[Seen]], readings: _Readings, *, as_json: bool) -> None:
    if as_json:
        while True:
            typer.echo(json.dumps(_as_json(readings.measured(look())), ensure_ascii=False))
            time.sleep(EVERY_S)
    console = Console()
    with contextlib.ExitStack() as shown:
        # Off a terminal, a Live would print its last look alone, and that when it ends.
        screen = shown.enter_context(Live(console=console, auto_refresh=False)) if console.is_terminal else None
        while True:
            told = f"{_told(readings.measured(look()))}\n\n{time.strftime('%H:%M:%S')}   (Ctrl-C ends it)"
            if screen:
                screen.update(Text(told), refresh=True)
            else:
                typer.echo(f"{told}\n")
            time.sleep(EVERY_S)


def _print(found: "list[tuple[Seen, ServiceMetrics | None]]", *, as_json: bool) -> None:
    typer.echo(json.dumps(_as_json(found), indent=2, ensure_ascii=False) if as_json else _told(found))


def _told(found: "list[tuple[Seen, ServiceMetrics | None]]") -> str:
    from neuronserve.status.metrics_text import told_metrics  # noqa: PLC0415 (as above)
    from neuronserve.status.text import told  # noqa: PLC0415

    parts = []
    for seen, metrics in found:
        parts.append("the server on this machine" if seen.status is None else told(seen.status))
        if metrics:
            parts.append(told_metrics(metrics))
    return "\n".join(parts)


def _as_json(found: "list[tuple[Seen, ServiceMetrics | None]]") -> list[Mapping[str, Any]]:
    return [
        {**(asdict(seen.status) if seen.status else {"name": seen.name}), "metrics": metrics and asdict(metrics)}
        for seen, metrics in found
    ]


def _exit_code(found: "list[tuple[Seen, ServiceMetrics | None]]") -> int:
    return int(not all(_answers(seen, metrics) for seen, metrics in found))


def _answers(seen: Seen, metrics: "ServiceMetrics | None") -> bool:
    from neuronserve.status.service_status import State  # noqa: PLC0415 (as above)

    if seen.status is None:  # nobody but its own metrics says how the server here is
        return bool(metrics and metrics.replicas)
    return seen.status.state not in (State.NOT_READY, State.MISSING)
