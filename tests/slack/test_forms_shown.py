"""A form of the emulated Slack is shown with what fills it in, and what Slack itself would not send is not sent."""

import pytest
from slack_sdk.models.blocks import SectionBlock

from adapters.slack.text import plain
from api.slack import forms
from demo.slack.forms import NotThere, chosen, unfit
from demo.slack.shown import shown
from tests.clock import day
from tests.stack import Json

FORM: Json = forms.modal(
    "form",
    "Accept with conditions",
    "Send",
    [
        SectionBlock(text=plain("Halden grid control")),
        forms.words("text1", "Condition 1", hint="One sentence."),
        forms.searched("owner1", "Who must meet it", "owners:x"),
        forms.day("due1", "By when", initial=day(3)),
        forms.number("score", "From 0 to 10", whole=True, least="0", most="10", optional=True),
        forms.number("price", "Price", optional=True),
        forms.chosen("grade", "Grade", [("a", "data, senior"), ("b", "data, junior")], optional=True),
        forms.several("kinds", "For these alone", [("x", "price"), ("y", "SOW")], initial=["y"]),
        forms.line("name", "Name", optional=True),
    ],
).to_dict()
NEEDED = {"text1": "Half at the start", "owner1": "Kari"}


def test_each_field_says_its_kind_what_stands_there_and_how_it_is_filled_in() -> None:
    assert shown(FORM, {"owner1": ["Kari Moe", "Rosa Klein"]}).splitlines() == [
        "== Accept with conditions ==",
        "Halden grid control",
        "  text1: Condition 1 (needed); lines of text",
        "      One sentence.",
        "      --fill text1=WORDS",
        "  owner1: Who must meet it (needed); one, by any words of it: Kari Moe | Rosa Klein",
        "      --fill 'owner1=Kari Moe'",
        f"  due1: By when (needed); a day; now: {day(3)}",
        f"      --fill due1={day(3)}",
        "  score: From 0 to 10; a whole number from 0 to 10",
        "      --fill score=NUMBER",
        "  price: Price; a number",
        "      --fill price=NUMBER",
        "  grade: Grade; one of: data, senior | data, junior",
        "      --fill 'grade=data, senior'",
        "  kinds: For these alone; any of, with commas between: price | SOW; now: SOW",
        "      --fill kinds=price",
        "  name: Name; text",
        "      --fill name=WORDS",
    ]


def test_what_is_needed_and_left_empty_is_not_sent() -> None:
    assert unfit(FORM, {}) == dict.fromkeys(["text1", "owner1"], "Fill this in.")
    assert unfit(FORM, {**NEEDED, "due1": ""}) == {"due1": "Fill this in."}
    assert unfit(FORM, {**NEEDED, "name": ""}) == {}


@pytest.mark.parametrize(
    ("field", "typed", "fits"),
    [
        ("score", "7", True),
        ("score", "11", False),
        ("score", "-1", False),
        ("score", "7.5", False),
        ("price", "1200.50", True),
        ("price", "40/60/100", False),
        ("price", "20,5", False),
        ("due1", str(day(9)), True),
        ("due1", "Friday", False),
        ("name", "x" * 201, False),
    ],
)
def test_what_slack_takes_in_no_field_is_said_at_it(field: str, typed: str, fits: bool) -> None:
    assert (unfit(FORM, {**NEEDED, field: typed}) == {}) is fits


def test_what_is_chosen_is_named_by_any_words_and_by_one_alone() -> None:
    options = [{"value": name, "text": {"text": label}} for name, label in (("a", "Kari Moe"), ("b", "Kari Vik"))]
    assert chosen(options, "to", "moe") == "a"
    assert chosen(options, "to", "b") == "b"
    with pytest.raises(NotThere, match="to: 'kari' fits several: Kari Moe, Kari Vik"):
        chosen(options, "to", "kari")
    with pytest.raises(NotThere, match="to: 'Aisha' fits none of: Kari Moe, Kari Vik"):
        chosen(options, "to", "Aisha")
    with pytest.raises(NotThere, match="to: there is nothing to choose"):
        chosen([], "to", "Aisha")
