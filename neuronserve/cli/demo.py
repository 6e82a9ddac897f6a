"""``neuronserve demo``: the first ten minutes, on a laptop: the plan of a stack, and a real model answering."""

import contextlib
import subprocess
import sys
import time
from typing import Annotated

import typer
from rich.console import Console

from neuronserve.cli.errors import fail
from neuronserve.cli.stacks import Project, Service, plan_of_stack, serve_config_of_stack
from neuronserve.cli.streaming import stream_answer


def demo(
    service: Service = None,
    port: Annotated[int, typer.Option(help="Port for the local server.", min=1, max=65535)] = 8000,
    project: Project = None,
) -> None:
    """Show the plan of stack inf2-8xlarge, then serve a small model here and ask it things.

    Needs no AWS account, no Pulumi CLI and no download: the model comes with the Python packages.
    """
    from neuronserve.cli.local_server import LocalServerError, local_server  # noqa: PLC0415 (--help has no use for it)
    from neuronserve.cli.plan_view import print_plan  # noqa: PLC0415

    console = Console()
    console.rule("The plan of stack inf2-8xlarge")
    print_plan(plan_of_stack("inf2-8xlarge", project), console)
    console.rule("The application of stack local, on this machine")
    config = serve_config_of_stack("local", service, project)
    start = time.monotonic()
    try:
        with contextlib.ExitStack() as running:
            with console.status("Starting Ray Serve and vLLM; the first start takes a minute or two …"):
                base_url = running.enter_context(local_server(config, host="127.0.0.1", port=port)).base_url
            console.print(f"Serving on {base_url} after {time.monotonic() - start:.0f} s.", highlight=False)
            _run_examples(base_url)
            console.print(_measure(base_url), highlight=False)
            console.print("Stopping …")
    except LocalServerError as error:
        fail(str(error))
    console.rule("Done")


def _run_examples(base_url: str) -> None:
    command = [sys.executable, "-m", "neuronserve.serving.client_examples", "--base-url", base_url]
    finished = subprocess.run(command, check=False)  # noqa: S603
    if finished.returncode:
        fail(f"The client examples failed with exit code {finished.returncode}.")


def _measure(base_url: str) -> str:
    """Return time to first token and tokens per second of one answer of 64 tokens."""
    import openai  # noqa: PLC0415

    client = openai.OpenAI(base_url=base_url, api_key="none")
    model = client.models.list().data[0].id
    question = "Describe the water cycle in detail."
    answer = stream_answer(
        client, model, [{"role": "user", "content": question}], lambda _: None, max_tokens=64, temperature=0.0
    )
    return f"{model} on this machine's CPU, one request: {answer}"
