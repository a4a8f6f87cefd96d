"""Complaints as each side may see them."""

from collections.abc import Iterable

from application.queries.coverage import person_label
from application.queries.view import Instant, NamedPersonView, Reader, View
from domain.asks.model import Ask
from domain.engagement.aggregate import Engagement
from domain.engagement.delivery.complaint_status import COMPLAINED_BY, Complaint, complaints_of
from domain.engagement.permissions import may_see_facts


class ComplaintView(View):
    """A complaint of the client: its status, whose it is now and by when, and what is done about it once planned.

    `text` and `plan` are null for those who may not see what is asked about it; `complained_by` if no one said who.
    """

    id: str
    text: str | None
    complained_by: str | None
    stands: str
    whose: NamedPersonView | None
    due: Instant | None
    due_shown: str | None
    plan: str | None
    planned_by: str | None


class ClientComplaintView(View):
    """The reader's own complaint, for a person of the client: who answers by when, and what is done about it."""

    id: str
    text: str
    stands: str
    whose: str | None
    due_shown: str | None
    plan: str | None
    planned_by: str | None


def complaint_views(state: Engagement, asks: Iterable[Ask], reader: Reader) -> tuple[ComplaintView, ...]:
    """Each complaint, compiled from all `asks` that were ever put about them."""
    return tuple(_complaint(state, one, reader) for one in complaints_of(asks))


def own_complaint_views(state: Engagement, asks: Iterable[Ask], reader: Reader) -> tuple[ClientComplaintView, ...]:
    """The reader's own complaints, compiled from all `asks` ever put about complaints, without internal words."""
    own = (one for one in complaints_of(asks) if state.complained.get(one.id) == reader.actor.person_id)
    return tuple(_own_complaint(state, one, reader) for one in own)


def _own_complaint(state: Engagement, one: Complaint, reader: Reader) -> ClientComplaintView:
    due = one.ask.due_at if one.whose is not None else None
    return ClientComplaintView(
        id=one.id,
        text=one.ask.facts["complaint"],
        stands=one.stands,
        whose=state.cast.name(one.whose) if one.whose is not None else None,
        due_shown=reader.shown(due) if due is not None else None,
        plan=one.plan,
        planned_by=state.cast.name(one.planned_by) if one.planned_by is not None else None,
    )


def _complaint(state: Engagement, complaint: Complaint, reader: Reader) -> ComplaintView:
    ask, whole = complaint.ask, may_see_facts(state, reader.actor, complaint.ask)
    due = ask.due_at if complaint.whose is not None else None
    return ComplaintView(
        id=complaint.id,
        text=ask.facts["complaint"] if whole else None,
        complained_by=ask.beside.get(COMPLAINED_BY),
        stands=complaint.stands,
        whose=person_label(state, complaint.whose) if complaint.whose is not None else None,
        due=due,
        due_shown=reader.shown(due) if due is not None else None,
        plan=complaint.plan if whole else None,
        planned_by=state.cast.name(complaint.planned_by) if complaint.planned_by is not None else None,
    )
