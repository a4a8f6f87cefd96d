"""All that is drawn for a chat: cards of asks, of acts owed and of vacancies, notes, words."""

from api.slack.cards import message, note, thread_message, words
from api.slack.step_cards import step_message, step_note

__all__ = ["message", "note", "step_message", "step_note", "thread_message", "words"]
