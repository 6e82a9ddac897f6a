"""Fields of pods that Kubernetes takes, and some that it refuses: for our checks, and for a real API server."""

from typing import Any, Literal

Kind = Literal["labels", "annotations", "tolerations", "envFrom", "env"]

RIGHT: list[tuple[Kind, Any]] = [
    ("labels", {"team": "search", "example.com/cost-center": "4711", "empty": "", "a": "A_b.c-9"}),
    ("labels", {f"{'a' * 63}.example.com/{'n' * 63}": "v" * 63}),
    ("labels", {"kueue.x-k8s.io/queue-name": "llm"}),
    ("annotations", {"Example.com/Note": "any text, even {of} this: kind", "empty": ""}),
    ("tolerations", [{"key": "team", "operator": "Equal", "value": "search", "effect": "NoSchedule"}]),
    ("tolerations", [{"key": "team"}, {"key": "example.com/team", "value": "a"}, {"operator": "Exists"}]),
    ("tolerations", [{"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}]),
    ("tolerations", [{"key": "k", "operator": "Exists", "effect": "PreferNoSchedule"}]),
    ("envFrom", [{"secretRef": {"name": "my-secret"}}, {"configMapRef": {"name": "a.b", "optional": True}}]),
    ("envFrom", [{"prefix": "HF_", "secretRef": {"name": "my-secret", "optional": False}}]),
    ("env", {"NEURON_CC_FLAGS": "-O1", "lower.case-too": "", "_": "x"}),
]

WRONG: list[tuple[Kind, Any, str]] = [
    ("labels", {"a b": "x"}, "has the key 'a b'; it should be letters"),
    ("labels", {"Example.com/team": "x"}, "has the key 'Example.com/team'"),
    ("labels", {"/team": "x"}, "has the key '/team'"),
    ("labels", {"a/b/c": "x"}, "has the key 'a/b/c'"),
    ("labels", {"": "x"}, "has the key ''"),
    ("labels", {"n" * 64: "x"}, "at most 63"),
    ("labels", {"team": "-x"}, "gives team the value '-x'; it should be at most 63 letters"),
    ("labels", {"team": "two words"}, "the value 'two words'"),
    ("labels", {"team": "v" * 64}, "at most 63"),
    ("annotations", {"a b": "x"}, "has the key 'a b'"),
    ("annotations", {"": "x"}, "has the key ''"),
    ("tolerations", [{"key": "team", "operator": "Exist"}], "its operator should be Equal"),
    ("tolerations", [{"key": "team", "operator": "Exists", "value": "a"}], "with operator Exists it has no value"),
    ("tolerations", [{"operator": "Equal", "value": "a"}], "without a key it tolerates every taint"),
    ("tolerations", [{}], "without a key it tolerates every taint"),
    ("tolerations", [{"key": "a b", "operator": "Exists"}], "its key should be letters"),
    ("tolerations", [{"key": "team", "value": "a b"}], "its value should be at most 63 letters"),
    ("tolerations", [{"key": "team", "effect": "NoRun"}], "NoSchedule, PreferNoSchedule or NoExecute"),
    ("tolerations", [{"key": "team", "tolerationSeconds": 60}], "which are those of effect NoExecute"),
    ("tolerations", [{"key": "t", "effect": "NoExecute", "tolerationSeconds": "1"}], "should be a whole number"),
    ("tolerations", [{"key": "team", "Operator": "Exists"}], "Operator is unknown. A toleration has key, operator"),
    ("envFrom", [{"secretRef": "my-secret"}], "has {secretRef: my-secret}; it should be like {secretRef: {name: "),
    ("envFrom", [{"secret": {"name": "my-secret"}}], "it should be like"),
    ("envFrom", [{"secretRef": {"name": "a"}, "configMapRef": {"name": "b"}}], "it should be like"),
    ("envFrom", [{"secretRef": {"name": "My_Secret"}}], "it should be like"),
    ("envFrom", [{"secretRef": {"name": "a", "key": "b"}}], "it should be like"),
    ("env", {"A=B": "x"}, "has the name 'A=B'; it should hold only letters"),
    ("env", {"": "x"}, "has the name ''"),
]
