"""What a chat channel needs drawn (`Renderer` in `application/notifications/chat_ports.py`), drawn for Slack.

Each card leads to its page, where there is room for all that Slack has to fold.
"""

from slack_sdk.models.blocks import ContextBlock

from adapters.delivery import RenderedMessage
from adapters.slack import cards, step_cards
from adapters.slack.text import markup
from domain.asks.card import Card
from domain.next_steps.card import StepCard
from domain.shared.values import digest


class SlackRenderer:
    """`pages`: where people reach the pages, without a trailing slash; empty: no card leads anywhere."""

    def __init__(self, pages: str = "") -> None:
        self._pages = pages

    def message(self, card: Card, above: str = "") -> RenderedMessage:
        return self._leading_to(f"/asks/{card.ask_id}", cards.message(card, above))

    def thread_message(self, card: Card) -> RenderedMessage:
        return self._leading_to(f"/asks/{card.ask_id}", cards.thread_message(card))

    def note(self, card: Card, text: str) -> RenderedMessage:
        return self._leading_to(f"/asks/{card.ask_id}", cards.note(card, text))

    def step_message(self, card: StepCard, above: str = "") -> RenderedMessage:
        return self._leading_to(f"/engagements/{card.engagement_id}", step_cards.step_message(card, above))

    def step_note(self, card: StepCard, text: str) -> RenderedMessage:
        return self._leading_to(f"/engagements/{card.engagement_id}", step_cards.step_note(card, text))

    def words(self, text: str) -> RenderedMessage:
        return cards.words(text)

    def _leading_to(self, path: str, rendered: RenderedMessage) -> RenderedMessage:
        if not self._pages:
            return rendered
        link = ContextBlock(elements=[markup(f"<{self._pages}{path}|Open its page>")])
        blocks = [*rendered.blocks, *cards.dumped([link])]
        return RenderedMessage(blocks, rendered.text, digest([blocks, rendered.text]))
