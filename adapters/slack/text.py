"""Text as Slack takes it: what people wrote is never markup, no entity is cut, no limit is passed.

Where a text is only to be read it goes out as `plain_text`, in which nothing is parsed. Where it stands inside our own
mrkdwn (titles, names) it is escaped by Slack's rule, and `verbatim` keeps Slack from making links and mentions of it.
"""

from collections.abc import Iterable, Iterator

from slack_sdk.models.blocks import MarkdownTextObject, PlainTextObject

from domain.shared.text import strip_bidi

MAX_IN_SECTION = 3000
MAX_BUTTON_LABEL = 75
# Of the text beside the blocks: Slack cuts it at 4,000.
MAX_IN_MESSAGE = 3900
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# What would make words bold or struck out is kept from doing so by a space of no width in front of it.
MARKUP = dict.fromkeys("*_~`", "\u200b")
MORE = "…"


def escaped(text: str, limit: int = MAX_IN_SECTION) -> str:
    """People's text inside mrkdwn, on one line, at most `limit` characters as sent."""
    found, room = list[str](), limit - len(MORE)
    for letter in " ".join(strip_bidi(text).split()):
        part = ENTITIES.get(letter) or MARKUP.get(letter, "") + letter
        if len(part) > room:
            return "".join(found) + MORE
        found.append(part)
        room -= len(part)
    return "".join(found)


def unescaped(text: str) -> str:
    """People's text as it was before `escaped`."""
    for letter, entity in reversed(ENTITIES.items()):
        text = text.replace(entity, letter)
    return text.replace("\u200b", "")


def bounded(text: str, limit: int) -> str:
    """Text that is not parsed, cut where it is too long."""
    return text if len(text) <= limit else text[: limit - len(MORE)] + MORE


def markup(text: str) -> MarkdownTextObject:
    """Our own mrkdwn, in which people's words are escaped already."""
    return MarkdownTextObject(text=bounded(text, MAX_IN_SECTION), verbatim=True)


def plain(text: str, limit: int = MAX_IN_SECTION) -> PlainTextObject:
    """Text that is only to be read. Slack takes none that is empty."""
    return PlainTextObject(text=bounded(strip_bidi(text), limit) or " ", emoji=False)


def chunks(lines: Iterable[str], limit: int = MAX_IN_SECTION) -> Iterator[str]:
    """Lines put together into texts of at most `limit` characters; a line that is longer goes on in the next."""
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
