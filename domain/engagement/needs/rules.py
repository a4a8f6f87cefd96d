"""Needs and promises: what the client wants, what sales said, and what became of each."""

from collections.abc import Iterable

from domain.asks.eligibility import waiting_for
from domain.asks.ending import end_ask
from domain.asks.introducing import introduce
from domain.asks.model import AGAINST, Ask, AskKind, Outcome
from domain.asks.opening import open_ask
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import needs_are_confirmed, needs_facts, needs_hash
from domain.engagement.needs.commands import (
    CoverPromise,
    DeclinePromise,
    ReconcilePromise,
    RecordNeeds,
    RecordPromises,
    RestateNeeds,
)
from domain.engagement.needs.events import (
    DeclineAcknowledged,
    NeedsConfirmed,
    NeedsRecorded,
    PromiseCovered,
    PromiseDeclined,
    PromiseReconciled,
    PromisesRecorded,
)
from domain.engagement.needs.fulfilment import homes
from domain.engagement.needs.values import Promise
from domain.engagement.roles.coverage import require_party
from domain.engagement.scope.values import Milestone, WorkPackage
from domain.playbook.model import Stage
from domain.shared.calendar import day_shown
from domain.shared.errors import (
    AlreadyDecided,
    AskedAlready,
    BadValue,
    BaselineIsSigned,
    NotFound,
    OnRecordAlready,
    PromiseWithoutHome,
    SentBack,
)
from domain.shared.limits import MAX_ROWS
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import fitting
from domain.shared.transaction import Transaction
from domain.shared.values import ItemId


def before_baseline(state: Engagement, what: str) -> None:
    """Raises BaselineIsSigned once both sides have signed the SOW: from then on only a change order alters it."""
    if state.baseline_signed:
        raise BaselineIsSigned(
            f"Both sides have signed the SOW; only a change order can now alter {what}.",
            remedy="Submit a change order.",
            action=RemedyAction.SUBMIT_CHANGE,
        )


def record_needs(transaction: Transaction[Engagement], command: RecordNeeds) -> None:
    before_baseline(transaction.state, "the needs")
    transaction.record(NeedsRecorded(needs=command.needs))


def restate_needs(transaction: Transaction[Engagement], _command: RestateNeeds) -> None:
    """Asks the client's sponsor to confirm the needs as restated."""
    require_restatable(transaction.state)
    ask_to_confirm(transaction)


def require_restatable(state: Engagement) -> None:
    """Raises the refusal that prevents restating the needs now, if there is one."""
    before_baseline(state, "the needs")
    if not state.needs:
        raise BadValue(
            "No needs are recorded.",
            remedy="Record what the client needs first.",
            action=RemedyAction.RECORD_NEEDS,
            field="needs",
        )
    if needs_are_confirmed(state):
        raise AlreadyDecided("These needs are confirmed.", remedy="There is nothing to ask.")
    asked = next(iter(state.open_asks(AskKind.CONFIRM_NEEDS)), None)
    if asked is not None:
        raise AskedAlready(
            "The needs have been restated to the client, who has not answered yet.",
            waits_for=waiting_for(state, asked),
            remedy="Wait for their answer.",
        )
    returned = needs_sent_back(state)
    if returned is not None:
        raise SentBack(
            fitting(f"These needs have not changed since the client returned them. It said: {returned.why_ended}"),
            remedy="Correct them first. The client is then asked automatically.",
            action=RemedyAction.RECORD_NEEDS,
        )
    require_party(state, "client_sponsor")


def needs_sent_back(state: Engagement) -> Ask | None:
    """The ask by which the client's sponsor returned the needs, unchanged since, which sales must correct."""
    last = state.last_ask(AskKind.CONFIRM_NEEDS, "needs")
    if last is None or last.outcome not in AGAINST or last.subject_hash != needs_hash(state):
        return None
    return last if state.cast.holder("client_sponsor") in {voter.person_id for voter in last.voters} else None


