"""Text for Slack: people's text is never parsed as markup, no entity is cut in half, and no limit is exceeded.

Text that is only to be read is sent as `plain_text`, which is not parsed. Inside our own mrkdwn (titles, names) it is
escaped by Slack's rules, and `verbatim` keeps Slack from turning it into links and mentions.
"""

from collections.abc import Iterable, Iterator

from slack_sdk.models.blocks import MarkdownTextObject, PlainTextObject

from domain.shared.text import strip_bidi

MAX_IN_SECTION = 3000
MAX_BUTTON_LABEL = 75
# Limit for the text beside the blocks: Slack cuts it at 4,000 characters.
MAX_IN_MESSAGE = 3900
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# A zero-width space before each of these characters keeps it from formatting the text.
MARKUP = dict.fromkeys("*_~`", "\u200b")
MORE = "…"


def escaped(text: str, limit: int = MAX_IN_SECTION) -> str:
    """People's text for use inside mrkdwn: on one line, at most `limit` characters as sent."""
    found, room = list[str](), limit - len(MORE)
    for letter in " ".join(strip_bidi(text).split()):
        part = ENTITIES.get(letter) or MARKUP.get(letter, "") + letter
        if len(part) > room:
            return "".join(found) + MORE
        found.append(part)
        room -= len(part)
    return "".join(found)


def unescaped(text: str) -> str:
    """Reverses `escaped`."""
    for letter, entity in reversed(ENTITIES.items()):
        text = text.replace(entity, letter)
    return text.replace("\u200b", "")


def bounded(text: str, limit: int) -> str:
    """Shortens text that is not parsed."""
    return text if len(text) <= limit else text[: limit - len(MORE)] + MORE


def markup(text: str) -> MarkdownTextObject:
    """Our own mrkdwn, in which people's text has been escaped already."""
    return MarkdownTextObject(text=bounded(text, MAX_IN_SECTION), verbatim=True)


def plain(text: str, limit: int = MAX_IN_SECTION) -> PlainTextObject:
    """Text that is only to be read. Empty text becomes a space, because Slack refuses it."""
    return PlainTextObject(text=bounded(strip_bidi(text), limit) or " ", emoji=False)


def chunks(lines: Iterable[str], limit: int = MAX_IN_SECTION) -> Iterator[str]:
    """Joins lines into texts of at most `limit` characters; a longer line continues in the next text."""
    gathered = ""
    for line in lines:
        for start in range(0, max(len(line), 1), limit):
            piece = line[start : start + limit]
            if gathered and len(gathered) + 1 + len(piece) > limit:
                yield gathered
                gathered = piece
            else:
                gathered = f"{gathered}\n{piece}" if gathered else piece
    if gathered:
        yield gathered
