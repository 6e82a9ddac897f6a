"""An export for Argo CD: an Application for each chart, at its pinned version, and for the objects, in a repository."""

from collections.abc import Iterator
from typing import Any

from neuronserve.plan.errors import PlanError
from neuronserve.review.export.exported import Export, ExportedChart
from neuronserve.review.export.text import BASE, OBJECTS, object_files, of_stack, secrets_told
from neuronserve.review.manifests import to_yaml

APPLICATIONS = "applications"
ARGO_NAMESPACE = "argocd"
THIS_CLUSTER = "https://kubernetes.default.svc"
OCI = "oci://"
WAVE = "argocd.argoproj.io/sync-wave"
"""Applications of a lower wave are made first (https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/)."""
SYNC_OPTIONS = ["ServerSideApply=true", "SkipDryRunOnMissingResource=true"]
"""Some CRDs are larger than what client-side apply keeps in an annotation, and a kind may come with a later chart
(https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/)."""
RETRY = {"limit": 10, "backoff": {"duration": "30s", "factor": 2, "maxDuration": "5m"}}
"""What needs a chart is refused until that has come."""


def files(export: Export, repository: str, path: str, revision: str) -> dict[str, str]:
    """Return the files by their paths.

    Args:
        export: what is exported.
        repository: URL of the git repository that the files go to.
        path: where in it.
        revision: branch, tag or commit that Argo CD follows.

    Raises:
        PlanError: a chart comes from a folder, which Argo CD cannot reach.
    """
    applications = [*_applications(export, repository, path.strip("/"), revision)]
    return {
        "README.md": "\n".join(_readme(export, path)),
        **{f"{APPLICATIONS}/{one['metadata']['name']}.yaml": to_yaml(one) for one in applications},
        **object_files(BASE, export.base),
        **object_files(OBJECTS, export.objects),
    }


def _applications(export: Export, repository: str, path: str, revision: str) -> Iterator[dict[str, Any]]:
    def folder(name: str) -> dict[str, Any]:
        return {"repoURL": repository, "path": f"{path}/{name}" if path else name, "targetRevision": revision}

    if export.base:
        yield _application(f"{export.stack}-base", 0, "default", folder(BASE))
    for index, chart in enumerate(export.charts):
        yield _application(f"{export.stack}-{chart.release}", index + 1, chart.namespace, _chart_source(chart))
    if export.objects:
        yield _application(f"{export.stack}-objects", len(export.charts) + 1, "default", folder(OBJECTS))


def _application(name: str, wave: int, namespace: str, source: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": ARGO_NAMESPACE, "annotations": {WAVE: str(wave)}},
        "spec": {
            "project": "default",
            "destination": {"server": THIS_CLUSTER, "namespace": namespace},
            "source": source,
            "syncPolicy": {"automated": {}, "syncOptions": SYNC_OPTIONS, "retry": RETRY},
        },
    }


def _chart_source(chart: ExportedChart) -> dict[str, Any]:
    """Return where a chart comes from; of a registry without its scheme, as Argo CD wants it."""
    if chart.repository:
        repository, name = chart.repository, chart.chart
    elif chart.chart.startswith(OCI):
        repository, _, name = chart.chart.removeprefix(OCI).rpartition("/")
    else:
        raise PlanError(
            f"Chart {chart.release} comes from the folder {chart.chart} (mirror.chartDirectory), which Argo CD cannot "
            "reach. Set mirror.registry to a registry that has the charts, or export with --format kubectl."
        )
    return {
        "repoURL": repository,
        "chart": name,
        "targetRevision": chart.version,
        # The chart has the CRDs that Pulumi would make as objects of their own; Argo CD keeps them up to date as well.
        "helm": {"releaseName": chart.release, "skipCrds": not chart.brings_crds, "valuesObject": chart.values},
    }


def _readme(export: Export, path: str) -> Iterator[str]:
    yield of_stack(export)
    yield ""
    yield f"Commit this folder as {path or 'the root'} of the repository that the Applications name, push, and then:"
    yield ""
    yield f"    kubectl apply --filename {APPLICATIONS}/"
    yield ""
    yield "Argo CD reads the charts from their repositories, at the versions in `targetRevision`, and the objects from"
    yield "this folder. What needs a chart is tried again until that is there."
    yield ""
    yield from secrets_told(export.secrets)
