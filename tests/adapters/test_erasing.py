"""Words that a person wants destroyed: found wherever they stand, and gone with the read model that a rebuild makes."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from adapters.db import ledger
from adapters.db.content_store import TOMBSTONE
from adapters.db.database import reading, writing
from adapters.db.erasure import HeldWords
from adapters.db.people_operations import PeopleOperations
from adapters.db.read_model import ReadModel
from adapters.db.records import Records, read_model_digest
from adapters.db.verification import verify
from application.commands.erasure import Erasing, Review
from domain.engagement.closing.commands import LoseDeal
from domain.shared.erasure import EngagementRuns
from domain.shared.errors import BadValue, NotFound, Quarantined
from domain.shared.streams import ERASURES
from tests.adapters.builders import MONDAY, Deal, change_batch, firm, lively_deal, reported

# Of the promise *A person on call at night*, as somebody may type it.
SOUGHT = "a PERSON on\n call"


def erasing(engine: Engine) -> Erasing:
    return Erasing(HeldWords(engine), ReadModel(engine), Records(engine), lambda: MONDAY + timedelta(days=2))


def lost(number: int = 1) -> Deal:
    """A deal that was lost, for a reason that quotes the promise."""
    return lively_deal(number).do("luca.ferri", LoseDeal(reason="They wanted a person on call at weekends, too"))


@pytest.fixture
def deal(engine: Engine, records: Records) -> Deal:
    PeopleOperations(engine).import_directory(firm())
    deal = lost()
    records.append(deal.batch)
    return deal


def test_what_holds_words_is_shown_and_nothing_is_written(engine: Engine, deal: Deal) -> None:
    before = read_model_digest(engine)
    review = erasing(engine).review(SOUGHT)
    assert {one.kind for one in review.texts} >= {"PromisesRecorded", "EngagementEnded"}
    promised = next(one for one in review.texts if one.kind == "PromisesRecorded")
    assert promised.around == "A person on call at night"
    assert promised.by_name == "Luca Ferri"
    assert promised.fact.startswith(f"{deal.stream}#")
    assert [(one.id, one.ended_at) for one in review.engagements] == [(deal.id, deal.now)]
    assert read_model_digest(engine) == before
    with reading(engine) as connection:
        assert not ledger.read(connection, ERASURES)


def test_erased_words_are_nowhere_and_the_record_says_why(engine: Engine, deal: Deal) -> None:
    review = erasing(engine).review(SOUGHT)
    erasing(engine).erase(review, SOUGHT, "request 17")
    assert erasing(engine).review(SOUGHT) == Review(texts=(), engagements=(), stays=())
    assert verify(engine).is_sound
    state = ReadModel(engine).engagement(deal.id)
    assert state is not None
    assert state.promises["P1"].text == TOMBSTONE
    with reading(engine) as connection:
        (fact,) = ledger.read(connection, ERASURES)
    assert fact.event.because == "request 17"  # type: ignore[union-attr]
    made = read_model_digest(engine)
    Records(engine).rebuild()
    assert read_model_digest(engine) == made


def test_all_words_of_a_deal_can_go_and_others_stay_as_they_are(engine: Engine, deal: Deal, records: Records) -> None:
    other, change = lost(2), change_batch(deal)
    records.append(other.batch)
    records.append(change)
    with reading(engine) as connection:
        own = {key for stream in (deal.stream, change.stream) for key in _keys(connection, stream)}
        before = ledger.read(connection, other.stream)
    records.erase(own, MONDAY)
    made = read_model_digest(engine)
    assert verify(engine).is_sound
    records.rebuild()
    assert read_model_digest(engine) == made
    with reading(engine) as connection:
        assert ledger.read(connection, other.stream) == before


def _keys(connection: object, stream: str) -> set[str]:
    bodies = connection.execute(text("SELECT body FROM ledger WHERE stream = :s"), {"s": stream}).scalars()  # type: ignore[attr-defined]
    words = set(connection.execute(text("SELECT key FROM content WHERE kind = 'words'")).scalars())  # type: ignore[attr-defined]
    return {key for body in bodies for key in ledger.keys_named(body)} & words


def test_words_of_a_deal_that_runs_are_refused_by_its_name_and_who_ends_it(
    engine: Engine, deal: Deal, records: Records
) -> None:
    running = lively_deal(2)
    records.append(running.batch)
    review = erasing(engine).review(SOUGHT)
    with pytest.raises(EngagementRuns, match=running.id) as refused:
        erasing(engine).erase(review, SOUGHT, "request 17")
    assert [(one.ask_id, one.who) for one in refused.value.refused.waits_for] == [(running.id, "Marta Silva")]
    assert deal.id not in str(refused.value)
    assert erasing(engine).review(SOUGHT) == review
    ended = [one.fact for one in review.texts if one.fact.startswith(f"{deal.stream}#")]
    erasing(engine).erase(erasing(engine).review(SOUGHT, ended), SOUGHT, "request 17")
    assert {one.id for one in erasing(engine).review(SOUGHT).engagements} == {running.id}


def test_a_deal_whose_change_still_runs_has_not_ended(engine: Engine, deal: Deal, records: Records) -> None:
    routed = reported(deal, change_batch(deal), ("0" * 64, "0" * 64))
    records.append(routed.replace(facts=routed.facts[:1]))
    review = erasing(engine).review(SOUGHT)
    with pytest.raises(EngagementRuns):
        erasing(engine).require_allowed(review)


def test_words_on_which_record_and_engine_differ_wait_until_they_are_reconciled(engine: Engine, deal: Deal) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE stream_head SET quarantined = 'x' WHERE stream = :s"), {"s": deal.stream})
    with pytest.raises(Quarantined, match=deal.stream):
        erasing(engine).require_allowed(erasing(engine).review(SOUGHT))


def test_messages_that_were_not_told_lose_the_words_and_are_given_up(engine: Engine, deal: Deal) -> None:
    with writing(engine) as connection:
        said = {"text": "They promised a person on call", "stream": deal.stream}
        connection.execute(text("UPDATE outbox SET text = :text WHERE stream = :stream"), said)
    review = erasing(engine).review(SOUGHT)
    assert "messages that wait or were given up" in {kept.place for kept in review.stays}
    erasing(engine).erase(review, SOUGHT, "request 17")
    with reading(engine) as connection:
        rows = connection.execute(text("SELECT DISTINCT text, dead FROM outbox WHERE stream = :s"), {"s": deal.stream})
        assert [tuple(row) for row in rows] == [("", "its words were erased at a person's request")]


def test_a_name_stays_in_versions_of_the_directory_and_that_is_said(engine: Engine, deal: Deal) -> None:
    assert deal
    review = erasing(engine).review("luca ferri")
    assert ("versions of the directory", 1) in {(kept.place, kept.how_many) for kept in review.stays}


def test_a_fact_that_does_not_hold_the_words_is_named(engine: Engine, deal: Deal) -> None:
    with pytest.raises(NotFound, match="#1"):
        erasing(engine).review(SOUGHT, [f"{deal.stream}#1"])


@pytest.mark.parametrize("because", ["No more of a person on call", "", "  ", "x" * 2001, "\x1b[2J"])
def test_a_reason_that_is_none_or_would_keep_the_words_is_refused(engine: Engine, deal: Deal, because: str) -> None:
    assert deal
    review = erasing(engine).review(SOUGHT)
    with pytest.raises(BadValue):
        erasing(engine).erase(review, SOUGHT, because)
    assert erasing(engine).review(SOUGHT) == review


def test_words_that_are_everywhere_are_not_looked_for(engine: Engine, deal: Deal) -> None:
    assert deal
    with pytest.raises(BadValue):
        erasing(engine).review(" a ")
