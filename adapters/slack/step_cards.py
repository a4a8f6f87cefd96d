"""Renders the cards of acts owed and of vacancies as blocks: what to do, why, by when, and buttons that do it."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, Field
from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ConfirmObject, ContextBlock, SectionBlock

from adapters.console_commands import command_of, with_commands
from adapters.delivery import RenderedMessage
from adapters.slack.cards import as_sent, fallback, sections
from adapters.slack.text import MAX_BUTTON_LABEL, escaped, markup, plain
from domain.next_steps.card import StepCard
from domain.next_steps.choices import Do, StepChoice
from domain.next_steps.references import StepRefText
from domain.shared.remedy_actions import RemedyAction

# Prefix of the action ids.
STEP = "step"
FACTS_ON_MESSAGE = 6000
# Precedes the command for something that no button does.
DONE_BY = "To do it:"


class StepPressed(BaseModel):
    """The value of such a card's button: which act or vacancy, and what to do about it."""

    step: StepRefText
    do: Do
    is_plain: Annotated[bool, Field(strict=True)] = False


def step_message(card: StepCard, above: str = "") -> RenderedMessage:
    """The card for someone who owes an act, stands in for its owner, must fill a vacancy, or is informed of one."""
    blocks: list[Block] = [SectionBlock(text=plain(above))] if above else []
    blocks.append(SectionBlock(text=markup(f"*{escaped(card.title, 2900)}*")))
    blocks.append(ContextBlock(elements=[markup(_where(card))]))
    blocks += _ended(card) if card.ended is not None else _body(card)
    blocks += step_buttons(card.ref, card.choices)
    return as_sent(blocks, _fallback(card))


def step_note(card: StepCard, text: str) -> RenderedMessage:
    """A follow-up to the card: its text, with the same buttons; once nothing is owed any more, how it ended."""
    blocks: list[Block] = list(sections([text]))
    blocks += _ended(card) if card.ended is not None else []
    blocks += step_buttons(card.ref, card.choices)
    return as_sent(blocks, fallback(text))


def step_buttons(ref: str, choices: tuple[StepChoice, ...]) -> Iterator[Block]:
    """One button per choice; no block at all without choices."""
    if choices:
        yield ActionsBlock(elements=[_button(ref, choice, is_first=not n) for n, choice in enumerate(choices)])


def _button(ref: str, choice: StepChoice, *, is_first: bool) -> ButtonElement:
    return ButtonElement(
        text=plain(choice.label if choice.is_plain else f"{choice.label}…", MAX_BUTTON_LABEL),
        action_id=f"{STEP}:{choice.do.value}",
        value=StepPressed(step=ref, do=choice.do, is_plain=choice.is_plain).model_dump_json(),
        style="primary" if is_first else None,
        confirm=_confirm(choice) if choice.is_plain else None,
    )


def _confirm(choice: StepChoice) -> ConfirmObject:
    return ConfirmObject(
        title=plain(choice.label, 100),
        text=plain(choice.confirm, 300),
        confirm=plain(choice.label, 30),
        deny=plain("Not yet", 30),
    )


def _where(card: StepCard) -> str:
    client = f"{escaped(card.client, 300)} · " if card.client else ""
    return f"{client}{card.engagement_id} {escaped(card.engagement_title, 300)}"


def _body(card: StepCard) -> Iterator[Block]:
    since = f"; since {card.since}" if card.since else ""
    due = f"Due {card.due}{since}." if card.due else ""
    yield SectionBlock(text=plain(" ".join(filter(None, [card.why_me, due, card.why]))))
    if card.sent_back:
        yield SectionBlock(text=plain(card.sent_back))
    if card.facts:
        shown = "\n".join(card.facts)
        cut = len(shown) > FACTS_ON_MESSAGE
        yield from sections([shown[:FACTS_ON_MESSAGE]])
        if cut:
            see = command_of(RemedyAction.SHOW_DEAL.about(engagement=card.engagement_id))
            yield ContextBlock(elements=[plain(f"There is more: see `{see}`.")])
    if card.how or card.action:
        by = f"{'On the command line:' if card.choices else DONE_BY} {command_on(card)}" if card.action else ""
        yield ContextBlock(elements=[plain(" ".join(filter(None, [with_commands(card.how), by])), 2900)])


def command_on(card: StepCard) -> str:
    """How what is on the card is done on the command line; empty if there is nothing to do."""
    return command_of(card.action) if card.action is not None else ""


def _ended(card: StepCard) -> list[Block]:
    mark = "✅" if card.is_done else "⚪"
    return [ContextBlock(elements=[markup(f"{mark} {escaped(card.ended or '', 2900)}")])]


def _fallback(card: StepCard) -> str:
    state = card.ended or (f"Due {card.due}." if card.due else "")
    return fallback(f"{card.title} – {card.engagement_id} {card.engagement_title}. {state}")
