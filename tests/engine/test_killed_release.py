"""An `up` that is killed while it makes a Helm release: the next one goes on."""

from dataclasses import dataclass

import pytest
import yaml

from tests.engine.empty_cluster import EmptyCluster
from tests.engine.life import CHARTS, prepared_with_kuberay
from tests.engine.pulumi_cli import Project, Run
from tests.waiting import wait_until

STACK = "local"
RELEASE, NAMESPACE = "kuberay-operator", "kuberay-operator"
SECRETS = f"/api/v1/namespaces/{NAMESPACE}/secrets?labelSelector=owner%3Dhelm%2Cname%3D{RELEASE}"
DEADLINE_S = 600
NEVER_READY = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "never-ready"},
    "spec": {
        "selector": {"matchLabels": {"app": "never-ready"}},
        "template": {
            "metadata": {"labels": {"app": "never-ready"}},
            "spec": {"containers": [{"name": "none", "image": "none"}]},
        },
    },
}


@dataclass
class Killed:
    """What the runs after each kill said."""

    after_create: Run
    after_update: Run
    second: Run
    left_in_cluster: set[str]


@pytest.fixture(scope="module")
def killed(engine: dict[str, str], empty_cluster: EmptyCluster, tmp_path_factory: pytest.TempPathFactory) -> Killed:
    project = prepared_with_kuberay(Project.copied(tmp_path_factory.mktemp("killed"), STACK, engine), empty_cluster)
    before = empty_cluster.contents()
    waiting = project.project / CHARTS / RELEASE / "templates" / "never-ready.yaml"

    def is_pending(status: str) -> bool:
        secrets = empty_cluster.call(SECRETS)["items"] if empty_cluster.has(f"/api/v1/namespaces/{NAMESPACE}") else []
        return any(secret["metadata"]["labels"]["status"] == status for secret in secrets)

    def killed_at(status: str) -> None:
        waiting.write_text(yaml.safe_dump(NEVER_READY))
        running = project.start_up()
        wait_until(f"the release is {status}", lambda: is_pending(status), DEADLINE_S)
        running.killed()
        project.run("cancel", "--yes").succeeded()
        waiting.unlink()

    with empty_cluster.operated(), project.gone_after_failure():
        killed_at("pending-install")
        after_create = project.up().succeeded()
        mirror = {"chartDirectory": CHARTS, "registry": "registry.example.com"}
        project.config = project.config | {"neuronserve:mirror": mirror}
        killed_at("pending-upgrade")
        after_update = project.up().succeeded()
        second = project.up().succeeded()
        project.destroy().succeeded()
    return Killed(after_create, after_update, second, empty_cluster.contents() - before)


def test_the_next_up_goes_on(killed: Killed) -> None:
    assert f"An earlier run was interrupted at release {RELEASE}" in killed.after_create.said
    assert f"An earlier run was interrupted at release {RELEASE}" in killed.after_update.said
    assert set(killed.second.changes) == {"same"}, killed.second.steps


def test_nothing_is_left(killed: Killed) -> None:
    assert {left for left in killed.left_in_cluster if not left.startswith(("CustomRes", "APIService "))} == set()
