"""An export for ``kubectl`` and ``helm``: files, and a page that says in which order."""

from collections.abc import Iterator

from neuronserve.review.export.exported import Export, ExportedChart
from neuronserve.review.export.text import BASE, CHARTS, OBJECTS, object_files, of_stack, secrets_told
from neuronserve.review.manifests import to_yaml


def files(export: Export) -> dict[str, str]:
    """Return the files by their paths."""
    values = {_values_file(index, one): to_yaml(one.values) for index, one in enumerate(export.charts)}
    return {
        "README.md": "\n".join(_readme(export)),
        **object_files(BASE, export.base),
        **values,
        **object_files(OBJECTS, export.objects),
    }


def _readme(export: Export) -> Iterator[str]:
    yield of_stack(export)
    yield ""
    yield "In this order, from this folder, with kubectl" + (" and helm:" if export.charts else ":")
    yield ""
    if export.base:
        yield _apply(f"{BASE}/")
    yield from (_apply(file) for file in export.crds)
    yield from (_install(index, one) for index, one in enumerate(export.charts))
    if export.objects:
        yield _apply(f"{OBJECTS}/")
    yield ""
    yield from secrets_told(export.secrets)
    if export.charts:
        yield "`helm template` in place of `helm upgrade --install`, without `--wait`, prints what a chart makes."
        yield ""


def _apply(what: str) -> str:
    return f"    kubectl apply --server-side --filename {what}"


def _install(index: int, chart: ExportedChart) -> str:
    repository = f"--repo {chart.repository} " if chart.repository else ""
    return (
        f"    helm upgrade --install {chart.release} {chart.chart} {repository}--version {chart.version} "
        f"--namespace {chart.namespace} --skip-crds --values {_values_file(index, chart)} --wait"
    )


def _values_file(index: int, chart: ExportedChart) -> str:
    return f"{CHARTS}/{index:02}-{chart.release}.yaml"
