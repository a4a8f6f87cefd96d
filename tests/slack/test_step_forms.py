"""Every form of every act that comes to be owed fits Slack, is read back, and does what is owed."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from adapters.slack.step_cards import step_message
from api.slack.delivery_fields import held_until
from api.slack.forms import FormInvalid
from api.slack.price_fields import price_preview, terms_of
from api.slack.step_fields import About, StepForm
from api.slack.step_forms import CHANGE, PLAIN, PRICE, _basis, change_preview, deed_of, draft_of, form, submitted_by
from application.commands import price
from application.queries.change_preview import preview_of
from domain.asks.model import AskKind, Verdict
from domain.engagement.acts_owed.commands_by_act import does
from domain.engagement.changes.commands import RecordPotentialChange, ReviseChange
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.command import Command
from domain.engagement.delivery.commands import DeliverMilestone, TakeMilestoneBack
from domain.engagement.documents.commands import SetRequirements
from domain.engagement.needs.commands import RecordNeeds
from domain.engagement.needs.values import Measure
from domain.engagement.roles.commands import AgreeExpectations
from domain.engagement.roles.values import Expectation
from domain.engagement.scope.commands import (
    ChooseEstimate,
    GiveEstimate,
    KeepDates,
    MoveDates,
    PackageHours,
    SetWorkPackages,
)
from domain.next_steps.acts_owed import ActKind, ActOwed
from domain.next_steps.card import HowItEnded, step_card
from domain.next_steps.choices import CHOICES, Do
from domain.next_steps.references import act_ref
from domain.playbook.model import Kind, Stage
from domain.shared.errors import BadValue
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from tests.domain.story import FIRM, Story, at
from tests.domain.test_acts_owed import away
from tests.slack.schema import problems_of_call, problems_of_view

Json = Any
FILLED = {
    "needs": "Shorter closing\nFewer reports",
    "by": ["W1"],
    "reason": "It cannot be kept.",
    "assumes": "The ledger can be read.",
    "statement": "As the expert says.",
    "title1": "All of it",
    "text1": "Figures agree.",
    "due1": "2027-06-01",
    "share_percent1": "100",
    "title": "Two more figures",
    "price": "2400",
    "hours1": "8/12/20",
    "days": "2",
    "expenses": "100",
    "plan": "As the SOW says.",
    "until": "2026-12-15",
    "delivered": "yes",
    "lessons": "Ask earlier.",
}


# What is mended by a form before the act itself is done.
BEFORE_IT = {
    (ActKind.RESTATE_NEEDS, Do.CORRECT_NEEDS),
    (ActKind.CORRECT_NEEDS, Do.CORRECT_NEEDS),
    (ActKind.DRAFT_BRD, Do.REQUIREMENTS),
}


def about(story: Story, owed: ActOwed) -> About:
    card = step_card(story.state, act_ref(story.state, owed), owed.owner)
    return About(card, story.state, owed.subject, FIRM, story.now, sees_terms=True)


def owed_in(deal: str) -> Iterator[tuple[Story, ActOwed]]:
    """Each act that comes to be owed in a deal, as soon as it is."""
    story, seen = Story(deal), set[str]()
    while True:
        for owed in story.state.acts.values():
            if owed.id not in seen:
                seen.add(owed.id)
                yield story, owed
        if next(story.rest, None) is None:
            return


def filled(view: Json) -> Json:
    """What somebody fills in who fills in everything that the form wants."""
    return {block["block_id"]: {"x": _value(block)} for block in view["blocks"] if block["type"] == "input"}


def _value(block: Json) -> Json:
    element, name = block["element"], block["block_id"]
    options = element.get("options")
    if name[-1] in "23456":  # of rows, the first
        return {}
    if element["type"] == "multi_static_select":
        return {"selected_options": options[:1]}
    if element["type"] == "static_select":
        return {"selected_option": options[0]}
    if element["type"] == "datepicker":
        return {"selected_date": FILLED.get(name, element.get("initial_date"))}
    if element["type"] == "checkboxes":
        return {"selected_options": []}
    typed = FILLED.get(name, "12" if name.startswith("hours:") else None)
    return {"value": f"{element['initial_value']} Corrected." if name.startswith("need:") else typed}


@pytest.mark.parametrize("deal", ["halden", "lindqvist", "casework"])
def test_each_card_and_each_form_of_an_act_fits_slack_and_does_the_act(deal: str) -> None:
    seen = set()
    for story, owed in owed_in(deal):
        for_owner = about(story, owed)
        sent = step_message(for_owner.card)
        assert problems_of_call("chat.postMessage", {"channel": "D1", "text": sent.text, "blocks": sent.blocks}) == []
        for choice in CHOICES[owed.kind]:
            if choice.do not in PLAIN:
                seen.add(choice.do)
                _check_form(for_owner, owed, choice.do)
            else:
                assert does(PLAIN[choice.do], owed) or choice.do in {Do.DRAFT_SOW, Do.DRAFT_BRD}  # type: ignore[arg-type]
    assert seen >= {
        Do.ADD_NEEDS,
        Do.SCOPE,
        Do.PROPOSE,
        Do.REQUIREMENTS,
        Do.MILESTONES,
        Do.HAND_OVER,
        Do.DELIVER,
        Do.CLOSE,
    }


def _check_form(for_owner: About, owed: ActOwed, do: Do) -> None:
    choice = next(one for one in CHOICES[owed.kind] if one.do is do)
    view = form(for_owner, choice, at_home=True).to_dict()
    assert problems_of_view(view) == []
    if view["callback_id"] == PRICE:
        terms = terms_of(for_owner, filled(view))
        assert terms.internal_transfer is (for_owner.state.kind is Kind.IN_HOUSE)
        found = price.preview_of(for_owner.state, terms, Actor(person_id=owed.owner))
        assert problems_of_view(price_preview(for_owner, do, terms, found, at_home=True).to_dict()) == []
        return
    deed = deed_of(for_owner, StepForm.model_validate_json(view["private_metadata"]), filled(view))
    assert isinstance(deed, Command)
    assert does(deed, owed) or (owed.kind, do) in BEFORE_IT


def test_a_change_that_is_owed_is_submitted_from_its_route() -> None:
    story = at(Stage.DELIVER, "lindqvist")
    story.do(RecordPotentialChange(text="Can we also?"), story.holder("project_manager"))
    story.answer(story.ask(AskKind.POTENTIAL_CHANGE))
    owed = next(one for one in story.state.acts.values() if one.kind is ActKind.SUBMIT_CHANGE)
    for_owner = about(story, owed)
    view = form(for_owner, CHOICES[owed.kind][0], at_home=True).to_dict()
    assert view["callback_id"] == CHANGE
    command = submitted_by(for_owner, filled(view))
    found = preview_of(story.state, draft_of(command), Actor(person_id=owed.owner))
    route = change_preview(for_owner, command, found, at_home=True).to_dict()
    assert problems_of_view(route) == []
    assert StepForm.model_validate_json(route["private_metadata"]).previewed == command


def returned(facts: dict[str, Any]) -> tuple[Story, ActOwed]:
    """A change that an approver sent back, and who owes its revision."""
    story = at(Stage.DELIVER, "lindqvist").copy()
    n = story.submit(ChangeFacts.model_validate(facts))
    story.estimate_change(n)
    story.answer(story.ask(AskKind.APPROVE_CHANGE), Verdict.RETURN, reason="Say which figures")
    return story, next(one for one in story.state.acts.values() if one.kind is ActKind.REVISE_CHANGE)


WORK = {"discipline": "data", "grade": "senior", "hours": "8/12/20"}
IN_ONE = {"title": "More", "reason": "Asked for", "price": "2400.50", "days": 2, "work": [WORK]}
ADDED = {"kind": "work_added", "work": [WORK], "amount": 2400, "days": 3}
TEXT = {"kind": "requirements", "text": "R1 asks for six figures."}
SWAP = {"title": "Swap", "reason": "Asked for", "items": [ADDED, TEXT, {"kind": "work_removed", "package": "W2"}]}
DAYS_OF_BOTH = SWAP | {"items": [ADDED, {"kind": "work_removed", "package": "W2", "days": -2}]}


@pytest.mark.parametrize(("facts", "whole"), [(IN_ONE, True), (SWAP, True), (DAYS_OF_BOTH, False)])
def test_a_change_that_was_returned_is_revised_from_what_it_says(facts: dict[str, Any], *, whole: bool) -> None:
    story, owed = returned(facts)
    for_owner = about(story, owed)
    assert [choice.do for choice in for_owner.card.choices] == [Do.REVISE, Do.WITHDRAW]
    view = form(for_owner, for_owner.card.choices[0], at_home=True).to_dict()
    assert problems_of_view(view) == []
    said = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]
    assert any("Say which figures" in text for text in said)
    assert any("more than this form can show" in text for text in said) is not whole
    command = submitted_by(for_owner, as_it_stands(view))
    assert isinstance(command, ReviseChange)
    assert (command.change == story.state.changes[command.n].facts) is whole
    found = preview_of(story.state, draft_of(command), Actor(person_id=owed.owner))
    assert problems_of_view(change_preview(for_owner, command, found, at_home=True).to_dict()) == []


def as_it_stands(view: dict[str, Any]) -> dict[str, Any]:
    """What a form sends where nobody changes anything in it."""
    return {block["block_id"]: {"x": _initial(block["element"])} for block in view["blocks"] if "element" in block}


def _initial(element: dict[str, Any]) -> dict[str, Any]:
    if element["type"] == "checkboxes":
        return {"selected_options": element.get("initial_options", [])}
    if element["type"] == "static_select":
        return {"selected_option": element.get("initial_option")}
    return {"value": element.get("initial_value")}


def test_what_experts_returned_is_clarified_by_what_a_package_assumes() -> None:
    story = Story().until(lambda one: any(one.state.open_asks(AskKind.ESTIMATE)))
    ask = next(story.state.open_asks(AskKind.ESTIMATE))
    for voter in ask.silent:
        story.answer(story.now_of(ask), Verdict.RETURN, reason="Too large.")
        assert voter
    owed = next(one for one in story.state.acts.values() if one.kind is ActKind.ANSWER_RETURN)
    view = form(about(story, owed), CHOICES[owed.kind][0], at_home=False).to_dict()
    assert problems_of_view(view) == []
    carried = StepForm.model_validate_json(view["private_metadata"])
    deed = deed_of(about(story, owed), carried, filled(view))
    assert isinstance(deed, SetWorkPackages)
    assert [one.id for one in deed.packages] == list(story.state.packages)
    assert FILLED["assumes"] in next(one for one in deed.packages if one.discipline == owed.subject).assumes


def test_a_no_to_the_dates_is_answered_by_a_form_of_each_way() -> None:
    story = Story("lindqvist").until(lambda one: any(one.state.open_asks(AskKind.CONFIRM_STAFFING)))
    story.answer(story.ask(AskKind.CONFIRM_STAFFING), Verdict.RETURN, reason="Full.")
    of = about(story, story.state.acts["answer_staffing"])
    deeds = []
    for choice in CHOICES[ActKind.ANSWER_STAFFING]:
        view = form(of, choice, at_home=False).to_dict()
        assert problems_of_view(view) == []
        deeds.append(deed_of(of, StepForm.model_validate_json(view["private_metadata"]), filled(view)))
    assert [type(deed) for deed in deeds] == [MoveDates, KeepDates]


@pytest.mark.parametrize(("do", "wrong"), [(Do.MILESTONES, {"title1": "A"}), (Do.COVER, {"by": None}), (Do.HOURS, {})])
def test_what_does_not_fit_is_named_at_a_field_that_the_form_has(do: Do, wrong: Json) -> None:
    story = Story("lindqvist").until(lambda one: one.state.acts.get("set_milestones") is not None)
    owed = story.state.acts["set_milestones"]
    values = {name: {"x": {"value": value}} for name, value in wrong.items()} or {"hours:W1": {"x": {"value": None}}}
    values |= {"due1": {"x": {"selected_date": None}}, "share_percent1": {"x": {"value": None}}}
    of = about(story, owed)
    carried = StepForm(step=of.card.ref, do=do, basis=_basis(of, do))
    with pytest.raises(FormInvalid) as refused:
        deed_of(of, carried, values)
    assert set(refused.value.errors) <= set(values)


def test_what_was_changed_after_a_form_was_opened_is_not_written_over() -> None:
    story = Story().until(lambda one: "restate_needs" in one.state.acts)
    owed = story.state.acts["restate_needs"]
    view = form(about(story, owed), CHOICES[owed.kind][1], at_home=False).to_dict()
    carried = StepForm.model_validate_json(view["private_metadata"])
    assert deed_of(about(story, owed), carried, filled(view))
    need = next(iter(story.state.needs.values()))
    story.do(RecordNeeds(needs=(need.replace(text="Said otherwise meanwhile"),)), owed.owner)
    with pytest.raises(FormInvalid, match="need:"):
        deed_of(about(story, owed), carried, filled(view))


def drafting_the_brd() -> tuple[Story, ActOwed]:
    story = Story("lindqvist").until(lambda one: "draft_brd" in one.state.acts)
    return story, story.state.acts["draft_brd"]


def test_requirements_of_a_brd_are_changed_in_a_form_and_keep_their_ids() -> None:
    story, owed = drafting_the_brd()
    before = story.state.requirements
    choice = next(one for one in CHOICES[owed.kind] if one.do is Do.REQUIREMENTS)
    view = form(about(story, owed), choice, at_home=False).to_dict()
    shown = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert [shown[f"text{n}"]["initial_value"] for n in range(1, len(before) + 1)] == [r.text for r in before.values()]
    values = {name: {"x": _as_it_stands(element)} for name, element in shown.items()}
    values["text1"] = {"x": {"value": "Figures agree to the cent."}}
    deed = deed_of(about(story, owed), StepForm.model_validate_json(view["private_metadata"]), values)
    assert isinstance(deed, SetRequirements)
    assert [one.id for one in deed.requirements] == list(before)
    changed = next(iter(before.values())).replace(text="Figures agree to the cent.")
    assert deed.requirements == (changed, *list(before.values())[1:])


def _as_it_stands(element: Json) -> Json:
    if element["type"] == "multi_static_select":
        return {"selected_options": element.get("initial_options", [])}
    return {"value": element.get("initial_value")}


def test_requirements_that_fit_no_form_are_changed_elsewhere() -> None:
    story, owed = drafting_the_brd()
    first = next(iter(story.state.requirements.values()))
    many = tuple(first.replace(id=f"R{n}") for n in range(1, 20))
    story.do(SetRequirements(requirements=many), owed.owner)
    choice = next(one for one in CHOICES[owed.kind] if one.do is Do.REQUIREMENTS)
    with pytest.raises(BadValue, match="too many or too long"):
        form(about(story, story.state.acts["draft_brd"]), choice, at_home=False)


def choosing() -> tuple[Story, About]:
    """The delivery lead has hours of two experts for one package."""
    story = Story("halden").until(lambda one: any(one.state.open_asks(AskKind.ESTIMATE, subject="estimate:data")))
    story = story.copy()
    story.propose("expert:data", PersonId("rosa.klein"), further=True, waiver="Beside him")
    story.answer(story.ask(AskKind.ACCEPT_ROLE, "role:expert:data"))
    for by, hours in (("kofi.mensah", "100/140/200"), ("rosa.klein", "160/240/500")):
        given = PackageHours.model_validate({"package": "W5", "hours": hours, "risks": ["Two formats."]})
        story.do(GiveEstimate(estimates=(given,)), by)
    owed = next(one for one in story.state.acts.values() if one.kind is ActKind.CHOOSE_ESTIMATE)
    return story, about(story, owed)


@pytest.mark.parametrize(
    ("of", "own", "hours"),
    [("rosa.klein", None, "160/240/500 h"), (None, "120/200/300", "120/200/300 h"), (None, None, None)],
)
def test_the_lead_takes_the_hours_of_one_expert_or_states_others_between(
    of: str | None, own: str | None, hours: str | None
) -> None:
    _, lead = choosing()
    assert any("risk: Two formats." in line for line in lead.card.facts)
    view = form(lead, CHOICES[ActKind.CHOOSE_ESTIMATE][0], at_home=False).to_dict()
    assert problems_of_view(view) == []
    values: Json = {
        "of": {"x": {"selected_option": {"value": of} if of else None}},
        "hours": {"x": {"value": own}},
        "statement": {"x": {"value": "Because."}},
    }
    carried = StepForm.model_validate_json(view["private_metadata"])
    if hours is None:
        with pytest.raises(FormInvalid) as refused:
            deed_of(lead, carried, values)
        assert "not both" in refused.value.errors["hours"]
        return
    deed = deed_of(lead, carried, values)
    assert isinstance(deed, ChooseEstimate)
    assert str(deed.hours) == hours


def test_a_need_is_corrected_with_its_why_and_what_it_is_measured_by_stays() -> None:
    story = Story("halden").until(lambda one: ActKind.RESTATE_NEEDS.value in one.state.acts)
    owed = story.state.acts[ActKind.RESTATE_NEEDS.value]
    need = story.state.needs["N1"].replace(why="The audit", measure=Measure(what="calls", now=40, target=10))
    many = {f"N{n}": need.replace(id=f"N{n}", text="x" * 2000, why="y" * 2000) for n in range(2, 60)}
    shown = about(story, owed)._replace(state=story.state.replace(needs={"N1": need, **many}))
    choice = next(one for one in CHOICES[owed.kind] if one.do is Do.CORRECT_NEEDS)
    view = form(shown, choice, at_home=True).to_dict()
    assert problems_of_view(view) == []
    (text,) = [block for block in view["blocks"] if block.get("block_id") == "need:N1"]
    assert text["hint"]["text"] == "Measured by calls: 40 now, target 10: that stays."
    values = {"need:N1": {"x": {"value": need.text}}, "why:N1": {"x": {"value": "The auditor"}}}
    deed = deed_of(shown, StepForm.model_validate_json(view["private_metadata"]), values)
    assert isinstance(deed, RecordNeeds)
    assert deed.needs == (need.replace(why="The auditor"),)


def test_a_milestone_that_was_delivered_is_taken_back_from_its_card() -> None:
    story = at(Stage.DELIVER, "lindqvist").copy()
    pm, owed = story.holder("project_manager"), story.state.acts["deliver_milestone:M1"]
    ref = act_ref(story.state, owed)
    story.do(DeliverMilestone(milestone="M1"), pm)
    card = step_card(story.state, ref, pm, ended=HowItEnded(pm, story.now))
    buttons = [one for block in step_message(card).blocks for one in block.get("elements", ()) if "action_id" in one]
    assert [one["text"]["text"] for one in buttons] == ["Take it back…"]
    after = About(card, story.state, "M1", FIRM, story.now)
    view = form(after, card.choices[0], at_home=False).to_dict()
    assert problems_of_view(view) == []
    carried = StepForm.model_validate_json(view["private_metadata"])
    assert deed_of(after, carried, filled(view)) == TakeMilestoneBack(milestone="M1", reason=FILLED["reason"])


def test_whoever_delivers_long_before_the_day_reads_that_another_milestone_may_be_meant() -> None:
    story = at(Stage.DELIVER, "lindqvist")
    owed = story.state.acts["deliver_milestone:M1"]
    view = form(about(story, owed), CHOICES[owed.kind][0], at_home=False).to_dict()
    said = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]
    assert any(text.startswith("⚠ M1 is due on ") for text in said)


def sent_back_expectations(how_many: int) -> tuple[Story, ActOwed]:
    """What is expected of the project manager, which the client returned."""
    story = at(Stage.DELIVER, "halden").copy()
    given = tuple(Expectation(what=f"A report each week, {n}") for n in range(1, how_many + 1))
    put = AgreeExpectations(role="project_manager", expectations=given)
    story.do(put, story.holder("engagement_manager"))
    story.answer(story.ask(AskKind.CONFIRM_EXPECTATIONS), Verdict.RETURN, reason="Each month is enough")
    return story, next(one for one in story.state.acts.values() if one.kind is ActKind.CORRECT_EXPECTATIONS)


@pytest.mark.parametrize("how_many", [1, 7])
def test_expectations_that_the_client_sent_back_are_corrected_by_their_form(how_many: int) -> None:
    story, owed = sent_back_expectations(how_many)
    shown = about(story, owed)
    view = form(shown, CHOICES[owed.kind][0], at_home=True).to_dict()
    assert problems_of_view(view) == []
    assert "Each month is enough" in str(view["blocks"])
    before = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert before["what1"]["initial_value"] == "A report each week, 1"
    typed = {name: element.get("initial_value") for name, element in before.items() if name.startswith("what")}
    values = {name: {"x": {"value": text}} for name, text in (typed | {"what1": "A report each month"}).items()}
    values["by1"] = {"x": {"selected_date": "2027-06-01"}}
    deed = deed_of(shown, StepForm.model_validate_json(view["private_metadata"]), values)
    assert isinstance(deed, AgreeExpectations)
    assert (deed.role, len(deed.expectations)) == ("project_manager", how_many)
    assert deed.expectations[0] == Expectation(what="A report each month", by=date(2027, 6, 1))
    story.do(deed, owed.owner)
    assert story.ask(AskKind.CONFIRM_EXPECTATIONS).is_open


def test_beside_the_day_until_which_a_role_is_held_stands_what_becomes_of_whoever_is_only_away() -> None:
    story = at(Stage.DELIVER)
    pm = story.holder("project_manager")
    away(story, pm, None)
    hint = held_until(story.state.vacancies["project_manager"])
    assert "Whoever accepts takes over the role for good" in hint
    assert "who stands in" in hint
    story.leaves(pm)
    assert held_until(story.state.vacancies["project_manager"]).startswith("After that day the role is vacant again.")
