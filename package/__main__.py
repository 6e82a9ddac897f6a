"""The component package, as the engine starts it from a checkout."""

from neuronserve.provider.__main__ import run

run()
