"""What someone sees in the emulated Slack, as plain text: a card, a home, or a form with how to fill it in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from shlex import quote
from typing import Any

from adapters.slack.cards import DELEGATE, MARKS, OPEN
from adapters.slack.step_cards import DONE_BY

Json = Any
MAX_OPTIONS = 6
# How a card says that it ended begins with one of these.
ENDED_BY = tuple(set(MARKS.values()))
# The options of searched lists, by field.
Offered = Mapping[str, Sequence[str]]


def buttons_of(blocks: Iterable[Json]) -> Iterator[Json]:
    """Every button of a message or a view."""
    for block in blocks:
        for element in (*block.get("elements", ()), block.get("accessory") or {}):
            if element.get("type") == "button":
                yield element


def lines_of(blocks: Iterable[Json]) -> Iterator[tuple[str, Json]]:
    """Every button of a view, with the text of its line."""
    line = ""
    for block in blocks:
        if block.get("type") == "section":
            line = block["text"]["text"]
        for button in buttons_of([block]):
            yield line, button


def labels_of(shown: Json) -> list[str]:
    """The labels of a message's or view's buttons."""
    return [button["text"]["text"] for button in buttons_of(shown["blocks"])]


def is_reader(button: Json) -> bool:
    """True for a button that opens something to be read in full."""
    return str(button.get("action_id")) == OPEN


def opens_something(button: Json) -> bool:
    """True for a button that opens something to read or fill in: pressing it does nothing yet."""
    return button["text"]["text"].endswith("…") or str(button.get("action_id")) in {OPEN, DELEGATE}


def text_of(shown: Json) -> str:
    """All text in a message's or view's blocks, one line each."""
    found: list[str] = []

    def walk(part: Json) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("text"), str):
                found.append(part["text"])
            for value in part.values():
                walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    walk(shown.get("blocks", []))
    return "\n".join(found)


# -- a card and its status


def title_of(shown: Json) -> str:
    """The subject of a card: its bold text or, for a note or a line, its first text."""
    texts = [block["text"] for block in shown["blocks"] if block["type"] == "section"]
    bold = (text for text in texts if text["type"] == "mrkdwn" and text["text"].startswith("*"))
    first = next(bold, next(iter(texts), None))
    return read(first).partition("\n")[0] if first else ""


def ended_line(shown: Json) -> str:
    """How the subject of a card ended; empty if it has not."""
    return next((text for text in _texts(shown) if text.startswith(ENDED_BY)), "")


def awaits_something(card: Json) -> bool:
    """True for a card on which its reader can still act, by a button or by the command that it names."""
    return bool(labels_of(card)) or (not ended_line(card) and any(DONE_BY in text for text in _texts(card)))


def what_became(before: Json, now: Json) -> str:
    """What a card or modal says since someone acted: how it ended, else text that is new."""
    if ended := ended_line(now):
        return f"Done: {title_of(now)} {ended}"
    known = set(_texts(before))
    return "\n".join([f"Saved:  {title_of(now)}", *(text for text in _texts(now) if text not in known)])


def _texts(shown: Json) -> list[str]:
    """Every text of a card that is not a button's."""
    found = list[str]()
    for block in shown["blocks"]:
        if block["type"] == "section":
            found.append(read(block["text"]))
        elif block["type"] == "context":
            found += map(read, block["elements"])
    return found


# -- as it is read


def shown(view: Json, offered: Offered | None = None) -> str:
    """A message, home, page or form as a person reads it: buttons in brackets, fields with how to fill them in."""
    title = [f"== {view['title']['text']} =="] if view.get("type") == "modal" and view.get("title") else []
    return "\n".join([*title, *(line for block in view["blocks"] for line in _shown_block(block, offered or {}))])


def _shown_block(block: Json, offered: Offered) -> Iterator[str]:
    match block["type"]:
        case "header":
            yield f"\n== {block['text']['text']} =="
        case "section":
            button = block.get("accessory")
            yield read(block["text"]) + (f"\n  [{button['text']['text']}]" if button else "")
        case "context":
            yield from map(read, block["elements"])
        case "actions":
            yield f"  [{'] ['.join(element['text']['text'] for element in block['elements'])}]"
        case "input":
            yield from _shown_field(block, offered.get(block["block_id"]))


def confirmation(button: Json) -> str:
    """What Slack asks for confirmation before it sends the press of a button."""
    asked = button["confirm"]
    return f"== {asked['title']['text']} ==\n{read(asked['text'])}"


def read(text: Json) -> str:
    """Text as displayed, without formatting characters and the zero-width spaces that disable them."""
    said = str(text["text"]).replace("\u200b", "")
    return said.replace("*", "") if text["type"] == "mrkdwn" else said


def _shown_field(block: Json, offered: Sequence[str] | None) -> Iterator[str]:
    """` to: Who may answer it (needed); one of: Anil Mehta | Rosa Klein`, its hint, and how to fill it in."""
    element, name = block["element"], block["block_id"]
    choices = list(offered) if offered is not None else options_of(element)
    stands = _stands_there(element)
    needed = "" if block.get("optional") else " (needed)"
    there = [f"now: {stands}"] if stands else []
    yield "; ".join([f"  {name}: {block['label']['text']}{needed}", _kind(element, choices), *there])
    if block.get("hint"):
        yield f"      {block['hint']['text']}"
    yield f"      --fill {quote(f'{name}={_example(element, choices)}')}"


def options_of(element: Json) -> list[str]:
    """The options of a form's list."""
    return [option["text"]["text"] for option in element.get("options", [])]


def _kind(element: Json, choices: Sequence[str]) -> str:
    match element["type"]:
        case "number_input":
            bounds = [
                f"{word} {element[name]}"
                for word, name in (("from", "min_value"), ("to", "max_value"))
                if element.get(name)
            ]
            return " ".join(["a number" if element["is_decimal_allowed"] else "a whole number", *bounds])
        case "datepicker":
            return "a day"
        case "external_select":
            return f"one, by any words of it: {_listed(choices)}"
        case "static_select":
            return f"one of: {_listed(choices)}"
        case "checkboxes" | "multi_static_select":
            return f"any of, with commas between: {_listed(choices)}"
        case _:
            return "lines of text" if element.get("multiline") else "text"


def _listed(choices: Sequence[str]) -> str:
    more = f" | … ({len(choices) - MAX_OPTIONS} more)" if len(choices) > MAX_OPTIONS else ""
    return f"{' | '.join(choices[:MAX_OPTIONS])}{more}" or "nothing to choose from"


def _stands_there(element: Json) -> str:
    """The initial value of a field."""
    options = [element["initial_option"]] if element.get("initial_option") else element.get("initial_options") or []
    chosen = ", ".join(option["text"]["text"] for option in options)
    return str(element.get("initial_value") or element.get("initial_date") or chosen)


def _example(element: Json, choices: Sequence[str]) -> str:
    """An example for after the `=`: the initial value, the first option, else the kind of value."""
    if element["type"] == "number_input":
        return _stands_there(element) or "NUMBER"
    if element["type"] == "datepicker":
        return _stands_there(element) or "YYYY-MM-DD"
    return choices[0] if choices else "WORDS"
