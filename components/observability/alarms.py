"""Which alarms there are in CloudWatch: plain data, from plain values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from neuronserve.components.observability.settings import WatchedServiceSettings
from neuronserve.facts.metrics import (
    CLOUD_WATCH_NAMESPACE,
    CONTAINER_INSIGHTS_NAMESPACE,
    ROLE_DIMENSION,
    SERVICE_DIMENSIONS,
)
from neuronserve.settings import known

PERIOD_S = 60
RUNBOOKS = "https://github.com/neuronserve/neuronserve/blob/main/docs/observability.md"
"""What to do about each, below its key."""

SHARE_OF_QUEUE = 0.5
"""Of the places in a replica's queue, above which it is taken to grow: all of them taken, requests are refused."""


@dataclass(frozen=True)
class MetricValue:
    """A metric of CloudWatch, with its dimensions, and what is made of its values within a minute."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str


@dataclass(frozen=True)
class Alarm:
    """When something is an alarm."""

    key: str
    """What it is about, as the runbooks call it."""
    service: str | None
    """The service that it is about; None for the cluster."""
    says: str
    terms: tuple[tuple[float, MetricValue], ...]
    """What is looked at: a sum of metrics, each with a factor."""
    threshold: float
    minutes: int
    """For how many minutes in a row it has to hold."""
    above: bool = True
    """Whether it is an alarm above the threshold, or below."""
    missing_is_bad: bool = False
    """Whether minutes without a value count as such."""

    @property
    def description(self) -> str:
        """What an email of it says."""
        return f"{self.says} What to do: {RUNBOOKS}#{self.key}"


def of_service(cluster: str, name: str, namespace: str, metric: str, statistic: str, **more: str) -> MetricValue:
    """Return a metric of a service."""
    dimensions = dict(zip(SERVICE_DIMENSIONS, (cluster, namespace, name), strict=True))
    return MetricValue(CLOUD_WATCH_NAMESPACE, metric, dimensions | more, statistic)


def of_cluster(cluster: str, metric: str, statistic: str) -> MetricValue:
    """Return a metric of Container Insights, of all nodes together."""
    return MetricValue(CONTAINER_INSIGHTS_NAMESPACE, metric, {SERVICE_DIMENSIONS[0]: cluster}, statistic)


def workers(cluster: str, name: str, namespace: str) -> MetricValue:
    """Return the number of a service's workers: each says once a minute that it is there."""
    return of_service(cluster, name, namespace, "up", "Sum", **{ROLE_DIMENSION: "worker"})


def spend(cluster: str, services: Mapping[str, WatchedServiceSettings]) -> tuple[tuple[float, MetricValue], ...]:
    """Return the terms of what the workers of all services cost an hour; none where no price is known."""
    return tuple(
        (service.worker_usd_per_hour, workers(cluster, name, str(service.namespace)))
        for name, service in services.items()
        if service.worker_usd_per_hour
    )


def alarms(
    cluster: str, services: Mapping[str, WatchedServiceSettings], *, neuron: bool, first_token_s: float
) -> Iterator[Alarm]:
    """Yield the alarms but that of the spend.

    Args:
        cluster: the EKS cluster's name.
        services: by name; nothing in them is an Output.
        neuron: whether there are Neuron chips.
        first_token_s: seconds to the first token that are an alarm, as a mean.
    """
    if neuron:
        yield Alarm(
            "execution-errors",
            None,
            "Steps of a model failed on NeuronCores.",
            ((1, of_cluster(cluster, "node_neuron_execution_errors_total", "Sum")),),
            threshold=0,
            minutes=1,
        )
        yield Alarm(
            "ecc-events",
            None,
            "Bits went wrong in the memory of a Neuron chip, mended or not.",
            ((1, of_cluster(cluster, "node_neurondevice_hw_ecc_events_total", "Sum")),),
            threshold=0,
            minutes=1,
        )
    for name, service in services.items():
        yield from _of_service(cluster, name, service, first_token_s)


def _of_service(cluster: str, name: str, service: WatchedServiceSettings, first_token_s: float) -> Iterator[Alarm]:
    def value(metric: str, statistic: str) -> tuple[tuple[float, MetricValue], ...]:
        return ((1, of_service(cluster, name, str(service.namespace), metric, statistic)),)

    yield Alarm(
        "queue-growth",
        name,
        f"Half of the queue of {name} is taken, on average over its replicas: when it is full, requests are refused.",
        value("ray_vllm_num_requests_waiting", "Average"),
        threshold=known(service.max_queued_requests) * SHARE_OF_QUEUE,
        minutes=5,
    )
    yield Alarm(
        "no-replica-ready",
        name,
        f"No replica of {name} is ready, or nothing says so.",
        value("ray_serve_deployment_replica_healthy", "Sum"),
        threshold=1,
        minutes=5,
        above=False,
        missing_is_bad=True,
    )
    yield Alarm(
        "time-to-first-token",
        name,
        f"Requests to {name} wait longer than {first_token_s:g} s for their first token, on average.",
        value("ray_vllm_time_to_first_token_seconds", "Average"),
        threshold=first_token_s,
        minutes=10,
    )


def spend_alarm(terms: tuple[tuple[float, MetricValue], ...], usd_per_hour: float) -> Alarm:
    """Return the alarm of what workers cost.

    Args:
        terms: what each kind of worker costs an hour, and how many there are.
        usd_per_hour: dollars above which it is one.
    """
    return Alarm(
        "spend", None, f"The workers cost more than ${usd_per_hour:g} an hour.", terms, usd_per_hour, minutes=15
    )
