"""Helm charts: where each comes from, what a mirror makes of that, and the one way in which they are released."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
import yaml

from neuronserve.settings.settings import SettingNames, Settings, Text

RELEASE_TIMEOUT_S = 600
"""What a chart's pods may take to be ready: a node may have to start first, and images have to arrive."""

RELEASE_HISTORY = 5
"""Revisions that Helm keeps of a release, each in a Secret; by default the provider keeps all of them."""

OCI = "oci://"


class MirrorArgs(TypedDict):
    """Where charts and images are taken from instead of their public registries. Versions stay as they are."""

    registry: NotRequired[str]
    """Registry and prefix, such as 111122223333.dkr.ecr.us-west-2.amazonaws.com/mirror, without a scheme.

    The image public.ecr.aws/a/b:tag becomes <registry>/public.ecr.aws/a/b:tag, the chart b of oci://public.ecr.aws/a
    becomes oci://<registry>/public.ecr.aws/a/b, and the chart b of https://example.com/charts becomes
    oci://<registry>/example.com/charts/b.
    """
    chart_directory: NotRequired[str]
    """A folder with charts, relative to the program's: each as <chart>/ or <chart>-<version>.tgz."""


@dataclass(frozen=True)
class Chart:
    """One chart at one version."""

    name: str
    version: str
    repository: str
    """``oci://`` and a registry path, or the ``https://`` URL of a repository; the chart's name comes below it."""


class MirrorSettings(Settings):
    """Where charts and images are taken from: :class:`MirrorArgs` describes each setting. By default no mirror."""

    registry: Text | None = None
    chart_directory: Text | None = None

    def image(self, reference: str) -> str:
        """Return where an image is taken from.

        Args:
            reference: the image with its registry, with or without tag or digest, which stay.
        """
        return f"{self.registry.rstrip('/')}/{reference}" if self.registry else reference

    def source(self, chart: Chart) -> dict[str, Any]:
        """Return the arguments of ``kubernetes.helm.v3.Release`` that say where a chart comes from.

        A chart directory goes before a registry, a registry before the chart's own repository.

        Raises:
            FileNotFoundError: the chart directory does not have the chart; :func:`chart_problems` says so nicely.
        """
        if self.chart_directory:
            return {"chart": str(self.local_chart(chart)), "version": chart.version}
        _, _, path = chart.repository.rstrip("/").partition("://")
        if self.registry:
            return {"chart": f"{OCI}{self.image(path)}/{chart.name}", "version": chart.version}
        if chart.repository.startswith(OCI):
            return {"chart": f"{OCI}{path}/{chart.name}", "version": chart.version}
        return {
            "chart": chart.name,
            "version": chart.version,
            "repository_opts": {"repo": chart.repository},
        }

    def local_chart(self, chart: Chart) -> Path:
        """Return the folder or archive of a chart in the chart directory.

        Raises:
            FileNotFoundError: neither is there.
        """
        directory = Path(self.chart_directory or ".")
        for candidate in (directory / chart.name, directory / f"{chart.name}-{chart.version}.tgz"):
            if (candidate / "Chart.yaml").is_file() or (candidate.suffix == ".tgz" and candidate.is_file()):
                return candidate
        raise FileNotFoundError(directory / chart.name)


def chart_problems(
    charts: Iterable[Chart], mirror: MirrorSettings, names: SettingNames, *, unpacked: bool = False
) -> list[str]:
    """Return what keeps charts from being read from a mirror's directory, one message for each chart.

    Args:
        charts: the charts that will be released.
        mirror: where they are taken from.
        names: how the user writes the component's settings.
        unpacked: whether they have to be folders, because more than Helm reads them.
    """
    problems = []
    setting = names("mirror.chart_directory")
    for chart in charts if mirror.chart_directory else ():
        shown = f"{setting} is {mirror.chart_directory!r}"
        try:
            local = mirror.local_chart(chart)
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
        elif unpacked:
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


def merged(values: Mapping[str, Any], further: Mapping[str, Any]) -> dict[str, Any]:
    """Return a chart's values with further ones over them, as Helm merges them: mappings by key, the rest replaced."""
    result = dict(values)
    for key, value in further.items():
        known = result.get(key)
        result[key] = merged(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return result


def release(  # noqa: PLR0913 (all but the first two by name)
    name: str,
    chart: Chart,
    *,
    namespace: pulumi.Input[str],
    values: Mapping[str, Any],
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
        **mirror.source(chart),
        name=chart.name,
        namespace=namespace,
        values=dict(values),
        skip_crds=True,
        timeout=timeout_s,
        max_history=RELEASE_HISTORY,
        opts=opts,
    )
