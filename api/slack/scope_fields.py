"""Forms for what is sold: needs, promises, packages, estimates, milestones, requirements."""

from collections.abc import Iterator, Sequence
from typing import Any

from slack_sdk.models.blocks import Block

from adapters.console_commands import command_of
from adapters.slack.step_cards import command_on
from api.lines import lines
from api.slack import forms
from api.slack.forms import MAX_OPTIONS, MAX_TEXT_LENGTH, FormInvalid, Values, filled
from api.slack.step_fields import MAX_ITEMS, MAX_ROWS, About, Fields, Reads, fit, reason
from application.commands.next_steps import Deed
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import measured_by
from domain.engagement.documents.commands import SetRequirements
from domain.engagement.documents.values import PreparedRequirement, Requirement
from domain.engagement.item_ids import free_ids
from domain.engagement.needs.commands import CoverPromise, DeclinePromise, ReconcilePromise, RecordNeeds
from domain.engagement.needs.values import Need
from domain.engagement.scope.commands import ChooseEstimate, KeepDates, MoveDates, SetMilestones, SetWorkPackages
from domain.engagement.scope.estimates import packages_returned
from domain.next_steps.choices import Do
from domain.shared.errors import BadValue
from domain.shared.remedy_actions import ActionRef, RemedyAction


def _new_needs(_: About) -> Iterator[Block]:
    yield forms.words("needs", "Needs", hint="One per line: what the client wants to change.")


def _record_needs(about: About, values: Values) -> Deed:
    texts = lines(filled(values, "needs"))
    needs = [{"id": name, "text": text} for text, name in zip(texts, free_ids("N", about.state.needs), strict=False)]
    return fit(RecordNeeds, {"needs": needs}, {"needs": "needs"})


def _correctable(state: Engagement) -> list[str]:
    """Needs that fields can show in full: sending back a truncated one would lose text."""
    whole = (need for need in state.needs.values() if max(len(need.text), len(need.why or "")) <= MAX_TEXT_LENGTH)
    return [need.id for need in whole][:MAX_ITEMS]


def _needs(about: About) -> Iterator[Block]:
    for name in _correctable(about.state):
        need = about.state.needs[name]
        measured = f"Measured by {measured_by(need)}: that stays." if need.measure else ""
        yield forms.words(f"need:{name}", name, initial=need.text, hint=measured)
        yield forms.words(f"why:{name}", f"{name}, why", initial=need.why or "", optional=True)


def _correct_needs(about: About, values: Values) -> Deed:
    known, changed = about.state.needs, list[Need]()
    for name, need in known.items():
        text = filled(values, f"need:{name}") or need.text
        why = filled(values, f"why:{name}") if f"why:{name}" in values else need.why
        if f"need:{name}" in values and (text, why) != (need.text, need.why):
            changed.append(need.replace(text=text, why=why))
    if not changed:
        raise FormInvalid({next(iter(values), ""): "Change at least one need, or cancel."})
    return fit(RecordNeeds, {"needs": [need.model_dump() for need in changed]}, {"needs": next(iter(values), "")})


def _items(about: About) -> Iterator[Block]:
    state = about.state
    named = [(one.id, f"{one.id} {one.title}") for one in state.packages.values()]
    named += [(one.id, f"{one.id} {one.title}") for one in state.milestones.values()]
    yield forms.several("by", "What covers it", named[:MAX_OPTIONS])


def _cover(about: About, values: Values) -> Deed:
    by = filled(values, "by") or []
    if not by:
        raise FormInvalid({"by": "Name at least one work package or milestone, or decline the promise."})
    return fit(CoverPromise, {"promise": about.subject, "by": by}, {"by": "by"})


def _decline(about: About, values: Values) -> Deed:
    return fit(DeclinePromise, {"promise": about.subject, "reason": filled(values, "reason")}, {"reason": "reason"})


def _kept(_: About) -> Iterator[Block]:
    yield forms.chosen("delivered", "Was it kept?", [("yes", "Yes, it was kept"), ("no", "No")])
    yield forms.words("why_not", "Why not", optional=True, hint="If it was not kept.")


def _reconcile(about: About, values: Values) -> Deed:
    given = {"delivered": filled(values, "delivered") == "yes", "why_not": filled(values, "why_not")}
    return fit(ReconcilePromise, {"promise": about.subject, **given}, {"why_not": "why_not"})


