"""What a change alters of terms and requirements is said in words, shown to all who judge it, and signed."""

from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from api.slack.changes import change_of
from api.slack.forms import FormInvalid
from domain.asks.facts_shown import facts_shown
from domain.asks.model import AskKind
from domain.change_order.facts import change_facts, client_facts
from domain.engagement.changes.lines import MAX_ITEMS_BYTES, MAX_PER_ITEM, ChangeFacts, ItemKind
from domain.engagement.changes.outlook import UNSAID, outlook
from domain.playbook.model import Stage
from tests.domain.story import Story, at

TEXT = "R1 asks for six key figures instead of three."
BASE = {"title": "More figures", "reason": "Client request"}


def change(*items: Mapping[str, object], **more: object) -> ChangeFacts:
    return ChangeFacts.model_validate({**BASE, "items": items, **more})


def submitted(facts: ChangeFacts) -> Story:
    story = at(Stage.DELIVER).copy()
    story.submit(facts)
    return story


def test_the_words_of_an_item_stand_on_every_card_and_before_the_client() -> None:
    facts = change({"kind": "requirements", "text": TEXT}, {"kind": "price", "amount": 500})
    story = submitted(facts)
    order = next(iter(story.orders.values()))
    assert facts_shown(order.cast, AskKind.APPROVE_CHANGE, change_facts(order))["item 1"] == f"requirements. {TEXT}"
    assert facts_shown(order.cast, AskKind.SIGN_CHANGE, client_facts(order))["item 1"] == f"requirements. {TEXT}"
    asked = [story.shown(ask) for ask in story.open_asks() if ask.kind is AskKind.APPROVE_CHANGE]
    assert any(shown.get("item 1", "").endswith(TEXT) for shown in asked)


def test_one_item_that_says_something_is_shown_too() -> None:
    order = next(iter(submitted(change({"kind": "terms", "text": "Payment within 60 days."})).orders.values()))
    shown = facts_shown(order.cast, AskKind.APPROVE_CHANGE, change_facts(order))
    assert shown["item 1"] == "terms. Payment within 60 days."


@pytest.mark.parametrize(
    ("facts", "unsaid"),
    [
        (change({"kind": "requirements"}), (ItemKind.REQUIREMENTS,)),
        (change({"kind": "price", "amount": 1}, terms_changed=True), (ItemKind.TERMS,)),
        (change({"kind": "terms"}, {"kind": "requirements"}), (ItemKind.TERMS, ItemKind.REQUIREMENTS)),
        (change({"kind": "requirements", "text": TEXT}), ()),
        (change({"kind": "price", "amount": 1}), ()),
    ],
)
def test_where_no_item_says_which_terms_or_requirements_change_that_is_said(
    facts: ChangeFacts, unsaid: tuple[ItemKind, ...]
) -> None:
    assert facts.unsaid == unsaid
    told = outlook(at(Stage.DELIVER).state, facts, 1).get(UNSAID)
    named = " and ".join(kind.value for kind in unsaid)
    assert told == (f"which {named} change: no item gives its text" if unsaid else None)


def test_words_of_items_are_words_and_not_too_many() -> None:
    with pytest.raises(ValidationError):
        change({"kind": "requirements", "text": "ok"})
    with pytest.raises(ValidationError):
        change({"kind": "requirements", "text": "a" * (MAX_PER_ITEM + 1)})
    whole = [{"kind": "requirements", "text": "a" * MAX_PER_ITEM}] * (MAX_ITEMS_BYTES // MAX_PER_ITEM)
    assert change(*whole).unsaid == ()
    with pytest.raises(ValidationError, match="the words of all items take at most"):
        change(*whole, {"kind": "terms", "text": "a" * MAX_PER_ITEM})


def form(ticked: tuple[str, ...], said: str | None) -> dict[str, dict[str, dict[str, object]]]:
    """What Slack sends of a change form."""

    def typed(value: str | None) -> dict[str, dict[str, object]]:
        return {"value": {"type": "plain_text_input", "value": value}}

    chosen = [{"value": flag} for flag in ticked]
    return {
        "engagement": {"value": {"type": "external_select", "selected_option": {"value": "ENG-2026-0001"}}},
        "title": typed("More figures"),
        "reason": typed("Client request"),
        "price": typed("500"),
        "days": typed("0"),
        "flags": {"value": {"type": "checkboxes", "selected_options": chosen}},
        "said": typed(said),
    }


def test_the_form_in_slack_takes_them_for_what_is_ticked() -> None:
    facts = change_of(form(("requirements_changed",), TEXT)).change
    assert [(item.kind, item.text) for item in facts.items] == [
        (ItemKind.PRICE, None),
        (ItemKind.REQUIREMENTS, TEXT),
    ]
    assert change_of(form(("requirements_changed",), None)).change.unsaid == (ItemKind.REQUIREMENTS,)
    with pytest.raises(FormInvalid):
        change_of(form((), TEXT))
