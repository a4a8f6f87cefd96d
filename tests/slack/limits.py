"""Slack's limits on messages, views and blocks, in characters and items, as its reference of Block Kit gives them."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Json = Any
Finding = Iterator[str]


class Limit(NamedTuple):
    """The most characters (of a text) or items (of a list) that a field may have."""

    field: str
    most: int


MAX_BLOCKS = {"message": 50, "modal": 100, "home": 100}
# Of a message's blocks together. Undocumented: `msg_blocks_too_long` was met from about 13,170 characters.
MAX_TEXT_IN_BLOCKS = 13_000
MAX_MESSAGE_TEXT = 40_000
MAX_VIEW_BYTES = 250_000
MAX_TEXT = 3_000
EVERYWHERE = (Limit("action_id", 255), Limit("block_id", 255), Limit("placeholder", 150))
OF_TYPES: Mapping[str, tuple[Limit, ...]] = {
    "plain_text": (Limit("text", MAX_TEXT),),
    "mrkdwn": (Limit("text", MAX_TEXT),),
    "actions": (Limit("elements", 25),),
    "button": (Limit("text", 75), Limit("value", 2000), Limit("url", 3000), Limit("accessibility_label", 75)),
    "checkboxes": (Limit("options", 10),),
    "context": (Limit("elements", 10),),
    "header": (Limit("text", 150),),
    "image": (Limit("alt_text", 2000), Limit("image_url", 3000), Limit("title", 2000)),
    "input": (Limit("label", 2000), Limit("hint", 2000)),
    "markdown": (Limit("text", 12_000),),
    "modal": (Limit("title", 24), Limit("submit", 24), Limit("close", 24)),
    "multi_static_select": (Limit("options", 100), Limit("option_groups", 100)),
    "overflow": (Limit("options", 5),),
    "radio_buttons": (Limit("options", 10),),
    "section": (Limit("fields", 10),),
    "static_select": (Limit("options", 100), Limit("option_groups", 100)),
}
OF_VIEWS = (Limit("private_metadata", 3000), Limit("callback_id", 255), Limit("external_id", 255))
# Characters of each field of a section.
OF_FIELDS = 2000
OF_OPTIONS = (Limit("text", 75), Limit("value", 150), Limit("description", 75), Limit("url", 3000))
OF_OPTION_GROUPS = (Limit("label", 75), Limit("options", 100))
OF_CONFIRMATIONS = (Limit("title", 100), Limit("text", 300), Limit("confirm", 30), Limit("deny", 30))


def problems_of_limits(blocks: Sequence[Json], surface: str) -> list[str]:
    """Of the blocks of a message, a modal or a home."""
    found = [*_length("blocks", blocks, MAX_BLOCKS[surface]), *_twice("block_id", blocks, "blocks")]
    for number, block in enumerate(blocks):
        found += _of_anything(block, f"blocks[{number}]")
    return found


def problems_of_message_limits(payload: Mapping[str, Json]) -> list[str]:
    """Of a message as a whole."""
    found = list(_length("text", payload.get("text") or "", MAX_MESSAGE_TEXT))
    blocks = payload.get("blocks") or ()
    if blocks and not payload.get("text"):
        found.append("text: a message of blocks needs one, for notifications and for those who listen")
    if not (blocks or payload.get("text") or payload.get("attachments") or payload.get("delete_original")):
        found.append("text: a message needs a text or blocks")
    together = sum(map(len, _texts(blocks)))
    if together > MAX_TEXT_IN_BLOCKS:
        found.append(f"blocks: {together} characters together, at most {MAX_TEXT_IN_BLOCKS}")
    return found


def problems_of_view_limits(view: Mapping[str, Json]) -> list[str]:
    """Of a modal or a home as a whole; its blocks are looked at by themselves."""
    shell = {name: value for name, value in view.items() if name != "blocks"}
    found = [problem.removeprefix(".") for problem in (*_of_anything(shell, ""), *_within(view, OF_VIEWS, ""))]
    blocks = view.get("blocks") or ()
    asks = any(isinstance(block, Mapping) and block.get("type") == "input" for block in blocks)
    if view.get("type") == "modal" and asks and not view.get("submit"):
        found.append("submit: a modal that asks for something needs it")
    size = len(json.dumps(view).encode())
    if size > MAX_VIEW_BYTES:
        found.append(f"the whole: {size} bytes, at most {MAX_VIEW_BYTES}")
    return found


def _of_anything(value: Json, where: str) -> Finding:
    """The limits of a block, an element or an object, and of everything within it."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _of_anything(item, f"{where}[{number}]")
    if not isinstance(value, Mapping):
        return
    kind = str(value.get("type", ""))
    yield from _within(value, EVERYWHERE, where)
    yield from _within(value, OF_TYPES.get(kind, ()), where)
    for check in ALSO.get(kind, ()):
        yield from check(value, where)
    yield from _of_parts(value, where)
    for name, inner in value.items():
        yield from _of_anything(inner, f"{where}.{name}")


