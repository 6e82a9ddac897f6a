"""``python -m neuronserve.cli``: the command, also where its script is not on the PATH."""

from neuronserve.cli.main import app

app(prog_name="neuronserve")
