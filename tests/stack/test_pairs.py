"""Single mistakes all over a stack file: each is one message, and no two of them hide each other."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
import yaml
from pulumi.runtime import set_all_config

from neuronserve.components.add_ons.registry import ADD_ONS
from neuronserve.plan.program import run
from neuronserve.stack.load import read_stack
from tests.stack.reading import LLAMA, NAMES, SMALL

ARCHITECTURE = {
    "hidden_size": 3072,
    "intermediate_size": 8192,
    "num_hidden_layers": 28,
    "num_attention_heads": 24,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 8192,
}

STACK: dict[str, Any] = {
    "network": {"availabilityZoneIds": ["usw2-az1", "usw2-az4"], "flowLogs": {}},
    "cluster": {"systemNodes": {}},
    "services": {
        "llama": LLAMA | {"headServiceName": "vllm"},
        "long": {
            "instanceType": "trn1.2xlarge",
            "image": "example.com/neuronserve:1",
            "model": {
                "name": "owner/model-of-3b",
                "tensorParallelSize": 2,
                "maxModelLen": 4096,
                "maxNumSeqs": 8,
                "architecture": ARCHITECTURE,
            },
            "worker": {},
        },
        "small": SMALL | {"worker": {}, "head": {}},
    },
    "nodePools": {
        "default": {},
        "inferentia-inf2": {},
        "trainium-trn1": {"limits": {"cpu": "64"}},
        "spare": {"instanceTypes": ["m7i.xlarge"], "maxNodes": 1},
    },
    "addOns": {},
    "mirror": {},
    "tags": {"team": "search"},
}
"""Valid values; empty objects are there for mistakes to be put into them."""

REMOVED = object()

UNKNOWN_NEEDS = {"services.broken": "what a service needs that cannot be read is not known, so it may need this pool"}


class Mistake(NamedTuple):
    """A change of valid values, and a part of the one message that it gives."""

    path: str
    value: Any
    message: str
    unless: Mapping[str, str] = MappingProxyType({})
    """Mistakes beside which nothing can be said about this one, and why."""


MISTAKES = [
    Mistake("network.cidrBlock", "10.1.0.0/25", "network.cidrBlock is 10.1.0.0/25, 128 addresses: too small"),
    Mistake(
        "network.availabilityZoneIds",
        ["usw2-az1", "usw2-az2", "usw2-az4", "usw2-az5", "usw2-az6"],
        "network.availabilityZoneIds holds 5: usw2-az1, ",
    ),
    Mistake(
        "network.availabilityZoneIds",
        ["usw2-az1", "use1-az6"],
        "use1-az6: not in us-west-2",
        {"aws:region": "it says of which"},
    ),
    Mistake("network.numberOfAvailabilityZones", 3, "network.numberOfAvailabilityZones is set, and so are the zones"),
    Mistake("network.avilabilityZoneNames", ["us-west-2a"], "Did you mean neuronserve:network.availabilityZoneNames?"),
    Mistake("network.zoness", 2, "network.zoness is unknown. Remove it, or use one of neuronserve:network.avail"),
    Mistake("network.natGateways", "Twice", "network.natGateways is \"Twice\"; it should be 'Single', 'OnePerZone' or"),
    Mistake("network.interfaceEndpoints", ["sts", "sts"], "network.interfaceEndpoints holds sts more than once."),
    Mistake("network.flowLogs.retentionInDays", 31, "network.flowLogs.retentionInDays is 31, which CloudWatch does no"),
    Mistake("cluster.version", "1.30", "cluster.version is '1.30', which is not a version of Kubernetes that EKS has"),
    Mistake("cluster.version", 1.35, 'cluster.version is 1.35; it should be text: write it in quotes, such as "1.35"'),
    Mistake("cluster.verison", "1.35", "cluster.verison is unknown. Did you mean neuronserve:cluster.version?"),
    Mistake("cluster.clusterName", "my cluster", "cluster.clusterName is 'my cluster'; it should start with a letter"),
    Mistake("cluster.endpointPublicAccess", True, "neuronserve:cluster.publicAccessCidrs is not set. Set it to the n"),
    Mistake("cluster.administrators", ["me"], "cluster.administrators holds 'me', which is not the ARN of a role"),
    Mistake("cluster.logRetentionInDays", 91, "cluster.logRetentionInDays is 91, which CloudWatch does not offer. Se"),
    Mistake("cluster.systemNodes.minSize", "two", 'cluster.systemNodes.minSize is "two"; it should be a whole number.'),
    Mistake(
        "cluster.systemNodes.desiredSize",
        9,
        "cluster.systemNodes.desiredSize 9 and neuronserve:cluster.systemNodes.maxSize 4. They should not decrease.",
        {"cluster.systemNodes.minSize": "the message is about all three numbers"},
    ),
    Mistake("cluster.systemNodes.instanceTypes", ["m7g.large"], "holds m7g.large, which has an Arm processor"),
    Mistake(
        "cluster.eksAddOnVersions", {"corednss": "v1"}, "eksAddOnVersions holds corednss, which is not an EKS add-"
    ),
    Mistake("services.llama.serviceName", "Llama_3", "services.llama.serviceName is 'Llama_3' (7 characters); it sho"),
    Mistake("services.llama.instanceTyp", "inf2.xlarge", "Did you mean neuronserve:services.llama.instanceType?"),
    Mistake("services.llama.replicas.min", 4, "services.llama.replicas.min is 4, more than neuronserve:services.lla"),
    Mistake("services.llama.model.maxNumSeqs", 64, "services.llama.model.maxNumSeqs is 64, and with maxModelLen 4096"),
    Mistake("services.llama.requireApiKey", "perhaps", 'services.llama.requireApiKey is "perhaps"; it should be true'),
    Mistake("services.long.image", "No Image", "services.long.image is 'No Image', which is not a reference to a con"),
    Mistake("services.long.model.maxNumSeqs", REMOVED, "services.long.model.maxNumSeqs is not set. Set it to the numb"),
    Mistake(
        "services.long.model.engineArguments", {"max-model-len": 1}, "'max-model-len' is not written in lower case"
    ),
    Mistake("services.long.worker.cpu", 99, "services.long.worker.cpu is 99, but a pod on trn1.2xlarge can have"),
    Mistake(
        "services.long.worker.memoryGib", 999, "services.long.worker.memoryGib is 999, but a pod on trn1.2xlarge can h"
    ),
    Mistake("services.long.worker.neuronChips", 2, "services.long.worker.neuronChips is 2, and of the 1 chip of trn1"),
    Mistake("services.long.upgradeStrategy", "none", 'services.long.upgradeStrategy is "none"; it should be \'NewCl'),
    Mistake("services.long.apiKey", "hunter2", "services.long.apiKey is in plain text in the stack file. Encrypt it"),
    Mistake("services.long.headServiceName", "vllm", "services.llama.headServiceName and neuronserve:services.long.he"),
    Mistake("services.small.model.name", "llama", "services.small.model.name is 'llama'; it should be a Hugging Face"),
    Mistake(
        "services.small.namespace", "kube-system", "services.small.namespace is 'kube-system', which belongs to Ku"
    ),
    Mistake(
        "services.small.namespace", "kuberay-operator", "which belongs to neuronserve:addOns.kubeRay. Set it to an"
    ),
    Mistake("services.small.worker.cpu", "2", 'services.small.worker.cpu is "2"; it should be a number.'),
    Mistake(
        "services.small.head.memoryGib",
        0,
        "services.small.head.memoryGib is 0; it should be greater than or equal",
    ),
    Mistake("services.small.instanceType", "inf2.xlarge", "services.small.instanceType is inf2.xlarge, but neuronserv"),
    Mistake("services.broken", "small", 'neuronserve:services.broken is "small"; it should be an object.'),
    Mistake("nodePools.default.instanceTypes", ["m5.huge"], "nodePools.default.instanceTypes holds m5.huge; the Ray h"),
    Mistake("nodePools.default.capacityTypes", ["spot"], "nodePools.default.capacityTypes holds spot, but the Ray hea"),
    Mistake("nodePools.default.amiAlias", "al2023@latest", "nodePools.default.amiAlias is 'al2023@latest'; it should"),
    Mistake("nodePools.default.availabilityZoneIds", [], "nodePools.default.availabilityZoneIds is empty, so no node"),
    Mistake("nodePools.spare.availabilityZoneNames", ["usw2"], "availabilityZoneNames holds 'usw2'; a zone is writt"),
    Mistake(
        "nodePools.inferentia-inf2.maxNodes",
        5,
        "nodePools.inferentia-inf2.maxNodes is 5, but neuronserve:servi",
        UNKNOWN_NEEDS,
    ),
    Mistake("nodePools.inferentia-inf2.diskGib", 50, "nodePools.inferentia-inf2.diskGib is 50, too small for the im"),
    Mistake(
        "nodePools.inferentia-inf2.availabilityZoneIds",
        ["usw2-az3"],
        "nodePools.inferentia-inf2.availabilityZoneIds holds usw2-az3, and neuronserve:network.availabilityZoneIds are",
    ),
    Mistake("nodePools.inferentia-inf2.capacityTypes", ["reserved"], "capacityReservationIds is not set: Karpenter us"),
    Mistake(
        "nodePools.trainium-trn1.instanceTypes", ["inf2.xlarge"], "instanceTypes lacks trn1.2xlarge, which neuronserve"
    ),
    Mistake(
        "nodePools.trainium-trn1.limits.cpu", [], "nodePools.trainium-trn1.limits.cpu is a list; it should be text."
    ),
    Mistake("nodePools.spare.instanceTypes", ["inf2.24xlarge", "m7i.xlarge"], "types with and without Neuron chips"),
    Mistake(
        "nodePools.spare.maxNodes",
        REMOVED,
        "nodePools.spare.maxNodes is not set, and no service needs the pool.",
        UNKNOWN_NEEDS,
    ),
    Mistake(
        "nodePools.unneeded",
        {},
        "nodePools.unneeded.instanceTypes is not set, and no service needs the pool.",
        UNKNOWN_NEEDS,
    ),
    Mistake("nodePools.Not_a_name", STACK["nodePools"]["spare"], "A name in neuronserve:nodePools is 'Not_a_name'; it"),
    Mistake(
        "addOns.efa",
        True,
        "addOns.efa is true, and no service and no node pool has an instance type with EFA.",
        UNKNOWN_NEEDS,
    ),
    Mistake("addOns.kubeRai", True, "addOns.kubeRai is unknown. Did you mean neuronserve:addOns.kubeRay?"),
    Mistake("addOns.cloudWatch", "perhaps", 'addOns.cloudWatch is "perhaps"; it should be true or false.'),
    Mistake("mirror.registry", [], "mirror.registry is a list; it should be text."),
    Mistake(
        "mirror.chartDirectory", "charts", "mirror.chartDirectory is 'charts', which has no chart neuron-helm-chart"
    ),
    Mistake("tags.team", [], "neuronserve:tags.team is a list; it should be text."),
    Mistake("protect", "perhaps", 'neuronserve:protect is "perhaps"; it should be true or false.'),
    Mistake("servces", {}, "neuronserve:servces is unknown. Did you mean neuronserve:services?"),
    Mistake("aws:region", REMOVED, "aws:region is not set. Set it to the region to deploy to"),
]
"""Those of one path are alternatives."""


def changed(values: dict[str, Any], mistake: Mistake) -> None:
    *parents, key = mistake.path.split(".")
    for parent in parents:
        values = values[parent]
    if mistake.value is REMOVED:
        del values[key]
    else:
        values[key] = copy.deepcopy(mistake.value)


def problems(*mistakes: Mistake) -> list[str]:
    """Return what is wrong with the values with some mistakes; inside a program."""
    values: dict[str, Any] = json.loads(json.dumps(STACK)) | {"aws:region": "us-west-2"}
    for mistake in mistakes:
        changed(values, mistake)
    region = values.pop("aws:region", None)
    set_all_config({"aws:region": region} if region else {}, [])
    return read_stack(values, (), NAMES)[1]


def charts_but_one(directory: Path, without: str) -> None:
    """Make a folder of charts, each no more than its version, in which one that is needed is missing."""
    for chart in (chart for add_on in ADD_ONS for chart in add_on.charts if chart.name != without):
        (directory / chart.name).mkdir(parents=True)
        (directory / chart.name / "Chart.yaml").write_text(yaml.safe_dump({"version": chart.version}))


@pytest.fixture(autouse=True)
def _charts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    charts_but_one(tmp_path / "charts", without="neuron-helm-chart")


def test_without_a_mistake_nothing_is_wrong() -> None:
    found: list[str] = []
    run(lambda: found.extend(problems()))
    assert not found


@pytest.mark.parametrize("index", range(len(MISTAKES)), ids=[mistake.path for mistake in MISTAKES])
def test_a_mistake_is_one_message_beside_any_other(index: int) -> None:
    mistake, others = MISTAKES[index], MISTAKES[index + 1 :]
    alone: list[str] = []
    pairs: list[tuple[Mistake, list[str]]] = []

    def program() -> None:
        alone.extend(problems(mistake))
        pairs.extend((other, problems(mistake, other)) for other in others if other.path != mistake.path)

    run(program)
    (message,) = alone
    assert mistake.message in message
    assert not [(other, found) for other, found in pairs if not is_right(found, mistake, other)]


def is_right(found: list[str], *mistakes: Mistake) -> bool:
    """Return whether of two mistakes each has its message, and there is no other."""
    paths = {mistake.path for mistake in mistakes}
    expected = [mistake for mistake in mistakes if not paths & mistake.unless.keys()]
    return len(found) == len(expected) and all(
        sum(mistake.message in message for message in found) == 1 for mistake in expected
    )


def test_what_excuses_a_message_is_a_mistake_of_the_table() -> None:
    assert {path for mistake in MISTAKES for path in mistake.unless} <= {mistake.path for mistake in MISTAKES}


def test_all_mistakes_at_once_are_all_reported() -> None:
    """One of each path, in one message."""
    one_each = {mistake.path: mistake for mistake in MISTAKES}
    mistakes = [mistake for mistake in one_each.values() if not mistake.unless]
    found: list[str] = []
    run(lambda: found.extend(problems(*mistakes)))
    assert len(found) == len(mistakes)
    for mistake in mistakes:
        assert sum(mistake.message in message for message in found) == 1, mistake
