"""Stack files as a tired, a hurried or a hostile hand leaves them: valid ones, changed."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from neuronserve.settings.base import Settings, nested_fields
from neuronserve.stack import StackSettings
from tests.project import values_of

DEEP = 3000
EXPLODING = (
    "{a: &a [x,x,x,x,x,x,x,x,x,x], "
    + ", ".join(
        f"{after}: &{after} [{', '.join([f'*{before}'] * 10)}]"
        for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "}"
)

HOSTILE = [
    *("1" + "0" * 400, "1" + "0" * 5000, "1.0e+400", ".inf", "-.inf", ".nan", "0x7fffffffffffffffff", "0b_", "-"),
    *("9007199254740993", "2026-13-45", "{2026-01-01: 1}", "{1: a}", "{null: a}", "{[a]: b}", "{? {a: b} : c}", "="),
    *("<<", "{<<: 1}", "&a [*a]", "&a {b: *a}", "*b", EXPLODING, "[" * DEEP + "]" * DEEP, "{a: " * DEEP + "}" * DEEP),
    *("!!binary aGk=", "!!set {a, b}", "!!timestamp x", "!!float x", "!!python/object:os.system {}", "!secret x"),
    *('"\\0"', '"\\ud800"', "%"),
]
"""Values, as they are written, on which a reader of YAML can choke."""

ODD = [
    *(
        "null",
        "true",
        "yes",
        "~",
        "{}",
        "[]",
        "[null]",
        "''",
        "0",
        "-1",
        "1",
        "2",
        "4",
        "3",
        "1.5",
        "-0.0",
        "65",
        "010",
    ),
    *("2147483647", "2147483648", "1e308", "1.0e+308", "1.0e-308", "1:30:00", "1_000", "2026-01-01", "5000", "4999"),
    *(f"'{'a' * 63}'", "a" * 64, "a" * 100, "a" * 255, "x" * 5000, "'é'", '"\\uFEFF"', "'a b'", "'${x}'", "'../..'"),
    *(
        "'/'",
        "'~'",
        "'[bold]'",
        "'%s'",
        "'{'",
        "a:b",
        "[a, a]",
        "[1, 2]",
        "{a: 1}",
        "{a: b}",
        "{<<: {a: b}}",
        "{cpu: x}",
    ),
    *("{secure: v1:x}", "{secure: 1}", "[{secure: v1:x}]", "{a: {secure: v1:x}}", "{cpu: '1e999'}", "{'aws:x': y}"),
    *("'1Ei'", "'-1'", "1.35", "None", "NewCluster", "spot", "[spot, spot]", "[reserved]", "neuron", "inf2.8xlarge"),
    *("trn1.32xlarge", "[inf2.xlarge]", "[trn1.2xlarge, trn1.32xlarge]", "m7g.large", "[m7i.large]", "us-west-2a"),
    *("usw2-az1", "[us-west-2a, us-west-2b]", "usw2-az99999999999999999999", "10.0.0.0/8", "::/0", "0.0.0.0/0"),
    *("{template: null}", "{limits: 1}", "{requirements: x}", "{a: {b: {c: [1, {d: e}]}}}", "[10.0.0.0/8]", "default"),
    *("{num_experts: 8}", "{hidden_size: 1}", "{workerGroupSpecs: x}", "{workerGroupSpecs: [{groupName: workers}]}"),
    *(
        "{rayClusterConfig: {workerGroupSpecs: null}}",
        "{rayClusterConfig: {headGroupSpec: {template: 1}}}",
        "[sts, ec2]",
    ),
]
"""Values, as they are written, that may be right in one place."""

POOLS = values_of("inf2-8xlarge") | {
    "nodePools": {
        "inferentia-inf2": {"limits": {"cpu": "1k"}},
        "spare": {"instanceTypes": ["m7i.large"], "maxNodes": 1},
    }
}
EXPOSED = values_of("inf2-8xlarge")
EXPOSED["services"]["vllm-llama3-inf2"]["expose"] = {
    "scheme": "internal",
    "hostname": "llm.example.com",
    "certificateArn": "arn:aws:acm:us-west-2:111122223333:certificate/a1b2",
}
BASES = ("local", "inf2-8xlarge", "inf2-and-trn1")


def setting_paths(settings_type: type[Settings]) -> Iterator[tuple[str, ...]]:
    """Yield the path of every setting; ``*`` stands for the entry of a map."""
    for name, field in settings_type.model_fields.items():
        key = str(field.alias)
        yield (key,)
        if held := nested_fields(settings_type).get(name):
            for path in setting_paths(held.settings_type):
                yield (key, *(("*",) if held.is_map else ()), *path)


SETTINGS = sorted(setting_paths(StackSettings))


@st.composite
def stack_files(draw: st.DrawFn) -> str:
    """Return the text of a stack file, in YAML."""
    values = copy.deepcopy(draw(st.sampled_from([*map(values_of, BASES), POOLS, EXPOSED])))
    texts: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        path = [*draw(st.sampled_from(SETTINGS))]
        texts.append(draw(st.sampled_from(HOSTILE if draw(st.integers(0, 9)) == 7 else ODD)))
        how = draw(st.sampled_from(["set", "set", "set", "set", "remove", "misspell", "key", "replace"]))
        _change(values, path, how, f"@{len(texts) - 1}@", draw)
    config = {key if ":" in key else f"neuronserve:{key}": value for key, value in values.items()}
    document = json.dumps({"config": config}, indent=1)
    for index, text in enumerate(texts):
        document = document.replace(f'"@{index}@":', f"? {text}\n:").replace(f'"@{index}@"', text)
    return document


def _change(values: dict[str, Any], path: list[str], how: str, value: str, draw: st.DrawFn) -> None:
    holder: Any = values
    for part in path[:-1]:
        if not isinstance(holder, dict):
            return
        key = draw(st.sampled_from(sorted(holder) or ["x"])) if part == "*" else part
        holder = holder.setdefault(key, {})
    if not isinstance(holder, dict):
        return
    match how:
        case "set":
            holder[path[-1]] = value
        case "remove":
            holder.pop(path[-1], None)
        case "misspell":
            holder[path[-1][:-1] + "x"] = value
        case "key":
            holder[value] = holder.pop(path[-1], {})
        case "replace":
            holder[path[-1]] = [value]
