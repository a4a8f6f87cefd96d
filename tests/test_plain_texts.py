"""Texts for people are plain: no identifiers of code, no hashes, and names as people know them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from adapters.db.ledger import Size
from adapters.db.verification import Fault, VerificationReport
from cli.ledger import _say_verdict
from domain.asks.answering import require_as_shown, verdict_words
from domain.asks.model import AskKind, ShownSubject
from domain.asks.model import Verdict as Answer
from domain.change_order.order import AnyOrderEvent
from domain.engagement.events import AnyEngagementEvent
from domain.notifications.event_texts import HAPPENED, SAID_BY_STEPS, UNSAID, happened_text
from domain.playbook.model import Stage
from domain.shared import errors
from domain.shared.errors import NotFound, NotWhatWasShown
from domain.shared.streams import stream_label
from tests.domain.story import Story, at

RIDDLES = (
    "no such thing",
    "Beside it",
    "for your judgement",
    "Kept.",
    "does not answer just now",
    "no longer engagement_",
    "Nobody holds a job",
    "of before",
    "is of another",
    "clock stands",
    "word of theirs",
    "less than nothing",
    "Who are you",
    "do not reach",
    "beside it,",
    "this house",
    "foresaw",
    "no field of",
    "is no JSON",
)
ROOMS = ("domain", "application", "adapters", "workflows", "api", "cli", "templates")
ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("room", ROOMS)
def test_no_text_for_people_is_a_riddle(room: str) -> None:
    files = [*(ROOT / room).rglob("*.py"), *(ROOT / room).rglob("*.j2")]
    lines = [(file, line) for file in files for line in file.read_text().splitlines()]
    texts = [(file, line) for file, line in lines if '"""' not in line and (file.suffix == ".j2" or '"' in line)]
    assert texts
    assert [(file, line) for file, line in texts if any(riddle in line for riddle in RIDDLES)] == []


def test_an_outdated_answer_is_refused_without_a_hash() -> None:
    story = at(Stage.DECIDE, "halden")
    ask = story.ask(AskKind.DECIDE_DEAL)
    with pytest.raises(NotWhatWasShown) as refused:
        require_as_shown(story.state, ShownSubject(ask_id=ask.id, subject_hash="0" * 64), ask.voters[0].person_id)
    assert not re.search(r"[0-9a-f]{8}", refused.value.refused.detail)
    assert "Your answer was not counted" in refused.value.refused.detail


def test_what_is_not_found_is_called_so() -> None:
    assert NotFound.title == "Not found"


def test_a_verdict_is_told_in_words() -> None:
    assert verdict_words(Answer.STAND_ASIDE) == "stand aside"


@pytest.mark.parametrize(
    ("stream", "shown"),
    [
        ("engagement/ENG-2026-0005", "ENG-2026-0005"),
        ("engagement/ENG-2026-0005/change/2", "change 2 of ENG-2026-0005"),
        ("directory", "directory"),
    ],
)
def test_the_command_line_names_what_a_command_was_about_as_people_do(stream: str, shown: str) -> None:
    assert stream_label(stream) == shown


def test_the_command_line_says_what_happened_in_words() -> None:
    assert happened_text(["VoteCast", "AskEnded", "RoleAccepted", "ActEnded"]) == (
        "The answer is recorded. The role is accepted."
    )
    assert happened_text(["PromiseCovered", "ActEnded", "PromiseCovered"]) == "The promises are covered."
    assert happened_text(["PromiseCovered", "ActEnded"]) == "The promise is covered."
    assert happened_text(["HolderProposed", "AskOpened"]) == "Done."
    assert happened_text(["ActReminded"]) == "Nothing changed."


def test_each_kind_of_fact_of_a_deal_is_said_in_a_sentence_or_left_to_the_next_steps() -> None:
    known = [*HAPPENED, *UNSAID, *SAID_BY_STEPS]
    assert set(known) == set(_kinds(AnyEngagementEvent)) | set(_kinds(AnyOrderEvent))
    assert len(known) == len(set(known))


def _kinds(union: Any) -> Iterator[str]:
    if not get_args(union):
        yield str(union.model_fields["kind"].default)
    for part in get_args(union):
        if isinstance(part, type) or get_args(part):
            yield from _kinds(part)


def test_a_verification_says_its_outcome_first(capsys: pytest.CaptureFixture[str]) -> None:
    size = Size(streams=3, facts=210)
    _say_verdict(VerificationReport(size, (), 0))
    assert capsys.readouterr().out.startswith("Verified 210 facts in 3 streams. The read model matches them.")
    _say_verdict(VerificationReport(size, (Fault("engagement/ENG-2026-0001", 4, "it was edited"),), 1))
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("Found 1 fault in 210 facts in 3 streams: engagement/ENG-2026-0001#4: it was edited")


def test_the_rules_name_each_refusal_that_there_is() -> None:
    told = set(re.findall(r"`([A-Z]\w+)`", (Path(__file__).parent.parent / "docs" / "rules.md").read_text()))
    known = {kind.__name__ for kind in _kinds_of(errors.Refusal)}
    assert known - told == set()


def _kinds_of(kind: type[errors.Refusal]) -> Iterator[type[errors.Refusal]]:
    for narrower in kind.__subclasses__():
        if not narrower.__module__.startswith("tests"):
            yield narrower
        yield from _kinds_of(narrower)


@pytest.mark.parametrize("deal", ["halden", "lindqvist", "casework"])
def test_no_message_and_no_ask_says_a_day_as_programs_write_it(deal: str) -> None:
    story = Story(deal).play()
    asks = [
        text for ask in story.state.asks.values() for text in (ask.title, *ask.beside.values(), ask.why_ended or "")
    ]
    texts = [*(message.text for message in story.messages_told()), *asks]
    assert len(texts) > 100
    assert [text for text in texts if re.search(r"\b20\d\d-\d\d-\d\d\b", text)] == []
