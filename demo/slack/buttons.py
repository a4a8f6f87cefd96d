"""Finds the button meant on someone's cards or home in the emulated Slack: the one named, or none.

A person sees what they press; whoever presses by text does not. So a button counts only if the text names exactly one.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from application.commands.asks import ASK_ID
from demo.slack.forms import NotThere
from demo.slack.shown import buttons_of, ended_line, is_reader, lines_of, shown, title_of
from domain.shared.values import ENGAGEMENT_FORM

Json = Any
# Names what appears once on someone's home, such as the button for an absence.
HOME = "home"


class ButtonPlace(NamedTuple):
    """A card, or a line of a home: its subject (an ask's id, a step's reference, or nothing) and its buttons."""

    about: str
    title: str
    text: str
    buttons: tuple[Json, ...]
    ended: str
    where: dict[str, Json]
    """The message and its channel, or the view, as a press request gives it."""

    def button(self, label: str) -> Json | None:
        """The button with this label, else the only one that begins with it; labels that open a form end in “…”."""
        meant = the_label([one["text"]["text"] for one in self.buttons], label)
        return next((one for one in self.buttons if one["text"]["text"] == meant), None)

    def says(self, label: str) -> bool:
        """True if one of its buttons has exactly this label."""
        return any(one["text"]["text"] in {label, f"{label}…"} for one in self.buttons)

    def at_its_end(self, page: Json) -> "ButtonPlace":
        """The last page of its reading modal, with the buttons on that page."""
        return self._replace(buttons=tuple(buttons_of(page["blocks"])), where={"view": page})

    @property
    def reader(self) -> Json | None:
        """The button that opens it to be read in full."""
        return next((one for one in self.buttons if is_reader(one)), None)


def the_label(labels: Sequence[str], said: str) -> str | None:
    """The label meant: the exact one, else the only one that begins with these whole words."""
    whole = next((label for label in labels if label in {said, f"{said}…"}), None)
    begins = re.compile(rf"{re.escape(said)}(?!\w)", re.IGNORECASE)
    begun = dict.fromkeys(label for label in labels if said and begins.match(label))
    return whole or (next(iter(begun)) if len(begun) == 1 else None)


def places_of(cards: Sequence[Json], home: Json) -> list[ButtonPlace]:
    """Everything with buttons that someone can press: cards, newest first, then the lines of their home."""
    return [*map(_of_card, reversed(cards)), *_of_home(home)]


def _of_card(card: Json) -> ButtonPlace:
    buttons = tuple(buttons_of(card["blocks"]))
    where = {"message": card, "channel": card["channel_id"]}
    return ButtonPlace(_about(buttons), title_of(card), shown(card), buttons, ended_line(card), where)


def _of_home(home: Json) -> Iterator[ButtonPlace]:
    lines: dict[str, list[Json]] = {}
    for line, button in lines_of(home["blocks"]):
        lines.setdefault(line, []).append(button)
    for line, buttons in lines.items():
        yield ButtonPlace(_about(buttons), line.partition("\n")[0], line, tuple(buttons), "", {"view": home})


def _about(buttons: Sequence[Json]) -> str:
    """The subject that buttons carry: an ask's id, or a step's reference."""
    for button in buttons:
        try:
            carried = json.loads(button.get("value") or "{}")
        except ValueError:
            continue
        if isinstance(carried, dict) and (about := carried.get("ask_id") or carried.get("step")):
            return str(about)
    return ""


def the_place(places: Sequence[ButtonPlace], what: str, label: str) -> ButtonPlace:
    """The only thing that `what` names with this button: its newest card, else its line on the home. Raises NotThere.

    `what`: an ask's id, an engagement's id, the beginning of a step's reference, or words of a title, else of the text.
    """
    named = _named(places, what)
    found = [place for place in named if place.button(label) is not None]
    found = [place for place in found if place.says(label)] or found
    if not found:
        raise NotThere(_nothing(named, what, label))
    _require_one(found, f"{what!r} names several that have a button {label!r}")
    return found[0]


def to_be_read(places: Sequence[ButtonPlace], what: str) -> ButtonPlace | None:
    """The only thing that `what` names and that can be read in full: there are buttons at its end too."""
    found = [place for place in _named(places, what) if place.reader is not None]
    return found[0] if found and len({place.about for place in found}) == 1 else None


def _require_one(found: Sequence[ButtonPlace], so: str) -> None:
    several = {place.about or place.title: place for place in reversed(found)}
    if len(several) > 1:
        which = "\n".join(f"  {place.title} ({name})" for name, place in sorted(several.items()))
        raise NotThere(f"{so}; nothing is pressed. Say which:\n{which}")


def _nothing(named: Sequence[ButtonPlace], what: str, label: str) -> str:
    if not named:
        said = f"No card, and no line at home, says {what!r}; nothing is pressed."
        return f"{said} Give an ask's id, or words that stand there."
    there = dict.fromkeys(f"  {place.title}: {_has(place)}" for place in named)
    return "\n".join([f"Nothing that {what!r} names has a button {label!r}; nothing is pressed. There is:", *there])


def _has(place: ButtonPlace) -> str:
    labels = " ".join(f"[{button['text']['text']}]" for button in place.buttons)
    return labels or place.ended or "no button"


def _named(places: Sequence[ButtonPlace], what: str) -> list[ButtonPlace]:
    if what == HOME:
        return [place for place in places if "view" in place.where and not place.about]
    words = re.compile(rf"(?<!\w){re.escape(what)}(?!\w)", re.IGNORECASE)
    if ASK_ID.fullmatch(what) or re.fullmatch(ENGAGEMENT_FORM, what):
        return [place for place in places if _is_about(place, what) or (not place.about and words.search(place.text))]
    for said in (lambda place: place.title, lambda place: f"{place.about}\n{place.text}"):
        if found := [place for place in places if words.search(said(place))]:
            return found
    return []


def _is_about(place: ButtonPlace, what: str) -> bool:
    """True for the ask with this id, or for anything about the engagement with this id."""
    is_ask = ASK_ID.fullmatch(what) is not None
    return place.about == what if is_ask else place.about.startswith((f"{what}.", f"{what}/"))
