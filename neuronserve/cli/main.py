"""The command's entry point and list of subcommands."""

from importlib import metadata
from typing import Annotated

import typer

from neuronserve.cli.bench import bench
from neuronserve.cli.chat import chat
from neuronserve.cli.check import check
from neuronserve.cli.demo import demo
from neuronserve.cli.diff import diff
from neuronserve.cli.drain import drain
from neuronserve.cli.export import export
from neuronserve.cli.preflight import preflight
from neuronserve.cli.proxies import keep_loopback_from_proxies
from neuronserve.cli.serve import serve
from neuronserve.cli.status import status
from neuronserve.cli.sweep import sweep
from neuronserve.cli.synth import synth

app = typer.Typer(
    name="neuronserve",
    help="Serve LLMs on AWS Inferentia2 and Trainium, and try the same thing on this machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"neuronserve {metadata.version('neuronserve')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[  # noqa: ARG001 (its callback acts)
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    keep_loopback_from_proxies()


app.command()(synth)
app.command()(diff)
app.command()(check)
app.command()(export)
app.command()(preflight)
app.command()(status)
app.command()(drain)
app.command()(sweep)
app.command()(serve)
app.command()(chat)
app.command()(demo)
app.command()(bench)