def _packages(about: About) -> Iterator[Block]:
    served, kinds = _served(about.state), forms.kinds_of_work(about.directory)
    for n in range(1, MAX_ROWS + 1):
        hint = f"More than {MAX_ROWS}, or for more: {command_on(about.card)}" if n == 1 else ""
        yield forms.line(f"title{n}", f"Package {n}", optional=n > 1, hint=hint)
        yield forms.chosen(f"work{n}", "Discipline and grade", kinds, optional=n > 1)
        if served:
            yield forms.several(f"serves{n}", "Needs and promises it serves", served)


def _served(state: Engagement) -> list[tuple[str, str]]:
    """Needs and promises, with their ids."""
    found = [(need.id, f"{need.id} {need.text}") for need in state.needs.values()]
    found += [(promise.id, f"{promise.id} {promise.text}") for promise in state.promises.values()]
    return found[:MAX_OPTIONS]


def _set_packages(about: About, values: Values) -> Deed:
    return fit(SetWorkPackages, {"packages": list(_package_rows(about, values))}, {"packages": "title1"})


def _package_rows(about: About, values: Values) -> Iterator[dict[str, Any]]:
    for n in range(1, MAX_ROWS + 1):
        title, work, serves = (filled(values, f"{name}{n}") for name in ("title", "work", "serves"))
        if title is None and work is None and not serves:
            continue
        if title is None or work is None:
            raise FormInvalid(
                {f"work{n}" if title else f"title{n}": "A package needs a title, a discipline and a grade."}
            )
        discipline, _, grade = work.partition("|")
        needs = [one for one in serves or [] if one in about.state.needs]
        promises = [one for one in serves or [] if one in about.state.promises]
        row = {"id": f"W{n}", "title": title, "discipline": discipline, "grade": grade}
        yield {**row, "needs": needs, "promises": promises}


def _requirements(about: About) -> Iterator[Block]:
    needs = [(one.id, f"{one.id} {one.text}") for one in about.state.needs.values()][:MAX_OPTIONS]
    packages = [(one.id, f"{one.id} {one.title}") for one in about.state.packages.values()][:MAX_OPTIONS]
    shown = _rows_shown(about.state)
    for n in range(1, MAX_ROWS + 1):
        row = shown[n - 1] if n <= len(shown) else None
        hint = f"More than {MAX_ROWS}: {command_of(_by_file(about.state))}" if n == 1 else ""
        initial = row.text if row is not None else ""
        yield forms.words(f"text{n}", f"Requirement {n}", initial=initial, optional=n > 1, hint=hint)
        yield forms.several(f"needs{n}", "Needs it comes from", needs, row.needs if row else ())
        yield forms.several(f"packages{n}", "Packages that meet it", packages, row.work_packages if row else ())


def _rows_shown(state: Engagement) -> list[PreparedRequirement] | list[Requirement]:
    """The current requirements, or those prepared if none are set, if the form can show all of them in full.

    Sending back what it cannot show would lose text. Raises BadValue if current requirements do not fit.
    """
    if not state.requirements:
        prepared = list(state.prepared_requirements.values())
        return prepared if _fit_a_form(prepared) else []
    rows = list(state.requirements.values())
    if not _fit_a_form(rows):
        raise BadValue(
            "These requirements are too many or too long for a form.",
            remedy=f"Change them on the command line: {_by_file(state)}",
        )
    return rows


def _by_file(state: Engagement) -> ActionRef:
    return RemedyAction.SET_REQUIREMENTS.about(engagement=state.id)


def _fit_a_form(rows: Sequence[PreparedRequirement] | Sequence[Requirement]) -> bool:
    return len(rows) <= MAX_ROWS and all(len(row.text) <= MAX_TEXT_LENGTH for row in rows)


def _set_requirements(about: About, values: Values) -> Deed:
    rows = list(_requirement_rows(values, list(about.state.requirements)))
    return fit(SetRequirements, {"requirements": rows}, {"requirements": "text1"})


def _requirement_rows(values: Values, known: list[str]) -> Iterator[dict[str, Any]]:
    """The rows that are filled in; existing requirements keep their ids, and a new one gets the next free id."""
    free = free_ids("R", known)
    for n in range(1, MAX_ROWS + 1):
        row = {name: filled(values, f"{name}{n}") for name in ("text", "needs", "packages")}
        if not any(row.values()):
            continue
        lacking = {f"{name}{n}": "A requirement needs its needs and packages." for name in row if not row[name]}
        if lacking:
            raise FormInvalid(lacking)
        name = known[n - 1] if n <= len(known) else next(free)
        yield {"id": name, "text": row["text"], "needs": row["needs"], "work_packages": row["packages"]}


def _returned_packages(about: About) -> Iterator[Block]:
    found = [about.state.packages[name] for name in packages_returned(about.state, about.subject)][:MAX_OPTIONS]
    yield forms.chosen("package", "Package", [(one.id, f"{one.id} {one.title}") for one in found])
    yield forms.words("assumes", "What it assumes, or what was unclear", hint="Its experts are asked again with this.")


