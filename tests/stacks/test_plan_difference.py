from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.stacks.plan_difference import changes, difference, nested
from tests.stacks.readable_plan import Unfolded

LEAVES: st.SearchStrategy[Any] = st.sampled_from(["a", "b", "a.b", "", 1, 1.0, 0, True, None, {}, []])
KEYS = st.sampled_from(["a", "a.b", "name", "key"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS, inner, max_size=3)
        | st.lists(st.fixed_dictionaries({"name": st.sampled_from("abc"), "b": inner}), max_size=3)
        | st.builds(Unfolded, st.sampled_from(["json", "yaml"]), inner)
    ),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=3)


def between(old: Any, new: Any) -> dict[str, Any]:
    return nested(changes(old, new))


def canonical(value: Any) -> str:
    """Return a text that is the same for the same value only: 1, 1.0 and True are equal, but no longer here."""
    if isinstance(value, dict):
        return repr(sorted((key, canonical(item)) for key, item in value.items()))
    if isinstance(value, Unfolded):
        return f"{value.language}: {canonical(value.content)}"
    return f"[{', '.join(map(canonical, value))}]" if isinstance(value, list) else repr(value)


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_what_differs_differs_otherwise_for_every_other_plan(old: Any, one: Any, two: Any) -> None:
    assert (between(old, one) == {}) == (canonical(old) == canonical(one))
    same = canonical(between(old, one)) == canonical(between(old, two))
    assert same == (canonical(one) == canonical(two))


def test_changes_stand_below_what_their_paths_share() -> None:
    old = {"spec": {"limits": {"cpu": 1, "example.com/gpu": 1}, "image": "a"}, "kind": "Pod"}
    new = {"spec": {"limits": {"cpu": 2, "example.com/gpu": 4}, "image": "a"}, "kind": "Pod"}
    assert between(old, new) == {
        "spec.limits": {"cpu": {"old": 1, "new": 2}, "(example.com/gpu)": {"old": 1, "new": 4}}
    }


def test_items_are_compared_with_those_of_their_name() -> None:
    old = {"env": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]}
    new = {"env": [{"name": "b", "value": "3"}, {"name": "c", "value": "4"}]}
    assert between(old, new) == {
        "env": {
            "[name=a]": {"old": {"name": "a", "value": "1"}},
            "[name=b].value": {"old": "2", "new": "3"},
            "[name=c]": {"new": {"name": "c", "value": "4"}},
        }
    }


def test_the_order_of_items_is_said_where_it_is_another() -> None:
    a, b, c = ({"name": name} for name in "abc")
    assert between({"env": [a, b]}, {"env": [b, a]}) == {"env[order]": {"old": ["a", "b"], "new": ["b", "a"]}}
    assert between({"env": [a, b]}, {"env": [a, b, c]}) == {"env[name=c]": {"new": {"name": "c"}}}
    assert between({"env": [a, b]}, {"env": [a, c, b]})["env"].keys() == {"[name=c]", "[order]"}


def test_a_renamed_item_is_compared_with_the_one_in_its_place() -> None:
    old, new = {"groups": [{"groupName": "inf2", "min": 1}]}, {"groups": [{"groupName": "trn1", "min": 1}]}
    assert between(old, new) == {"groups[0].groupName": {"old": "inf2", "new": "trn1"}}


def test_sorted_texts_are_a_set_and_others_a_list() -> None:
    assert between({"d": ["a", "b"]}, {"d": ["b", "c"]}) == {"d": {"removed": ["a"], "added": ["c"]}}
    assert between({"d": ["b", "a"]}, {"d": ["b", "c", "a"]}) == {"d": {"old": ["b", "a"], "new": ["b", "c", "a"]}}


def test_a_difference_inside_a_text_is_found_inside() -> None:
    old, new = ({"policy": Unfolded("json", {"Version": version})} for version in ("2008", "2012"))
    assert between(old, new) == {"policy.Version": {"old": "2008", "new": "2012"}}


def test_an_added_resource_is_told_from_the_most_similar_one() -> None:
    def service(name: str, replicas: int) -> dict[str, Any]:
        labels = dict.fromkeys("abcdefghijkl", name)
        return {"inputs": {"name": name, "labels": labels, "replicas": replicas}}

    base = {"one/Service one": service("one", 1), "Other thing": {}}
    other = base | {"two/Service two": service("two", 5), "two/Secret two": {"inputs": {"name": "two"}}}
    assert difference(base, other) == {
        "added": {
            "two/Service two": {
                "like": "one/Service one",
                "renamed": {"one": "two"},
                "inputs.replicas": {"old": 1, "new": 5},
            },
            "two/Secret two": {"inputs": {"name": "two"}},
        }
    }
    assert difference(other, base) == {"removed": ["two/Service two", "two/Secret two"]}
