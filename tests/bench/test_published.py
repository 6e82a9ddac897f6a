"""The rows that others have published, and the dollars that are made of them."""

import pytest

from neuronserve.bench.rows import published_usd_per_million
from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.facts.published import PUBLISHED_RUNS, PublishedRun
from neuronserve.sizing.token_price import usd_per_million_tokens


@pytest.mark.parametrize(
    "run", PUBLISHED_RUNS, ids=lambda run: f"{run.instance_type}-{run.users}-{run.output_tokens_per_s}"
)
def test_a_row_agrees_with_itself(run: PublishedRun) -> None:
    """Users times what each gets cannot be far from the whole: a slip of the pen would be."""
    if run.users and run.itl_s:
        assert run.output_tokens_per_s * run.itl_s < 1.35 * run.users
        assert run.output_tokens_per_s * run.itl_s > 0.4 * run.users
    assert run.fills_machine <= (run.instance_type in INSTANCE_TYPES)


def test_dollars_per_million_tokens() -> None:
    """$1.96786 an hour for 35.83 tokens a second, which is 128,988 tokens an hour."""
    (seed,) = (run for run in PUBLISHED_RUNS if run.instance_type == "inf2.8xlarge")
    assert published_usd_per_million(seed) == pytest.approx(15.256, abs=0.001)
    assert usd_per_million_tokens(12.98127, 1226) == pytest.approx(2.941, abs=0.001)
    assert usd_per_million_tokens(1.0, 0.0) is None


def test_a_machine_that_is_half_idle_has_no_price() -> None:
    assert all(published_usd_per_million(run) is None for run in PUBLISHED_RUNS if not run.fills_machine)
