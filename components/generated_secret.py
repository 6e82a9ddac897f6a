"""Secrets that nobody chose: generated once, and kept in the stack's state from then on."""

import pulumi


def generated_secret(name: str, value: str, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """Return a secret that is made anew by every run of the program, and ignored by every one but the first.

    It is apart from what holds it: a secret of the user's own that is removed again is not kept in its place. The
    random provider would keep one as well, and be one more plugin to install.

    Args:
        name: the resource's name.
        value: what it is, should it be the first.
        opts: the resource's options.
    """
    kept = pulumi.Stash(
        name,
        input=pulumi.Output.secret(value),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=["input"])),
    )
    return pulumi.Output.secret(kept.output)
