"""The life of a stack, told once: each step is recorded, and tests look at the records."""

import base64
import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.plan.program import synthesise
from neuronserve.review.manifests import manifests
from tests.engine.changes import CHANGES, CHANGES_STACK
from tests.engine.empty_cluster import EmptyCluster
from tests.engine.made_objects import made_objects
from tests.engine.pulumi_cli import Preview, Project, Run
from tests.engine.stand_in_charts import write_charts
from tests.kubernetes_api import KubernetesApi

CHARTS = "charts"
ADMINISTRATORS = [f"arn:aws:iam::111122223333:role/{name}" for name in ("first", "second")]
CONCURRENT_PREVIEWS = 3
NEW_NAME = "renamed"
FAULTS_STACK = "inf2-8xlarge"
RETAINED_IN_AWS = "$aws:cloudwatch/logGroup:LogGroup::"
"""In the URNs of what outlives a stack on purpose."""
HUGGING_FACE_TOKEN = "hf_a-token-that-nobody-may-read"


@dataclasses.dataclass
class Life:
    """What happened to a stack."""

    project: Project
    plan: Plan
    preview: Preview
    up: Run
    second_up: Run
    refresh: Run
    state: dict[str, dict[str, Any]]
    """Resources by URN while it was there, secrets encrypted."""
    made: dict[str, dict[str, Any]]
    """The objects of its plan as they were in the cluster, by kind, namespace and name."""
    secrets: set[str]
    """What nobody may read anywhere."""
    changes: dict[str, Preview]
    """What the engine would make of each change, by name."""
    renamed: tuple[Run, Preview] | None
    """Previews under another name of the stack: as it is, and with the cluster's name in its file."""
    destroy: Run
    state_left: dict[str, dict[str, Any]]
    left_in_cluster: set[str]
    left_in_aws: set[str]
    """URNs of what the stand-in made and was not told to delete."""
    second_life: tuple[Run, Run] | None
    """`up` and `destroy` once more; None for the stack of the faults, which comes again with all of them."""


def prepared(project: Project, cluster: EmptyCluster) -> Project:
    """Give a stack what it takes here: stand-in charts, a secret, and something to take away."""
    config = project.config
    if "aws:region" in config:
        write_charts(project.project / CHARTS, cluster.crds)
        config["neuronserve:mirror"] = {"chartDirectory": CHARTS}
        config["neuronserve:cluster"] = {"administrators": ADMINISTRATORS}
        cluster.without_crds()
    else:
        cluster.with_crds()
    project.config = config
    service = next(iter(config["neuronserve:services"]))
    project.set_secret(f"services.{service}.huggingFaceToken", HUGGING_FACE_TOKEN)
    return project


def prepared_with_kuberay(project: Project, cluster: EmptyCluster) -> Project:
    """Let a stack without AWS bring the KubeRay operator, with its CRDs."""
    prepared(project, cluster)
    cluster.without_crds()
    write_charts(project.project / CHARTS, cluster.crds)
    wanted = {"neuronserve:addOns": {"kubeRay": True}, "neuronserve:mirror": {"chartDirectory": CHARTS}}
    project.config = project.config | wanted
    return project


def live(project: Project, cluster: EmptyCluster) -> Life:
    """Lead a stack from its first preview to its end."""
    prepared(project, cluster)
    before = cluster.contents()
    with cluster.operated(), project.gone_after_failure():
        preview = project.preview()
        up = project.up().succeeded()
        second_up = project.up().succeeded()
        refresh = project.refresh().succeeded()
        plan = _plan(project)
        made = made_objects(KubernetesApi(project.environment["KUBECONFIG"]), [one for _, one in manifests(plan)])
        state, secrets = project.export(), _secrets(project.export(show_secrets=True))
        changes, renamed = (_previews(project), _renamed(project)) if project.stack == CHANGES_STACK else ({}, None)
        destroy = project.destroy().succeeded()
        state_left, left_in_cluster = project.export(), cluster.contents() - before
        again = None if project.stack == FAULTS_STACK else (project.up().succeeded(), project.destroy().succeeded())
    return Life(
        project,
        plan,
        preview,
        up,
        second_up,
        refresh,
        state,
        made,
        secrets,
        changes,
        renamed,
        destroy,
        state_left,
        left_in_cluster,
        still_in_aws(project),
        again,
    )


def _plan(project: Project) -> Plan:
    """Return the offline plan, made with the kubeconfig that the engine has: without AWS it is an input."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", project.environment["KUBECONFIG"])
        return synthesise(project.project, project.stack)


def still_in_aws(project: Project) -> set[str]:
    """Return what the stand-in for AWS made and was not told to delete, by URN."""
    there = set()
    for entry in project.stand_in_log():
        if entry["op"] == "create":
            there.add(entry["urn"])
        elif entry["op"] == "delete":
            there.discard(entry["urn"])
    return there


def _previews(project: Project) -> dict[str, Preview]:
    config = project.config
    with ThreadPoolExecutor(CONCURRENT_PREVIEWS) as pool:  # a program waits for the engine half of the time
        previews = pool.map(project.preview_of, [change.made(config) for change in CHANGES])
        return {change.name: preview for change, preview in zip(CHANGES, previews, strict=True)}


def _renamed(project: Project) -> tuple[Run, Preview]:
    """Rename the stack, and give it its name back."""
    project.run("stack", "rename", NEW_NAME).succeeded()
    other = dataclasses.replace(project, stack=NEW_NAME)
    refused = other.run("preview").failed()
    other.run("config", "set", "--path", "cluster.clusterName", f"neuronserve-{project.stack}").succeeded()
    kept = other.preview()
    other.run("config", "rm", "--path", "cluster.clusterName").succeeded()
    other.run("stack", "rename", project.stack).succeeded()
    return refused, kept


def _secrets(readable: dict[str, dict[str, Any]]) -> set[str]:
    """Return what the Secrets of a stack hold, as it is and in base64."""
    found = set()
    for resource in readable.values():
        if resource["type"] == "kubernetes:core/v1:Secret":
            for encoded in json.loads(resource["inputs"]["data"]["plaintext"]).values():
                found |= {encoded, base64.b64decode(encoded).decode()}
    return found
