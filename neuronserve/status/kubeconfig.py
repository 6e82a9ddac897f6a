"""Into a cluster by a kubeconfig, however that is given."""

from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from kubernetes.client import ApiClient


class UnreachableError(Exception):
    """A cluster cannot be asked; the message is for a person."""


def is_path(kubeconfig: str) -> bool:
    """Tell the path of a kubeconfig from its content."""
    return not any(sign in kubeconfig for sign in ("\n", "{", "apiVersion"))


def api_client(kubeconfig: str | None = None, context: str | None = None) -> "ApiClient":
    """Return a client of the cluster that a kubeconfig leads to.

    Args:
        kubeconfig: its path or its content; None for that of KUBECONFIG, or ``~/.kube/config``.
        context: one of its contexts; None for its current one.

    Raises:
        UnreachableError: there is no kubeconfig, or it cannot be used.
    """
    # Half a second, which a program that asks no cluster can do without.
    from kubernetes.config import ConfigException, new_client_from_config, new_client_from_config_dict  # noqa: PLC0415

    try:
        if kubeconfig is None or is_path(kubeconfig):
            return new_client_from_config(kubeconfig, context=context)  # type: ignore[no-untyped-call, no-any-return]
        content = yaml.safe_load(kubeconfig)
        return new_client_from_config_dict(content, context=context)  # type: ignore[no-untyped-call, no-any-return]
    except (ConfigException, yaml.YAMLError, TypeError, OSError) as error:
        raise UnreachableError(f"The kubeconfig cannot be used: {first_line(error)}") from None


def first_line(error: Exception) -> str:
    """Return the first line of what an error says, without its full stop."""
    return next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
