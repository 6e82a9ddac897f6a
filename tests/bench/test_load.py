"""What a user writes for a load."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.bench.load import Load, LoadError, users_of


@given(st.lists(st.integers(1, 10_000), min_size=1, unique=True), st.sampled_from([",", ", ", " ,"]))
def test_numbers_of_users(users: list[int], between: str) -> None:
    assert users_of(between.join(map(str, users))) == tuple(users)


@pytest.mark.parametrize("text", ["", "0", "1,0", "1,,2", "a", "-1", "1.5", "1;2", "٣"])
def test_what_is_no_number_of_users(text: str) -> None:
    with pytest.raises(LoadError, match="it should be numbers above 0 with commas between them"):
        users_of(text)


@pytest.mark.parametrize("text", ["1234567", "1," + "9" * 5000])
def test_more_users_than_there_can_be(text: str) -> None:
    with pytest.raises(LoadError, match="each number should have at most 6 digits") as caught:
        users_of(text)
    assert len(str(caught.value)) < 200


def test_a_number_twice_would_overwrite_itself() -> None:
    with pytest.raises(LoadError, match="has a number twice"):
        users_of("1,2,1")


def test_the_default_is_the_tutorials() -> None:
    load = Load()
    assert (load.input_tokens, load.input_stddev, load.output_tokens, load.output_stddev) == (512, 20, 245, 20)
    assert [load.requests(users) for users in (2, 4, 8, 16)] == [16, 32, 64, 128]
    assert load.timeout_s == 7200
