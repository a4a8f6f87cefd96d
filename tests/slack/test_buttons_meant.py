"""In the emulated Slack a press falls on the button that was named, or on none."""

import json

import pytest

from demo.slack.buttons import HOME, ButtonPlace, places_of, the_label, the_place, to_be_read
from demo.slack.forms import NotThere
from demo.slack.shown import awaits_something
from tests.stack import Json

DEAL = "ENG-2026-0001"
M1 = f"{DEAL}/act:deliver_milestone:M1@20261130T093000000000Z"
M2 = M1.replace("M1", "M2")
EMPTY: Json = {"type": "home", "blocks": []}


def button(label: str, **carried: str) -> Json:
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "text": text, "action_id": carried.pop("action", "x"), "value": json.dumps(carried)}


def card(title: str, *buttons: Json, more: str = "", channel: str = "D1") -> Json:
    blocks: list[Json] = [{"type": "section", "text": {"type": "mrkdwn", "text": f"*{title}*"}}]
    blocks += [{"type": "context", "elements": [{"type": "mrkdwn", "text": more}]}] if more else []
    blocks += [{"type": "actions", "elements": list(buttons)}] if buttons else []
    return {"blocks": blocks, "channel_id": channel, "ts": title}


def home(*lines: tuple[str, Json]) -> Json:
    blocks: list[Json] = []
    for text, one in lines:
        blocks.append({"type": "section", "text": {"type": "plain_text", "text": text}})
        blocks.append({"type": "actions", "elements": [one]})
    return {"type": "home", "id": "V1", "blocks": blocks}


def meant(what: str, label: str, *cards: Json, at_home: Json = EMPTY) -> ButtonPlace:
    return the_place(places_of(cards, at_home), what, label)


def test_what_is_done_already_is_not_done_for_the_next_of_its_kind() -> None:
    done = card("Deliver milestone M1", more="✅ Done by Nadia Haddad on Mon 30 Nov.")
    following = card("Deliver milestone M2", button("Deliver it…", step=M2), more="After: Deliver milestone M1")
    line = (f"Deliver milestone M2\nDue Tue. {DEAL} Halden", button("Deliver it…", step=M2))
    with pytest.raises(NotThere, match=r"nothing is pressed(?s:.*)Deliver milestone M1: ✅ Done by Nadia Haddad"):
        meant("Deliver milestone M1", "Deliver it", done, following, at_home=home(line))


def test_a_line_at_home_that_does_not_say_it_is_not_meant() -> None:
    line = (f"Deliver milestone M2\nDue Tue. {DEAL} Halden", button("Deliver it…", step=M2))
    with pytest.raises(NotThere, match="says 'zzz'; nothing is pressed"):
        meant("zzz", "Deliver it", at_home=home(line))
    assert meant("Deliver milestone M2", "Deliver it", at_home=home(line)).about == M2


def test_where_several_are_named_each_is_told_and_none_is_pressed() -> None:
    cards = [card(f"Accept role {n}?", button("Accept the role", ask_id=f"{DEAL}.A{n}")) for n in (1, 12)]
    with pytest.raises(NotThere, match=rf"several(?s:.*)Accept role 1\? \({DEAL}.A1\)(?s:.*){DEAL}.A12"):
        meant(DEAL, "Accept the role", *cards)
    assert meant(f"{DEAL}.A1", "Accept the role", *cards).about == f"{DEAL}.A1"
    assert meant("Accept role 12?", "Accept the role", *cards).about == f"{DEAL}.A12"


def test_several_cards_of_one_thing_are_one_and_the_newest_is_pressed() -> None:
    older, newer = (card("Deliver milestone M1", button("Deliver it…", step=M1)) | {"ts": ts} for ts in ("1", "2"))
    line = (f"Deliver milestone M1\nDue Tue. {DEAL} Halden", button("Deliver it…", step=M1))
    assert meant(DEAL, "Deliver it", older, newer, at_home=home(line)).where["message"]["ts"] == "2"


def test_another_engagements_number_that_begins_alike_is_not_meant() -> None:
    other = card("Accept?", button("Accept the role", ask_id="ENG-2026-00012.A1"))
    with pytest.raises(NotThere):
        meant(DEAL, "Accept the role", other)


def test_what_stands_at_home_once_is_named_by_home() -> None:
    lines = (("You are not away.", button("I will be away…")), (f"Deliver\n{DEAL}", button("Deliver it…", step=M1)))
    assert meant(HOME, "I will be away", at_home=home(*lines)).title == "You are not away."
    with pytest.raises(NotThere):
        meant(HOME, "Deliver it", at_home=home(*lines))


def test_what_has_its_buttons_at_the_end_is_read_first() -> None:
    long = card("Attest", button("Read it all to decide", action="open", ask_id=f"{DEAL}.A4"))
    found = to_be_read(places_of([long], EMPTY), f"{DEAL}.A4")
    assert found is not None
    assert found.at_its_end(card("Attest", button("Attest", ask_id=f"{DEAL}.A4"))).button("Attest") is not None


def test_a_card_that_a_command_alone_does_waits_and_one_that_has_ended_does_not() -> None:
    by_command = card("Correct the new client", more="To do it: interlock client add NAME")
    ended = card("Correct the new client", more="✅ Done by Luca Ferri. To do it: nobody")
    assert [awaits_something(one) for one in (by_command, ended, card("News"))] == [True, False, False]


def test_a_button_is_named_by_how_its_label_begins_where_that_is_one_alone() -> None:
    labels = ["Nothing is due with it…", "Decline it…", "Decline", "Ask back…", "Asked before"]
    told = {
        said: the_label(labels, said) for said in ("Nothing is due", "nothing", "Noth", "Decline", "Ask", "Fly", "")
    }
    assert told == {
        "Nothing is due": "Nothing is due with it…",
        "nothing": "Nothing is due with it…",
        "Noth": None,
        "Decline": "Decline",
        "Ask": "Ask back…",
        "Fly": None,
        "": None,
    }
    both = card("Cover it", button("Decline it…", ask_id=f"{DEAL}.A1"), button("Decline all…", ask_id=f"{DEAL}.A1"))
    with pytest.raises(NotThere, match="nothing is pressed"):
        meant("Cover it", "Decline", both)
    exact, begun = (card(f"Card {label}", button(label, ask_id=f"{DEAL}.{label}")) for label in ("Return", "Return it"))
    assert meant(DEAL, "Return", begun, exact).title == "Card Return"
