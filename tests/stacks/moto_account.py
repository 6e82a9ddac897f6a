"""An account of moto's, with nothing in it, for the tests that take the fixture ``aws``."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto import mock_aws

REGION = "us-west-2"


@contextmanager
def account() -> Iterator[None]:
    """Have moto answer what this process asks of AWS."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "of-moto")
        patch.delenv("AWS_PROFILE", raising=False)
        with mock_aws():
            yield


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)
