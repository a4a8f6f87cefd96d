"""The error that keeps the stack from starting."""


class CannotStart(Exception):
    """The stack cannot start; the message names the setting and what to do."""
