"""Everything rendered for Slack: cards of asks, of acts owed and of vacancies, notes, and plain text."""

from adapters.slack.cards import message, note, thread_message, words
from adapters.slack.step_cards import step_message, step_note

__all__ = ["message", "note", "step_message", "step_note", "thread_message", "words"]
