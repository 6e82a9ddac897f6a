"""Helm charts: where each comes from, what a mirror makes of that, and the one way in which they are released."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import yaml

from neuronserve.components.helm.settings import MirrorSettings
from neuronserve.settings import SettingNames, when_known

RELEASE_TIMEOUT_S = 600
"""What a chart's pods may take to be ready: a node may have to start first, and images have to arrive."""

RELEASE_HISTORY = 5
"""Revisions that Helm keeps of a release, each in a Secret; by default the provider keeps all of them."""

OCI = "oci://"


@dataclass(frozen=True)
class Chart:
    """One chart at one version."""

    name: str
    version: str
    repository: str
    """``oci://`` and a registry path, or the ``https://`` URL of a repository; the chart's name comes below it."""
    crds: "CrdFolder | None" = None
    """Its CRDs, where they are made as objects of their own: then the chart has to be there as a folder."""

    def with_crds_if(self, install_crds: bool) -> "Chart":
        """Return the chart with its CRDs, or for a cluster that has them."""
        return self if install_crds else dataclasses.replace(self, crds=None)


@dataclass(frozen=True)
class CrdFolder:
    """The ``crds`` folder of a chart."""

    files: tuple[str, ...]
    url: str
    """The folder on the web, at a fixed version; read by the machine that runs Pulumi."""
    path: str = "crds"
    """The folder below that of the chart."""


def chart_source(mirror: MirrorSettings, chart: Chart) -> dict[str, Any]:
    """Return the arguments of ``kubernetes.helm.v3.Release`` that say where a chart comes from.

    A chart directory goes before a registry, a registry before the chart's own repository.

    Raises:
        FileNotFoundError: the chart directory does not have the chart; :func:`chart_problems` says so nicely.
    """
    if mirror.chart_directory:
        return {"chart": str(local_chart(mirror, chart)), "version": chart.version}
    _, _, path = chart.repository.rstrip("/").partition("://")
    if mirror.registry:
        chart_path = when_known(f"{OCI}{{}}/{chart.name}".format, mirror.image(path))
        return {"chart": chart_path, "version": chart.version}
    if chart.repository.startswith(OCI):
        return {"chart": f"{OCI}{path}/{chart.name}", "version": chart.version}
    return {
        "chart": chart.name,
        "version": chart.version,
        "repository_opts": {"repo": chart.repository},
    }


def local_chart(mirror: MirrorSettings, chart: Chart) -> Path:
    """Return the folder or archive of a chart in the chart directory.

    Raises:
        FileNotFoundError: neither is there.
    """
    directory = Path(mirror.chart_directory or ".")
    for candidate in (directory / chart.name, directory / f"{chart.name}-{chart.version}.tgz"):
        if (candidate / "Chart.yaml").is_file() or (candidate.suffix == ".tgz" and candidate.is_file()):
            return candidate
    raise FileNotFoundError(directory / chart.name)


def chart_problems(charts: Iterable[Chart], mirror: MirrorSettings, names: SettingNames) -> list[str]:
    """Return what keeps charts from being read from a mirror's directory, one message each.

    Args:
        charts: the charts that will be released.
        mirror: where they are taken from.
        names: how the user writes the settings that hold ``mirror``.
    """
    problems = []
    setting = names("mirror.chart_directory")
    for chart in charts if mirror.chart_directory else ():
        shown = f"{setting} is {mirror.chart_directory!r}"
        try:
            local = local_chart(mirror, chart)
        except FileNotFoundError:
            problems.append(
                f"{shown}, which has no chart {chart.name}: neither {chart.name}/Chart.yaml nor "
                f"{chart.name}-{chart.version}.tgz. Put it there with `{_pull(chart)}`, or unset {setting}."
            )
            continue
        if local.is_dir():
            version = _version(local)
            if version != chart.version:
                problems.append(
                    f"{shown}, whose {chart.name}/Chart.yaml is version {version}; it should be {chart.version}. "
                    f"Replace it with `{_pull(chart)}`."
                )
        elif chart.crds:
            problems.append(
                f"{shown}, where {local.name} is packed; its CRDs are read as files. Unpack it with "
                f"`tar -xzf {local} -C {mirror.chart_directory}`."
            )
    return problems


def _version(chart_directory: Path) -> str | None:
    try:
        document = yaml.safe_load((chart_directory / "Chart.yaml").read_text(encoding="utf-8"))
    except yaml.YAMLError:
        return None
    return str(document.get("version")) if isinstance(document, Mapping) else None


def _pull(chart: Chart) -> str:
    repository = chart.repository.rstrip("/")
    if repository.startswith(OCI):
        return f"helm pull {repository}/{chart.name} --version {chart.version} --untar"
    return f"helm pull {chart.name} --repo {repository} --version {chart.version} --untar"


def release(  # noqa: PLR0913 (all but the first two by name)
    name: str,
    chart: Chart,
    *,
    namespace: pulumi.Input[str],
    values: pulumi.Input[Mapping[str, Any]],
    mirror: MirrorSettings,
    opts: pulumi.ResourceOptions,
    timeout_s: int = RELEASE_TIMEOUT_S,
) -> kubernetes.helm.v3.Release:
    """Release a chart, called after itself, in a namespace that is there already; return when its pods are ready.

    CRDs in the chart's ``crds`` folder are left out: Helm would install them once and never upgrade them. They are
    made as objects of their own, or by a chart of their own that has them among its templates.

    A release that fails is neither rolled back nor removed (``atomic`` and ``cleanup_on_fail`` stay off): Pulumi says
    no more than "context deadline exceeded", so its pods have to stay for ``kubectl describe`` to say why. The next
    ``pulumi up`` upgrades it in place. ``wait_for_jobs`` stays off: none of the charts used here has a job to wait for.

    Args:
        name: the resource's.
        chart: chart and version.
        namespace: where it goes.
        values: its values; none of them None, which the provider would drop.
        mirror: where it comes from; look for :func:`chart_problems` before.
        opts: the resource's options; custom timeouts make no difference to a release.
        timeout_s: seconds that creating, upgrading or removing it may take.
    """
    return kubernetes.helm.v3.Release(
        name,
        **chart_source(mirror, chart),
        name=chart.name,
        namespace=namespace,
        values=values,
        skip_crds=True,
        timeout=timeout_s,
        max_history=RELEASE_HISTORY,
        opts=opts,
    )