def _of_parts(value: Mapping[str, Json], where: str) -> Finding:
    """Options, their groups and confirmations have no `type`: they are known by where they stand."""
    if isinstance(confirm := value.get("confirm"), Mapping) and "type" not in confirm:
        yield from _within(confirm, OF_CONFIRMATIONS, f"{where}.confirm")
    for number, option in enumerate(_list(value, "options")):
        yield from _within(option, OF_OPTIONS, f"{where}.options[{number}]")
    for number, group in enumerate(_list(value, "option_groups")):
        yield from _within(group, OF_OPTION_GROUPS, f"{where}.option_groups[{number}]")


def _of_text(text: Mapping[str, Json], where: str) -> Finding:
    if text.get("text") == "":
        yield f"{where}.text: empty, needs at least one character"


def _of_section(section: Mapping[str, Json], where: str) -> Finding:
    if not section.get("text") and not section.get("fields"):
        yield f"{where}: a section needs a text or fields"
    for number, shown in enumerate(_list(section, "fields")):
        yield from _length(f"{where}.fields[{number}].text", shown.get("text", ""), OF_FIELDS)


def _of_elements(block: Mapping[str, Json], where: str) -> Finding:
    if not block.get("elements"):
        yield f"{where}.elements: empty, needs at least one"
    yield from _twice("action_id", _list(block, "elements"), f"{where}.elements")


def _of_menu(menu: Mapping[str, Json], where: str) -> Finding:
    """A menu offers something, each thing once, and starts with what it offers."""
    groups = [{"options": _list(menu, "options")}, *_list(menu, "option_groups")]
    offered = [option for group in groups for option in _list(group, "options")]
    if not offered:
        yield f"{where}.options: empty, needs at least one"
    yield from _twice("value", offered, f"{where}.options")
    starts = [*([menu["initial_option"]] if "initial_option" in menu else []), *_list(menu, "initial_options")]
    for option in starts:
        if option not in offered:
            yield f"{where}: starts with {option.get('value')!r}, which it does not offer"


def _of_text_input(element: Mapping[str, Json], where: str) -> Finding:
    most = element.get("max_length", MAX_TEXT)
    if not 1 <= most <= MAX_TEXT:
        yield f"{where}.max_length: {most}, from 1 to {MAX_TEXT}"
    elif len(element.get("initial_value", "")) > most:
        yield f"{where}.initial_value: longer than its max_length {most}"


MENU = (_of_menu,)
# What must hold of a type beside its limits.
ALSO: Mapping[str, tuple[Callable[[Mapping[str, Json], str], Finding], ...]] = {
    "plain_text": (_of_text,),
    "mrkdwn": (_of_text,),
    "section": (_of_section,),
    "actions": (_of_elements,),
    "context": (_of_elements,),
    "plain_text_input": (_of_text_input,),
    **dict.fromkeys(("checkboxes", "multi_static_select", "overflow", "radio_buttons", "static_select"), MENU),
}


def _within(value: Mapping[str, Json], limits: Sequence[Limit], where: str) -> Finding:
    for name, most in limits:
        found = value.get(name)
        measured = found.get("text") if isinstance(found, Mapping) else found
        yield from _length(f"{where}.{name}", measured, most)


def _length(where: str, value: Json, most: int) -> Finding:
    if isinstance(value, str) and len(value) > most:
        yield f"{where}: {len(value)} characters, at most {most}"
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) > most:
        yield f"{where}: {len(value)} items, at most {most}"


def _twice(name: str, items: Sequence[Json], where: str) -> Finding:
    counted = Counter(item[name] for item in items if isinstance(item, Mapping) and isinstance(item.get(name), str))
    for value, times in counted.items():
        if times > 1:
            yield f"{where}: {times} have the {name} {value!r}"


def _list(value: Mapping[str, Json], name: str) -> list[Json]:
    """The mappings of a list; what is none is for the schema to say."""
    found = value.get(name)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def _texts(value: Json) -> Iterator[str]:
    """Every shown text within blocks."""
    if isinstance(value, Mapping):
        if isinstance(value.get("text"), str):
            yield value["text"]
        value = list(value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _texts(item)
