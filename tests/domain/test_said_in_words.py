"""Where a rule wants words, it takes no blank, no sign and no `ok` in their place."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.asks.choices import LABELS, Wanted, choices, wanted
from domain.asks.model import AskKind, Verdict
from domain.engagement.answers.commands import AnswerAsk
from domain.engagement.changes.commands import DropPotentialChange, RecordPotentialChange
from domain.engagement.closing.commands import CancelEngagement, HoldEngagement, LoseDeal
from domain.engagement.command import Command
from domain.engagement.delivery.commands import OfferHandoff, RaiseComplaint, RecordContact
from domain.engagement.needs.commands import DeclinePromise, ReconcilePromise
from domain.engagement.roles.commands import ReleaseRole
from domain.engagement.roles.values import Waiver
from domain.engagement.tasks.commands import CompleteTask
from domain.playbook.model import Stage
from domain.shared.errors import BadValue
from domain.shared.text import OwnText
from tests.domain.story import Story, at

OWN_WORDS: TypeAdapter[str] = TypeAdapter(OwnText)
NO_WORDS = ["", " ", ".", "x", "ok", "No.", "?!…", "\u3164"]


@pytest.mark.parametrize("text", NO_WORDS)
def test_a_sign_or_two_are_no_words(text: str) -> None:
    with pytest.raises(ValidationError):
        OWN_WORDS.validate_python(text)


@pytest.mark.parametrize("text", ["Why", "Too dear.", "太贵", "いや", "слишком", "404"])
def test_a_short_word_of_any_script_is_one(text: str) -> None:
    assert OWN_WORDS.validate_python(text) == text


COMMANDS: dict[type[Command], dict[str, Any]] = {
    DeclinePromise: {"promise": "P1", "reason": ""},
    ReconcilePromise: {"promise": "P1", "delivered": False, "why_not": ""},
    ReleaseRole: {"role": "finance", "reason": ""},
    OfferHandoff: {"plan": ""},
    RecordPotentialChange: {"text": ""},
    DropPotentialChange: {"potential": "K1", "reason": ""},
    RecordContact: {"person_id": "kari.moe", "summary": ""},
    RaiseComplaint: {"text": ""},
    CompleteTask: {"task": "T1", "note": ""},
    HoldEngagement: {"reason": "", "until": "2026-12-01"},
    LoseDeal: {"reason": ""},
    CancelEngagement: {"reason": ""},
}


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_a_command_that_wants_a_reason_or_a_plan_takes_none_without_words(kind: type[Command]) -> None:
    given = COMMANDS[kind]
    field = next(name for name, value in given.items() if value == "")
    for text in NO_WORDS:
        with pytest.raises(ValidationError) as refused:
            kind.model_validate({**given, field: text})
        assert {error["loc"][-1] for error in refused.value.errors()} == {field}
    kind.model_validate({**given, field: "They said so."})


def test_a_waiver_says_why() -> None:
    with pytest.raises(ValidationError):
        Waiver.model_validate({"reason": "ok", "until": "2026-12-01"})


def asked_to_plan() -> Story:
    story = at(Stage.DELIVER)
    story.do(RaiseComplaint(text="The invoice was late."), by=story.holder("engagement_manager"))
    story.answer(story.ask(AskKind.ACKNOWLEDGE_COMPLAINT))
    return story


@pytest.mark.parametrize("text", [None, "ok", "."])
def test_a_plan_for_a_complaint_is_in_words(text: str | None) -> None:
    story = asked_to_plan()
    ask = story.ask(AskKind.PLAN_COMPLAINT)
    command = AnswerAsk.model_validate(
        {"ask_id": ask.id, "answer": {"verdict": "approve", "reason": text}, "subject_hash": ask.subject_hash}
    )
    with pytest.raises(BadValue) as refused:
        story.do(command, by=ask.asked[0])
    assert (refused.value.refused.field, story.now_of(ask).is_open) == ("reason", True)
    assert "in writing" in refused.value.refused.detail
    story.answer(ask, reason="We call them on Monday.")
    assert not story.now_of(ask).is_open


def test_the_card_of_a_plan_asks_for_it() -> None:
    ask = asked_to_plan().ask(AskKind.PLAN_COMPLAINT)
    yes = next(choice for choice in choices(ask, ask.asked[0]) if choice.verdict is Verdict.APPROVE)
    assert yes.wants == (Wanted.REASON,)


@pytest.mark.parametrize("kind", LABELS)
def test_whoever_says_no_to_anything_says_why_in_words(kind: AskKind) -> None:
    against = set(LABELS[kind]) - {Verdict.APPROVE, Verdict.APPROVE_WITH_CONDITIONS, Verdict.STAND_ASIDE}
    assert all(Wanted.REASON in wanted(kind, verdict) for verdict in against)


@pytest.mark.parametrize("text", ["no", "-", "x"])
def test_a_reason_that_says_nothing_sends_nothing_back(text: str) -> None:
    story = at(Stage.DECIDE, "halden")
    ask = story.ask(AskKind.DECIDE_DEAL)
    with pytest.raises(BadValue, match="A reason in writing is required to return"):
        story.answer(ask, Verdict.RETURN, reason=text)
