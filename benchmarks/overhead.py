"""What does the application cost? vLLM's own server, ours, and ours behind HAProxy, measured in one run.

Each server in turn serves the same model with the same engine arguments and gets the same load from vLLM's own load
generator. The figures are output tokens per second; what counts is the ratio to vLLM's server, since a machine's speed
drifts. The servers are visited there and back again, so that a slow drift touches all of them alike.
"""

import argparse
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import yaml
from rich.console import Console
from rich.table import Table

from neuronserve.plan.program import synthesise
from neuronserve.review.services import serve_config
from neuronserve.serving.engine_arguments import engine_arguments, engine_environment
from neuronserve.serving.models import resolve_model
from neuronserve.serving.settings import ServingSettings
from neuronserve.serving.vllm_adapter import command_line

PORT = 8123
START_TIMEOUT_S = 300
STOP_TIMEOUT_S = 60
VLLM, OURS, HAPROXY = "vLLM's own server", "neuronserve", "neuronserve, HAProxy"
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 4, 16], help="requests at once")
    parser.add_argument("--rounds", type=int, default=2, help="visits to each server")
    parser.add_argument("--repeats", type=int, default=2, help="measurements of each load in a visit")
    parser.add_argument("--input-tokens", type=int, default=400)
    parser.add_argument("--output-tokens", type=int, default=100)
    parser.add_argument("--servers", nargs="+", choices=[VLLM, OURS, HAPROXY], default=[VLLM, OURS, HAPROXY])
    options = parser.parse_args()

    config = yaml.safe_load(serve_config(synthesise(ROOT, "local")))
    settings = ServingSettings.model_validate(config["applications"][0]["args"])
    model = resolve_model(settings.model)
    console = Console(stderr=True)
    throughput: dict[tuple[str, int], list[float]] = {}
    for visit in range(options.rounds):
        for server in options.servers if visit % 2 == 0 else reversed(options.servers):
            console.print(f"round {visit + 1} of {options.rounds}: starting {server} …")
            with running(server, settings, model):
                load(settings, model, 4, 8, options)  # warm-up
                for index, concurrency in enumerate(options.concurrency * options.repeats):
                    prompts = max(4, 2 * concurrency)
                    # The same prompts for each server, and never twice: vLLM would find them in its prefix cache.
                    result = load(settings, model, concurrency, prompts, options, seed=index + 1)
                    throughput.setdefault((server, concurrency), []).append(result)
                    console.print(f"  {concurrency} at once: {result:.1f} tokens/s")
    Console().print(table(throughput, options))


@contextlib.contextmanager
def running(server: str, settings: ServingSettings, model: str) -> Iterator[None]:
    """Start one of the servers, wait until it answers, and end all its processes afterwards."""
    variables = os.environ | engine_environment(settings) | {"HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}
    if server == VLLM:
        flags = command_line(engine_arguments(settings, model))
        command = [
            "-m",
            "vllm.entrypoints.openai.api_server",
            "--host",
            "127.0.0.1",
            "--port",
            str(PORT),
            *flags,
        ]
    else:
        command = ["-m", "neuronserve.cli", "serve", "--port", str(PORT)]
        variables["RAY_SERVE_ENABLE_HA_PROXY"] = "1" if server == HAPROXY else "0"
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=variables,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            wait_until_healthy(process, log)
            yield
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(60)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            wait_until("the port is free again", port_is_free)


def wait_until(what: str, holds: Callable[[], bool]) -> None:
    """Return when ``holds`` does; end the benchmark if it never does."""
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while not holds():
        if time.monotonic() > deadline:
            sys.exit(f"error: not after {STOP_TIMEOUT_S} s: {what}")
        time.sleep(0.5)


def port_is_free() -> bool:
    """Return whether nothing listens on the port: what one server leaves behind would answer for the next."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", PORT)) != 0


def wait_until_healthy(process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    """Return when the server answers; end the benchmark with its log if it never does."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=2)
            return
        time.sleep(0.5)
    log.seek(0)
    sys.exit(f"error: the server did not start:\n{log.read().decode(errors='replace')[-4000:]}")


def load(  # noqa: PLR0913
    settings: ServingSettings,
    model: str,
    concurrency: int,
    prompts: int,
    options: argparse.Namespace,
    *,
    seed: int = 0,
) -> float:
    """Return output tokens per second of vLLM's load generator: streamed completions, ``concurrency`` at once."""
    with tempfile.TemporaryDirectory() as folder:
        flags = {
            "backend": "openai",
            "base-url": f"http://127.0.0.1:{PORT}",
            "model": settings.served_model_name[0],
            "tokenizer": model,
            "dataset-name": "random",
            "random-input-len": options.input_tokens,
            "random-output-len": options.output_tokens,
            "num-prompts": prompts,
            "max-concurrency": concurrency,
            "seed": seed,
            "result-dir": folder,
            "result-filename": "result.json",
        }
        command = [sys.executable, "-c", LOAD_GENERATOR, "--ignore-eos", "--save-result", "--disable-tqdm"]
        command += [f"--{name}={value}" for name, value in flags.items()]
        finished = subprocess.run(
            command, env=os.environ | {"HF_HUB_OFFLINE": "1"}, capture_output=True, text=True, check=False
        )
        file = Path(folder) / "result.json"
        result = json.loads(file.read_text()) if file.exists() else {}
        if finished.returncode or result.get("completed") != prompts:
            sys.exit(f"error: the load generator lost requests:\n{finished.stdout[-2000:]}{finished.stderr[-2000:]}")
        return float(result["output_throughput"])


LOAD_GENERATOR = """
import argparse
from vllm.benchmarks.serve import add_cli_args, main
parser = argparse.ArgumentParser()
add_cli_args(parser)
main(parser.parse_args())
"""


def table(throughput: dict[tuple[str, int], list[float]], options: argparse.Namespace) -> Table:
    """Return the medians, and their ratio to vLLM's own server."""
    result = Table(title=f"Output tokens/s, {options.input_tokens} tokens in, {options.output_tokens} out")
    result.add_column("requests at once", justify="right")
    for server in options.servers:
        result.add_column(server, justify="right")
    for concurrency in options.concurrency:
        medians = {server: statistics.median(throughput[server, concurrency]) for server in options.servers}
        base = medians.get(VLLM)
        cells = [
            f"{median:.1f}" + (f"  ({median / base:.2f})" if base and server != VLLM else "")
            for server, median in medians.items()
        ]
        result.add_row(str(concurrency), *cells)
    return result


if __name__ == "__main__":
    main()
