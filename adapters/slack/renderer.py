"""What a chat channel needs drawn (`Renderer` in `application/notifications/chat_ports.py`), drawn for Slack."""

from adapters.slack.cards import message, note, thread_message, words
from adapters.slack.step_cards import step_message, step_note

__all__ = ["message", "note", "step_message", "step_note", "thread_message", "words"]
