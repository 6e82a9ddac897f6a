"""The Serve application: a replica starts vLLM's engine and answers with vLLM's own OpenAI API."""

import asyncio
import functools
import logging
import os
from typing import TYPE_CHECKING, Any

from ray import serve

from neuronserve.serving import fork_server, ray_token, vllm_adapter
from neuronserve.serving.api_keys import ApiKeyMiddleware, ApiKeys
from neuronserve.serving.bounded_queue import BoundedQueueMiddleware
from neuronserve.serving.engine_arguments import engine_arguments, engine_environment
from neuronserve.serving.engine_cores import leave_cores_to_engine, use_given_cores
from neuronserve.serving.engine_start import EngineStartError, start_engine
from neuronserve.serving.engine_watch import EngineFailureMiddleware, EngineWatch
from neuronserve.serving.hang_up import HangUpMiddleware
from neuronserve.serving.key_usage import KeyUsage
from neuronserve.serving.models import resolve_model
from neuronserve.serving.processes import end_child_processes
from neuronserve.serving.serve_config import DEPLOYMENT_NAME, RETRY_AFTER_S
from neuronserve.serving.serve_log import kept_serve_log
from neuronserve.serving.settings import Accelerator, EngineSettings, LiveSettings

if TYPE_CHECKING:
    from argparse import Namespace

    from fastapi import FastAPI
    from ray.serve import Application
    from starlette.types import ASGIApp
    from vllm.v1.engine.async_llm import AsyncLLM


@serve.deployment(name=DEPLOYMENT_NAME)
@serve.ingress()
class LlmServer:
    """One replica: one vLLM engine behind vLLM's FastAPI application.

    Args:
        settings: the application's ``args``, as ``serveConfigV2`` carries them.
    """

    _vllm_app: "FastAPI"
    _queue: BoundedQueueMiddleware

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = EngineSettings.model_validate(settings)
        self._engine: AsyncLLM | None = None
        self._watching: asyncio.Task[None] | None = None

    async def __serve_build_asgi_app__(self) -> "ASGIApp":
        """Start the engine and return the application; Serve calls this once, before any request.

        Raises:
            EngineStartError: the model was not found, or the engine failed, or was not ready in time.
            ApiKeyError: keys are announced and there is none.
            RayTokenError: everybody knows Ray's token.
        """
        try:
            with kept_serve_log():
                return await self._build_app()
        except EngineStartError as error:
            logging.getLogger("ray.serve").error("%s", error)  # raised, it is in the head's logs alone
            raise

    async def _build_app(self) -> "ASGIApp":
        settings = self._settings
        ray_token.check()  # before the minutes that an engine takes
        api_keys = ApiKeys.taken_from()
        on_cpu = settings.accelerator is Accelerator.CPU
        if on_cpu:
            use_given_cores()
        engine, arguments = await start_engine(
            functools.partial(_create_engine, settings), settings.engine_start_timeout_s
        )
        self._engine = engine
        if on_cpu:
            leave_cores_to_engine()
        self._vllm_app = await vllm_adapter.create_app(engine, arguments)
        watch = EngineWatch(engine, _end_replica)
        self._watching = asyncio.ensure_future(watch.run())
        answering = EngineFailureMiddleware(HangUpMiddleware(self._vllm_app), watch)
        self._queue = BoundedQueueMiddleware(answering, settings.max_num_seqs, RETRY_AFTER_S)
        app: ASGIApp = self._queue
        if api_keys:  # around the queue: a request without a key takes no place in it
            app = ApiKeyMiddleware(app, api_keys, KeyUsage().note)
        return vllm_adapter.inside_cors(app, arguments)

    def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Take over settings that need no other engine; Serve calls this at the start, and when one has changed.

        Raises:
            pydantic.ValidationError: these are not those of :class:`LiveSettings`.
        """
        live = LiveSettings.model_validate(user_config)
        vllm_adapter.rename(self._vllm_app, live.served_model_name)
        self._queue.limit = self._settings.max_num_seqs + live.max_queued_requests

    async def check_health(self) -> None:
        """Raise if the engine has died. Its watch ends this process by then; this is for when it cannot."""
        if self._engine is not None:
            await self._engine.check_health()

    def __del__(self) -> None:
        """End the engine's processes; Serve calls this when the last request has been answered."""
        if self._engine is not None:
            self._engine.shutdown()
        end_child_processes()


def _end_replica(cause: str) -> None:
    """End this process: Serve sees that at once, and starts another replica."""
    logging.getLogger("ray.serve").error("%s This replica ends.", cause)
    end_child_processes()
    os._exit(1)  # an exception, even SystemExit, would end no more than a task


def _create_engine(settings: EngineSettings) -> "tuple[AsyncLLM, Namespace]":
    for name, value in engine_environment(settings).items():
        os.environ.setdefault(name, value)
    if settings.accelerator is Accelerator.CPU:
        fork_server.start()
    arguments = vllm_adapter.parse_arguments(engine_arguments(settings, resolve_model(settings.model)))
    vllm_adapter.prepare(arguments)
    return vllm_adapter.create_engine(arguments), arguments


def build(args: dict[str, Any]) -> "Application":
    """Return the application for its ``args``: this is the ``import_path``.

    Raises:
        pydantic.ValidationError: the arguments are not those of :class:`EngineSettings`.
    """
    EngineSettings.model_validate(args)  # a mistake is reported when deploying, not by a replica
    application: Application = LlmServer.bind(args)  # type: ignore[attr-defined] # a Deployment, since it is decorated
    return application
