"""The programs in the documentation can be planned as they stand there."""

import re
from pathlib import Path

from neuronserve.testing import plan_of

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_program_of_ones_own() -> None:
    _, program, *_ = re.split(r"```(?:python)?\n", (DOCS / "components.md").read_text())
    plan = plan_of(lambda: exec(program, {}))
    assert plan.outputs == {"endpoint": "http://small-serve-svc.llms.svc.cluster.local:8000/v1"}
    assert {"Network", "Cluster", "Karpenter", "NodePool", "LlmService"} <= {
        one.type.rpartition(":")[2] for one in plan.resources
    }
