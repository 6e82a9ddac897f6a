"""Tests of programs that use the components: planned in the test's process, in a second, with no engine and no cloud.

    from neuronserve.testing import plan_of

    def program() -> None:
        network = Network("main", {"region": "us-west-2"})
        pulumi.export("vpcId", network.vpc_id)

    def test_the_network_spans_two_zones() -> None:
        assert len(plan_of(program).of_type("aws:ec2/subnet:Subnet")) == 6

What only a cloud knows is ``${<urn>.<property>}`` in a plan, a secret ``[secret]``. A plan fails where ``pulumi up``
would: two resources of one name, inputs that no provider takes, a program that refuses its configuration. The mocks of
``pulumi.runtime.set_mocks`` are not needed, and nothing of them, or of a program that failed, is left for the next
test.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from neuronserve.plan.errors import ProgramError, ResourceError
from neuronserve.plan.plan import Plan, Resource
from neuronserve.plan.program import run

__all__ = ["Plan", "ProgramError", "Resource", "ResourceError", "plan_of"]


def plan_of(  # noqa: PLR0913 (all but the first by name)
    program: Callable[[], object],
    *,
    project: str = "project",
    stack: str = "dev",
    config: Mapping[str, str] | None = None,
    stack_outputs: Mapping[str, Mapping[str, Any]] | None = None,
    answers: Mapping[str, Mapping[str, Any]] | None = None,
) -> Plan:
    """Run a program, and return what it would make.

    Args:
        program: makes resources and exports outputs, as the module of a Pulumi program does; what it gives to
            ``pulumi.run`` is awaited.
        project: name of the project.
        stack: name of the stack.
        config: configuration by ``namespace:key``; structured values as JSON.
        stack_outputs: what a ``pulumi.StackReference`` finds, by its name: outputs of other stacks by their names.
        answers: what functions of providers return, by token, such as ``aws:ec2/getVpc:getVpc``; one that is called and
            has no answer here fails the program.

    Raises:
        ProgramError: the program refused its configuration or its arguments.
        ResourceError: it made what no provider would take.
    """
    known = stack_outputs or {}
    return run(
        program,
        project=project,
        stack=stack,
        config=config,
        fakes={"pulumi:pulumi:StackReference": lambda _, inputs: {"outputs": dict(known.get(inputs["name"], {}))}},
        calls={token: partial(_answered, answer) for token, answer in (answers or {}).items()},
    )


def _answered(answer: Mapping[str, Any], _arguments: dict[str, Any]) -> dict[str, Any]:
    return dict(answer)
