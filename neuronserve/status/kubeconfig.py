"""Into a cluster by a kubeconfig, however that is given."""

import binascii
import re
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from kubernetes.client import ApiClient


_SPEAKER = re.compile(r"^(<[^>]*>|HTTPS?Connection(Pool)?\([^)]*\)): ")
"""The object that an error of urllib3 starts with, which says nothing to a person."""


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
    from kubernetes.config import (  # noqa: PLC0415
        KUBE_CONFIG_DEFAULT_LOCATION,
        ConfigException,
        new_client_from_config,
        new_client_from_config_dict,
    )

    path = (kubeconfig or KUBE_CONFIG_DEFAULT_LOCATION) if kubeconfig is None or is_path(kubeconfig) else None
    try:
        if path is not None:
            return new_client_from_config(path, context=context)  # type: ignore[no-untyped-call, no-any-return]
        content = yaml.safe_load(kubeconfig or "")
        return new_client_from_config_dict(content, context=context)  # type: ignore[no-untyped-call, no-any-return]
    except (ConfigException, yaml.YAMLError, OSError) as error:
        why = first_line(error)
        if path is not None and why.endswith("No configuration found"):
            raise UnreachableError(f"The kubeconfig cannot be used: there is no file {path}") from None
    except UnicodeDecodeError:
        why = "it is no text"
    except binascii.Error as error:
        why = f"a certificate or a key in it is no base64 ({first_line(error)})"
    except (ValueError, TypeError, AttributeError, LookupError):
        why = "it is not laid out as a kubeconfig"
    where = f"{path}: " if path and path not in why else ""
    raise UnreachableError(f"The kubeconfig cannot be used: {where}{why}")


def unanswered(host: str, error: Exception) -> str:
    """Return what to tell of an API server that does not answer."""
    return f"{host} does not answer: {first_line(error)}"


def no_kubernetes(host: str) -> str:
    """Return what to tell of an answer that no API server gives, such as the page of a proxy."""
    return f"{host} is no Kubernetes API server"


def first_line(error: Exception) -> str:
    """Return the first line of what an error says, without its full stop; of urllib3's errors, that of their cause."""
    while isinstance(cause := getattr(error, "reason", None), Exception):
        error = cause
    said = next(iter(str(error).splitlines()), type(error).__name__)
    return _SPEAKER.sub("", said).rstrip(".")
