"""vLLM's own API server, wherever the installed version keeps it: the one place that knows how 0.13 to 0.32 differ."""

import contextlib
import io
import json
from argparse import ArgumentParser, Namespace
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

if TYPE_CHECKING:
    from fastapi import FastAPI
    from vllm.v1.engine.async_llm import AsyncLLM

PACKAGE = "vllm.entrypoints"


class EngineArgumentsError(ValueError):
    """vLLM's own argument parser refused an argument; the message is the parser's."""


def parse_arguments(arguments: dict[str, JsonValue]) -> Namespace:
    """Return vLLM's server arguments with its defaults filled in.

    Args:
        arguments: values by argument name (``max_model_len``), as in the settings.

    Raises:
        EngineArgumentsError: an argument is unknown to this version of vLLM, or its value is of a wrong type.
    """
    parser = _parser()
    # vLLM 0.13 offers only small block sizes on its command line, while a Neuron engine without prefix
    # caching works with one block per sequence; the configuration behind it takes any size.
    block_size = arguments.get("block_size")
    flags = _flags(parser, {name: value for name, value in arguments.items() if name != "block_size"})
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            parsed: Namespace = parser.parse_args(flags)
    except SystemExit:
        refusal = said.getvalue().strip().splitlines()[-1].removeprefix("vllm: error: ")
        raise EngineArgumentsError(f"vLLM does not accept its engine arguments: {refusal}") from None
    if block_size is not None:
        parsed.block_size = block_size
    return parsed


def create_engine(arguments: Namespace) -> "AsyncLLM":
    """Start vLLM's engine and return its client; blocks until the engine is ready or has failed."""
    from vllm import AsyncEngineArgs  # noqa: PLC0415 (vLLM takes seconds to import)
    from vllm.v1.engine.async_llm import AsyncLLM  # noqa: PLC0415

    engine_args = AsyncEngineArgs.from_cli_args(arguments)
    return AsyncLLM.from_engine_args(engine_args)


async def create_app(engine: "AsyncLLM", arguments: Namespace) -> "FastAPI":
    """Return vLLM's FastAPI application, every OpenAI route mounted, bound to the engine."""
    build_app, init_app_state = _app_functions()
    by_task = "supported_tasks" in build_app.__code__.co_varnames
    if by_task:
        tasks = await engine.get_supported_tasks()
        app: FastAPI = build_app(arguments, tasks, engine.vllm_config.model_config)
        await init_app_state(engine, app.state, arguments, tasks)
    else:
        app = build_app(arguments)
        await init_app_state(engine, app.state, arguments)
    # What vLLM's own launcher sets: the handler of a dead engine tells this server to end. Ours is a replica.
    app.state.server = SimpleNamespace(should_exit=False)
    return app


def check() -> None:
    """Import all that is used of vLLM, whether or not there is a device.

    Raises:
        ImportError: the installed vLLM lacks something, or what it needs is missing.
    """
    _parser_functions()
    _app_functions()


def command_line(arguments: dict[str, JsonValue]) -> list[str]:
    """Return the arguments as the flags of vLLM's command line."""
    return _flags(_parser(), arguments)


def _app_functions() -> tuple[Any, Any]:
    return (
        _import("build_app", "launchers.app", "openai.api_server"),
        _import("init_app_state", "launchers.api_server.app_state", "openai.api_server"),
    )


def _parser_functions() -> tuple[Any, Any]:
    return (
        _import("make_arg_parser", "launchers.cli_args", "openai.cli_args"),
        _import("FlexibleArgumentParser", "vllm.utils.argparse_utils"),
    )


def _parser() -> ArgumentParser:
    make_arg_parser, parser_class = _parser_functions()
    parser: ArgumentParser = make_arg_parser(parser_class(prog="vllm", add_help=False))
    return parser


def _flags(parser: ArgumentParser, arguments: dict[str, JsonValue]) -> list[str]:
    # Some lists are several words to vLLM, others one word of JSON: only its parser knows which.
    takes_words = {action.dest for action in parser._actions if action.nargs in ("+", "*")}
    flags = []
    for name, value in arguments.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            flags.append(f"--{flag}" if value else f"--no-{flag}")
        elif isinstance(value, list) and name in takes_words:
            flags += [f"--{flag}", *map(str, value)]
        elif value is not None:
            flags.append(f"--{flag}={json.dumps(value) if isinstance(value, list | dict) else value}")
    return flags


def _import(name: str, *modules: str) -> Any:
    """Return ``name`` from the first of the modules that has it; bare names lie below :data:`PACKAGE`."""
    for module in modules:
        path = module if module.startswith("vllm.") else f"{PACKAGE}.{module}"
        try:
            return getattr(import_module(path), name)
        except ModuleNotFoundError as error:
            if not error.name or not f"{path}.".startswith(f"{error.name}."):
                raise  # the module is there, and what it needs is not
        except AttributeError:
            pass
    raise ImportError(
        f"this version of vLLM has no {name} in {' or '.join(modules)}; the adapter is written for vLLM 0.13 to 0.32"
    )
