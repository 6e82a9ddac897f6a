"""Options that a component hands on to what it makes, for some types of it alone."""

from collections.abc import Callable, Mapping

import pulumi


def by_type(further: Mapping[str, Callable[[], pulumi.ResourceOptions]]) -> pulumi.ResourceOptions:
    """Return options of components, with which what they make has further options.

    Args:
        further: what makes the options, asked for each resource, by the resource's type.
    """

    def add(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ not in further:
            return None
        merged = pulumi.ResourceOptions.merge(args.opts, further[args.type_]())
        return pulumi.ResourceTransformationResult(args.props, merged)

    return pulumi.ResourceOptions(transformations=[add])
