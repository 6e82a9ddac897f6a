"""What a container asks for and may use, as Kubernetes writes it."""

import math
from dataclasses import dataclass

from neuronserve.facts.neuron import NEURON_RESOURCE


@dataclass(frozen=True)
class ContainerResources:
    """What a container asks for and may use: CPU in cores, memory in GiB."""

    cpu_request: float
    cpu_limit: float
    memory_request_gib: float
    memory_limit_gib: float

    def to_kubernetes(self, *, neuron_chips: int = 0) -> dict[str, dict[str, str]]:
        """Return the container's ``resources``, with so many whole Neuron chips."""
        requests = {"cpu": cpu_quantity(self.cpu_request), "memory": memory_quantity(self.memory_request_gib)}
        limits = {"cpu": cpu_quantity(self.cpu_limit), "memory": memory_quantity(self.memory_limit_gib)}
        if neuron_chips:
            requests[NEURON_RESOURCE] = limits[NEURON_RESOURCE] = str(neuron_chips)
        return {"requests": requests, "limits": limits}


def cpu_quantity(cores: float) -> str:
    """Return cores as a Kubernetes quantity: 2 is ``2``, 0.5 is ``500m``; rounded up."""
    millicores = math.ceil(round(cores * 1000, 3))
    return f"{millicores}m" if millicores % 1000 else str(millicores // 1000)


def memory_quantity(gib: float) -> str:
    """Return GiB as a Kubernetes quantity: 4 is ``4Gi``, 0.5 is ``512Mi``; rounded up."""
    mebibytes = math.ceil(round(gib * 1024, 3))
    return f"{mebibytes}Mi" if mebibytes % 1024 else f"{mebibytes // 1024}Gi"
