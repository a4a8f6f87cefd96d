"""What Slack takes has no problems, and each thing that it would refuse is named where it is."""

from typing import Any

import pytest

from tests.slack.schema import (
    _blocks_by_type,
    problems_of_blocks,
    problems_of_call,
    problems_of_message,
    problems_of_view,
)

Json = Any


def plain(text: str = "words") -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "words") -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**more: Json) -> Json:
    return {"type": "section", "text": mrkdwn(), **more}


def button(**more: Json) -> Json:
    return {"type": "button", "action_id": "go", "text": plain(), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def option(value: str = "a", **more: Json) -> Json:
    return {"text": plain(), "value": value, **more}


def menu(*options: Json, **more: Json) -> Json:
    return {"type": "static_select", "action_id": "choose", "options": list(options), **more}


def asks(element: Json, **more: Json) -> Json:
    return {"type": "input", "label": plain(), "element": element, **more}


def text_input(**more: Json) -> Json:
    return {"type": "plain_text_input", "action_id": "words", **more}


def modal(*blocks: Json, **more: Json) -> Json:
    return {"type": "modal", "title": plain(), "submit": plain(), "blocks": list(blocks), **more}


GOOD = [
    section(block_id="one", accessory=button(value="x", style="danger")),
    section(fields=[mrkdwn("*Role*"), plain("x" * 2000)]),
    {"type": "header", "text": plain("x" * 150)},
    {"type": "divider"},
    {"type": "context", "elements": [mrkdwn(), {"type": "image", "image_url": "https://a.example/b", "alt_text": "b"}]},
    {"type": "image", "image_url": "https://a.example/b", "alt_text": "b"},
    actions(
        button(style="primary", confirm={"title": plain(), "text": mrkdwn(), "confirm": plain(), "deny": plain()}),
        button(action_id="link", url="https://a.example"),
        menu(option("a"), option("b"), initial_option=option("b")),
        {"type": "overflow", "action_id": "more", "options": [option()]},
        {"type": "datepicker", "action_id": "day", "initial_date": "2026-03-02"},
    ),
    asks(text_input(multiline=True, max_length=500, initial_value="x"), hint=plain(), optional=True),
    asks({"type": "checkboxes", "action_id": "ticks", "options": [option("a"), {"text": mrkdwn(), "value": "b"}]}),
    asks({"type": "multi_users_select", "action_id": "who", "placeholder": plain()}),
    asks({"type": "number_input", "action_id": "days", "is_decimal_allowed": False, "min_value": "1"}),
    {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]},
]

