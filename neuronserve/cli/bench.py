"""``neuronserve bench``: how fast a server answers, with more and more users at a time."""

import contextlib
import math
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.console import Console

from neuronserve.cli.endpoints import wrong_endpoint, wrong_key
from neuronserve.cli.errors import fail
from neuronserve.cli.stacks import Project, Service, plan_of_stack, serve_config_of_stack

if TYPE_CHECKING:
    from neuronserve.cli.bench_run import Wanted
    from neuronserve.cli.bench_target import Target
    from neuronserve.plan.plan import Plan

LOCAL = "http://localhost:8000/v1"
HTTP_PORT = 80
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
SEEDS = 1_000_000

INSTALL = (
    "`neuronserve bench` sends its requests with guidellm, which is not installed here. In a checkout, `make bench` "
    'has it all. Elsewhere: pip install "neuronserve[bench]", or name a Python that has it in NEURONSERVE_BENCH_PYTHON.'
)


def bench(
    base_url: Annotated[
        str | None, typer.Option(help=f"The server's API. Default: that of the stack, or {LOCAL}.")
    ] = None,
    stack: Annotated[
        str | None, typer.Option("--stack", "-s", help="Stack whose service to measure; says what it costs.")
    ] = None,
    service: Service = None,
    in_cluster: Annotated[
        bool, typer.Option("--in-cluster", help="Send the requests from a Job beside the stack's service.")
    ] = False,
    serve: Annotated[
        bool, typer.Option("--serve", help="Serve stack local here for the time of the run, if no server answers.")
    ] = False,
    model: Annotated[str | None, typer.Option(help="Model to ask; the server's first when left out.")] = None,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            help="Folder or Hugging Face id; the model's own when left out. With --in-cluster, in the --image."
        ),
    ] = None,
    api_key: Annotated[str, typer.Option(envvar="VLLM_API_KEY", help="The server's key.", show_default=False)] = "",
    users: Annotated[str, typer.Option(help="Users at a time, one step after the other.")] = "1,2,4,8,16",
    requests_per_user: Annotated[int, typer.Option(help="Requests of each user.", min=1)] = 8,
    input_tokens: Annotated[int, typer.Option(help="Tokens of a prompt, on average.", min=1)] = 512,
    input_stddev: Annotated[int, typer.Option(help="Their standard deviation.", min=0)] = 20,
    output_tokens: Annotated[int, typer.Option(help="Tokens of an answer, on average.", min=1)] = 245,
    output_stddev: Annotated[int, typer.Option(help="Their standard deviation.", min=0)] = 20,
    timeout: Annotated[float, typer.Option(help="Seconds that each number of users may take.", min=1)] = 7200,
    stream: Annotated[bool, typer.Option(help="Have answers streamed.")] = True,
    seed: Annotated[
        int | None, typer.Option(help="For the same prompts again, which the server may have cached.", min=0)
    ] = None,
    usd_per_hour: Annotated[
        float | None, typer.Option(help="What the server's machines cost. Default: the stack's workers.", min=0)
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the folders of runs.")] = Path("bench-results"),
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(metavar="OLD NEW", help="Measure nothing: compare the folders of two runs, also of LLMPerf."),
    ] = None,
    kubeconfig: Annotated[
        str | None, typer.Option(help="For --in-cluster: path of a kubeconfig. Default: that of the stack's cluster.")
    ] = None,
    context: Annotated[str | None, typer.Option(help="For --in-cluster: context of the kubeconfig.")] = None,
    image: Annotated[
        str | None, typer.Option(help="For --in-cluster: image whose Python has guidellm; its makers' when left out.")
    ] = None,
    project: Project = None,
) -> None:
    """Measure a server with more and more users: latency, throughput, dollars per million tokens.

    The load is that of the tutorial of data-on-eks, and the results are named and laid out as LLMPerf's. Each run has a
    folder with a report: a page, a picture, and tables in Markdown. Exits with 1 if a request failed, and with 130
    after Ctrl-C, which keeps what is done.
    """
    from neuronserve.bench.load import Load, LoadError, users_of  # noqa: PLC0415 (--help has no use for it)
    from neuronserve.cli.bench_run import Wanted  # noqa: PLC0415

    if compare:
        _compare(*compare)
        return
    if problem := (None if base_url is None else wrong_endpoint(base_url)) or wrong_key(api_key):
        fail(problem)
    if in_cluster and (not stack or base_url or serve):
        fail("--in-cluster measures a service of a stack: name it with --stack, without --base-url and --serve.")
    if service is not None and not stack:
        fail("--service is one of a stack's services: name the stack with --stack, or leave out --service.")
    for_a_job = {"--kubeconfig": kubeconfig, "--context": context, "--image": image}
    if idle := [option for option, value in for_a_job.items() if value is not None and not in_cluster]:
        fail(f"{idle[0]} is for a Job in the cluster: add --in-cluster, or leave out {idle[0]}.")
    for option, value in (("--usd-per-hour", usd_per_hour), ("--timeout", timeout)):
        if value is not None and not math.isfinite(value):  # JSON has no such number
            fail(f"{option} is {value}; it should be a number, such as {7200 if option == '--timeout' else 1.97}.")
    try:
        load = Load(
            users_of(users),
            requests_per_user,
            input_tokens,
            input_stddev,
            output_tokens,
            output_stddev,
            timeout,
            stream,
            random.randrange(SEEDS) if seed is None else seed,  # noqa: S311 (prompts, no secrets)
        )
    except LoadError as error:
        fail(str(error))
    # A plain `kill` keeps what is done as well as Ctrl-C does, and so does Ctrl-C where a shell has it ignored.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    price = None if usd_per_hour is None else (usd_per_hour, usd_per_hour)
    wanted = Wanted(load, out, model, tokenizer, api_key, price)
    if in_cluster:
        _in_cluster(wanted, str(stack), service, project, kubeconfig, context, image)
    else:
        _from_here(wanted, base_url, stack, service, project, serve=serve)


