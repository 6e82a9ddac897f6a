"""Running a Pulumi program on the mock engine, and turning what it registered into a plan."""

import asyncio
import contextlib
import dataclasses
import json
import logging
import os
import re
import runpy
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]
from pulumi.runtime import reset_options, set_all_config, set_mocks

from neuronserve.plan.annotations import SECRET, check_inputs
from neuronserve.plan.aws_inputs import check_aws_inputs
from neuronserve.plan.collisions import collisions
from neuronserve.plan.errors import ProgramError, ProjectError, ResourceError
from neuronserve.plan.fakes import Call, Fake
from neuronserve.plan.mocks import Engine, Monitor
from neuronserve.plan.options import resource_options
from neuronserve.plan.plan import Plan, Resource
from neuronserve.plan.project import load_project, load_stack_config
from neuronserve.plan.sdk import exports, forget_earlier_programs, is_marked, is_secret, run_program

URN_PARTS = 4
"""``urn:pulumi:<stack>``, project, qualified type and name, with ``::`` between them."""

STACK_TYPE = "pulumi:pulumi:Stack"


def synthesise(project_directory: Path, stack: str, environment: Path | None = None) -> Plan:
    """Return the plan of a project's stack.

    Args:
        project_directory: the folder of Pulumi.yaml.
        stack: the stack's name.
        environment: a file in place of the environments of Pulumi ESC that the stack imports.

    Raises:
        ProjectError: project, stack file or configuration are wrong.
        ProgramError: the program refused its configuration.
        ResourceError: the program registered what no provider would take.
    """
    project = load_project(project_directory)
    config = load_stack_config(project, stack, environment)
    notes = [config.note] if config.note else []

    def program() -> None:
        with _as_pulumi_runs_it(project.main.parent):
            runpy.run_path(str(project.main), run_name="__main__")

    try:
        plan = run(program, project=project.name, stack=stack, config=config.values, secret_keys=config.secret_keys)
    except Exception as error:
        # The CLI would stop at its own problems; together with the program's, a person mends all of them at once.
        said = str(error) if isinstance(error, ProgramError) else ""
        unsaid = [problem for key, problem in config.problems.items() if not re.search(rf"{re.escape(key)}\b", said)]
        if not unsaid and not (said and notes):
            raise
        raise ProjectError([*unsaid, *([said] if said else []), *notes]) from None
    if config.problems:
        raise ProjectError([*config.problems.values(), *notes])
    return dataclasses.replace(plan, diagnostics=(*plan.diagnostics, *notes))


def run(  # noqa: PLR0913 (all but the first by name)
    program: Callable[[], object],
    *,
    project: str = "project",
    stack: str = "dev",
    config: Mapping[str, str] | None = None,
    secret_keys: list[str] | None = None,
    fakes: Mapping[str, Fake] | None = None,
    calls: Mapping[str, Call] | None = None,
) -> Plan:
    """Run a program and return its plan; a process may do so any number of times, also after a failure.

    Of the run nothing is left in the SDK's globals.

    Args:
        program: registers resources and exports outputs.
        project: name of the project.
        stack: name of the stack.
        config: configuration by ``namespace:key``, values as Pulumi hands them over.
        secret_keys: keys of ``config`` whose values are secret.
        fakes: further outputs that a provider would compute, by type, as in :mod:`neuronserve.plan.fakes`.
        calls: further functions of providers, by token.

    Raises:
        ProgramError, ResourceError: as for :func:`synthesise`.
    """
    loop = asyncio.new_event_loop()
    # Of a program that fails the rest stays unawaited; asyncio would print a traceback for each such task.
    loop.set_exception_handler(lambda *_: None)
    asyncio.set_event_loop(loop)  # before the mocks: the stack resource binds to it
    forget_earlier_programs()
    engine = Engine(fakes, calls)
    monitor = Monitor(engine)
    with _diagnostics() as (logger, diagnostics), _configuration(dict(config or {}), list(secret_keys or [])):
        set_mocks(engine, project=project, stack=stack, preview=False, monitor=monitor, logger=logger)
        try:
            loop.run_until_complete(run_program(program))
            exported = loop.run_until_complete(exports())
        except pulumi.RunError as error:
            raise ProgramError(str(error)) from None
        finally:
            # Of a program that failed some registrations may be on their way still.
            loop.run_until_complete(loop.shutdown_default_executor())
            for used in {loop, *monitor.loops}:
                used.close()
            _leave_nothing()
    resources = [_resource(urn, monitor.registrations[urn], engine.owners) for urn in sorted(monitor.registrations)]
    resources = [resource for resource in resources if resource.type != STACK_TYPE]
    problems = [
        f"{resource.urn}: {problem}."
        for resource in resources
        for check in (check_inputs, check_aws_inputs)
        for problem in check(resource.type, resource.inputs)
    ]
    problems += collisions(resources)
    if problems:
        raise ResourceError(problems)
    outputs = {name: plain(exported[name]) for name in sorted(exported)}
    return Plan(project, stack, resources, outputs, tuple(diagnostics))


