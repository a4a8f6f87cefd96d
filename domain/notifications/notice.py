"""The message of one event: to whom, of which kind, about what, in which words."""

from collections.abc import Iterator

from domain.engagement.aggregate import Engagement
from domain.next_steps.references import StepRef
from domain.shared.values import AskId, PersonId

# Person, kind of message, the ask or other step that it is about (None if it is about none), text.
Told = Iterator[tuple[PersonId, str, AskId | StepRef | None, str]]


def engagement_label(state: Engagement) -> str:
    """An engagement's name in messages: `ENG-2026-0042 Halden grid control`."""
    return f"{state.id} {state.title}"
