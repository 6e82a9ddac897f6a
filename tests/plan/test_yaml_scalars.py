"""What a plain scalar is: as Pulumi's CLI reads it, which tests/engine/test_config_values.py asks."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.plan.yaml_files import load_yaml
from neuronserve.plan.yaml_scalars import scalar
from tests.plan.scalars import SCALARS


@pytest.mark.parametrize("text", SCALARS)
def test_a_scalar_is_read_as_pulumi_reads_it(text: str, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(f"a: [{text}]\nb: '{text}'\n")
    document = load_yaml(file)
    assert document == {"a": [SCALARS[text]], "b": text}
    assert type(document["a"][0]) is type(SCALARS[text])


@given(st.text(alphabet="0123456789abexof_+-.:T Z", min_size=1, max_size=25))
def test_whatever_it_is_it_is_something_that_json_has(text: str) -> None:
    assert isinstance(scalar(text), str | int | float | None)


@given(st.integers(min_value=-(2**53), max_value=2**53))
def test_whole_numbers_are_themselves(number: int) -> None:
    assert scalar(str(number)) == number
