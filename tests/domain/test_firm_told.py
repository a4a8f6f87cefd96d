"""Each fact of the directory is told in a sentence, without an identifier."""

from typing import get_args

import pytest

from domain.directory import events as e
from domain.directory.event_texts import told
from tests.domain.story import FIRM
from tests.domain.test_firm import COLLEAGUE, HEAD, away, lets
from tests.domain.test_plain_words import identifiers

CLIENT = FIRM.clients[0]
FACTS: tuple[e.DirectoryEvent, ...] = (
    e.DirectoryImported(joined=(HEAD,), left=(COLLEAGUE,)),
    e.PersonSet(person=FIRM.people[0]),
    e.PersonDeactivated(person_id=HEAD, reason="She left", successor=COLLEAGUE, positions={"head_of_sales": COLLEAGUE}),
    e.PersonReinstated(person_id=HEAD, reason="She is back"),
    e.PersonReplaced(person_id=HEAD, successor=COLLEAGUE, reason="Time for it", roles=("engagement_manager",)),
    e.AbsenceRecorded(absence=away(HEAD, 1, 2)),
    e.AbsenceRemoved(absence=away(HEAD, 1, 2)),
    e.DelegationGiven(delegation=lets(HEAD, COLLEAGUE)),
    e.DelegationEnded(delegation=lets(HEAD, COLLEAGUE)),
    e.ClientAdded(client=CLIENT),
    e.ClientRenamed(before="Polaris A", client=CLIENT),
    e.AddedClientConfirmed(client=CLIENT.name, facts="0" * 64, engagement_id="ENG-2026-0001"),
)


def test_no_fact_is_left_out() -> None:
    assert {type(fact) for fact in FACTS} == set(get_args(get_args(e.AnyDirectoryEvent)[0]))


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.kind)
def test_a_fact_is_a_sentence(fact: e.DirectoryEvent) -> None:
    said = told(fact, FIRM.name_of)
    assert said.endswith(".")
    assert identifiers(said) == []
    assert "Something else was done" not in said
    assert HEAD not in said
    assert COLLEAGUE not in said
