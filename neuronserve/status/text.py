"""How a service's status is told."""

from collections.abc import Iterator

from neuronserve.status.service_status import ServiceStatus, State


def told(status: ServiceStatus) -> str:
    """Return a status as lines: the service, and below it what keeps it."""
    return "\n".join(_lines(status))


def _lines(status: ServiceStatus) -> Iterator[str]:
    where = f"{status.name} in namespace {status.namespace}"
    if status.state is State.MISSING:
        yield f"{where}: there is no such RayService"
        return
    pods = "pod answers" if status.endpoints == 1 else "pods answer"
    yield f"{where}: {status.state}, {status.endpoints} {pods}"
    for obstacle in status.obstacles:
        yield f"  {obstacle.what}"
        for why in obstacle.why:
            yield from (f"    {line}" for line in why.splitlines())
