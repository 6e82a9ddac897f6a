"""The token that Ray in a pod asks of whoever connects: its dashboard, jobs, client and state run code."""

import os
from collections.abc import Mapping

from neuronserve.serving.api_keys import PLACE_HOLDER

TOKEN_VARIABLE = "RAY_AUTH_TOKEN"  # noqa: S105 (a name)


class RayTokenError(ValueError):
    """A token protects nothing."""


def check(environment: Mapping[str, str] = os.environ) -> None:
    """Refuse to serve behind a token that everybody knows, which Ray itself takes.

    Raises:
        RayTokenError: the token is what an offline plan shows in place of it.
    """
    if environment.get(TOKEN_VARIABLE) == PLACE_HOLDER:
        raise RayTokenError(
            f"Ray's token is {PLACE_HOLDER}, the place-holder of an offline plan, which everybody knows. Put another "
            "one into the Secret <service>-ray-token, as auth_token, and delete the pods."
        )
