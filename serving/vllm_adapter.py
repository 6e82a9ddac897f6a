"""vLLM's own API server, wherever the installed version keeps it: the one place that knows how 0.13 to 0.32 differ."""

import contextlib
import io
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from neuronserve.serving.engine_door import guard
from neuronserve.serving.openai_error import openai_error
from neuronserve.serving.request_faults import answer_faults
from neuronserve.serving.stream_pieces import pace
from neuronserve.serving.vllm_flags import EngineArgumentsError, flags

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp
    from vllm import LLM
    from vllm.v1.engine.async_llm import AsyncLLM

PACKAGE = "vllm.entrypoints"


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
    words = flags(parser, {name: value for name, value in arguments.items() if name != "block_size"})
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            parsed: Namespace = parser.parse_args(words)
    except SystemExit:
        raise EngineArgumentsError(f"vLLM does not accept its engine arguments: {_refusal(said.getvalue())}") from None
    if block_size is not None:
        parsed.block_size = block_size
    if "tool_strict_level" not in arguments and hasattr(parsed, "tool_strict_level"):
        # vLLM 0.32 by itself makes a call's arguments any JSON, a text for example, where clients read an object.
        parsed.tool_strict_level = "parameter"
    return parsed


def _refusal(said: str) -> str:
    """Return what argparse says below its usage, of which pydantic's part has several lines."""
    lines = [line.strip() for line in said.rpartition("vllm: error: ")[2].splitlines()]
    return " ".join(line for line in lines if line and not line.startswith("For further information"))


def prepare(arguments: Namespace) -> None:
    """Do and check what vLLM's own launcher does before it starts an engine: plugins, parsers, templates.

    Raises:
        EngineArgumentsError: a plugin cannot be loaded, or the arguments do not go together.
    """
    tool_parsers, reasoning_parsers, *validations = _launcher_functions()
    try:
        if arguments.tool_parser_plugin:
            tool_parsers.import_tool_parser(arguments.tool_parser_plugin)
        if arguments.reasoning_parser_plugin:
            reasoning_parsers.import_reasoning_parser(arguments.reasoning_parser_plugin)
        for validate in validations:
            validate(arguments)
    except Exception as error:
        said = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
        raise EngineArgumentsError(f"vLLM does not accept its engine arguments: {said}") from None


def create_engine(arguments: Namespace) -> "AsyncLLM":
    """Start vLLM's engine and return its client; blocks until the engine is ready or has failed.

    Its metrics are vLLM's own, at ``/metrics``, and Ray's besides: those of all replicas in a pod then come by the one
    scrape that has Serve's as well, each with its ReplicaId.
    """
    from vllm import AsyncEngineArgs  # noqa: PLC0415 (vLLM takes seconds to import)
    from vllm.v1.engine.async_llm import AsyncLLM  # noqa: PLC0415

    engine_args = AsyncEngineArgs.from_cli_args(arguments)
    loggers = None if engine_args.disable_log_stats else _metric_loggers()
    return AsyncLLM.from_engine_args(engine_args, stat_loggers=loggers)


def create_offline_engine(arguments: Namespace) -> "LLM":
    """Start vLLM's engine for a batch, without a server, and return it; blocks until it is ready or has failed."""
    from vllm import LLM, EngineArgs  # noqa: PLC0415 (vLLM takes seconds to import)

    return LLM(**vars(EngineArgs.from_cli_args(arguments)))


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
    app.add_route("/v1/models/{model:path}", _model)
    answer_faults(app, *_request_failures())
    guard(engine, engine.vllm_config.model_config.get_vocab_size())
    pace(engine)
    return app


async def _model(request: Request) -> Response:
    """Return one of the served models, which vLLM only lists: OpenAI's clients retrieve them one by one."""
    model = request.path_params["model"]
    listed = await request.app.state.openai_serving_models.show_available_models()
    for one in listed.data:
        if one.id == model:
            return JSONResponse(one.model_dump())
    return openai_error(404, f"The model `{model}` does not exist.", kind="NotFoundError")


def rename(app: "FastAPI", names: list[str]) -> None:
    """Have the model answer to these names from now on; the first is the one that answers carry."""
    paths = app.state.openai_serving_models.base_model_paths
    # In place: vLLM 0.32 has the list in two places.
    paths[:] = [replace(paths[0], name=name) for name in names]


def inside_cors(app: "ASGIApp", arguments: Namespace) -> "ASGIApp":
    """Return the application with CORS around it, as vLLM's arguments say.

    vLLM has it around its own answers alone: a browser would see a network error in place of a 401 or a 503.
    """
    return CORSMiddleware(
        app,
        allow_origins=arguments.allowed_origins,
        allow_credentials=arguments.allow_credentials,
        allow_methods=arguments.allowed_methods,
        allow_headers=arguments.allowed_headers,
        expose_headers=["Retry-After"],
    )


def check() -> None:
    """Import all that is used of vLLM, whether or not there is a device.

    Raises:
        ImportError: the installed vLLM lacks something, or what it needs is missing.
    """
    _parser_functions()
    _app_functions()
    _launcher_functions()
    _metric_loggers()
    _request_failures()


def command_line(arguments: dict[str, JsonValue]) -> list[str]:
    """Return the arguments as the flags of vLLM's command line."""
    return flags(_parser(), arguments)


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


def _launcher_functions() -> tuple[Any, ...]:
    return (
        _import("ToolParserManager", "vllm.tool_parsers.abstract_tool_parser"),
        _import("ReasoningParserManager", "vllm.reasoning.abs_reasoning_parsers"),
        _import("validate_parsed_serve_args", "launchers.cli_args", "openai.cli_args"),
        _import("validate_api_server_args", "launchers.launcher", "openai.api_server"),
    )


def _request_failures() -> tuple[type[Exception], type[Exception]]:
    return (
        _import("EngineGenerateError", "vllm.v1.engine.exceptions"),
        _import("GenerationError", "vllm.exceptions", "openai.serving_engine"),
    )


def _metric_loggers() -> list[Any]:
    return [
        _import("RayPrometheusStatLogger", "vllm.v1.metrics.ray_wrappers"),
        _import("PrometheusStatLogger", "vllm.v1.metrics.loggers"),
    ]


def _parser() -> ArgumentParser:
    make_arg_parser, parser_class = _parser_functions()
    parser: ArgumentParser = make_arg_parser(parser_class(prog="vllm", add_help=False))
    return parser


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
