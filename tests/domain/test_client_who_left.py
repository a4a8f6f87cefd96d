"""The client's people leave too: what was owed to them is owed to the client, and nobody who left is asked anything."""

import pytest

from domain.asks.model import AskKind
from domain.engagement.delivery.commands import DeliverMilestone
from domain.engagement.needs.commands import RecordNeeds
from domain.engagement.roles.commands import NameParty
from domain.playbook.model import Stage
from domain.shared.errors import RoleVacant
from domain.shared.values import PersonId
from tests.domain.story import Story, at


def test_a_contact_that_is_owed_while_the_client_has_no_sponsor_is_owed_to_the_client() -> None:
    story = at(Stage.DELIVER)
    story.leaves(story.holder("client_sponsor"))
    story.wait(days=40)
    assert story.ask(AskKind.CONTACT_CLIENT).facts == {"with.client": story.state.client}


def test_a_contact_who_left_the_client_gets_no_pulse() -> None:
    story = at(Stage.DELIVER)
    story.leaves(PersonId("odd.vik"))
    milestone = next(iter(story.state.milestones))
    story.do(DeliverMilestone(milestone=milestone), story.holder("project_manager"))
    story.answer(story.ask(AskKind.ACCEPT_MILESTONE))
    asked = {ask.silent[0].person_id for ask in story.state.open_asks(AskKind.PULSE)}
    assert asked == {story.holder("client_sponsor")}


def test_nobody_who_left_is_asked_again_how_satisfied_they_are() -> None:
    story = at(Stage.DELIVER)
    milestone = next(iter(story.state.milestones))
    story.do(DeliverMilestone(milestone=milestone), story.holder("project_manager"))
    story.answer(story.ask(AskKind.ACCEPT_MILESTONE))
    story.answer(story.ask(AskKind.PULSE, f"pulse:{milestone}:odd.vik"), score=3)
    story.answer(story.ask(AskKind.EXPECTATION_TALK))
    story.leaves(PersonId("odd.vik"))
    story.wait(days=30)
    assert not any(story.state.open_asks(AskKind.PULSE, subject=f"pulse:{milestone}:odd.vik:again"))


def test_a_pulse_of_somebody_who_leaves_ends_and_the_sponsors_at_the_close_passes_on() -> None:
    story = at(Stage.DELIVER)
    for milestone in story.state.milestones:
        story.do(DeliverMilestone(milestone=milestone), story.holder("project_manager"))
        story.answer(story.ask(AskKind.ACCEPT_MILESTONE))
    pulses = list(story.state.open_asks(AskKind.PULSE))
    sponsor = story.holder("client_sponsor")
    story.leaves(sponsor)
    still = {ask.subject for ask in story.state.open_asks(AskKind.PULSE)}
    assert f"pulse:close:{sponsor}" in still
    assert not any(
        f":{sponsor}" in ask.subject for ask in pulses if ask.subject in still and "close" not in ask.subject
    )
    new = story.person(PersonId("odd.vik"))
    named = NameParty(party="client_sponsor", person=new, reason="Kari has left")
    story.do(named, story.holder("engagement_manager"))
    assert story.ask(AskKind.PULSE, f"pulse:close:{sponsor}").asked == ("odd.vik",)


def name_another(story: Story, party: str) -> None:
    command = NameParty.model_validate(
        {"party": party, "person": story.person(PersonId("odd.vik")), "reason": "Kari has left"}
    )
    story.do(command, story.holder("engagement_manager"))


def test_nobody_of_the_firm_accepts_a_milestone_for_a_client_without_a_sponsor() -> None:
    story = at(Stage.DELIVER)
    story.leaves(story.holder("client_sponsor"))
    delivered = DeliverMilestone(milestone=next(iter(story.state.milestones)))
    with pytest.raises(RoleVacant, match="Halden Energi AS has no client sponsor"):
        story.do(delivered, story.holder("project_manager"))
    name_another(story, "client_sponsor")
    story.do(delivered, story.holder("project_manager"))
    assert story.ask(AskKind.ACCEPT_MILESTONE).asked == ("odd.vik",)


def test_a_signature_of_the_client_waits_for_a_signatory_and_is_nobody_elses() -> None:
    story = Story("halden").until(lambda s: any(s.state.open_asks(AskKind.SIGN_SOW)))
    story.leaves(story.holder("client_signatory"))
    story.answer(story.ask(AskKind.SIGN_SOW))
    assert not any(story.state.open_asks(AskKind.SIGN_SOW))
    assert "client_signatory" in story.state.vacancies
    name_another(story, "client_signatory")
    assert story.ask(AskKind.SIGN_SOW).asked == ("odd.vik",)


def test_needs_are_not_restated_to_a_client_without_a_sponsor() -> None:
    story = at(Stage.ESTIMATE)
    story.leaves(story.holder("client_sponsor"))
    need = next(iter(story.state.needs.values())).replace(text="Another need")
    story.do(RecordNeeds(needs=(need,)), story.deal.salesperson)
    assert not any(story.state.open_asks(AskKind.CONFIRM_NEEDS))
    name_another(story, "client_sponsor")
    assert story.ask(AskKind.CONFIRM_NEEDS).asked == ("odd.vik",)


def test_an_overdue_ask_that_passes_to_another_is_known_above_again() -> None:
    story = Story("halden").until(lambda s: any(s.state.open_asks(AskKind.SIGN_SOW)))
    story.answer(story.ask(AskKind.SIGN_SOW))
    story.wait(days=40)
    before = story.ask(AskKind.SIGN_SOW)
    assert before.rung == len(story.playbook.ladder.ask)
    name_another(story, "client_signatory")
    story.wait(hours=1)
    after = story.now_of(before)
    assert after.asked == ("odd.vik",)
    assert {s.person_id for s in after.stand_ins} == {s.person_id for s in before.stand_ins}


def test_a_score_is_of_whoever_gave_it_where_somebody_else_was_asked_before() -> None:
    story = Story("halden").to(Stage.SUPPORT).copy()
    before = story.holder("client_sponsor")
    follows = next(p for p in story.state.cast.people.values() if p.client and "client_contact" in p.part)
    named = NameParty(party="client_sponsor", person=follows, reason="The sponsor moved on")
    story.do(named, story.holder("engagement_manager"))
    story.leaves(before)
    story.answer(story.ask(AskKind.PULSE, f"pulse:close:{before}"), score=1)
    assert (story.state.pulses[-1].at, story.state.pulses[-1].person_id) == ("close", follows.id)
    story.answer(story.ask(AskKind.EXPECTATION_TALK, f"talk:close:{follows.id}"), reason="We talked it over")
    assert any(ask.subject == f"pulse:close:{follows.id}:again" for ask in story.state.open_asks(AskKind.PULSE))
