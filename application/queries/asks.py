"""Asks as one person may see them, and the inbox."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from adapters.console_commands import answer_command
from adapters.db.read_model_rows import AskInPlace
from application.commands.asks import place_of, seen_ask, stream_of
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import reader_of
from application.queries.capacity import CapacityView, ReckoningView, reckoning_view
from application.queries.capacity_reckoning import capacity_view, picture_of, reckoned_for
from application.queries.document_changes import changes_between
from application.queries.parameters import Flag, Limit
from application.queries.view import UTC_ZONE, Instant, Reader, ShownPersonId, View
from application.queries.visibility import change_there, seen
from application.reconciliation.damage import lacking
from domain.asks.answers_shown import conditions_shown
from domain.asks.card import open_to, question_in_words, why_rests, why_shown_to
from domain.asks.choices import hours_wanted
from domain.asks.context_shown import shown_beside
from domain.asks.document_shown import DocumentShown, document_of
from domain.asks.facts_shown import facts_shown
from domain.asks.holder import AskHolder
from domain.asks.model import Ask, AskKind, Condition, Outcome, Question, Verdict
from domain.asks.outcomes import answer_label
from domain.asks.subject_texts import ENGLISH_NOW
from domain.change_order.order import ChangeOrder
from domain.directory.directory import Directory
from domain.directory.people import Participants
from domain.engagement.aggregate import Engagement
from domain.engagement.permissions import (
    may_see_facts,
)
from domain.playbook.model import Method
from domain.shared.calendar import shown as moment_shown
from domain.shared.errors import (
    BadValue,
    NotFound,
)
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import AskId, EngagementId, Value


class VoterView(View):
    person_id: ShownPersonId
    name: str
    roles: tuple[str, ...]
    because: str
    has_answered: bool


class ChoiceView(View):
    """One possible answer of the reader to an ask, and the `interlock` command for it."""

    verdict: Verdict
    label: str
    command: str
    leads_to: str = ""
    """What follows from it, if the label does not say so."""
    packages: tuple[str, ...] = ()
    """The packages for which this may be answered separately; empty: for all that are asked."""


class AnswerView(View):
    voter: ShownPersonId
    by: ShownPersonId
    by_name: str
    for_name: str | None
    """Whose vote it is, if another gave it for them."""
    at_shown: str
    verdict: Verdict
    said: str
    """The verdict in the words of what was asked: `Signed`, `No-go`."""
    reason: str | None
    packages: tuple[str, ...]
    """Which packages a return of hours means; empty: all that were asked."""
    conditions: tuple[Condition, ...]
    conditions_shown: tuple[str, ...]
    """The same as people read them: with by whom and by when each is met."""
    channel: str
    at: Instant


class AskView(View):
    """An ask as it is put to a person. `facts` is null for those who may not see its figures.

    `document` is the revision that it is about, whose text GET …/documents/{kind} returns for this number. `beside` is
    shown with the facts and not bound; `capacity` is current, while the ask is about staffing and open. `votes` is what
    counts for each person asked; `answers` is every answer given. `question` is open. `due_shown` is the due time in
    the reader's zone; `question_shown` says who asked back what, and the answer.
    """

    id: str
    engagement_id: EngagementId
    change: int | None
    kind: AskKind
    subject: str
    title: str
    subject_hash: str
    facts: dict[str, str] | None
    facts_shown: dict[str, str] | None
    read_in: str
    """The version of the texts in which it is shown: an answer names it with the hash."""
    """The same as people read them; the answer is bound to `facts`."""
    beside: dict[str, str] | None
    capacity: CapacityView | None
    difference: tuple[str, ...] | None
    document: DocumentShown | None
    method: Method
    quorum: int
    voters: tuple[VoterView, ...]
    asked: tuple[ShownPersonId, ...]
    final_role: str | None
    final_person: ShownPersonId | None
    climbed: str | None
    requester: ShownPersonId
    accountable: ShownPersonId | None
    for_client: bool
    in_person: bool
    opened_at: Instant
    due_at: Instant | None
    due_shown: str | None
    question: Question | None
    answered_question: Question | None
    question_shown: str | None
    rests: str | None = None
    """Until when nothing is answered, while the engagement is on hold; for the firm's own people also why."""
    why_you: str
    """The role in which the reader is shown it, and for whom they may answer; empty if it is not put to them."""
    votes: dict[str, Verdict]
    answers: tuple[AnswerView, ...]
    choices: tuple[ChoiceView, ...]
    outcome: Outcome
    ended_at: Instant | None
    ended_because: str | None