def ask_to_confirm(transaction: Transaction[Engagement]) -> None:
    """Asks the client's sponsor to confirm the needs as they are now."""
    open_ask(
        transaction,
        AskKind.CONFIRM_NEEDS,
        "needs",
        title=f"Did we understand what you need? {transaction.state.title}",
        facts=needs_facts(transaction.state),
        roles=["client_sponsor"],
        requester=transaction.state.seller,
    )


def on_needs_answered(transaction: Transaction[Engagement], ask: Ask) -> None:
    if ask.outcome is Outcome.APPROVED:
        transaction.record(NeedsConfirmed(subject_hash=ask.subject_hash))


def record_promises(transaction: Transaction[Engagement], command: RecordPromises) -> None:
    """Records what was promised. A recorded promise is never rewritten."""
    state = transaction.state
    before_baseline(state, "the promises")
    new = tuple(promise for promise in command.promises if promise.id not in state.promises)
    if new:
        introduce(transaction, command.introduces, [promise.by for promise in new])
    cast = transaction.state.cast
    for n, promise in enumerate(command.promises):
        if promise.id in state.promises and state.promises[promise.id] != promise:
            raise OnRecordAlready(
                f"Promise {promise.id} is on record and cannot be edited.",
                remedy="Record another one, or decline this one with the client's acknowledgement.",
                action=RemedyAction.DECLINE_PROMISE,
            )
        if promise in new and not cast.is_here(promise.by):
            raise BadValue(
                f"There is no colleague {promise.by}.",
                remedy="Name the colleague who promised it.",
                action=RemedyAction.LIST_PEOPLE,
                field=f"promises.{n}.by",
            )
        if not cast.is_client(promise.to):
            raise BadValue(
                f"{promise.to} is not at the client.",
                remedy="Name the person at the client to whom it was promised.",
                action=RemedyAction.LIST_PEOPLE,
                field=f"promises.{n}.to",
            )
    if new:
        transaction.record(PromisesRecorded(promises=new))


def _promise(state: Engagement, promise: str) -> None:
    if promise not in state.promises:
        raise NotFound(
            f"There is no promise {promise}.",
            remedy="Check the engagement's promises.",
            action=RemedyAction.SHOW_DEAL,
            field="promise",
        )


def homes_named(
    promises: Iterable[Promise], packages: Iterable[WorkPackage], milestones: Iterable[Milestone]
) -> dict[ItemId, tuple[ItemId, ...]]:
    """By promise, the packages and milestones in an opening that name it: its home from the start."""
    items: list[WorkPackage | Milestone] = [*packages, *milestones]
    named = {promise.id: tuple(item.id for item in items if promise.id in item.promises) for promise in promises}
    return {promise: homes[:MAX_ROWS] for promise, homes in named.items() if homes}


def cover_promise(transaction: Transaction[Engagement], command: CoverPromise) -> None:
    """Gives a promise its home: work packages and milestones of the SOW."""
    state = transaction.state
    _promise(state, command.promise)
    before_baseline(state, "the promises")
    unknown = [item for item in command.by if item not in state.packages and item not in state.milestones]
    if unknown:
        raise BadValue(
            f"{', '.join(unknown)}: work package or milestone not found.",
            remedy="Name work packages or milestones of the SOW.",
            field="by",
        )
    transaction.record(PromiseCovered(promise=command.promise, by=command.by))


