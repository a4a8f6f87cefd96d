"""Roles that no one holds, in one engagement and across all."""

from typing import Annotated, Literal

from pydantic import Field

from adapters.db.read_model_rows import AskedForRole, VacancyLine
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import may_see_all, require_of_the_firm
from application.queries.parameters import Flag, Limit
from application.queries.view import UTC_ZONE, Instant, Reader, ShownPersonId, View
from application.reconciliation.damage import lacking
from domain.directory.directory import Directory
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.values import Vacancy, VacancyCause
from domain.playbook.model import Stage
from domain.shared.calendar import shown as moment_shown
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, Name, Value


class VacancyView(View):
    """A vacancy: `head` heads the role's function and names a holder, `accountable` is whom it has escalated to.

    `asked_name`: who was named and has not answered yet; null while no one was, and for someone who asks for it
    themselves.
    """

    role: str
    function: str | None
    cause: VacancyCause
    head: ShownPersonId
    head_role: str
    accountable: ShownPersonId
    accountable_name: str
    asked_name: str | None
    since: Instant
    since_shown: str
    rung: int
    because: str


def vacancy_view(state: Engagement, reader: Reader, vacancy: Vacancy) -> VacancyView:
    """A vacancy as colleagues see it."""
    head_role, proposal = state.head_role(vacancy.role), state.proposals.get(vacancy.role)
    defined = state.playbook.role(vacancy.role)
    return VacancyView(
        role=vacancy.role,
        function=defined.function if defined else None,
        cause=vacancy.cause,
        head=state.cast.holder(head_role) or vacancy.accountable,
        head_role=head_role,
        accountable=vacancy.accountable,
        accountable_name=state.cast.name(vacancy.accountable),
        asked_name=state.cast.name(proposal.person_id)
        if proposal is not None and proposal.person_id != proposal.by
        else None,
        since=vacancy.since,
        since_shown=reader.shown(vacancy.since),
        rung=vacancy.rung,
        because=vacancy.because,
    )


class VacancyFilter(Value):
    """`accountable=me`: those that I must see filled; `mine`: also those of my function and of what I manage.

    `function` as the engagement's playbook calls it.
    """

    mine: Flag = False
    accountable: Literal["me", "all"] = "all"
    function: Name | None = None
    after: (
        Annotated[
            str,
            Field(
                pattern=r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9:.]{15}\+00:00\|[A-Z0-9-]{1,24}\|[a-z0-9_: -]{1,82}$",
                examples=["2026-03-02T09:30:00.000000+00:00|ENG-2026-0042|customer_care"],
            ),
        ]
        | None
    ) = None
    limit: Limit = 50


class VacancyLineView(View):
    """An uncovered role: where, since when and why, whom its ladder has reached, who must fill it."""

    engagement_id: EngagementId
    title: str
    client: str
    stage: Stage
    role: str
    function: str
    since: Instant
    since_shown: str
    cause: VacancyCause
    because: str
    accountable: ShownPersonId
    accountable_name: str
    rung: int
    asked_name: str | None = None
    """Who is asked to hold it and has not answered yet; null while no one is."""
    asked_until: Instant | None = None
    asked_until_shown: str | None = None


class VacancyPage(View):
    """Some vacancies. `incomplete` says why there may be more than can be read now; null if there is not."""

    items: tuple[VacancyLineView, ...]
    next: str | None
    incomplete: str | None = None


async def vacancies(app: Interlock, actor: Actor, wanted: VacancyFilter) -> VacancyPage:
    """A page of vacancies, oldest first: all for heads and the administrator.

    Others see those that they must see filled and those of the engagements that they manage.
    """
    directory = await require_of_the_firm(app, actor)
    me = actor.person_id
    only = me if wanted.accountable == "me" else None
    mine = me if wanted.mine or not (only or may_see_all(directory, actor)) else None
    page = await off_loop(
        lambda: app.read.vacancies(only, wanted.after, wanted.limit, function=wanted.function, concerning=mine)
    )
    zone = directory.zone_of(me) or UTC_ZONE
    places = {line.engagement_id for line in page.items}
    asked = await off_loop(lambda: app.read.asked_for_roles(places)) if places else ()
    of_role = {(one.engagement_id, one.role): one for one in asked}
    lines = tuple(_vacancy(directory, line, of_role.get((line.engagement_id, line.role)), zone) for line in page.items)
    return VacancyPage(items=lines, next=page.after, incomplete=await lacking(app, page.damaged, "the vacancy"))


def _vacancy(directory: Directory, line: VacancyLine, asked: AskedForRole | None, zone: str) -> VacancyLineView:
    due = asked.due_at if asked is not None else None
    return VacancyLineView(
        **line._asdict(),
        accountable_name=directory.name_of(line.accountable),
        since_shown=moment_shown(line.since, zone),
        asked_name=directory.name_of(asked.person_id) if asked is not None else None,
        asked_until=due,
        asked_until_shown=moment_shown(due, zone) if due is not None else None,
    )
