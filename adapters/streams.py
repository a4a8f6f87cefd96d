"""What the streams of the record are called: each is a workflow id that an operator can read."""

_CHANGE = "/change/"


def engagement_stream(engagement: str) -> str:
    """The stream of an engagement."""
    return f"engagement/{engagement}"


def change_stream(stream: str, n: int) -> str:
    """The stream of a change order, from that of its engagement."""
    return f"{stream}{_CHANGE}{n}"


def is_change(stream: str) -> bool:
    """True for the stream of a change order."""
    return _CHANGE in stream
