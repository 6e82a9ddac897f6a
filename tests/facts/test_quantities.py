import pytest

from neuronserve.facts.quantities import is_quantity, quantity


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", 2),
        ("500m", 0.5),
        ("1.5", 1.5),
        (".5", 0.5),
        ("2.", 2),
        ("1Gi", 2**30),
        ("1Ei", 2**60),
        ("1k", 1000),
        ("1e3", 1000),
        ("1E", 1e18),
    ],
)
def test_quantities(text: str, number: float) -> None:
    assert quantity(text) == number


@pytest.mark.parametrize("text", ["", "x", "-1", "1Qi", "1.2.3", "1e999", "1 Gi", "Gi", "\u0661"])
def test_what_is_none(text: str) -> None:
    assert not is_quantity(text)
