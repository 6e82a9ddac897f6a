"""Whatever stands in a stack file: there is a plan, or one message that a person can read, and soon."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from typer.testing import CliRunner

from neuronserve.cli.main import app
from tests.project import project_with
from tests.stack.mutations import stack_files

CASES = int(os.environ.get("NEURONSERVE_TEST_CASES", "150"))
SOON_S = 15


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project_with(tmp_path_factory.mktemp("project"), {})


@pytest.mark.slow
@settings(max_examples=CASES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(text=stack_files())
def test_there_is_a_plan_or_one_message(project: Path, text: str) -> None:
    (project / "stacks" / "Pulumi.test.yaml").write_text(text)
    start = time.process_time()
    result = CliRunner().invoke(app, ["synth", "-s", "test", "--project", str(project)])
    assert time.process_time() - start < SOON_S
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert result.exit_code in (0, 1)
    if result.exit_code:
        assert result.stderr.count("error:") == 1, result.stderr
        assert "Traceback" not in result.stderr
