"""Where a rule wants words, it takes no blank, no sign and no `ok` in their place."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.asking.choices import LABELS, Wanted, choices, wanted
from domain.asks import AskKind, Verdict
from domain.engagement import commands as c
from domain.engagement.state import Waiver
from domain.playbook import Stage
from domain.refusals import BadValue
from domain.words import OwnWords
from tests.domain.story import Story, at

OWN_WORDS: TypeAdapter[str] = TypeAdapter(OwnWords)
NO_WORDS = ["", " ", ".", "x", "ok", "No.", "?!…", "\u3164"]


@pytest.mark.parametrize("text", NO_WORDS)
def test_a_sign_or_two_are_no_words(text: str) -> None:
    with pytest.raises(ValidationError):
        OWN_WORDS.validate_python(text)


@pytest.mark.parametrize("text", ["Why", "Too dear.", "太贵", "いや", "слишком", "404"])
def test_a_short_word_of_any_script_is_one(text: str) -> None:
    assert OWN_WORDS.validate_python(text) == text


COMMANDS: dict[type[c.Command], dict[str, Any]] = {
    c.DeclinePromise: {"promise": "P1", "reason": ""},
    c.ReconcilePromise: {"promise": "P1", "delivered": False, "why_not": ""},
    c.ReleaseRole: {"role": "finance", "reason": ""},
    c.OfferHandoff: {"plan": ""},
    c.RecordPotentialChange: {"text": ""},
    c.DropPotentialChange: {"potential": "K1", "reason": ""},
    c.RecordContact: {"person": "kari.moe", "summary": ""},
    c.RaiseComplaint: {"text": ""},
    c.CompleteTask: {"task": "T1", "note": ""},
    c.HoldEngagement: {"reason": "", "until": "2026-12-01"},
    c.LoseDeal: {"reason": ""},
    c.CancelEngagement: {"reason": ""},
}


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_a_command_that_wants_a_reason_or_a_plan_takes_none_without_words(kind: type[c.Command]) -> None:
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
    story.do(c.RaiseComplaint(text="The invoice was late."), by=story.holder("engagement_manager"))
    story.answer(story.ask(AskKind.ACKNOWLEDGE_COMPLAINT))
    return story


@pytest.mark.parametrize("text", [None, "ok", "."])
def test_a_plan_for_a_complaint_is_in_words(text: str | None) -> None:
    story = asked_to_plan()
    ask = story.ask(AskKind.PLAN_COMPLAINT)
    command = c.AnswerAsk.model_validate(
        {"ask": ask.id, "answer": {"verdict": "approve", "reason": text}, "subject_hash": ask.hash}
    )
    with pytest.raises(BadValue) as refused:
        story.do(command, by=ask.asked[0])
    assert (refused.value.refused.field, story.now_of(ask).is_open) == ("reason", True)
    assert "in words" in refused.value.refused.detail
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
    with pytest.raises(BadValue, match="A reason in words is needed to return"):
        story.answer(ask, Verdict.RETURN, reason=text)