BAD: list[tuple[Json, str]] = [
    ({"type": "sektion", "text": mrkdwn()}, "blocks[0].type: 'sektion' is none of"),
    ({"text": mrkdwn()}, "blocks[0].type: None is none of"),
    (section(text="words"), "blocks[0].text: 'words' is not of type 'object'"),
    (section(text={"type": "mrkdwn"}), "blocks[0].text: 'text' is a required property"),
    (section(text={"type": "markdown", "text": "x"}), "blocks[0].text: a 'markdown' cannot stand here, only mrkdwn"),
    (section(text=mrkdwn() | {"emoji": True}), "blocks[0].text: Additional properties are not allowed ('emoji'"),
    (section(colour="red"), "blocks[0]: Additional properties are not allowed ('colour'"),
    (section(accessory=button(style="warning")), "blocks[0].accessory.style: 'warning' is not one of"),
    (section(accessory=button(value=7)), "blocks[0].accessory.value: 7 is not of type 'string'"),
    (section(accessory=text_input()), "blocks[0].accessory: a 'plain_text_input' cannot stand here, only button"),
    (section(text=mrkdwn("x" * 3001)), "blocks[0].text.text: 3001 characters, at most 3000"),
    (section(text=mrkdwn("")), "blocks[0].text.text: empty"),
    (section(block_id="x" * 256), "blocks[0].block_id: 256 characters, at most 255"),
    (section(fields=[plain()] * 11), "blocks[0].fields: 11 items, at most 10"),
    (section(fields=[plain("x" * 2001)]), "blocks[0].fields[0].text: 2001 characters, at most 2000"),
    ({"type": "section"}, "blocks[0]: a section needs a text or fields"),
    ({"type": "header", "text": mrkdwn()}, "blocks[0].text.type: 'plain_text' was expected"),
    ({"type": "header", "text": plain("x" * 151)}, "blocks[0].text: 151 characters, at most 150"),
    ({"type": "context", "elements": [plain()] * 11}, "blocks[0].elements: 11 items, at most 10"),
    ({"type": "context", "elements": [button()]}, "blocks[0].elements[0]: a 'button' cannot stand here"),
    ({"type": "image", "image_url": "https://a.example/b"}, "blocks[0]: 'alt_text' is a required property"),
    (actions(), "blocks[0].elements: empty"),
    (actions(*(button(action_id=f"a{number}") for number in range(26))), "blocks[0].elements: 26 items, at most 25"),
    (actions(button(), button()), "blocks[0].elements: 2 have the action_id 'go'"),
    (actions(button(text=mrkdwn())), "blocks[0].elements[0].text.type: 'plain_text' was expected"),
    (actions(button(text=plain("x" * 76))), "blocks[0].elements[0].text: 76 characters, at most 75"),
    (actions(button(value="x" * 2001)), "blocks[0].elements[0].value: 2001 characters, at most 2000"),
    (actions(button(action_id="x" * 256)), "blocks[0].elements[0].action_id: 256 characters, at most 255"),
    (actions(button(confirm={"title": plain()})), "blocks[0].elements[0].confirm: 'text' is a required property"),
    (
        actions(button(confirm={"title": plain("x" * 101), "text": mrkdwn()})),
        "blocks[0].elements[0].confirm.title: 101 characters, at most 100",
    ),
    (
        actions(button(confirm={"text": plain("x" * 301)})),
        "blocks[0].elements[0].confirm.text: 301 characters, at most 300",
    ),
    (
        actions(button(confirm={"text": plain(), "confirm": plain("x" * 31)})),
        "blocks[0].elements[0].confirm.confirm: 31 characters, at most 30",
    ),
    (
        actions(button(confirm={"text": plain(), "deny": plain("x" * 31)})),
        "blocks[0].elements[0].confirm.deny: 31 characters, at most 30",
    ),
    (actions(menu()), "blocks[0].elements[0].options: empty"),
    (actions(menu(*map(option, map(str, range(101))))), "blocks[0].elements[0].options: 101 items, at most 100"),
    (actions(menu(option(), option())), "blocks[0].elements[0].options: 2 have the value 'a'"),
    (actions(menu(option(text=plain("x" * 76)))), "blocks[0].elements[0].options[0].text: 76 characters, at most 75"),
    (actions(menu(option("x" * 151))), "blocks[0].elements[0].options[0].value: 151 characters, at most 150"),
    (actions(menu(option(), initial_option=option("b"))), "blocks[0].elements[0]: starts with 'b', which it does not"),
    (actions(menu(option(), placeholder=plain("x" * 151))), "blocks[0].elements[0].placeholder: 151 characters"),
    (asks(text_input(), label=plain("x" * 2001)), "blocks[0].label: 2001 characters, at most 2000"),
    (asks(text_input(), hint=plain("x" * 2001)), "blocks[0].hint: 2001 characters, at most 2000"),
    (asks(text_input(), label=mrkdwn()), "blocks[0].label.type: 'plain_text' was expected"),
    (asks(text_input(initial_value="x" * 3001)), "blocks[0].element.initial_value: longer than its max_length 3000"),
    (
        asks(text_input(initial_value="xy", max_length=1)),
        "blocks[0].element.initial_value: longer than its max_length 1",
    ),
    (asks(text_input(rows=3)), "blocks[0].element: Additional properties are not allowed ('rows'"),
    (asks(button()), "blocks[0].element: a 'button' cannot stand here"),
    (asks({"action_id": "words"}), "blocks[0].element: 'type' is a required property"),
]


@pytest.mark.parametrize("surface", ["modal", "home", "message"])
def test_good_blocks_have_no_problems(surface: Any) -> None:
    assert problems_of_blocks(GOOD, surface) == []


@pytest.mark.parametrize(("block", "problem"), BAD, ids=[problem for _, problem in BAD])
def test_a_malformed_block_is_named_once(block: Json, problem: str) -> None:
    (found,) = problems_of_blocks([block], "message")
    assert found.startswith(problem)


def test_every_type_of_block_is_known() -> None:
    assert {"section", "actions", "header", "image", "input", "markdown", "rich_text"} <= set(_blocks_by_type())


