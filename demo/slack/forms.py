"""What someone types into a form of the emulated Slack, as Slack sends it, and what Slack itself rejects."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

Json = Any
SEVERAL = frozenset({"checkboxes", "multi_static_select"})
CHOSEN = frozenset({"static_select", "external_select", *SEVERAL})


class NotThere(Exception):
    """There is no such person, card, button, form or option; the message says which, and what there is."""


def fields_of(view: Json) -> dict[str, Json]:
    """The fields of a form, by name."""
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def filled_in(view: Json, values: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    """Values by field name, in the form of a submission. Raises NotThere."""
    elements = {name: block["element"]["action_id"] for name, block in fields_of(view).items()}
    unknown = sorted(set(values) - set(elements))
    if unknown:
        raise NotThere(f"There is no field {', '.join(unknown)}; there are {', '.join(elements)}.")
    return {name: {elements[name]: value} for name, value in values.items()}


def required_of(view: Json) -> list[str]:
    """Empty fields that Slack itself requires."""
    needed = {name: block["element"] for name, block in fields_of(view).items() if not block.get("optional")}
    return [name for name, element in needed.items() if not any(part.startswith("initial") for part in element)]


def unfit(view: Json, values: Mapping[str, str]) -> dict[str, str]:
    """Slack's own errors for the input, by field: it does not send a form that has any."""
    fields = fields_of(view)
    said = {name: _unfit(fields[name]["element"], typed) for name, typed in values.items() if typed}
    lacking = [name for name in required_of(view) if name not in values]
    emptied = [name for name, typed in values.items() if not typed and not fields[name].get("optional")]
    return {name: why for name, why in said.items() if why} | dict.fromkeys([*lacking, *emptied], "Fill this in.")


def _unfit(element: Json, typed: str) -> str:
    match element["type"]:
        case "number_input":
            return _no_number(element, typed)
        case "datepicker":
            return "" if _is_day(typed) else "Give a day, such as 2026-12-24."
        case "plain_text_input" if len(typed) > element.get("max_length", len(typed)):
            return f"This has {len(typed)} characters; at most {element['max_length']} fit."
    return ""


def _no_number(element: Json, typed: str) -> str:
    try:
        number = Decimal(typed)
    except InvalidOperation:
        return "Give a number, such as 12.5." if element["is_decimal_allowed"] else "Give a whole number, such as 12."
    if not element["is_decimal_allowed"] and number != number.to_integral_value():
        return "Give a whole number, such as 12."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and number < Decimal(least):
        return f"Give a number from {least}."
    return f"Give a number up to {most}." if most is not None and number > Decimal(most) else ""


def _is_day(typed: str) -> bool:
    try:
        date.fromisoformat(typed)
    except ValueError:
        return False
    return True


def chosen(options: Sequence[Json], field: str, typed: str) -> str:
    """The value of the only option that is, or is labelled, what was typed. Raises NotThere."""
    exact = [one for one in options if typed in {one["value"], one["text"]["text"]}]
    found = exact or [one for one in options if typed.casefold() in one["text"]["text"].casefold()]
    if len(found) == 1:
        return str(found[0]["value"])
    named = ", ".join(one["text"]["text"] for one in found or options)
    if found:
        raise NotThere(f"{field}: {typed!r} fits several: {named}. Say which.")
    raise NotThere(f"{field}: {typed!r} fits none of: {named}." if named else f"{field}: there is nothing to choose.")
