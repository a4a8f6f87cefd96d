"""Forms by which acts owed are done and vacancies filled: what each wants, and how it is read into commands.

A form is drawn from the engagement as it is when it opens, and read against it as it is when it is sent. What is valid
is the commands' own matter.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel
from slack_sdk.models.blocks import Block, PlainTextInputElement, SectionBlock
from slack_sdk.models.views import View

from api.slack import forms
from api.slack.changes import change_form, change_of, route_shown
from api.slack.forms import LONGEST_WORDS, PEOPLE, Misfilled, Values, filled, fitting
from api.slack.text import bounded, plain
from application.changes import ChangePreview
from application.deals import NewParty, Preview, Proposal, Wish
from application.doing_steps import ChangeWithdrawn, Deed, Draft, HolderNamed, PartyNamed, RoleAsked
from domain.candidates import Candidate
from domain.directory import Directory
from domain.engagement import commands as c
from domain.engagement.state import ChangeStatus, Engagement, PriceWish
from domain.playbook import Kind, role_label
from domain.step_card import StepCard, said
from domain.step_choices import Do, StepChoice
from domain.step_refs import StepRefText
from domain.values import digest

M = TypeVar("M", bound=BaseModel)

STEP, PRICE, CHANGE = "do step", "price step", "change step"
"""Callback ids: of a form that does something, and of a price and a change that are previewed first."""
MOST_ROWS, MOST_ITEMS, MOST_OPTIONS = 5, 40, 100
TERMS = ("discount_percent", "contingency_percent", "expenses", "payment")
LONGEST_PAYMENT = 1000
"""Of a text that a form carries along, in which Slack takes 3,000 characters."""
UNSEEN = "Its margins are shown to whoever may see them. It can be proposed all the same."
MANY = "More than a form can show: use the command line, {command}."


class StepForm(BaseModel):
    """What a form carries: about which act or vacancy, what it does, and whether it was opened from App Home."""

    step: StepRefText
    do: Do
    at_home: bool = False
    basis: str = ""
    """What was shown that is written over: sent back, it must be so still."""
    previewed: c.ProposePrice | c.SubmitChange | None = None
    """A price, or a change, of which was shown who would have to approve it."""


class About(NamedTuple):
    """What a form is drawn from and read against."""

    card: StepCard
    state: Engagement
    subject: str
    """What the act is about; of a vacancy the role."""
    directory: Directory
    candidates: tuple[Candidate, ...] = ()
    sees_terms: bool = False
    """True for whoever sees what the seller has in mind."""


def form(about: About, choice: StepChoice, *, at_home: bool) -> View:
    """The form of a choice."""
    carried = StepForm(step=about.card.ref, do=choice.do, at_home=at_home, basis=_basis(about, choice.do))
    title = bounded(choice.label, 24)
    blocks: list[Block] = [SectionBlock(text=plain(f"{about.card.title}\n{about.card.engagement_title}"))]
    if choice.do is Do.SUBMIT:
        blocks += [block for block in change_form(about.directory).blocks if block.block_id != "engagement"]
    else:
        blocks += FIELDS[choice.do](about)
    if choice.do is Do.PROPOSE:
        return forms.modal(PRICE, title, "Preview it", blocks, carried)
    if choice.do is Do.SUBMIT:
        return forms.modal(CHANGE, title, "Show the route", blocks, carried)
    return forms.modal(STEP, title, SUBMITS.get(choice.do, "Send"), blocks, carried)


def deed_of(about: About, carried: StepForm, values: Values) -> Deed:
    """What was filled in, as the deed that does it. Raises Misfilled, at fields that the form has."""
    first = next(iter(values), "")
    if carried.basis != _basis(about, carried.do):
        raise Misfilled({first: "Somebody changed this meanwhile. Cancel, and open the form again."})
    try:
        return READS[carried.do](about, values)
    except Misfilled as wrong:
        raise Misfilled({name if name in values else first: said for name, said in wrong.errors.items()}) from None


def _basis(about: About, do: Do) -> str:
    """A digest of what a form shows and writes over; none of one that only adds."""
    shown = WRITTEN_OVER.get(do)
    return digest([one.model_dump(mode="json") for one in shown(about)])[:16] if shown else ""


PLAIN: dict[Do, Deed] = {
    Do.RESTATE: c.RestateNeeds(),
    Do.DRAFT_SOW: Draft(document="sow"),
    Do.SEND_SOW: c.SendDocument(document="sow"),
    Do.DRAFT_BRD: Draft(document="brd"),
    Do.SEND_BRD: c.SendDocument(document="brd"),
    Do.RESUME: c.ResumeEngagement(),
}
"""Deeds of buttons that say all there is to say."""

SUBMITS = {
    Do.HAND_OVER: "Hand over",
    Do.DELIVER: "Deliver it",
    Do.CLOSE: "Close it",
    Do.CANCEL: "End it",
    Do.NAME_HOLDER: "Ask them",
}


# -- needs and promises


def _new_needs(_: About) -> Iterator[Block]:
    yield forms.words("needs", "Needs", hint="One a line: what the client wants to be otherwise.")


def _record_needs(about: About, values: Values) -> Deed:
    texts = forms.lines(filled(values, "needs"))
    free = (
        name for n in range(1, len(about.state.needs) + len(texts) + 1) if (name := f"N{n}") not in about.state.needs
    )
    needs = [{"id": name, "text": text} for name, text in zip(free, texts, strict=False)]
    return _fit(c.RecordNeeds, {"needs": needs}, {"needs": "needs"})


def _correctable(state: Engagement) -> list[str]:
    """Needs that a field can show whole: what it cannot must not be lost by being sent back."""
    return [need.id for need in state.needs.values() if len(need.text) <= LONGEST_WORDS][:MOST_ITEMS]


def _needs(about: About) -> Iterator[Block]:
    for name in _correctable(about.state):
        yield forms.words(f"need:{name}", name, initial=about.state.needs[name].text)


def _correct_needs(about: About, values: Values) -> Deed:
    known = about.state.needs
    given = {name: filled(values, f"need:{name}") for name in known if f"need:{name}" in values}
    changed = [known[name].having(text=text) for name, text in given.items() if text and text != known[name].text]
    if not changed:
        raise Misfilled({next(iter(values), ""): "Nothing is changed. Cancel, and put them to the client as they are."})
    return _fit(c.RecordNeeds, {"needs": [need.model_dump() for need in changed]}, {"needs": next(iter(values), "")})


def _items(about: About) -> Iterator[Block]:
    state = about.state
    named = [(one.id, f"{one.id} {one.title}") for one in state.packages.values()]
    named += [(one.id, f"{one.id} {one.title}") for one in state.milestones.values()]
    yield forms.several("by", "What keeps it", named[:MOST_OPTIONS])


def _cover(about: About, values: Values) -> Deed:
    by = filled(values, "by") or []
    if not by:
        raise Misfilled({"by": "Name at least one work package or milestone, or decline the promise."})
    return _fit(c.CoverPromise, {"promise": about.subject, "by": by}, {"by": "by"})


def _reason(label: str) -> Callable[[About], Iterator[Block]]:
    def fields(_: About) -> Iterator[Block]:
        yield forms.words("reason", label, hint="It stands in the record, with your name.")

    return fields


def _decline(about: About, values: Values) -> Deed:
    return _fit(c.DeclinePromise, {"promise": about.subject, "reason": filled(values, "reason")}, {"reason": "reason"})


def _kept(_: About) -> Iterator[Block]:
    yield forms.chosen("delivered", "Was it kept?", [("yes", "Yes, it was kept"), ("no", "No")])
    yield forms.words("why_not", "Why not", optional=True, hint="Where it was not kept.")


def _reconcile(about: About, values: Values) -> Deed:
    given = {"delivered": filled(values, "delivered") == "yes", "why_not": filled(values, "why_not")}
    return _fit(c.ReconcilePromise, {"promise": about.subject, **given}, {"why_not": "why_not"})


# -- scope, estimate, milestones


def _packages(about: About) -> Iterator[Block]:
    directory, served = about.directory, _served(about.state)
    kinds = [
        (f"{discipline}|{grade}", f"{discipline}, {grade.replace('_', ' ')}")
        for discipline in directory.disciplines
        for grade in directory.rate_card.grades
    ][:MOST_OPTIONS]
    for n in range(1, MOST_ROWS + 1):
        hint = f"More than {MOST_ROWS}, or what is done in full: {about.card.command}" if n == 1 else ""
        yield forms.line(f"title{n}", f"Package {n}", optional=n > 1, hint=hint)
        yield forms.chosen(f"work{n}", "Discipline and grade", kinds, optional=n > 1)
        if served:
            yield forms.several(f"serves{n}", "Needs and promises that it serves", served)


def _served(state: Engagement) -> list[tuple[str, str]]:
    """Needs and promises, by their ids."""
    found = [(need.id, f"{need.id} {need.text}") for need in state.needs.values()]
    found += [(promise.id, f"{promise.id} {promise.text}") for promise in state.promises.values()]
    return found[:MOST_OPTIONS]


def _set_packages(about: About, values: Values) -> Deed:
    return _fit(c.SetWorkPackages, {"packages": list(_package_rows(about, values))}, {"packages": "title1"})


def _package_rows(about: About, values: Values) -> Iterator[dict[str, Any]]:
    for n in range(1, MOST_ROWS + 1):
        title, work, serves = (filled(values, f"{name}{n}") for name in ("title", "work", "serves"))
        if title is None and work is None and not serves:
            continue
        if title is None or work is None:
            raise Misfilled({f"work{n}" if title else f"title{n}": "A package has a title, a discipline and a grade."})
        discipline, _, grade = work.partition("|")
        needs = [one for one in serves or [] if one in about.state.needs]
        promises = [one for one in serves or [] if one in about.state.promises]
        row = {"id": f"W{n}", "title": title, "discipline": discipline, "grade": grade}
        yield {**row, "needs": needs, "promises": promises}


def _requirements(about: About) -> Iterator[Block]:
    needs = [(one.id, f"{one.id} {one.text}") for one in about.state.needs.values()][:MOST_OPTIONS]
    packages = [(one.id, f"{one.id} {one.title}") for one in about.state.packages.values()][:MOST_OPTIONS]
    for n in range(1, MOST_ROWS + 1):
        hint = f"More than {MOST_ROWS}: {about.card.command}" if n == 1 else ""
        yield forms.words(f"text{n}", f"Requirement {n}", optional=n > 1, hint=hint)
        yield forms.several(f"needs{n}", "Needs that it comes from", needs)
        yield forms.several(f"packages{n}", "Packages that meet it", packages)


def _set_requirements(_: About, values: Values) -> Deed:
    return _fit(c.SetRequirements, {"requirements": list(_requirement_rows(values))}, {"requirements": "text1"})


def _requirement_rows(values: Values) -> Iterator[dict[str, Any]]:
    for n in range(1, MOST_ROWS + 1):
        row = {name: filled(values, f"{name}{n}") for name in ("text", "needs", "packages")}
        if not any(row.values()):
            continue
        lacking = {f"{name}{n}": "A requirement has its needs and its packages." for name in row if not row[name]}
        if lacking:
            raise Misfilled(lacking)
        yield {"id": f"R{n}", "text": row["text"], "needs": row["needs"], "work_packages": row["packages"]}


def _returned_packages(about: About) -> Iterator[Block]:
    found = [one for one in about.state.packages.values() if one.discipline == about.subject][:MOST_OPTIONS]
    yield forms.chosen("package", "Package", [(one.id, f"{one.id} {one.title}") for one in found])
    yield forms.words("assumes", "What it assumes, or what was unclear", hint="Its experts are asked again with this.")


def _clarify(about: About, values: Values) -> Deed:
    packages, name = about.state.packages, filled(values, "package")
    if name not in packages:
        raise Misfilled({"package": "There is no such package any more."})
    more = packages[name].model_dump() | {"assumes": [*packages[name].assumes, filled(values, "assumes")]}
    whole = [more if one.id == name else one.model_dump() for one in packages.values()]
    return _fit(c.SetWorkPackages, {"packages": whole}, {"packages": "assumes"})


def _estimates(about: About) -> Iterator[Block]:
    given = [one for one in about.state.estimates if one.package == about.subject][:MOST_OPTIONS]
    yield forms.chosen(
        "of", "Whose hours count", [(one.by, f"{about.state.cast.name(one.by)}: {one.hours}") for one in given]
    )
    yield forms.words("statement", "Why these")


def _choose(about: About, values: Values) -> Deed:
    given = {one.by: one.hours for one in about.state.estimates if one.package == about.subject}
    hours = given.get(filled(values, "of") or "")
    if hours is None:
        raise Misfilled({"of": "There is no such estimate any more."})
    made = {"package": about.subject, "hours": hours.model_dump(), "statement": filled(values, "statement")}
    return _fit(c.ChooseEstimate, made, {"statement": "statement"})


def _milestones(_: About) -> Iterator[Block]:
    for n in range(1, MOST_ROWS + 1):
        hint = "Their shares add up to 100 percent." if n == 1 else ""
        yield forms.line(f"title{n}", f"Milestone {n}", optional=n > 1, hint=hint)
        yield forms.day(f"due{n}", "Due", optional=n > 1)
        yield forms.number(f"share_percent{n}", "Share in percent", optional=n > 1, least="0", most="100")


def _set_milestones(_: About, values: Values) -> Deed:
    return _fit(c.SetMilestones, {"milestones": list(_milestone_rows(values))}, {"milestones": "title1"})


def _milestone_rows(values: Values) -> Iterator[dict[str, Any]]:
    for n in range(1, MOST_ROWS + 1):
        row = {name: filled(values, f"{name}{n}") for name in ("title", "due", "share_percent")}
        if not any(row.values()):
            continue
        lacking = {
            f"{name}{n}": "A milestone has a title, a day and a share." for name, value in row.items() if not value
        }
        if lacking:
            raise Misfilled(lacking)
        yield {"id": f"M{n}", **row}


# -- price


def _terms(about: About) -> Iterator[Block]:
    wished = (about.state.wished_price if about.sees_terms else None) or PriceWish()
    if about.state.kind is not Kind.IN_HOUSE:
        for name in ("discount_percent", "contingency_percent"):
            label = f"{name.removesuffix('_percent').capitalize()} in percent"
            yield forms.number(name, label, optional=True, least="0", initial=_shown(getattr(wished, name)))
    label = f"Expenses, in {about.state.currency}"
    yield forms.number("expenses", label, optional=True, least="0", initial=_shown(wished.expenses))
    if about.state.kind is not Kind.IN_HOUSE:
        payment = wished.payment or ""
        fits = len(payment) <= LONGEST_PAYMENT
        hint = "" if fits else "What the deal began with is too long to stand here: propose it on the command line."
        element = PlainTextInputElement(
            action_id="payment",
            multiline=True,
            max_length=LONGEST_PAYMENT,
            initial_value=(payment or None) if fits else None,
        )
        yield forms.field("payment", "Payment", element, optional=True, hint=hint)


def _shown(amount: Decimal | None) -> str | None:
    return format(amount.normalize(), "f") if amount else None


def terms_of(about: About, values: Values) -> c.ProposePrice:
    """The terms that were filled in. Raises Misfilled."""
    given = {name: value for name in TERMS if (value := filled(values, name)) is not None}
    given["internal_transfer"] = about.state.kind is Kind.IN_HOUSE
    made: c.ProposePrice = fitting(c.ProposePrice, given, {name: name for name in TERMS if name in values})
    return made


def price_preview(about: About, terms: c.ProposePrice, preview: Preview | None, *, at_home: bool) -> View:
    """What a price would be, and who would have to approve it, before it is proposed."""
    lines = (
        _reckoned(preview)
        if preview
        else ["Its margins are shown to whoever may see them. It can be proposed all the same."]
    )
    carried = StepForm(step=about.card.ref, do=Do.PROPOSE, at_home=at_home, previewed=terms)
    blocks: list[Block] = [SectionBlock(text=plain("\n".join(lines)))]
    return forms.modal(STEP, "The price, previewed", "Propose it", blocks, carried)


def _reckoned(found: Preview) -> list[str]:
    def money(amount: Decimal) -> str:
        return f"{amount:,.2f} {found.currency}"

    def percent(fraction: Decimal) -> str:
        return f"{fraction * 100:.1f} %"

    lines = [f"Price: {money(found.price)}"]
    lines += [f"Services: {money(found.services)}"] if found.services is not None else []
    lines += [f"Margin at P50: {percent(found.margin_p50)}"] if found.margin_p50 is not None else []
    lines += [f"Margin at P80: {percent(found.margin_p80)}"] if found.margin_p80 is not None else []
    lines += [f"Floor price: {money(found.floor_price)}"] if found.floor_price is not None else []
    lines += [f"Under the floor by: {money(found.gap)}"] if found.gap else []
    approvers = [*found.approvers, *([found.override] if found.override else [])]
    lines.append(f"Approved by: {', '.join(map(role_label, approvers)) or 'nobody beside the deal decision'}")
    lines += [f"Why: {found.why}"] if found.why else []
    lines += [f"Your commission: {money(found.commission)}"] if found.commission is not None else []
    return lines


# -- parties, handoff, delivery


def _client_people(about: About) -> Iterator[Block]:
    if about.subject == "provider_sponsor":
        yield forms.searched("person", "Who", PEOPLE)
        yield forms.words("reason", "Why")
        return
    people = [one for one in about.directory.client_people(about.state.client) if one.active][:MOST_OPTIONS]
    if people:
        yield forms.chosen("person", "Who", [(one.id, one.name) for one in people])
    else:
        yield SectionBlock(text=plain("The directory knows nobody of this client yet. Import or add them first."))
    yield forms.words("reason", "Why", initial="Named by the client.")


def _name_party(about: About, values: Values) -> Deed:
    body = _fit(
        NewParty, {"person": filled(values, "person"), "reason": filled(values, "reason")}, {"person": "person"}
    )
    return _fit(PartyNamed, {"party": about.subject, "body": body.model_dump()}, {"party": "reason"})


def _plan(_: About) -> Iterator[Block]:
    yield forms.words("plan", "How the work is planned", hint="The project manager and the delivery lead accept it.")


def _hand_over(_: About, values: Values) -> Deed:
    return _fit(c.OfferHandoff, {"plan": filled(values, "plan")}, {"plan": "plan"})


def _note(_: About) -> Iterator[Block]:
    yield forms.words("note", "What the client should know", optional=True)


def _deliver(about: About, values: Values) -> Deed:
    return _fit(c.DeliverMilestone, {"milestone": about.subject, "note": filled(values, "note")}, {"note": "note"})


def _worked_on(state: Engagement) -> dict[str, str]:
    """What hours are recorded on, and what it is called."""
    approved = {f"C{n}": one.facts.title for n, one in state.changes.items() if one.status is ChangeStatus.APPROVED}
    return {one.id: one.title for one in state.packages.values()} | approved


def _hours(about: About) -> Iterator[Block]:
    items = _worked_on(about.state)
    yield SectionBlock(text=plain("All hours worked so far, on each."))
    for name, title in list(items.items())[:MOST_ITEMS]:
        before = about.state.actual_hours.get(name)
        initial = format(before, "f") if before is not None else None
        yield forms.number(f"hours:{name}", f"{name} {title}", optional=True, least="0", initial=initial)
    if len(items) > MOST_ITEMS:
        yield SectionBlock(text=plain(MANY.format(command=about.card.command)))


def _record_hours(about: About, values: Values) -> Deed:
    names = [name for name in _worked_on(about.state) if filled(values, f"hours:{name}") is not None]
    hours = [{"item": name, "hours": filled(values, f"hours:{name}")} for name in names]
    return _fit(c.ReportHours, {"hours": hours}, {"hours": next(iter(values), "")})


# -- changes, hold, close


def submitted_by(about: About, values: Values) -> c.SubmitChange:
    """The change order that was filled in. Raises Misfilled."""
    engagement = {"engagement": {"engagement": {"selected_option": {"value": about.state.id}}}}
    change = change_of({**values, **engagement}).change
    return c.SubmitChange(change=change, potential=about.subject)


def _submit(about: About, values: Values) -> Deed:
    return submitted_by(about, values)


def change_preview(about: About, command: c.SubmitChange, preview: ChangePreview, *, at_home: bool) -> View:
    """Who would have to approve a change, before it is submitted. Raises Misfilled."""
    carried = StepForm(step=about.card.ref, do=Do.SUBMIT, at_home=at_home, previewed=command)
    return route_shown(preview, command.change.title, STEP, carried)


def _drop(about: About, values: Values) -> Deed:
    given = {"potential": about.subject, "reason": filled(values, "reason")}
    return _fit(c.DropPotentialChange, given, {"reason": "reason"})


def _withdraw(about: About, values: Values) -> Deed:
    given = {"n": int(about.subject.removeprefix("C")), "reason": filled(values, "reason")}
    return _fit(ChangeWithdrawn, given, {"reason": "reason"})


def _until(_: About) -> Iterator[Block]:
    yield forms.day("until", "Until which day, at most 30 ahead")
    yield forms.words("reason", "Why")


def _extend(_: About, values: Values) -> Deed:
    given = {name: filled(values, name) for name in ("until", "reason")}
    return _fit(c.HoldEngagement, given, {"until": "until", "reason": "reason"})


def _last_day(_: About) -> Iterator[Block]:
    yield forms.day("until", "The last day on which the client can sign")


def _extend_offer(_: About, values: Values) -> Deed:
    return _fit(c.ExtendOffer, {"until": filled(values, "until")}, {"until": "until"})


def _cancel(_: About, values: Values) -> Deed:
    return _fit(c.CancelEngagement, {"reason": filled(values, "reason")}, {"reason": "reason"})


def _lessons(_: About) -> Iterator[Block]:
    yield forms.words("lessons", "What was learnt", optional=True)


def _close(_: About, values: Values) -> Deed:
    return _fit(c.CloseEngagement, {"lessons": filled(values, "lessons")}, {"lessons": "lessons"})


# -- vacancies


def _holder(about: About) -> Iterator[Block]:
    may = [one for one in about.candidates if one.barred is None][:MOST_OPTIONS]
    if may:
        named = [(one.person, f"{one.name}: {said(one)}") for one in may]
        yield forms.chosen("person", "Who could take it", named, optional=True)
    hint = "They accept the role, or decline it." if may else "Nobody in the directory is competent and free."
    yield forms.searched("other", "Somebody else", PEOPLE, optional=True, hint=hint)
    yield forms.day("until", "Held until", optional=True)


def _name_holder(about: About, values: Values) -> Deed:
    person = filled(values, "other") or filled(values, "person")
    if person is None:
        raise Misfilled({"other": "Name somebody."})
    names = {"person": "other", "until": "until"}
    body = _fit(Proposal, {"person": person, "until": filled(values, "until")}, names)
    return _fit(HolderNamed, {"role": about.subject, "body": body.model_dump()}, names)


def _own_words(_: About) -> Iterator[Block]:
    yield forms.words("words", "In your own words: why you, and what you bring")
    yield forms.day("until", "Held until", optional=True)


def _ask_for_role(about: About, values: Values) -> Deed:
    given = {name: filled(values, name) for name in ("words", "until")}
    body = _fit(Wish, given, {"words": "words", "until": "until"})
    return _fit(RoleAsked, {"role": about.subject, "body": body.model_dump()}, {"words": "words"})


def _fit(make: type[M], given: dict[str, Any], names: dict[str, str]) -> M:
    made: M = fitting(make, given, names)
    return made


WRITTEN_OVER: dict[Do, Callable[[About], Iterable[BaseModel]]] = {
    Do.CORRECT_NEEDS: lambda about: about.state.needs.values(),
    Do.CLARIFY: lambda about: about.state.packages.values(),
    Do.CHOOSE: lambda about: about.state.estimates,
    Do.HOURS: lambda about: [c.HoursWorked(item=one, hours=given) for one, given in about.state.actual_hours.items()],
}
FIELDS: dict[Do, Callable[[About], Iterator[Block]]] = {
    Do.ADD_NEEDS: _new_needs,
    Do.CORRECT_NEEDS: _needs,
    Do.COVER: _items,
    Do.DECLINE: _reason("Why it cannot be kept: the client reads it"),
    Do.SCOPE: _packages,
    Do.REQUIREMENTS: _requirements,
    Do.CLARIFY: _returned_packages,
    Do.CHOOSE: _estimates,
    Do.PROPOSE: _terms,
    Do.MILESTONES: _milestones,
    Do.NAME_PARTY: _client_people,
    Do.HAND_OVER: _plan,
    Do.DELIVER: _note,
    Do.HOURS: _hours,
    Do.DROP: _reason("Why it becomes no change order"),
    Do.WITHDRAW: _reason("Why it is withdrawn"),
    Do.RECONCILE: _kept,
    Do.CLOSE: _lessons,
    Do.EXTEND: _until,
    Do.EXTEND_OFFER: _last_day,
    Do.CANCEL: _reason("Why it ends"),
    Do.NAME_HOLDER: _holder,
    Do.ASK_FOR_ROLE: _own_words,
}
READS: dict[Do, Callable[[About, Values], Deed]] = {
    Do.ADD_NEEDS: _record_needs,
    Do.CORRECT_NEEDS: _correct_needs,
    Do.COVER: _cover,
    Do.DECLINE: _decline,
    Do.SCOPE: _set_packages,
    Do.REQUIREMENTS: _set_requirements,
    Do.CLARIFY: _clarify,
    Do.CHOOSE: _choose,
    Do.MILESTONES: _set_milestones,
    Do.NAME_PARTY: _name_party,
    Do.HAND_OVER: _hand_over,
    Do.DELIVER: _deliver,
    Do.HOURS: _record_hours,
    Do.SUBMIT: _submit,
    Do.DROP: _drop,
    Do.WITHDRAW: _withdraw,
    Do.RECONCILE: _reconcile,
    Do.CLOSE: _close,
    Do.EXTEND: _extend,
    Do.EXTEND_OFFER: _extend_offer,
    Do.CANCEL: _cancel,
    Do.NAME_HOLDER: _name_holder,
    Do.ASK_FOR_ROLE: _ask_for_role,
}
