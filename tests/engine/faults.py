"""What goes wrong while a stack is made, one after the other, and whether the next `up` goes on from there."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.engine.empty_cluster import EmptyCluster
from tests.engine.life import still_in_aws
from tests.engine.pulumi_cli import Project, Run
from tests.engine.severable import Relay
from tests.waiting import wait_until

FAILING = "NodeGroup"
"""What the stand-in refuses to make."""

MID_UP = "/api/v1/namespaces/kuberay-operator"
"""An object that is made when AWS is there and much of the cluster's content is not."""

RAY_SERVICE = "/apis/ray.io/v1/namespaces/vllm/rayservices/vllm-llama3-inf2"
TIMEOUT_CODE = re.compile(r'timeout = f"\{round\(MACHINES_READY_TIMEOUT_S .*\)\}s"')
STEP_DEADLINE_S = 600


@dataclass
class Faults:
    """What the engine said to each of them."""

    failed_create: Run
    lost_api_server: Run
    killed: Run
    up_when_locked: Run
    up: Run
    second_up: Run
    made: Counter[str]
    """How often the stand-in for AWS was told to make each URN, up to here."""
    never_ready: Run
    mended: Run
    protected_destroy: Run
    gone_all_the_same: set[str]
    destroy: Run
    state_left: dict[str, dict[str, Any]]
    left_in_cluster: set[str]
    left_in_aws: set[str]


def suffer(project: Project, cluster: EmptyCluster, relay: Relay) -> Faults:
    """Make a stack that is gone again, with everything that can go wrong, and destroy it."""
    before, log = cluster.contents(), len(project.stand_in_log())
    config = project.config
    project.config = config | {"neuronserve:protect": True}
    with cluster.operated() as operator, project.gone_after_failure():
        operator.makes_ready = False
        failed_create = project.up(STANDIN_FAIL=FAILING).failed()
        made = Counter(urn for urn in _creates(project, log) if FAILING not in urn)
        log = len(project.stand_in_log())

        running = project.start_up()
        wait_until("the stack is half made", lambda: cluster.has(MID_UP), STEP_DEADLINE_S)
        with relay.cut():
            lost_api_server = running.ended()
        lost_api_server.failed()

        running = project.start_up()
        wait_until("the engine waits for the RayService", lambda: cluster.has(RAY_SERVICE), STEP_DEADLINE_S)
        killed = running.killed()
        up_when_locked = project.up().failed()
        project.run("cancel", "--yes").succeeded()

        operator.makes_ready = True
        up = project.up().succeeded()
        second_up = project.up().succeeded()
        made += Counter(_creates(project, log))

        operator.makes_ready = False
        shorten_timeout(project, "20s")
        service = next(iter(config["neuronserve:services"].values()))
        service["image"] += "-next"
        project.config = config | {"neuronserve:protect": True}
        never_ready = project.up().failed()
        protected = project.export().keys()
        protected_destroy = project.run("destroy", "--yes", events=True).failed()
        gone_all_the_same = protected - project.export().keys()

        operator.makes_ready = True
        project.config = config
        mended = project.up().succeeded()
        destroy = project.destroy().succeeded()
    return Faults(
        failed_create,
        lost_api_server,
        killed,
        up_when_locked,
        up,
        second_up,
        made,
        never_ready,
        mended,
        protected_destroy,
        gone_all_the_same,
        destroy,
        project.export(),
        cluster.contents() - before,
        still_in_aws(project),
    )


def _creates(project: Project, since: int) -> list[str]:
    return [entry["urn"] for entry in project.stand_in_log()[since:] if entry["op"] == "create"]


def shorten_timeout(project: Project, timeout: str) -> None:
    """Let the copy of the project give up on pods after seconds, not half an hour."""
    file = project.project / "components" / "llm_service" / "llm_service.py"
    text = file.read_text()
    shortened, places = TIMEOUT_CODE.subn(f'timeout = "{timeout}"', text)
    assert places == 1
    file.write_text(shortened)
