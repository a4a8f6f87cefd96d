"""Forms for people, handoff, delivery, changes, holds, and for ending an engagement."""

from collections.abc import Iterator
from typing import Any

from slack_sdk.models.blocks import Block, SectionBlock

from adapters.console_commands import with_commands
from adapters.slack.step_cards import command_on
from adapters.slack.text import plain
from api.slack import forms
from api.slack.forms import MAX_OPTIONS, PEOPLE, FormInvalid, Values, filled
from api.slack.step_fields import MAX_ITEMS, MAX_ROWS, About, Fields, Reads, fit, reason
from application.commands.next_steps import AskForRole, Deed, NameHolder, NamePerson, WithdrawChange
from application.commands.roles import NewParty, ProposalBody, RoleRequestBody
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.commands import DropPotentialChange
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.closing.commands import CancelEngagement, CloseEngagement, HoldEngagement
from domain.engagement.closing.rules import left_by_close
from domain.engagement.delivery.commands import DeliverMilestone, OfferHandoff, ReportHours, TakeMilestoneBack
from domain.engagement.documents.commands import ExtendOffer
from domain.engagement.roles.commands import AgreeExpectations
from domain.engagement.roles.values import Expectation, Vacancy, VacancyCause
from domain.engagement.scope.milestone_dates import why_early
from domain.engagement.tasks.commands import CompleteTask
from domain.next_steps.card import said
from domain.next_steps.choices import Do

HELD_UNTIL = "After that day the role is vacant again. If left empty, they hold it for good."
WAIVED = "From the head of the role's function, for somebody who does not reach its levels. It needs an end date."
HELD_UNTIL_OF_WHO_IS_AWAY = (
    "Whoever accepts takes over the role for good. For an absence, close this form and ask the administrator to "
    "record who stands in."
)
MANY = "More than a form can show: use the command line, {command}."


def _client_people(about: About) -> Iterator[Block]:
    if about.subject == "provider_sponsor":
        yield forms.searched("person", "Who", PEOPLE)
        yield forms.words("reason", "Why")
        return
    people = [one for one in about.directory.client_people(about.state.client) if one.active][:MAX_OPTIONS]
    if people:
        yield forms.chosen("person", "Who", [(one.id, one.name) for one in people])
    else:
        yield SectionBlock(text=plain("The directory has nobody at this client yet. Import or add them first."))
    yield forms.words("reason", "Why", initial="Named by the client.")


def _name_party(about: About, values: Values) -> Deed:
    body = fit(
        NewParty, {"person_id": filled(values, "person"), "reason": filled(values, "reason")}, {"person_id": "person"}
    )
    return fit(NamePerson, {"party": about.subject, "body": body.model_dump()}, {"party": "reason"})


def _plan(_: About) -> Iterator[Block]:
    yield forms.words(
        "plan", "How the work is planned", hint="The project manager and the delivery lead must accept it."
    )


def _hand_over(_: About, values: Values) -> Deed:
    return fit(OfferHandoff, {"plan": filled(values, "plan")}, {"plan": "plan"})


def expected(about: About) -> tuple[Expectation, ...]:
    """What the client was asked to confirm is expected of the role's holder."""
    holding = about.state.holdings.get(about.subject)
    return holding.expectations if holding is not None else ()


def _expectations(about: About) -> Iterator[Block]:
    if about.card.sent_back:
        yield SectionBlock(text=plain(about.card.sent_back))
    said = expected(about)
    for n in range(1, MAX_ROWS + 1):
        before = said[n - 1] if n <= len(said) else None
        hint = "The client is asked to confirm all of them." if n == 1 else ""
        what = before.what if before is not None else ""
        yield forms.words(f"what{n}", f"Expected {n}", initial=what, optional=n > 1, hint=hint)
        yield forms.day(f"by{n}", "By", optional=True, initial=before.by if before is not None else None)
    if len(said) > MAX_ROWS:
        yield SectionBlock(
            text=plain(f"{len(said) - MAX_ROWS} more stay as they are. {command_on(about.card)} gives all.")
        )


