"""The ``neuronserve`` command."""