def decline_promise(transaction: Transaction[Engagement], command: DeclinePromise) -> None:
    """Takes a promise back openly; that counts as its home once the client's sponsor acknowledges it."""
    state = transaction.state
    _promise(state, command.promise)
    before_baseline(state, "the promises")
    if state.fate(command.promise).decline_acknowledged:
        raise AlreadyDecided(
            f"The client has acknowledged that {command.promise} is declined.", remedy="There is nothing to do."
        )
    require_party(state, "client_sponsor")
    for asked in list(state.open_asks(AskKind.ACKNOWLEDGE_DECLINE, subject=f"promise:{command.promise}")):
        end_ask(transaction, asked, Outcome.SUPERSEDED, "it is declined for another reason")
    transaction.record(PromiseDeclined(promise=command.promise, reason=command.reason))
    promise = state.promises[command.promise]
    open_ask(
        transaction,
        AskKind.ACKNOWLEDGE_DECLINE,
        f"promise:{command.promise}",
        title=f"We cannot keep what we promised on {day_shown(promise.on)} ({promise.id}); do you acknowledge it?",
        facts={"promised": promise.text, "because": command.reason},
        beside={"promised by": f"{state.cast.name(promise.by)} to {state.cast.name(promise.to)}"},
        roles=["client_sponsor"],
        requester=state.seller,
    )


def on_decline_answered(transaction: Transaction[Engagement], ask: Ask) -> None:
    if ask.outcome is Outcome.APPROVED:
        transaction.record(DeclineAcknowledged(promise=ask.subject.removeprefix("promise:")))


def is_decline_refused(state: Engagement, promise: str) -> bool:
    """True if the client did not accept that this promise is declined, and it has not been covered since."""
    fate, last = state.fate(promise), state.last_ask(AskKind.ACKNOWLEDGE_DECLINE, f"promise:{promise}")
    open_still = fate.declined_because is not None and not fate.decline_acknowledged
    return open_still and last is not None and last.outcome in AGAINST


def homeless_promises(state: Engagement) -> tuple[str, ...]:
    """Promises neither covered by an item that is still to be delivered, nor declined with acknowledgement."""
    return tuple(promise for promise in state.promises if not _has_home(state, promise))


def _has_home(state: Engagement, promise: str) -> bool:
    """An unacknowledged decline takes the home away, until the promise is covered again."""
    fate = state.fate(promise)
    if fate.declined_because:
        return fate.decline_acknowledged
    return bool(homes(state, promise))


def require_homes(state: Engagement) -> None:
    """Raises PromiseWithoutHome while a promise is neither covered nor openly declined."""
    homeless = homeless_promises(state)
    if homeless:
        texts = "; ".join(f"{promise} “{state.promises[promise].text}”" for promise in homeless)
        raise PromiseWithoutHome(
            f"Not covered by the SOW and not declined: {texts}"[:1900],
            remedy=f"{state.cast.name(state.seller)} must cover each with a work package or milestone, or decline it.",
            action=RemedyAction.COVER_PROMISE,
        )


def reconcile_promise(transaction: Transaction[Engagement], command: ReconcilePromise) -> None:
    """Records at the close that a promise was kept, or why not."""
    _promise(transaction.state, command.promise)
    if transaction.state.stage.order < Stage.DELIVER.order:
        raise BadValue(
            "Nothing has been delivered yet.", remedy="Reconcile promises once delivery has begun.", field="promise"
        )
    if not command.delivered and not command.why_not:
        raise BadValue("A promise that was not kept needs a reason.", remedy="Say why.", field="why_not")
    transaction.record(PromiseReconciled(promise=command.promise, delivered=command.delivered, why_not=command.why_not))


def unreconciled_promises(state: Engagement) -> tuple[str, ...]:
    """Promises for which nothing shows yet whether they were kept: no accepted milestone covers them."""
    return tuple(promise for promise in state.promises if not is_reconciled(state, promise))


def is_reconciled(state: Engagement, promise: str) -> bool:
    """True if declined openly, reconciled in words, or covered by milestones that the client has all accepted."""
    fate = state.fate(promise)
    if fate.decline_acknowledged or fate.delivered is not None:
        return True
    carrying = [m.id for m in state.milestones.values() if promise in m.promises or m.id in fate.covered_by]
    return bool(carrying) and all(state.milestone_status.get(m) == "accepted" for m in carrying)