def _clarify(about: About, values: Values) -> Deed:
    packages, name = about.state.packages, filled(values, "package")
    if name not in packages:
        raise FormInvalid({"package": "This package no longer exists."})
    more = packages[name].model_dump() | {"assumes": [*packages[name].assumes, filled(values, "assumes")]}
    whole = [more if one.id == name else one.model_dump() for one in packages.values()]
    return fit(SetWorkPackages, {"packages": whole}, {"packages": "assumes"})


def _estimates(about: About) -> Iterator[Block]:
    given = [one for one in about.state.estimates if one.package == about.subject][:MAX_OPTIONS]
    names = [(one.by, f"{about.state.cast.name(one.by)}: {one.hours}") for one in given]
    yield forms.chosen("of", "Whose hours count", names, optional=True)
    yield forms.three_points("hours", "Or hours between theirs", optional=True)
    yield forms.words("statement", "Why these")


def _choose(about: About, values: Values) -> Deed:
    given = {one.by: one.hours for one in about.state.estimates if one.package == about.subject}
    of, own = filled(values, "of"), filled(values, "hours")
    if (of is None) == (own is None):
        raise FormInvalid({"hours": "Choose the hours of one expert, or give hours between theirs, not both."})
    if of is not None and of not in given:
        raise FormInvalid({"of": "This estimate no longer exists."})
    hours = own if of is None else given[of].model_dump()
    made = {"package": about.subject, "hours": hours, "statement": filled(values, "statement")}
    return fit(ChooseEstimate, made, {"statement": "statement", "hours": "hours"})


def _milestones(_: About) -> Iterator[Block]:
    for n in range(1, MAX_ROWS + 1):
        hint = "Their shares must add up to 100 percent." if n == 1 else ""
        yield forms.line(f"title{n}", f"Milestone {n}", optional=n > 1, hint=hint)
        yield forms.day(f"due{n}", "Due", optional=n > 1)
        yield forms.number(f"share_percent{n}", "Share in percent", optional=n > 1, least="0", most="100")


def _dates(about: About) -> Iterator[Block]:
    yield forms.day("start", "Requested start", initial=about.state.wished_start)
    yield forms.day("end", "Requested end", initial=about.state.wished_end)


def _move_dates(_: About, values: Values) -> Deed:
    return fit(MoveDates, {name: filled(values, name) for name in ("start", "end")}, {"start": "start", "end": "end"})


def _keep_dates(_: About, values: Values) -> Deed:
    return fit(KeepDates, {"reason": filled(values, "reason")}, {"reason": "reason"})


def _set_milestones(_: About, values: Values) -> Deed:
    return fit(SetMilestones, {"milestones": list(_milestone_rows(values))}, {"milestones": "title1"})


def _milestone_rows(values: Values) -> Iterator[dict[str, Any]]:
    for n in range(1, MAX_ROWS + 1):
        row = {name: filled(values, f"{name}{n}") for name in ("title", "due", "share_percent")}
        if not any(row.values()):
            continue
        lacking = {
            f"{name}{n}": "A milestone needs a title, a day and a share." for name, value in row.items() if not value
        }
        if lacking:
            raise FormInvalid(lacking)
        yield {"id": f"M{n}", **row}


FIELDS: dict[Do, Fields] = {
    Do.ADD_NEEDS: _new_needs,
    Do.CORRECT_NEEDS: _needs,
    Do.COVER: _items,
    Do.DECLINE: reason("Why it cannot be kept: the client reads it"),
    Do.RECONCILE: _kept,
    Do.SCOPE: _packages,
    Do.REQUIREMENTS: _requirements,
    Do.CLARIFY: _returned_packages,
    Do.CHOOSE: _estimates,
    Do.MOVE_DATES: _dates,
    Do.KEEP_DATES: reason("Why they are kept: whoever decides the deal reads it"),
    Do.MILESTONES: _milestones,
}
READS: dict[Do, Reads] = {
    Do.ADD_NEEDS: _record_needs,
    Do.CORRECT_NEEDS: _correct_needs,
    Do.COVER: _cover,
    Do.DECLINE: _decline,
    Do.RECONCILE: _reconcile,
    Do.SCOPE: _set_packages,
    Do.REQUIREMENTS: _set_requirements,
    Do.CLARIFY: _clarify,
    Do.CHOOSE: _choose,
    Do.MOVE_DATES: _move_dates,
    Do.KEEP_DATES: _keep_dates,
    Do.MILESTONES: _set_milestones,
}
