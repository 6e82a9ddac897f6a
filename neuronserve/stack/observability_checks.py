"""What is wrong with what is to watch a stack, as far as that hangs on the rest of it."""

from neuronserve.components.add_ons.registry import ADD_ONS, add_on_named
from neuronserve.components.observability.cloud_watch_checks import topic_region_problems
from neuronserve.components.observability.prometheus_checks import prometheus_chart_problems
from neuronserve.settings import Rule, SettingNames, known
from neuronserve.stack.settings import StackSettings

CLOUD_WATCH = add_on_named("cloud_watch")
ALARMS, PROMETHEUS = ("observability", "cloud_watch"), ("observability", "prometheus")


def _add_on(stack: StackSettings, names: SettingNames) -> list[str]:
    if stack.observability.cloud_watch is None or stack.makes(CLOUD_WATCH):
        return []
    setting = names(("add_ons", CLOUD_WATCH.name))
    return [
        f"{names(ALARMS)} is set, and {setting} is not true, so no metric would ever arrive. Set {setting} to true, in "
        f"an EKS cluster that is known by its name, or remove {names(ALARMS)}."
    ]


def _topic_in_region(stack: StackSettings, names: SettingNames) -> list[str]:
    options = stack.observability.cloud_watch
    if options is None or not stack.region:
        return []
    return topic_region_problems(known(options.topic_arn), stack.region, names.below(*ALARMS))


def _chart(stack: StackSettings, names: SettingNames) -> list[str]:
    if stack.observability.prometheus is None:
        return []
    return prometheus_chart_problems(stack.mirror, names, install_crds=stack.install_crds)


def _namespace_of_its_own(stack: StackSettings, names: SettingNames) -> list[str]:
    options = stack.observability.prometheus
    taken = {*stack.namespaces, *(add_on.namespace for add_on in ADD_ONS if stack.makes(add_on))}
    if options is None or options.namespace not in taken:
        return []
    setting = names((*PROMETHEUS, "namespace"))
    return [
        f"{setting} is {options.namespace!r}, a namespace that this stack makes for something else. Set {setting} to "
        "another one, such as monitoring."
    ]


OBSERVABILITY_RULES: tuple[Rule, ...] = (_add_on, _topic_in_region, _chart, _namespace_of_its_own)