def ask_view(of: AskHolder, ask: Ask, state: Engagement, reader: Reader) -> AskView:
    """An ask of an engagement, or of one of its change orders (`of`), as this person may see it."""
    whole = may_see_facts(state, reader.actor, ask)
    cast, question = of.cast, ask.question if whole else None
    change = of.brief.n if isinstance(of, ChangeOrder) else None
    return AskView(
        id=ask.id,
        engagement_id=state.id,
        change=change,
        kind=ask.kind,
        subject=ask.subject,
        title=ask.title,
        subject_hash=ask.subject_hash,
        facts=ask.facts if whole else None,
        facts_shown=facts_shown(cast, ask.kind, ask.facts) if whole else None,
        read_in=ENGLISH_NOW,
        beside=shown_beside(of, state, ask, reader.actor) if whole else None,
        capacity=None,
        difference=ask.difference if whole else None,
        document=document_of(ask) if whole else None,
        method=ask.method,
        quorum=ask.quorum,
        voters=tuple(
            VoterView(
                person_id=voter.person_id,
                name=cast.name(voter.person_id),
                roles=voter.roles,
                because=voter.because,
                has_answered=ask.vote_of(voter.person_id) is not None,
            )
            for voter in ask.voters
        ),
        asked=ask.asked if ask.is_open else (),
        final_role=ask.final_role,
        final_person=ask.final_person,
        climbed=ask.climbed,
        requester=ask.requester,
        accountable=of.accountable_for(ask) if ask.is_open else None,
        for_client=ask.for_client,
        in_person=ask.answered_only_in_person,
        opened_at=ask.opened_at,
        due_at=ask.due_at,
        due_shown=reader.shown(ask.due_at) if ask.due_at else None,
        question=question if question and question.answer is None else None,
        answered_question=question if question and question.answer is not None else None,
        why_you=why_shown_to(of, ask, reader.actor.person_id),
        question_shown=question_in_words(of, ask, reader.actor.person_id) if whole else None,
        rests=why_rests(of, ask, reader.actor.person_id),
        votes={vote.voter: vote.answer.verdict for vote in ask.votes},
        answers=tuple(_answers(ask, cast, reader, whole=whole)),
        choices=tuple(_choices(of, ask, reader)) if whole else (),
        outcome=ask.outcome,
        ended_at=ask.ended_at,
        ended_because=ask.why_ended if whole else None,
    )


def _choices(of: AskHolder, ask: Ask, reader: Reader) -> Iterator[ChoiceView]:
    for choice in open_to(of, ask, reader.actor.person_id):
        yield ChoiceView(
            verdict=choice.verdict,
            label=choice.label,
            command=answer_command(ask.id, choice, hours_wanted(of, ask)),
            leads_to=choice.leads_to,
            packages=choice.packages,
        )


def _answers(ask: Ask, cast: Participants, reader: Reader, *, whole: bool) -> Iterator[AnswerView]:
    """Reasons and conditions refer to the figures, so they are left out with them."""
    for vote in ask.votes:
        yield AnswerView(
            voter=vote.voter,
            by=vote.by,
            by_name=cast.name(vote.by),
            for_name=cast.name(vote.voter) if vote.voter != vote.by else None,
            at_shown=reader.shown(vote.at),
            verdict=vote.answer.verdict,
            said=answer_label(ask.kind, vote.answer.verdict),
            reason=vote.answer.reason if whole else None,
            packages=vote.answer.packages if whole else (),
            conditions=vote.answer.conditions if whole else (),
            conditions_shown=conditions_shown(cast, vote.answer) if whole else (),
            channel=vote.channel,
            at=vote.at,
        )


class AskFilter(Value):
    """`mine` and `open`: what I may answer now. With `engagement`: its asks, also those of others and ended ones."""

    mine: Flag = True
    open: Flag = True
    engagement_id: EngagementId | None = None
    after: (
        Annotated[
            str,
            Field(
                pattern=r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9:.]{15}\+00:00\|[A-Za-z0-9.-]{1,60}$",
                examples=["2026-03-02T09:30:00.000000+00:00|ENG-2026-0042.A7"],
            ),
        ]
        | None
    ) = None
    limit: Limit = 50


class AskLineView(View):
    """An ask in an inbox, with what is shown to whoever decides it; if it is about staffing, `reckoned` as of now."""

    id: AskId
    engagement_id: EngagementId
    engagement_title: str
    client: str
    change: int | None
    kind: AskKind
    subject: str
    title: str
    subject_hash: str
    facts: dict[str, str]
    beside: dict[str, str]
    reckoned: ReckoningView | None
    difference: tuple[str, ...]
    method: Method
    asked: tuple[ShownPersonId, ...]
    requester: ShownPersonId
    opened_at: Instant
    due_at: Instant | None
    due_shown: str | None
    outcome: Outcome
    stopped: bool = False
    """It cannot be answered until a technical fault is repaired: what is shown may be older than what was told."""


class AskPage(View):
    """Some asks. `incomplete` says why there may be more than can be read now; null if there is not."""

    items: tuple[AskLineView | AskView, ...]
    next: str | None
    incomplete: str | None = None


