import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.components.overlay import MERGE_KEYS, merged, overlaid


def test_values_are_merged_as_helm_merges_them() -> None:
    values = {"a": {"b": 1, "c": [1, 2]}, "d": 1}
    assert merged(values, {"a": {"c": [3]}, "d": {"e": 2}, "f": None}) == {
        "a": {"b": 1, "c": [3]},
        "d": {"e": 2},
        "f": None,
    }
    assert values == {"a": {"b": 1, "c": [1, 2]}, "d": 1}


def test_fields_are_overlaid_mapping_by_mapping() -> None:
    fields = {"a": {"b": 1, "c": {"d": 2}}, "e": 3}
    assert overlaid(fields, {"a": {"c": {"d": 4, "f": 5}}, "g": None}) == {
        "a": {"b": 1, "c": {"d": 4, "f": 5}},
        "e": 3,
        "g": None,
    }
    assert fields == {"a": {"b": 1, "c": {"d": 2}}, "e": 3}


@pytest.mark.parametrize("key", MERGE_KEYS)
def test_items_of_a_list_that_have_names_are_overlaid_by_name(key: str) -> None:
    fields = [{key: "a", "x": 1, "y": {"z": 1}}, {key: "b", "x": 2}]
    assert overlaid(fields, [{key: "c"}, {key: "a", "y": {"w": 2}}]) == [
        {key: "a", "x": 1, "y": {"z": 1, "w": 2}},
        {key: "b", "x": 2},
        {key: "c"},
    ]


@pytest.mark.parametrize(
    ("fields", "further"),
    [
        ([1, 2], [3]),
        ([{"name": "a"}], [{"key": "b"}]),
        ([{"name": "a"}, {"key": "b"}], [{"name": "a"}]),
        ([{"name": "a"}], [{"name": ["a"]}]),
        ([{"name": "a"}], []),
        ([{"name": "a"}], {"name": "a"}),
        ({"name": "a"}, [{"name": "a"}]),
        ({"name": "a"}, "a"),
    ],
)
def test_anything_else_is_replaced(fields: object, further: object) -> None:
    assert overlaid({"x": fields}, {"x": further}) == {"x": further}


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "a", "b"]), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=2), json), st.dictionaries(st.text(max_size=2), json))
def test_nothing_more_changes_nothing_and_the_same_twice_no_more_than_once(fields: dict, further: dict) -> None:
    assert overlaid(fields, {}) == fields
    once = overlaid(fields, further)
    assert further.keys() <= once.keys()
    assert overlaid(once, further) == once