def _leave_nothing() -> None:
    """Give the thread and the SDK back as a program finds them that is the first one."""
    forget_earlier_programs()
    reset_options(project="project", stack="stack")
    # By itself a thread of which the loop was once set makes no other.
    asyncio.set_event_loop_policy(type(asyncio.get_event_loop_policy())())


def _resource(urn: str, request: Any, owners: Mapping[str, str]) -> Resource:
    inputs = plain(MessageToDict(request.object))
    return Resource(
        urn=urn,
        type=request.type,
        name=request.name,
        parent=request.parent or None,
        custom=request.custom,
        remote=request.remote,
        inputs=inputs,
        # What is inside a remote component is not part of the plan; the component is.
        dependencies=sorted({owners.get(dependency, dependency) for dependency in request.dependencies} - {urn}),
        provider="::".join(request.provider.split("::")[:URN_PARTS]) or None,  # without its id
        protect=request.protect,
        options=resource_options(urn, request, inputs, owners),
    )


def plain(value: Any) -> Any:
    """Return a value as JSON has it: keys in order, none unset, secrets replaced, whole numbers as integers."""
    if isinstance(value, dict):
        if is_secret(value):
            return redacted(value["value"])
        return {key: plain(value[key]) for key in sorted(value) if value[key] is not None}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def redacted(value: Any) -> Any:
    """Return what a plan shows of a secret; of a mapping, such as a Secret's data, the keys."""
    if isinstance(value, dict) and not is_marked(value):
        return {key: redacted(value[key]) for key in sorted(value)}
    return SECRET


@contextlib.contextmanager
def _configuration(config: dict[str, str], secret_keys: list[str]) -> Iterator[None]:
    """Hand over the configuration both ways in which `pulumi up` does: to the SDK, and in the environment."""
    texts = {"PULUMI_CONFIG": json.dumps(config), "PULUMI_CONFIG_SECRET_KEYS": json.dumps(secret_keys)}
    before = {name: os.environ.pop(name, None) for name in texts}
    os.environ.update(texts)
    set_all_config(config, secret_keys)
    try:
        yield
    finally:
        set_all_config({})
        for name, text in before.items():
            if text is None:
                del os.environ[name]
            else:
                os.environ[name] = text


@contextlib.contextmanager
def _as_pulumi_runs_it(directory: Path) -> Iterator[None]:
    """Run in the program's folder, from which it imports first."""
    before, path = Path.cwd(), list(sys.path)
    os.chdir(directory)
    sys.path.insert(0, str(directory))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of SDKs while they are imported
            yield
    finally:
        sys.path[:] = path
        os.chdir(before)


@contextlib.contextmanager
def _diagnostics() -> Iterator[tuple[logging.Logger, list[str]]]:
    """Collect what the program logs, each message once."""
    messages: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            message = f"{record.levelname.lower()}: {record.getMessage().strip()}"
            if message not in messages:
                messages.append(message)

    logger = logging.Logger("neuronserve.plan")
    logger.setLevel(logging.INFO)
    logger.addHandler(Collect())
    yield logger, messages
