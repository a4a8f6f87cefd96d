"""An action named within a sentence is filled in as whoever shows the sentence does it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.remedy_actions import ActionRef, RemedyAction, filled_in
from domain.shared.text import LONGEST, fitting
from tests.domain.story import FILES, Story


def named(ref: ActionRef) -> str:
    """As some entry point might show it."""
    return f"<{ref.action.value}: {', '.join(ref.about.values())}>"


def test_each_reference_is_filled_in_with_what_it_concerns() -> None:
    hours, people = RemedyAction.SHOW_HOURS.about(engagement="ENG-2026-0001"), RemedyAction.LIST_PEOPLE.about()
    text = f"See {hours}, or {people}."
    assert filled_in(text, named) == "See <show_hours: ENG-2026-0001>, or <list_people: >."


def test_what_it_concerns_may_contain_any_sign() -> None:
    name = 'Nordlys "Nord" AS {do:list_people} \\ =\n'
    assert filled_in(f"{RemedyAction.ADD_CLIENT.about(client=name)}.", lambda ref: ref.about["client"]) == f"{name}."


def test_a_text_without_an_action_that_there_is_stays_as_it_is() -> None:
    assert filled_in("Do {this}, and {do:dance}.", named) == "Do {this}, and {do:dance}."


def test_what_a_shortened_text_has_left_of_a_reference_is_cut_off() -> None:
    long = fitting("x" * (LONGEST - 12) + str(RemedyAction.SHOW_HOURS.about(engagement="ENG-2026-0001")))
    assert filled_in(long, named).endswith("x…")


REFERENCE_LIKE = ("{do:show_hours", ' engagement="', ' self="1"', '"', "}", "…", " Due today.")
ODD_SIGNS = ("\\", "\\u00", "ud800", "\\x", "\n", "\x01")


@given(st.lists(st.sampled_from(REFERENCE_LIKE + ODD_SIGNS), max_size=9).map("".join))
def test_no_words_of_people_break_the_sentence_or_take_another_from_it(words: str) -> None:
    """Somebody may write what looks like a reference, or the beginning of one."""
    told = filled_in(f"They wrote: {words}. Due Tue 1 Dec 2026.", named)
    assert told.startswith("They wrote: ")
    assert told.endswith(". Due Tue 1 Dec 2026.")


@pytest.mark.parametrize("deal", FILES)
def test_what_somebody_is_told_to_do_is_not_kept_in_a_fact(deal: str) -> None:
    facts = [fact.model_dump_json() for fact in Story(deal).play().facts]
    assert not [fact for fact in facts if re.search(r"{do:|interlock [a-z]", fact)]
