"""What stands in the way of a start."""


class CannotStart(Exception):
    """The stack cannot start; the message names the setting and what to do."""
