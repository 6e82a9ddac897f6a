"""Log groups that outlive what writes to them, and can be taken over by what comes after."""

import pulumi
import pulumi_aws as aws

from neuronserve.settings import SettingNames


def log_group(
    resource: str,
    *,
    name: pulumi.Input[str] | None = None,
    retention_in_days: pulumi.Input[int],
    adopt: bool = False,
    opts: pulumi.ResourceOptions,
) -> aws.cloudwatch.LogGroup:
    """Make a log group that stays, with its logs, when its resource goes: they end by themselves, after so many days.

    AWS makes some groups itself as soon as something is logged, also in the minutes after a destroy; a group of a fixed
    name may therefore be there already, and only its adoption makes it ours. The engine imports it, then gives it
    retention and tags.

    Args:
        resource: the resource's name.
        name: the group's. Default: one that is free.
        retention_in_days: how long CloudWatch keeps what is logged.
        adopt: whether a group that is there already is taken over; ``name`` is a plain text then.
        opts: the resource's options.
    """
    kept = pulumi.ResourceOptions(
        retain_on_delete=True, import_=str(name) if adopt and _is_there(str(name), opts) else None
    )
    return aws.cloudwatch.LogGroup(
        resource, name=name, retention_in_days=retention_in_days, opts=pulumi.ResourceOptions.merge(opts, kept)
    )


def adoption_problems(setting: str, cluster_name: pulumi.Input[str], names: SettingNames) -> list[str]:
    """Return what keeps a setting from being true: a group is asked for, and imported, by a name that is known."""
    if isinstance(cluster_name, str):
        return []
    return [
        f"{names(setting)} is true, and {names('cluster_name')} is known only later. Give the name as a "
        f"text, or leave {names(setting)} out."
    ]


def _is_there(name: str, opts: pulumi.ResourceOptions) -> bool:
    """Ask AWS, which takes logs:DescribeLogGroups; who may not ask finds out when the group is made."""
    as_resource = pulumi.InvokeOptions(parent=opts.parent, provider=opts.provider)
    try:
        found = aws.cloudwatch.get_log_groups(log_group_name_prefix=name, opts=as_resource)
    except Exception as error:  # the SDK raises nothing more specific
        pulumi.log.debug(f"Whether log group {name} is there is unknown: {error}")
        return False
    # None: a preview in which the provider's own settings are not known yet.
    return name in (found.log_group_names or ())
