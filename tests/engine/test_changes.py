"""Each line of docs/changes.md, by the real engine's own word."""

import pytest

from tests.engine.changes import CHANGES, CHANGES_STACK, Change
from tests.engine.changes_page import page
from tests.engine.effects import deleted_first, effect_of
from tests.engine.life import Life
from tests.engine.pulumi_cli import ROOT
from tests.engine.service_changes import OTHERWISE, settings_in_table

PAGE = ROOT / "docs" / "changes.md"
NEVER_REPLACED = ("Vpc", "Subnet", "NatGateway", "Eip", "InternetGateway", "Key", "Cluster", "provider kubernetes")
"""What takes everything with it, or what others have written down: addresses, keys, places."""

on_the_stack = pytest.mark.parametrize("life", [CHANGES_STACK], indirect=True)


@on_the_stack
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_the_engine_does_what_the_page_says(change: Change, life: Life) -> None:
    assert effect_of(life.changes[change.name]) == change.effect


@on_the_stack
@pytest.mark.parametrize(
    "change", [one for one in CHANGES if one.leaves_cluster and one.leaves_network], ids=lambda change: change.name
)
def test_what_others_stand_on_stays(change: Change, life: Life) -> None:
    effect = effect_of(life.changes[change.name])
    assert not {*effect.replaced, *effect.deleted} & set(NEVER_REPLACED)


@on_the_stack
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_replacement_is_there_before_the_old_one_goes(change: Change, life: Life) -> None:
    goes_first = deleted_first(life.changes[change.name])
    assert goes_first == set() if change.leaves_cluster else "Cluster" in goes_first


def test_the_page_is_written_from_the_table(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--renew-golden"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "renew it with `pytest tests/engine --renew-golden`"


def test_each_setting_of_a_service_is_in_the_table() -> None:
    assert {key.path for key in settings_in_table()} == OTHERWISE.keys()