async def with_capacity(app: Interlock, asks: tuple[AskView, ...]) -> tuple[AskView, ...]:
    """The asks, those about staffing with the current capacity, for those who may see their facts."""
    return tuple([await _pictured(app, ask) for ask in asks])


async def _pictured(app: Interlock, ask: AskView) -> AskView:
    if ask.kind is not AskKind.CONFIRM_STAFFING or ask.outcome is not Outcome.OPEN or ask.facts is None:
        return ask
    picture = await picture_of(app, ask.engagement_id)
    return ask.model_copy(update={"capacity": capacity_view(picture) if picture else None})


async def inbox(app: Interlock, actor: Actor, wanted: AskFilter) -> AskPage:
    """What a person may answer now, by due date; or the asks of one engagement."""
    if wanted.engagement_id is not None:
        return await _asks_of(app, actor, wanted.engagement_id, wanted)
    if not (wanted.mine and wanted.open):
        what = "Other people's asks, and ended ones, are only listed for one engagement."
        raise BadValue(what, remedy="Name the engagement.", action=RemedyAction.LIST_DEALS, field="engagement_id")
    page = await off_loop(lambda: app.read.inbox(actor.person_id, wanted.after, wanted.limit))
    directory = await off_loop(app.registry.directory)
    lines = [_ask_line(found, directory, actor) for found in page.items]
    reckoned = [await reckoned_for(app, found.ask, found.engagement_id) for found in page.items]
    views = (reckoning_view(now) if now else None for now in reckoned)
    stopped = await off_loop(lambda: app.standings.paused([stream_of(line.id) for line in lines]))
    shown = (
        line.model_copy(update={"reckoned": view, "stopped": stream_of(line.id) in stopped})
        for line, view in zip(lines, views, strict=True)
    )
    return AskPage(items=tuple(shown), next=page.after, incomplete=await lacking(app, page.damaged, "ask"))


def _ask_line(found: AskInPlace, directory: Directory, actor: Actor) -> AskLineView:
    """A line of an inbox. A client's person without a zone reads times in that of the ask's own calendar."""
    ask = found.ask
    runs_by = directory.calendars.get(ask.clock.calendar)
    zone = directory.zone_of(actor.person_id) or (runs_by.zone if runs_by else UTC_ZONE)
    kept = (
        "id",
        "kind",
        "subject",
        "title",
        "subject_hash",
        "facts",
        "beside",
        "difference",
        "method",
        "asked",
        "requester",
    )
    return AskLineView(
        **{name: getattr(ask, name) for name in (*kept, "opened_at", "due_at", "outcome")},
        engagement_id=found.engagement_id,
        engagement_title=found.title,
        client=found.client,
        change=place_of(ask.id).change,
        due_shown=moment_shown(ask.due_at, zone) if ask.due_at else None,
        reckoned=None,
    )


async def _asks_of(app: Interlock, actor: Actor, engagement_id: EngagementId, wanted: AskFilter) -> AskPage:
    """All asks of an engagement in the order in which they were opened; a client's person sees their own."""
    state = await seen(app, actor, engagement_id)
    is_open = True if wanted.open else None
    found = await off_loop(lambda: app.read.asks_of(engagement_id, is_open=is_open))
    only_own = wanted.mine or state.cast.is_client(actor.person_id)
    asks = (place.ask for place in found.rows)
    shown = [ask for ask in asks if not only_own or actor.person_id in (v.person_id for v in ask.voters)]
    reader = await reader_of(app, actor, state.cast)
    views = tuple(ask_view(state, ask, state, reader) for ask in shown)
    missing = await lacking(app, found.damaged, "ask")
    return AskPage(items=await with_capacity(app, views), next=None, incomplete=missing)


async def shown_ask(app: Interlock, actor: Actor, ask_id: AskId) -> AskView:
    """One ask, for someone it concerns."""
    known = await seen_ask(app, actor, ask_id)
    place = place_of(ask_id)
    state = await off_loop(lambda: app.read.engagement(place.engagement_id))
    if state is None:
        raise NotFound(
            f"There is no engagement {place.engagement_id}.",
            remedy="Check the list of engagements.",
            action=RemedyAction.LIST_DEALS,
        )
    of: AskHolder = state
    if place.change is not None:
        of = await change_there(app, place.engagement_id, place.change)
    view = ask_view(of, known, state, await reader_of(app, actor, state.cast))
    return await _pictured(app, await _with_changes(app, view, known))


async def _with_changes(app: Interlock, view: AskView, ask: Ask) -> AskView:
    """What changed in the text of the document that it is about, for those who may see what it is about."""
    if view.document is None or view.difference is None:
        return view
    earlier = await off_loop(app.read.asks_before, ask)
    changes = await changes_between(app, earlier[-1] if earlier else None, ask)
    return view.model_copy(update={"difference": (*view.difference, *changes)})
