"""Writing the NeuronCores of a container as Ray reads them.

The Neuron device plugin may say ``NEURON_RT_VISIBLE_CORES=0-3``. Ray takes that for one core of this name, and its
raylet then refuses to start with more (Ray 2.60, ``_private/accelerators/neuron.py``).
"""

import os

VARIABLE = "NEURON_RT_VISIBLE_CORES"

COMMAND = 'eval "$(python3 -m neuronserve.serving.visible_cores)"'
"""What a shell runs before ``ray start``."""


def listed(cores: str) -> str:
    """Return cores with each range written out: ``0-2,5`` is ``0,1,2,5``.

    Raises:
        ValueError: the text is neither numbers nor ranges.
    """
    numbers: list[int] = []
    for part in cores.split(","):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return ",".join(map(str, numbers))


if __name__ == "__main__":
    if cores := os.environ.get(VARIABLE):
        print(f"export {VARIABLE}={listed(cores)}")
