"""``neuronserve serve``: the application of a stack on this machine, until Ctrl-C."""

import contextlib
import signal
from typing import Annotated

import typer
from rich.console import Console

from neuronserve.cli.errors import fail
from neuronserve.cli.stacks import Project, Service, serve_config_of_stack


def serve(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Stack whose application to serve.")] = "local",
    service: Service = None,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 opens it to the network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    project: Project = None,
) -> None:
    """Serve a model of a stack on this machine, with an OpenAI-compatible API, until Ctrl-C.

    It is the Serve application that the service's RayService carries, unchanged. Set VLLM_API_KEY to ask clients for
    a key.
    """
    from neuronserve.cli.local_server import LocalServerError, local_server  # noqa: PLC0415 (--help has no use for it)

    # A plain `kill` ends the server as cleanly as Ctrl-C does, and so does Ctrl-C where a shell has it ignored.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    console = Console()
    config = serve_config_of_stack(stack, service, project)
    try:
        with contextlib.ExitStack() as running:
            with console.status(f"Starting the application of stack {stack} …"):
                server = running.enter_context(local_server(config, host=host, port=port))
            console.print(f"Serving on [bold]{server.base_url}[/]   (Ctrl-C stops it)", highlight=False)
            # Ray takes another port than its default where that is taken, and asks for the token in ~/.ray, which its
            # own commands do not send unless they are told.
            command = f"RAY_AUTH_MODE=token serve status --address {server.dashboard}"
            console.print(f"Ray's own view of it: {command}", highlight=False, soft_wrap=True)
            signal.pause()
    except LocalServerError as error:
        fail(str(error))
    except KeyboardInterrupt:
        console.print("Stopped.")
