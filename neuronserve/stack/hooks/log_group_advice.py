"""What `pulumi up` says of a log group that is there already: AWS' own words name no way on."""

import pulumi

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
IS_THERE = "ResourceAlreadyExistsException"
"""The exception of CreateLogGroup (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference)."""


class LogGroupAdvice:
    """Says how the next `up` takes over a log group that an earlier stack left, or that AWS made."""

    def __init__(self) -> None:
        self.bindings = {LOG_GROUP: pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook("log-group-is-there", _say)])}


def _say(args: pulumi.ErrorHookArgs) -> bool:
    if args.errors and IS_THERE in args.errors[0]:
        name = (args.new_inputs or {}).get("name")
        pulumi.log.error(
            f"Log group {name} is there already: log groups stay when their stack goes, and AWS makes them by itself. "
            "The next `pulumi up` takes it over, with its logs, if you may look for it (logs:DescribeLogGroups), in a "
            "cluster that the stack does not make after: pulumi config set adoptLogGroups true"
        )
    return False
