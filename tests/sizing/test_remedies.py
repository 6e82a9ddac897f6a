"""Every remedy, applied, plans; where none is offered, nothing would."""

from dataclasses import replace

from hypothesis import given, settings

from neuronserve.sizing import Placement
from tests.sizing.placements import applied, placements, problems


@settings(max_examples=200, deadline=None)
@given(placements)
def test_every_remedy_mends_its_problem_and_makes_no_other(placement: Placement) -> None:
    found = problems(placement)
    hopeless = {problem.kind for problem in found if not problem.remedies}
    for problem in found:
        for remedy in problem.remedies:
            mended = placement
            for other in found:
                if other.remedies:
                    mended = applied(mended, remedy if other is problem else other.remedies[0])
            assert {one.kind for one in problems(mended)} <= hopeless


@settings(max_examples=200, deadline=None)
@given(placements)
def test_without_a_remedy_there_is_nothing_that_would_do(placement: Placement) -> None:
    for problem in problems(placement):
        here = [remedy for remedy in problem.remedies if "instance_type" not in remedy]
        assert ("No setting makes it fit on" in problem.message) == (bool(problem.remedies) and not here)
        assert ("There is no instance type on which it fits" in problem.message) == (not problem.remedies)
        if here:
            continue
        least = replace(placement, max_num_seqs=1, max_model_len=min(placement.max_model_len, 512))
        for place in [least, *least.with_more_chips(), *([] if problem.remedies else least.on_other_nodes())]:
            assert not place.fitting_sizes()


@settings(max_examples=200, deadline=None)
@given(placements)
def test_a_message_says_what_its_remedies_hold(placement: Placement) -> None:
    for problem in problems(placement):
        for remedy in problem.remedies:
            for path, value in remedy.items():
                advice = problem.message.rpartition(". ")[2].lower()
                setting = path.removeprefix("model.")
                left_out = ("it", setting) if len(remedy) == 1 else (setting,)
                assert any(f" {said}" in advice for said in (left_out if value is None else (value,)))


@settings(max_examples=200, deadline=None)
@given(placements)
def test_no_remedy_takes_more_nodes_than_there_were(placement: Placement) -> None:
    if not placement.nodes or len(found := problems(placement)) != 1 or found[0].kind == "replica_order":
        return
    for remedy in found[0].remedies:
        assert applied(placement, remedy).nodes <= placement.nodes
