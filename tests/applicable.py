"""A plan's objects as an API server takes them."""

import json
import re
from typing import Any

from neuronserve.plan.aws_inputs import REFERENCE
from neuronserve.plan.plan import Plan
from neuronserve.review.manifests import manifests


def applicable(plan: Plan) -> list[dict[str, Any]]:
    """Return a plan's Kubernetes objects in order, with something like it for what only the cloud knows."""
    text = json.dumps([manifest for _, manifest in manifests(plan)])
    with_groups = re.sub(r"\$\{urn:[^}]*SecurityGroupId\}", "sg-0123456789abcdef0", text)
    known: list[dict[str, Any]] = json.loads(REFERENCE.sub("known-later", with_groups))
    return known
