"""Sends a load with guidellm (https://github.com/vllm-project/guidellm), and says what becomes of each request.

Run as a file by a Python that has guidellm, here or in a pod, with nothing of neuronserve's: ``guidellm_runner.py
<file>``. The file holds, as JSON, the fields of :class:`~neuronserve.bench.load.Load` with ``base_url``, ``model`` and
``tokenizer``; the API key is in the environment variable ``NEURONSERVE_BENCH_KEY``, if the server asks for one. Each
line on standard output is an event as JSON: ``started``, ``response``, ``finished``, ``failed``.
"""

import asyncio
import importlib.metadata
import json
import math
import os
import re
import sys
from pathlib import Path
from typing import Any

KEY_VARIABLE = "NEURONSERVE_BENCH_KEY"
USERS_PER_PROCESS = 32
"""One process reads the streams of some users without falling behind; each further one takes time from the server,
where that is on the same machine."""

NOT_FROM_HTTP = -1
STATUS = re.compile(r"'(\d{3}) ([^']*)'")
"""In what httpx says: ``Client error '401 Unauthorized' for url …``."""


TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "tokenizer.model")


class TokenizerError(Exception):
    """There is no tokenizer where one was named; the message is for a person."""


def main() -> None:
    """Send the load, step by step."""
    load = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    try:
        say(event="started", generator=f"guidellm {importlib.metadata.version('guidellm')}")
        check_tokenizer(load["tokenizer"])
        for users in load["users"]:
            asyncio.run(send(load, users))
            say(event="finished", users=users)
    except TokenizerError as error:
        say(event="failed", message=str(error))
        sys.exit(1)
    except Exception as error:  # whatever it is, the one who asked for the load is told
        say(event="failed", message=f"{type(error).__name__}: {error}")
        sys.exit(1)


def check_tokenizer(tokenizer: str) -> None:
    """Say what is wrong with the folder of a tokenizer, of which transformers would say that it is no id of the hub's.

    Raises:
        TokenizerError: it is not there, or has no tokenizer.
    """
    folder = Path(tokenizer)
    if not folder.is_absolute() or any((folder / file).is_file() for file in TOKENIZER_FILES):
        return
    what = f"has none of {', '.join(TOKENIZER_FILES)}" if folder.is_dir() else "is no folder where guidellm runs"
    raise TokenizerError(
        f"{tokenizer} {what}. Name with --tokenizer another folder, or a Hugging Face id (owner/model)."
    )


async def send(load: dict[str, Any], users: int) -> None:
    """Send the requests of one step, and tell of each that has come to its end.

    By guidellm's scheduler and not by its command, which tells of requests when all are done.
    """
    # So that a Python without it is told so, in an event.
    from guidellm.benchmark.entrypoints import (  # noqa: PLC0415
        resolve_backend,
        resolve_constraints,
        resolve_profile,
        resolve_tokenizer,
    )
    from guidellm.data import create_data_loader  # noqa: PLC0415
    from guidellm.scheduler import NonDistributedEnvironment, Scheduler  # noqa: PLC0415
    from guidellm.schemas.benchmark import BenchmarkArgs  # noqa: PLC0415
    from guidellm.settings import settings  # noqa: PLC0415

    settings.max_worker_processes = math.ceil(users / USERS_PER_PROCESS)
    arguments = BenchmarkArgs.model_validate(spec(load, users))
    seed = load["seed"] + users  # other prompts in each step
    backend, model = await resolve_backend(arguments.backend)
    await resolve_tokenizer(arguments, model)
    requests = await create_data_loader(
        loader_config=arguments.data_loader,
        data_config=arguments.data,
        tokenizer_config=arguments.tokenizer,
        column_mapper_config=arguments.data_column_mapper,
        preprocessors_config=arguments.data_preprocessors,
        finalizer_config=arguments.data_finalizer,
        random_seed=seed,
    )
    profile = await resolve_profile(arguments.profile, resolve_constraints(arguments), random_seed=seed)
    strategy, constraints = next(profile.strategies_generator())
    scheduler = Scheduler().run(
        requests=requests, backend=backend, strategy=strategy, env=NonDistributedEnvironment(), **constraints
    )
    async for response, _, info, _ in scheduler:
        # What was cancelled before it was sent is no request.
        if info.status in ("completed", "errored") or (info.status == "cancelled" and info.timings.request_start):
            say(event="response", users=users, **told(response, info, load["timeout_s"]))


def spec(load: dict[str, Any], users: int) -> dict[str, Any]:
    """Return guidellm's own description of one step."""
    return {
        "backend": {
            "kind": "openai_http",
            "target": load["base_url"],
            "model": load["model"],
            "api_key": os.environ.get(KEY_VARIABLE) or None,
            "stream": load["stream"],
            "timeout": load["timeout_s"],
            "http2": False,  # as OpenAI's own clients
            "verify": True,
            "validate_backend": False,  # it asks /health, which not every API has
        },
        "tokenizer": {"kind": "huggingface_auto", "model": load["tokenizer"]},
        "data": [
            {
                "kind": "synthetic_text",
                "prompt_tokens": load["input_tokens"],
                "prompt_tokens_stdev": load["input_stddev"] or None,
                "output_tokens": load["output_tokens"],
                "output_tokens_stdev": load["output_stddev"] or None,
            }
        ],
        # No more prompts than are sent: it would go on making thousands, in a process beside the server's.
        "data_loader": {"kind": "pytorch", "prefetch_factor": users * load["requests_per_user"]},
        "profile": {"kind": "concurrent", "streams": [users]},
        "constraints": [
            {"kind": "max_requests", "count": users * load["requests_per_user"]},
            {"kind": "max_duration", "seconds": load["timeout_s"]},
        ],
        "outputs": [],
    }


def told(response: Any, info: Any, timeout_s: float) -> dict[str, Any]:
    """Return what became of a request, with its times in seconds since 1970."""
    timings = info.timings
    event = {
        "started_s": timings.request_start or timings.resolve_start,
        "ended_s": timings.request_end or timings.resolve_end,
        "first_token_s": timings.first_token_iteration,
        "last_token_s": timings.last_token_iteration,
        "input_tokens": (response and response.input_metrics.total_tokens) or 0,
    }
    match info.status:
        case "completed":
            return event | {"output_tokens": response.output_metrics.total_tokens or timings.token_iterations}
        case "errored":
            said = info.error or "no reason given"
            status = STATUS.search(said)
            if status:
                return event | {"error_code": int(status[1]), "error_msg": status[2]}
            return event | {"error_code": NOT_FROM_HTTP, "error_msg": said}
        case _:
            message = f"not answered within the {timeout_s:g} s of this number of users"
            return event | {"error_code": NOT_FROM_HTTP, "error_msg": message}


def say(**event: Any) -> None:
    """Write an event as one line."""
    print(json.dumps(event), flush=True)


if __name__ == "__main__":
    main()