def _expect(about: About, values: Values) -> Deed:
    rows = ({"what": filled(values, f"what{n}"), "by": filled(values, f"by{n}")} for n in range(1, MAX_ROWS + 1))
    kept = [one.model_dump() for one in expected(about)[MAX_ROWS:]]
    given = {"role": about.subject, "expectations": [*(row for row in rows if row["what"]), *kept]}
    return fit(AgreeExpectations, given, {"expectations": "what1"})


def _note(about: About) -> Iterator[Block]:
    early = why_early(about.state, about.state.milestones[about.subject], about.now)
    yield from (SectionBlock(text=plain(f"⚠ {sentence}")) for sentence in early)
    label = "What was done about it" if about.card.sent_back else "What the client should know"
    if about.card.sent_back:
        yield SectionBlock(text=plain(about.card.sent_back))
    yield forms.words("note", label, optional=True)


def _deliver(about: About, values: Values) -> Deed:
    return fit(DeliverMilestone, {"milestone": about.subject, "note": filled(values, "note")}, {"note": "note"})


def _take_back(about: About, values: Values) -> Deed:
    given = {"milestone": about.subject, "reason": filled(values, "reason")}
    return fit(TakeMilestoneBack, given, {"reason": "reason"})


def _worked_on(state: Engagement) -> dict[str, str]:
    """What hours are recorded on, with labels."""
    approved = {f"C{n}": one.facts.title for n, one in state.changes.items() if one.status is ChangeStatus.APPROVED}
    return {one.id: one.title for one in state.packages.values()} | approved


def _hours(about: About) -> Iterator[Block]:
    items = _worked_on(about.state)
    yield SectionBlock(text=plain("All hours worked so far on each."))
    for name, title in list(items.items())[:MAX_ITEMS]:
        before = about.state.actual_hours.get(name)
        initial = format(before, "f") if before is not None else None
        yield forms.number(f"hours:{name}", f"{name} {title}", optional=True, least="0", initial=initial)
    if len(items) > MAX_ITEMS:
        yield SectionBlock(text=plain(MANY.format(command=command_on(about.card))))


def _record_hours(about: About, values: Values) -> Deed:
    names = [name for name in _worked_on(about.state) if filled(values, f"hours:{name}") is not None]
    hours = [{"item": name, "hours": filled(values, f"hours:{name}")} for name in names]
    return fit(ReportHours, {"hours": hours}, {"hours": next(iter(values), "")})


def _drop(about: About, values: Values) -> Deed:
    given = {"potential": about.subject, "reason": filled(values, "reason")}
    return fit(DropPotentialChange, given, {"reason": "reason"})


def _withdraw(about: About, values: Values) -> Deed:
    given = {"n": int(about.subject.removeprefix("C")), "reason": filled(values, "reason")}
    return fit(WithdrawChange, given, {"reason": "reason"})


def _until(_: About) -> Iterator[Block]:
    yield forms.day("until", "Until which day, at most 30 days ahead")
    yield forms.words("reason", "Why")


def _extend(_: About, values: Values) -> Deed:
    given = {name: filled(values, name) for name in ("until", "reason")}
    return fit(HoldEngagement, given, {"until": "until", "reason": "reason"})


def _last_day(_: About) -> Iterator[Block]:
    yield forms.day("until", "The last day on which the client can sign")


def _extend_offer(_: About, values: Values) -> Deed:
    return fit(ExtendOffer, {"until": filled(values, "until")}, {"until": "until"})


def _cancel(_: About, values: Values) -> Deed:
    return fit(CancelEngagement, {"reason": filled(values, "reason")}, {"reason": "reason"})


def _lessons(about: About) -> Iterator[Block]:
    left = map(with_commands, left_by_close(about.state))
    yield from (SectionBlock(text=plain(f"⚠ {sentence}")) for sentence in left)
    yield forms.words("lessons", "Lessons learnt", optional=True, hint="Nothing can be added later.")


def _close(_: About, values: Values) -> Deed:
    return fit(CloseEngagement, {"lessons": filled(values, "lessons")}, {"lessons": "lessons"})


