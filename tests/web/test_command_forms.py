"""Every command that people give on an engagement has a form, and a whole deal can be played over them."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio
from pydantic import BaseModel

from api.pages.commands.table import FORMS
from application.gateway import WorkflowGateway
from application.gateway_errors import EngineAway
from domain.change_order.order import EstimateLines, WithdrawOrder
from domain.engagement.commands import COMMANDS
from tests.api.played import DEAL, HEAD_OF_SALES, NEW_DEAL, PRICED, SELLER, SPONSOR
from tests.clock import held
from tests.command_routes import routes
from tests.stack import Stack
from tests.test_command_routes import OF_THE_ENGINE, routes_of
from tests.web.browsing import HIDDEN, FormsOfPage, command_form
from tests.web.on_pages import FORMS_OF, PREVIEWS, PlayedOnPages, in_days
from workflows.messages import Receipt

# Commands whose place is another page, and which.
ELSEWHERE = {
    "AnswerAsk": "the page of the ask",
    "GiveInformation": "the page of the ask",
    "DelegateAsk": "the page of the ask",
}
GIVEN: tuple[type[BaseModel], ...] = (*COMMANDS, WithdrawOrder, EstimateLines)
HERE = "/engagements/{}"
# A colleague who has no part in the deal.
OUTSIDER = "bram.devries"


@dataclass
class Away:
    """An engine that does not answer: before it carried a command out, or after."""

    engine: WorkflowGateway
    answer_is_lost: bool

    async def command(self, workflow_id: str, request: Any) -> Receipt:
        if self.answer_is_lost:
            await self.engine.command(workflow_id, request)
        raise EngineAway("No answer.", remedy="Try again.")


@pytest_asyncio.fixture
async def deal(stack: Stack) -> PlayedOnPages:
    """A deal that has just been started."""
    deal = PlayedOnPages(stack)
    await deal.start()
    return deal


@pytest.mark.parametrize("command", sorted(kind.__name__ for kind in GIVEN if kind.__name__ not in OF_THE_ENGINE))
def test_each_command_that_rest_gives_has_a_form_or_another_page(command: str) -> None:
    assert routes_of(command), f"REST does not give {command}"
    assert command in ELSEWHERE or command in {form.command.__name__ for form in FORMS.values()}


def test_each_writing_operation_on_an_engagement_is_a_form() -> None:
    written = {name.replace(HERE, "", 1) for name in routes() if f" {HERE}/" in name}
    assert written == set(FORMS_OF) | set(PREVIEWS)


def test_each_form_stands_for_an_operation() -> None:
    assert {place.form for place in FORMS_OF.values()} == set(FORMS)


def test_each_form_says_in_a_sentence_what_it_leads_to() -> None:
    assert [form.name for form in FORMS.values() if not form.lead.endswith((".", "?"))] == []


async def test_a_whole_deal_is_played_by_sending_forms(stack: Stack) -> None:
    deal = PlayedOnPages(stack)
    await deal.play("Played on pages")
    assert (await deal.see())["stage"] == "closed"


async def test_what_a_deal_seldom_needs_is_sent_by_forms(stack: Stack) -> None:
    lost, cancelled = PlayedOnPages(stack), PlayedOnPages(stack)
    await lost.start("Lost on pages")
    await lost.do(SELLER, "POST", "/lose", {"reason": "They chose another."})
    await cancelled.start("Cancelled on pages")
    await cancelled.propose("engagement_manager", "jonas.weber", SPONSOR)
    await cancelled.do(SPONSOR, "POST", "/playbook")
    await cancelled.do("jonas.weber", "POST", "/cancel", {"reason": "No budget."})
    assert [(await deal.see())["stage"] for deal in (lost, cancelled)] == ["lost", "cancelled"]


async def test_dates_are_moved_and_kept_by_forms(stack: Stack) -> None:
    deal = await PlayedOnPages(stack).after(*PRICED[:2])
    wished = {"start": NEW_DEAL["wished_end"], "end": NEW_DEAL["wished_end"]}
    await deal.do(SELLER, "PUT", "/dates", wished)
    no = {"reason": "Kofi is with another client.", "available_from": wished["end"]}
    await deal.answer(await deal.ask("confirm_staffing"), "return", **no)
    await deal.do(SELLER, "POST", "/dates/keep", {"reason": "The client cannot wait."})
    assert (await deal.see())["staffing"]["kept_because"] == "The client cannot wait."


async def test_requirements_are_taken_as_prepared_by_a_form(stack: Stack) -> None:
    packages = [{k: v for k, v in row.items() if k not in {"hours", "promises"}} for row in DEAL["work_packages"]]
    more = {"needs": DEAL["needs"], "packages": packages, "requirements": DEAL["requirements"]}
    deal = PlayedOnPages(stack)
    deal.engagement = (await stack.done(SELLER, "POST", "/engagements", NEW_DEAL | more))["engagement_id"]
    await deal.propose("business_analyst", "elin.dahl", "priya.raman")
    await deal.do("elin.dahl", "POST", "/requirements/take")
    assert [row["id"] for row in (await deal.see())["requirements"]] == ["R1"]


async def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong_at_its_field(deal: PlayedOnPages) -> None:
    browser, path = await deal.browser(SELLER), f"/engagements/{deal.engagement}/do/record-needs"
    needs = {
        "needs.0.text": "Know why <b>reports</b> differ",
        "needs.1.text": "Less rework",
        "needs.1.measure.now": "a",
    }
    answer = await browser.send(path, needs)
    assert answer.status_code == 422
    form = command_form(answer)
    assert {name: form.fields[name] for name in needs} == needs
    assert "Needs, row 2, Today" in answer.text
    assert 'id="needs.1.measure.now-error"' in answer.text
    assert (await deal.see())["needs"] == []


async def test_a_form_that_is_refused_by_a_rule_can_be_corrected_and_sent_again(deal: PlayedOnPages) -> None:
    await deal.do(SELLER, "POST", "/needs", {"needs": DEAL["needs"]})
    browser, path = await deal.browser(SELLER), f"/engagements/{deal.engagement}/do/set-milestones"
    milestone = {"milestones.0.title": "All", "milestones.0.due": in_days(30), "milestones.0.share_percent": "90 %"}
    refused = await browser.send(path, milestone)
    assert refused.status_code in {409, 422}
    corrected = command_form(refused).fields | {"milestones.0.share_percent": "100"}
    assert (await browser.post(path, corrected)).status_code == 303
    assert [row["title"] for row in (await deal.see())["milestones"]] == ["All"]


async def test_sent_twice_it_counts_once(deal: PlayedOnPages) -> None:
    browser, path = await deal.browser(SELLER), f"/engagements/{deal.engagement}/do/record-needs"
    fields = {**(await browser.form(path)).fields, "needs.0.text": "Close the books in a day"}
    answers = await asyncio.gather(*(browser.post(path, fields) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {303}
    assert [need["text"] for need in (await deal.see())["needs"]] == ["Close the books in a day"]


async def test_a_form_that_was_carried_out_is_not_carried_out_with_other_words(deal: PlayedOnPages) -> None:
    browser, path = await deal.browser(SELLER), f"/engagements/{deal.engagement}/do/record-needs"
    fields = {**(await browser.form(path)).fields, "needs.0.text": "One"}
    assert (await browser.post(path, fields)).status_code == 303
    other = await browser.post(path, fields | {"needs.0.text": "Two"})
    assert other.status_code == 409
    assert "You have sent this form before" in other.text
    assert command_form(other).fields["once"] != fields["once"]
    assert [need["text"] for need in (await deal.see())["needs"]] == ["One"]


async def test_what_another_changed_meanwhile_is_not_lost(deal: PlayedOnPages) -> None:
    rows = [{k: v for k, v in row.items() if k not in {"hours", "promises"}} for row in DEAL["work_packages"]]
    await deal.do(SELLER, "POST", "/needs", {"needs": DEAL["needs"]})
    await deal.do(SELLER, "PUT", "/work-packages", {"packages": rows})
    browser, path = await deal.browser(SELLER), f"/engagements/{deal.engagement}/do/set-work-packages"
    before = (await browser.form(path)).fields
    await deal.do(SELLER, "POST", "/needs", {"needs": [{"id": "N9", "text": "Nothing to do with the scope"}]})
    await deal.do(SELLER, "PUT", "/work-packages", {"packages": [rows[0] | {"title": "Another title"}, *rows[1:]]})
    mine = before | {"packages.1.title": "My title"}
    refused = await browser.post(path, mine)
    assert refused.status_code == 412
    assert "W1 was changed" in refused.text
    assert "W2 was" not in refused.text
    assert "Another title" in refused.text
    again = command_form(refused).fields
    assert again["packages.1.title"] == "My title"
    assert (await browser.post(path, again)).status_code == 303
    assert [row["title"] for row in (await deal.see())["packages"]][1] == "My title"


async def test_what_happens_beside_it_does_not_stop_an_edit(deal: PlayedOnPages) -> None:
    browser, path = await deal.browser(SELLER), f"/engagements/{deal.engagement}/do/set-milestones"
    before = (await browser.form(path)).fields
    await deal.do(SELLER, "POST", "/needs", {"needs": DEAL["needs"]})
    milestone = {"milestones.0.title": "All", "milestones.0.due": in_days(30), "milestones.0.share_percent": "100"}
    assert (await browser.post(path, before | milestone)).status_code == 303


async def test_without_its_proof_of_origin_no_form_counts(deal: PlayedOnPages) -> None:
    browser, path = await deal.browser(SELLER), f"/engagements/{deal.engagement}/do/record-needs"
    fields = {**(await browser.form(path)).fields, "needs.0.text": "One"}
    for forged in (fields | {"csrf": "0" * 64}, {name: fields[name] for name in fields if name != "csrf"}):
        assert (await browser.post(path, forged)).status_code == 403
    assert (await deal.see())["needs"] == []


async def test_rows_are_pasted_from_a_spreadsheet(deal: PlayedOnPages) -> None:
    table = 'What the client needs\tWhy\nClose in a day\t"Two lines,\nin one cell"\n\nN7\tLess rework\t12 days\n'
    browser, path = await deal.browser(SELLER), f"/engagements/{deal.engagement}/do/record-needs"
    assert (await browser.send(path, {"needs.pasted": table})).status_code == 303
    found = [(need["id"], need["text"], need["why"]) for need in (await deal.see())["needs"]]
    assert found == [("N1", "Close in a day", "Two lines,\nin one cell"), ("N7", "Less rework", "12 days")]


async def test_forty_needs_of_two_thousand_characters_are_shown_sent_and_refused_whole(deal: PlayedOnPages) -> None:
    browser, path = await deal.browser(SELLER), f"/engagements/{deal.engagement}/do/record-needs"
    needs = {f"needs.{n}.text": f"{n} " + "<i>é</i> " * 220 for n in range(40)}
    fields = {**(await browser.form(path)).fields, **needs}
    refused = await browser.post(path, fields | {"needs.0.measure.now": "1"})
    assert refused.status_code == 422
    assert "<i>" not in refused.text
    assert command_form(refused).fields["needs.39.text"] == needs["needs.39.text"].strip()


async def test_who_may_not_reads_why_in_place_of_the_form(deal: PlayedOnPages) -> None:
    analyst = await deal.browser(OUTSIDER)
    hidden = await analyst.page(f"/engagements/{deal.engagement}/do/record-needs")
    head = await deal.browser(HEAD_OF_SALES)
    told = await head.page(f"/engagements/{deal.engagement}/do/record-needs")
    assert (hidden.status_code, told.status_code) == (404, 403)
    assert "may not record needs here; that is for: sales" in told.text
    assert not [form for form in FormsOfPage(told.text).forms if form.names >= HIDDEN]


async def test_what_is_not_possible_now_is_said_before_it_is_sent(deal: PlayedOnPages) -> None:
    page = await (await deal.browser(SELLER)).page(f"/engagements/{deal.engagement}/do/restate-needs")
    assert page.status_code == 422
    assert "There are no needs" in page.text or "need" in page.text
    assert not [form for form in FormsOfPage(page.text).forms if form.names >= HIDDEN]


async def test_while_the_engine_is_away_what_was_typed_is_kept_and_counts_once_it_is_back(deal: PlayedOnPages) -> None:
    browser, path = await deal.browser(SELLER), f"/engagements/{deal.engagement}/do/record-needs"
    fields = {**(await browser.form(path)).fields, "needs.0.text": "Close the books in a day"}
    app = deal.stack.app
    for lost in (False, True):
        deal.stack.api.state.interlock = replace(app, engine=Away(app.engine, answer_is_lost=lost))  # type: ignore[arg-type]
        try:
            away = await browser.post(path, fields)
        finally:
            deal.stack.api.state.interlock = app
        assert away.status_code == 503
        assert "What you typed is kept below." in away.text
        fields = command_form(away).fields
        assert fields["needs.0.text"] == "Close the books in a day"
    assert (await browser.post(path, fields)).status_code == 303
    assert [need["text"] for need in (await deal.see())["needs"]] == ["Close the books in a day"]


async def test_who_does_not_see_the_engagement_sends_what_they_may_and_nothing_else(deal: PlayedOnPages) -> None:
    await deal.do(SELLER, "POST", "/needs", {"needs": DEAL["needs"]})
    outsider, role = await deal.browser(OUTSIDER), await vacant_role(deal)
    here = f"/engagements/{deal.engagement}"
    assert (await outsider.page(here)).status_code == 404
    offered = await outsider.send(
        f"{here}/do/request-role?subject={role}", {"words": "I know their books.", "until": in_days(20)}
    )
    assert (offered.status_code, offered.headers.get("location")) == (303, "/inbox"), offered.text
    assert (await outsider.page(f"{here}/do/record-needs")).status_code == 404
    assert (await outsider.page(f"{here}/do/set-work-packages")).status_code == 404


async def vacant_role(deal: PlayedOnPages) -> str:
    return str((await deal.see())["vacancies"][0]["role"])


async def test_a_form_about_an_item_needs_one(deal: PlayedOnPages) -> None:
    browser = await deal.browser(SELLER)
    for address in ("cover-promise", "nothing", "deliver-milestone?subject=M9", "revise-change?subject=x"):
        page = await browser.page(f"/engagements/{deal.engagement}/do/{address}")
        assert page.status_code in {403, 404}, address


async def test_hostile_text_is_shown_as_text(deal: PlayedOnPages) -> None:
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>' + "\N{RIGHT-TO-LEFT MARK}" + "w" * 500
    browser, path = await deal.browser(SELLER), f"/engagements/{deal.engagement}/do/record-needs"
    refused = await browser.send(path, {"needs.0.text": hostile, "needs.0.measure.what": hostile})
    assert refused.status_code == 422
    assert "<script>alert" not in refused.text
    assert "<img src=x" not in refused.text
    subject = await browser.page(f"{path}?subject=%22%3E%3Cscript%3E")
    assert subject.status_code == 422
    assert "<script>" not in subject.text.replace("<script src", "")


async def test_what_a_hold_or_the_end_forbids_is_said_before_it_is_typed(deal: PlayedOnPages) -> None:
    await deal.propose("engagement_manager", "jonas.weber", SPONSOR)
    manager, here = await deal.browser("jonas.weber"), f"/engagements/{deal.engagement}/do"
    await deal.do("jonas.weber", "POST", "/hold", held("The client is away."))
    held_up = [(await manager.page(f"{here}/{name}")).status_code for name in ("set-milestones", "resume", "cancel")]
    await deal.do("jonas.weber", "POST", "/cancel", {"reason": "No budget."})
    over = [(await manager.page(f"{here}/{name}")).status_code for name in ("set-milestones", "resume", "cancel")]
    assert (held_up, over) == ([409, 200, 200], [409, 409, 409])