def test_block_ids_are_unique() -> None:
    blocks = [section(block_id="one"), section(block_id="one")]
    assert problems_of_blocks(blocks, "home") == ["blocks: 2 have the block_id 'one'"]


@pytest.mark.parametrize(("surface", "most"), [("message", 50), ("modal", 100), ("home", 100)])
def test_blocks_are_counted(surface: Any, most: int) -> None:
    assert problems_of_blocks([section()] * most, surface) == []
    assert problems_of_blocks([section()] * (most + 1), surface) == [f"blocks: {most + 1} items, at most {most}"]


def test_what_only_messages_may_hold_is_refused_in_views() -> None:
    assert problems_of_blocks([{"type": "markdown", "text": "# x"}], "message") == []
    assert problems_of_blocks([{"type": "markdown", "text": "# x"}], "home") == [
        "blocks[0].type: 'markdown' is for messages only"
    ]


def test_good_messages_have_no_problems() -> None:
    about = {"event_type": "asked", "event_payload": {"ask": "A-1", "turn": 3, "urgent": True}}
    assert problems_of_message({"channel": "D1", "text": "x" * 40_000, "blocks": GOOD, "metadata": about}) == []
    assert problems_of_message({"delete_original": True}) == []


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ({"text": "x" * 40_001}, "text: 40001 characters, at most 40000"),
        ({"blocks": [section()]}, "text: a message of blocks needs one"),
        ({}, "text: a message needs a text or blocks"),
        ({"text": "x", "colour": "red"}, "colour: messages take no such argument"),
        ({"text": "x", "metadata": {"event_type": "x"}}, "metadata: 'event_payload' is a required property"),
        ({"text": "x", "metadata": {"event_type": "x", "event_payload": {"a": None}}}, "metadata.event_payload.a: "),
        ({"text": "x", "blocks": [section(text=mrkdwn("x" * 3000))] * 5}, "blocks: 15000 characters together"),
        ({"text": "x", "blocks": [section(a=1)]}, "blocks[0]: Additional properties"),
    ],
)
def test_a_malformed_message_is_named(payload: Json, problem: str) -> None:
    found = problems_of_message(payload)
    assert found
    assert all(one.startswith(problem) for one in found)


def test_good_views_have_no_problems() -> None:
    assert problems_of_view(modal(*GOOD, private_metadata="x" * 3000, callback_id="x", notify_on_close=True)) == []
    assert problems_of_view({"type": "home", "blocks": GOOD, "private_metadata": "x"}) == []


@pytest.mark.parametrize(
    ("view", "problem"),
    [
        (None, "type: None is none of home, modal"),
        ({"type": "page", "blocks": []}, "type: 'page' is none of home, modal"),
        ({"type": "home"}, "the whole: 'blocks' is a required property"),
        ({"type": "home", "blocks": [], "title": plain()}, "the whole: Additional properties are not allowed ('title'"),
        ({"type": "modal", "blocks": []}, "the whole: 'title' is a required property"),
        (modal(title=plain("x" * 25)), "title: 25 characters, at most 24"),
        (modal(submit=plain("x" * 25)), "submit: 25 characters, at most 24"),
        (modal(close=plain("x" * 25)), "close: 25 characters, at most 24"),
        (modal(title=mrkdwn()), "title.type: 'plain_text' was expected"),
        (modal(private_metadata="x" * 3001), "private_metadata: 3001 characters, at most 3000"),
        (modal(callback_id="x" * 256), "callback_id: 256 characters, at most 255"),
        ({"type": "modal", "title": plain(), "blocks": [asks(text_input())]}, "submit: a modal that asks"),
        (modal(section(text=mrkdwn("x" * 3001))), "blocks[0].text.text: 3001 characters"),
    ],
)
def test_a_malformed_view_is_named_once(view: Json, problem: str) -> None:
    (found,) = problems_of_view(view)
    assert found.startswith(problem)


def test_calls_are_held_to_what_their_method_takes() -> None:
    assert problems_of_call("chat.postMessage", {"channel": "D1", "text": "x"}) == []
    assert problems_of_call("users.info", {"user": "U1"}) == []
    assert problems_of_call("views.open", {"trigger_id": "1", "view": modal()}) == []
    assert problems_of_call("views.publish", {"user_id": "U1"}) == ["type: None is none of home, modal"]