def _compare(old: Path, new: Path) -> None:
    from neuronserve.bench.comparison import comparison  # noqa: PLC0415
    from neuronserve.bench.results import ResultsError, read  # noqa: PLC0415

    try:
        typer.echo(comparison(read(old), read(new)), nl=False)
    except ResultsError as error:
        fail(str(error))


def _from_here(
    wanted: "Wanted", base_url: str | None, stack: str | None, service: str | None, project: Path | None, *, serve: bool
) -> None:
    from neuronserve.bench.generator import python_with_generator, running  # noqa: PLC0415
    from neuronserve.bench.served import ServedError, choose  # noqa: PLC0415
    from neuronserve.cli.bench_run import run  # noqa: PLC0415

    python = python_with_generator() or fail(INSTALL)
    price = None
    if stack:
        target, _ = _target(stack, service, project)
        price = target.usd_per_hour
        if base_url is None and not target.is_exposed:
            fail(
                f"Service {target.name} is reached in its cluster alone ({target.endpoint}). Measure it there with "
                "--in-cluster, or forward a port and name it with --base-url."
            )
        base_url = base_url or target.endpoint
    url = base_url or LOCAL
    if serve and urlsplit(url).hostname not in THIS_MACHINE:
        fail(
            f"--serve, which `make bench` has, starts a server on this machine, and {url} is another. Call "
            "`neuronserve bench` without it, or name a port of localhost with --base-url."
        )
    with contextlib.ExitStack() as running_server:
        try:
            entries, url = _asked(url, wanted.api_key, project, running_server, serve=serve)
            served = choose(entries, url, wanted.model, wanted.tokenizer)
        except ServedError as error:
            fail(str(error))
        run(wanted, served, url, price, lambda text: running(python, text, wanted.api_key))


def _asked(
    url: str, api_key: str, project: Path | None, running_server: contextlib.ExitStack, *, serve: bool
) -> tuple[list[dict[str, Any]], str]:
    """Return what a server serves, and its URL; start one only where nobody listens: a port is taken by a refusal too.

    Raises:
        ServedError: it does not say.
    """
    from neuronserve.bench.served import NotThereError, ask  # noqa: PLC0415

    try:
        return ask(url, api_key), url
    except NotThereError:
        if not serve:
            raise
    url = running_server.enter_context(_served_here(url, project))
    return ask(url, api_key), url


@contextlib.contextmanager
def _served_here(url: str, project: Path | None) -> Iterator[str]:
    """Serve stack local on this machine."""
    from neuronserve.cli.local_server import LocalServerError, local_server  # noqa: PLC0415

    port = urlsplit(url).port or HTTP_PORT
    config = serve_config_of_stack("local", None, project)
    console = Console(stderr=True)
    try:
        with contextlib.ExitStack() as running:
            with console.status("Starting the application of stack local …"):
                server = running.enter_context(local_server(config, host="127.0.0.1", port=port))
            console.print(f"Serving on {server.base_url}", highlight=False)
            yield server.base_url
    except LocalServerError as error:
        fail(str(error))


def _in_cluster(
    wanted: "Wanted",
    stack: str,
    service: str | None,
    project: Path | None,
    kubeconfig: str | None,
    context: str | None,
    image: str | None,
) -> None:
    from neuronserve.bench.job import IMAGE  # noqa: PLC0415
    from neuronserve.cli.bench_job import running_in_cluster  # noqa: PLC0415
    from neuronserve.cli.bench_run import run  # noqa: PLC0415
    from neuronserve.cli.bench_target import served_in_cluster  # noqa: PLC0415
    from neuronserve.cli.cluster_access import client_of  # noqa: PLC0415
    from neuronserve.status.kubeconfig import UnreachableError  # noqa: PLC0415

    target, plan = _target(stack, service, project)
    served, place = served_in_cluster(plan, target, wanted.model, wanted.tokenizer)
    try:
        client = client_of(plan, kubeconfig, context)
    except UnreachableError as error:
        fail(f"{error}. Name another kubeconfig with --kubeconfig, or --context.")
    longest = wanted.load.timeout_s * len(wanted.load.users)
    run(
        wanted,
        served,
        target.in_cluster,
        target.usd_per_hour,
        lambda text: running_in_cluster(client, place, text, longest, image or IMAGE),
    )


def _target(stack: str, service: str | None, project: Path | None) -> "tuple[Target, Plan]":
    from neuronserve.cli.bench_target import target_of  # noqa: PLC0415 (Pulumi, which --help has no use for)

    plan = plan_of_stack(stack, project)
    return target_of(plan, service), plan
