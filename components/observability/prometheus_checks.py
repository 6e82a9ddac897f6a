"""What is wrong with the settings of a Prometheus, found before anything is made."""

from neuronserve.components.helm.charts import chart_problems
from neuronserve.components.helm.settings import MirrorSettings
from neuronserve.components.observability.prometheus_chart import PROMETHEUS_CHART
from neuronserve.components.observability.settings import PrometheusObservabilitySettings, PrometheusOptions
from neuronserve.settings import Rule, SettingNames
from neuronserve.settings.syntax import DNS_1123_LABEL


def _namespace(options: PrometheusOptions, names: SettingNames) -> list[str]:
    if DNS_1123_LABEL.fullmatch(options.namespace) and not options.namespace.startswith("kube-"):
        return []
    return [
        f"{names('namespace')} is {options.namespace!r}; it should be the name of a namespace of its own: lower-case "
        "letters, digits and dashes, such as monitoring."
    ]


def prometheus_chart_problems(mirror: MirrorSettings, names: SettingNames, *, install_crds: bool) -> list[str]:
    """Return what keeps the chart from being read from a mirror's directory.

    Args:
        mirror: where it is taken from.
        names: how the user writes the settings that hold ``mirror``.
        install_crds: whether its CRDs are made.
    """
    return chart_problems([PROMETHEUS_CHART.with_crds_if(install_crds)], mirror, names)


def _chart(settings: PrometheusObservabilitySettings, names: SettingNames) -> list[str]:
    return prometheus_chart_problems(settings.mirror, names, install_crds=settings.install_crds)


OPTION_RULES: tuple[Rule, ...] = (_namespace,)
RULES: tuple[Rule, ...] = (*OPTION_RULES, _chart)
