"""Stack local by the real Pulumi engine, with an operator and pods that are real as well."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.engine.pulumi_cli import Project
from tests.kubernetes.conftest import Note
from tests.kubernetes.kubectl import Kubectl
from tests.kubernetes.local_stack import KEY, LocalStack

ENGINE_VARIABLE = "NEURONSERVE_TEST_ENGINE"


def test_what_pulumi_makes_answers_and_is_gone_after_it(
    stack: LocalStack, kubectl: Kubectl, note: Note, tmp_path: Path
) -> None:
    path = f"{os.environ.get(ENGINE_VARIABLE, '')}{os.pathsep}{os.environ['PATH']}"
    if not shutil.which("pulumi", path=path):
        pytest.skip(f"no Pulumi CLI: neither on PATH nor in the folder that {ENGINE_VARIABLE} names")
    stack.delete()
    environment = {"PATH": path, "ENGINE_PYTHON": sys.executable, "KUBECONFIG": kubectl.kubeconfig}
    project = Project.copied(tmp_path, "local", environment)
    project.set_secret("services.llm.apiKey", KEY)
    with project.gone_after_failure():
        up = project.up().succeeded()
        with stack.load(2) as answers:
            pass
        assert answers.failures == []
        second, refresh = project.up().succeeded(), project.refresh().succeeded()
        assert set(second.changes) == set(refresh.changes) == {"same"}, [*second.steps, *refresh.steps]
        destroy = project.destroy().succeeded()
    note("pulumi up, until the model answers", f"{up.seconds:.0f} s, {up.changes['create']} created")
    note("pulumi destroy", f"{destroy.seconds:.0f} s, {destroy.changes['delete']} deleted")
    assert project.export() == {}
    assert not stack.pods()
    stack.apply()
