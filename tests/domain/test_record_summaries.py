"""What an operator reads of each write into the record: what happened and by whom, and nothing that is not theirs."""

import re
from itertools import pairwise

import pytest

from domain.record.facts import Recorded, is_one_turn
from domain.shared.streams import engagement_stream
from domain.shared.transaction import CLOCK
from tests.domain.story import Story
from workflows.details import MAX_SUMMARY, record_summary


@pytest.fixture(scope="module")
def played() -> Story:
    return Story("halden").play()


def of_engagement(story: Story) -> list[Recorded]:
    return [fact for fact in story.facts if fact.stream == engagement_stream(story.state.id)]


def test_it_holds_names_and_kinds_and_neither_ids_nor_figures(played: Story) -> None:
    for fact in played.facts:
        said = record_summary([fact], played.state.cast)
        assert said.startswith(f"{fact.seq}: ")
        assert not re.search(r"[\d_]", said.removeprefix(f"{fact.seq}: "))
        assert not any(person in said for person in (fact.by, fact.for_whom) if person and "." in person)


def test_it_says_what_one_act_brought_about_with_who_did_it_and_by_which_role(played: Story) -> None:
    facts = of_engagement(played)
    first = next(n for n, fact in enumerate(facts) if fact.event.kind == "PriceProposed")
    assert record_summary(facts[first : first + 1], played.state.cast) == (
        f"{facts[first].seq}: price proposed by Luca Ferri (sales)"
    )


def test_acts_of_several_stand_apart_and_the_clock_is_named_as_such() -> None:
    story = Story("halden")
    story.wait(days=14)
    facts = of_engagement(story)
    borders = [n for n, (one, other) in enumerate(pairwise(facts), 1) if not is_one_turn(one, other)]
    place = next(n for n in borders if facts[n].by == CLOCK)
    said = record_summary(facts[place - 1 : place + 1], story.state.cast)
    assert said.startswith(f"{facts[place - 1].seq}-{facts[place].seq}: ")
    assert said.endswith(" by the clock")
    assert said.count("; ") == 1


def test_it_fits_the_engine_whatever_is_written_at_once(played: Story) -> None:
    assert len(record_summary(of_engagement(played), played.state.cast).encode()) <= MAX_SUMMARY