def _holder(about: About) -> Iterator[Block]:
    may = [one for one in about.candidates if one.barred is None][:MAX_OPTIONS]
    if may:
        named = [(one.person_id, f"{one.name}: {said(one)}") for one in may]
        yield forms.chosen("person", "Who could take it", named, optional=True)
    hint = "They accept the role, or decline it." if may else "Nobody in the directory is competent and free."
    yield forms.searched("other", "Somebody else", PEOPLE, optional=True, hint=hint)
    vacancy = about.state.vacancies.get(about.subject)
    yield forms.day("until", "Held until", optional=True, hint=HELD_UNTIL if vacancy is None else held_until(vacancy))
    yield forms.words("waived", "Why they may hold it despite missing levels", optional=True, hint=WAIVED)
    yield forms.day("waived_until", "Waived until", optional=True)


def held_until(vacancy: Vacancy) -> str:
    """What happens to the role after that day, as a hint next to the field."""
    return HELD_UNTIL_OF_WHO_IS_AWAY if vacancy.cause is VacancyCause.AWAY else HELD_UNTIL


def _name_holder(about: About, values: Values) -> Deed:
    listed, other = filled(values, "person"), filled(values, "other")
    person = other or listed
    if person is None:
        raise FormInvalid({"other": "Name somebody."})
    if listed and other and listed != other:
        raise FormInvalid({"other": "Name one person: here, or from those who could take it."})
    names = {"person_id": "other", "until": "until", "reason": "waived"}
    given = {"person_id": person, "until": filled(values, "until"), "waiver": _waiver(values)}
    body = fit(ProposalBody, given, names)
    return fit(NameHolder, {"role": about.subject, "body": body.model_dump()}, names)


def _waiver(values: Values) -> dict[str, Any] | None:
    """The reason for waiving missing levels, and its date: both or neither. Raises FormInvalid."""
    waiver = {"reason": filled(values, "waived"), "until": filled(values, "waived_until")}
    if not any(waiver.values()):
        return None
    for at, part in (("waived", "reason"), ("waived_until", "until")):
        if not waiver[part]:
            raise FormInvalid({at: "A waiver needs both a reason and an end date."})
    return waiver


def _met(_: About) -> Iterator[Block]:
    yield forms.words("note", "What was done")


def _meet(about: About, values: Values) -> Deed:
    return fit(CompleteTask, {"task": about.subject, "note": filled(values, "note")}, {"note": "note"})


def _own_words(_: About) -> Iterator[Block]:
    yield forms.words("words", "In your own words: why you, and what you bring")
    yield forms.day("until", "Held until", optional=True)


def _ask_for_role(about: About, values: Values) -> Deed:
    given = {name: filled(values, name) for name in ("words", "until")}
    body = fit(RoleRequestBody, given, {"words": "words", "until": "until"})
    return fit(AskForRole, {"role": about.subject, "body": body.model_dump()}, {"words": "words"})


FIELDS: dict[Do, Fields] = {
    Do.NAME_PARTY: _client_people,
    Do.HAND_OVER: _plan,
    Do.EXPECT: _expectations,
    Do.DELIVER: _note,
    Do.TAKE_BACK: reason("Why it is not delivered; the client reads it"),
    Do.HOURS: _hours,
    Do.DROP: reason("Why it does not become a change order"),
    Do.WITHDRAW: reason("Why it is withdrawn"),
    Do.CLOSE: _lessons,
    Do.EXTEND: _until,
    Do.EXTEND_OFFER: _last_day,
    Do.CANCEL: reason("Why it ends"),
    Do.NAME_HOLDER: _holder,
    Do.ASK_FOR_ROLE: _own_words,
    Do.MEET: _met,
}
READS: dict[Do, Reads] = {
    Do.NAME_PARTY: _name_party,
    Do.HAND_OVER: _hand_over,
    Do.EXPECT: _expect,
    Do.DELIVER: _deliver,
    Do.TAKE_BACK: _take_back,
    Do.HOURS: _record_hours,
    Do.DROP: _drop,
    Do.WITHDRAW: _withdraw,
    Do.CLOSE: _close,
    Do.EXTEND: _extend,
    Do.EXTEND_OFFER: _extend_offer,
    Do.CANCEL: _cancel,
    Do.NAME_HOLDER: _name_holder,
    Do.ASK_FOR_ROLE: _ask_for_role,
    Do.MEET: _meet,
}
