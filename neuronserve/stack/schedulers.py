"""Schedulers that pods name and nothing in the stack installs: their pods wait in silence, as nobody looks at them."""

from collections.abc import Iterator

from neuronserve.components.add_ons.registry import add_on_named
from neuronserve.components.llm_service.sizes import workers
from neuronserve.facts.neuron import DEFAULT_SCHEDULER, NEURON_SCHEDULER
from neuronserve.settings import MapKey, SettingNames
from neuronserve.stack.node_pools import node_of
from neuronserve.stack.settings import StackSettings

NEURON = add_on_named("neuron")


def unknown_schedulers(stack: StackSettings, names: SettingNames) -> Iterator[str]:
    """Yield which services may have no scheduler; one that the user names in a cluster that is there is theirs to know.

    Args:
        stack: settings with which nothing is wrong.
        names: how the stack file writes settings.
    """
    made = {DEFAULT_SCHEDULER, *([NEURON_SCHEDULER] if stack.makes(NEURON) else [])}
    for name, service in stack.services.items():
        below = names.below("services", MapKey(name))
        scheduler, node = workers(service).scheduler_name or DEFAULT_SCHEDULER, node_of(service)
        if scheduler in made:
            continue
        if service.worker.scheduler_name is None and node:
            yield (
                f"{below('worker.neuron_chips')} is {service.worker.neuron_chips} of the {node.chips} chips of "
                f"{node.name}, so the workers name the scheduler {scheduler}, which nothing in this stack installs: "
                f"unless the cluster has it, they wait for ever. Set {below('worker.scheduler_name')} to what the "
                f"cluster calls its Neuron scheduler, such as neuron-scheduler, or {names('add_ons.neuron')} to true."
            )
        elif stack.has_system_nodes:
            yield (
                f"{below('worker.scheduler_name')} is {scheduler}, which nothing in this stack installs, and the "
                "cluster is a new one: unless somebody else installs it, the workers wait for ever. Remove it, or set "
                f"it to {' or '.join(sorted(made))}."
            )
