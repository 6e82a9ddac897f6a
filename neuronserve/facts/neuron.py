"""The names under which Kubernetes and Ray know Neuron chips and cores."""

NEURON_RESOURCE = "aws.amazon.com/neuron"
"""A whole chip with all its cores, as the Neuron device plugin offers it to pods."""

NEURON_TAINT = "aws.amazon.com/neuron"
"""Keeps pods that use no chips off the nodes that have some."""

NEURON_TOLERATION = {"key": NEURON_TAINT, "operator": "Exists", "effect": "NoSchedule"}
"""Lets a pod onto such nodes."""

NEURON_CORES = "neuron_cores"
"""A core, as Ray counts it (``ray/_private/accelerators/neuron.py``)."""

NEURON_SCHEDULER = "my-scheduler"
"""The second scheduler of the Neuron chart, which alone knows which of a node's chips are free and connected."""

DEFAULT_SCHEDULER = "default-scheduler"
"""Kubernetes' own, which places pods that name no other."""
