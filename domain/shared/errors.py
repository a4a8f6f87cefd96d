"""The domain's refusals: which rule, what is so, whom it waits for, and what to do.

A refusal is a value before it is an exception: it travels as `Refused` through the engine to every entry point, and
each shows the same words. The rules that never bend are named in `Rule`.
"""

from enum import StrEnum

from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import stream_label
from domain.shared.text import capitalized
from domain.shared.values import Moment, Value

NO_DIRECTORY = "Nobody is known here yet: no directory of people has been imported."
HOW_TO_IMPORT = (
    "Whoever has the one-time token of the first start imports it (docs/directory.md says how the file is written)."
)
HOW_TO_IMPORT_AGAIN = "Tell your operators. On the machine itself, they import another directory in its place."
OPERATORS_AT_WORK = "The operators have been notified. Try again once they have repaired it."
TELL_OPERATORS = "Tell your operators; they have not been notified. Try again once they have repaired it."


class Rule(StrEnum):
    """The rules that never bend, and three plain ones for refusals that need no rule to explain them."""

    DELIVERY_BEFORE_PRICE = "delivery-before-price"
    DECIDED_NOT_DRIFTED = "decided-not-drifted"
    EVERY_PROMISE_HAS_A_HOME = "every-promise-has-a-home"
    SIGNED_MEANS_THIS = "signed-means-this"
    INSIDE_BEFORE_OUTSIDE = "inside-before-outside"
    NO_SILENT_DEFAULT = "no-silent-default"
    SOMEONE_IS_ACCOUNTABLE = "someone-is-accountable"
    SILENCE_IS_NOT_CONSENT = "silence-is-not-consent"
    NOBODY_SIGNS_THEIR_OWN = "nobody-signs-their-own"
    THE_WHOLE_CHANGE_COUNTS = "the-whole-change-counts"
    THE_RECORD_STANDS = "the-record-stands"
    DENY_FIRST = "deny-first"
    IN_ITS_STAGE = "in-its-stage"
    WELL_FORMED = "well-formed"


class RefusalKind(StrEnum):
    """What stands in the way, as far as the caller must know it to go on."""

    CONFLICT = "conflict"
    """It cannot be done in the current state."""
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    INVALID = "invalid"
    OUTDATED = "outdated"
    """What the request is based on has changed since it was read."""
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"
    DAMAGED = "damaged"

    @property
    def is_ours(self) -> bool:
        """True if the installation is at fault: another request would be refused as well."""
        return self in {RefusalKind.UNAVAILABLE, RefusalKind.DAMAGED}


class Waiting(Value):
    """Someone whom something waits for: the ask or vacancy, who, since when, until when."""

    ask_id: str
    """The id of an ask or act; of a vacancy `vacancy:` and the role; an engagement's where it itself is waited for."""
    who: str
    role: str | None = None
    """The label of the role in which they are asked; None if no role is involved."""
    since: Moment | None = None
    due: Moment | None = None


class Refused(Value):
    """A refusal as it travels: `name` is its class."""

    name: str
    rule: Rule
    title: str
    detail: str
    remedy: str
    action: RemedyAction | None = None
    """What helps most, for each entry point to word in its own way; None if none of these does."""
    kind: RefusalKind
    waits_for: tuple[Waiting, ...] = ()
    asked_now: str | None = None
    """The ask that replaced one that has ended."""
    field: str | None = None
    temporary: bool = False
    """True if the same request, repeated in a moment, may get another answer without anyone doing anything."""


class Refusal(Exception):
    """Base of all refusals. Subclasses give rule, title and kind; the raiser says what is so and what to do."""

    rule: Rule = Rule.WELL_FORMED
    title: str = "This cannot be done"
    kind: RefusalKind = RefusalKind.CONFLICT
    temporary: bool = False

    def __init__(
        self,
        detail: str,
        *,
        remedy: str,
        action: RemedyAction | None = None,
        waits_for: tuple[Waiting, ...] = (),
        asked_now: str | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.refused = Refused(
            name=type(self).__name__,
            rule=self.rule,
            title=self.title,
            detail=detail,
            remedy=remedy,
            action=action,
            kind=self.kind,
            waits_for=waits_for,
            asked_now=asked_now,
            field=field,
            temporary=self.temporary,
        )


class PermissionDenied(Refusal):
    rule, title, kind = Rule.DENY_FIRST, "You may not do this", RefusalKind.FORBIDDEN


class EditedMeanwhile(Refusal):
    rule, title, kind = Rule.SIGNED_MEANS_THIS, "Somebody else has edited this", RefusalKind.OUTDATED


class NotFound(Refusal):
    rule, title, kind = Rule.WELL_FORMED, "Not found", RefusalKind.NOT_FOUND


class IntegrityBroken(Refusal):
    """Stored data is not what was written. It is not shown, and nothing is decided on it."""

    rule, title, kind = Rule.THE_RECORD_STANDS, "Stored data is damaged", RefusalKind.DAMAGED

    def __init__(self, detail: str, *, remedy: str = TELL_OPERATORS, action: RemedyAction | None = None) -> None:
        """The default remedy holds until the operators are notified (`application.reconciliation.damage`)."""
        super().__init__(detail, remedy=remedy, action=action)


def damaged_directory(detail: str) -> IntegrityBroken:
    """The current directory is not what was written. No one can be notified: the directory names the operators."""
    return IntegrityBroken(detail, remedy=HOW_TO_IMPORT_AGAIN, action=RemedyAction.IMPORT_HERE)


class BadValue(Refusal):
    rule, title, kind = Rule.WELL_FORMED, "A value does not fit", RefusalKind.INVALID


class ClientNotConfirmed(Refusal):
    rule, title = Rule.INSIDE_BEFORE_OUTSIDE, "The client is not confirmed"


class LeavingNotConfirmed(Refusal):
    rule, title = Rule.SOMEONE_IS_ACCOUNTABLE, "More than a tenth of the people would leave"


class KeyReused(Refusal):
    rule, title, kind = Rule.WELL_FORMED, "The idempotency key was used for something else", RefusalKind.INVALID


class DoneBefore(Refusal):
    """Used between engine and API: the record holds what the request did, and the receipt is read from there."""

    rule, title = Rule.THE_RECORD_STANDS, "This was already carried out"


class NotNow(Refusal):
    rule, title = Rule.IN_ITS_STAGE, "The engagement is not at that stage"


class AskedOften(NotNow):
    title = "Somebody has been asked often enough today"


class ConditionOpen(NotNow):
    title = "A condition is not met"


class StillOwed(NotNow):
    title = "Something is still owed"


class ChangeNotReturned(NotNow):
    title = "The change was not returned"


class Ended(Refusal):
    rule, title = Rule.IN_ITS_STAGE, "The engagement has ended"


def has_ended(stage: str) -> Ended:
    """The refusal of anything attempted in an engagement that is over, for someone who may see it."""
    return Ended(
        f"The engagement is {stage}: nothing more can be done in it.",
        remedy="See the engagement for its outcome. New work is a new deal, which sales starts.",
        action=RemedyAction.SHOW_DEAL,
    )


class ChangeEnded(Refusal):
    rule, title = Rule.IN_ITS_STAGE, "The change order has ended"


class OnHold(Refusal):
    rule, title = Rule.IN_ITS_STAGE, "The engagement is on hold"


class Quarantined(Refusal):
    rule, title, kind = Rule.THE_RECORD_STANDS, "Changes are paused", RefusalKind.UNAVAILABLE


class DealsUnknown(Refusal):
    """Record and engine disagree on which deals exist: a name that seems free may be taken."""

    rule, title, kind = Rule.THE_RECORD_STANDS, "Not all deals are known right now", RefusalKind.UNAVAILABLE


class ForeignEngine(Refusal):
    """The engine is not this record's. It may be another firm's, so nothing is done in it."""

    rule, kind = Rule.THE_RECORD_STANDS, RefusalKind.UNAVAILABLE
    title = "The workflow engine belongs to another installation"


NOTHING_LOST = "Nothing that was confirmed to you is lost."
# Shown beside everything that is displayed while the record may be incomplete.
INCOMPLETE = "Because of a technical fault, some work cannot be shown until it is repaired."


def foreign_engine() -> ForeignEngine:
    """The refusal when this installation meets another's engine, or the reverse. Only the logs say whose it is."""
    return ForeignEngine("Nothing was done in it.", remedy=OPERATORS_AT_WORK)


def quarantine_refusal(stream: str) -> Quarantined:
    """The refusal in a stream on which record and engine differ, or whose workflow met an unforeseen error.

    The reason is for operators alone: it is in the log, in their message, and in what reconciling says.
    """
    return Quarantined(f"{paused(stream)} {NOTHING_LOST}", remedy=OPERATORS_AT_WORK)


def paused(stream: str) -> str:
    """Shown beside everything that is displayed of such a stream, which may lack what people were told."""
    what = capitalized(stream_label(stream))
    return (
        f"{what} cannot be changed until a technical fault is repaired. What is shown of it may be older than what you "
        "were told, or missing."
    )


class EstimateNotAttested(Refusal):
    rule, title = Rule.DELIVERY_BEFORE_PRICE, "The estimate is not attested"


class DealNotDecided(Refusal):
    rule, title = Rule.DECIDED_NOT_DRIFTED, "The deal has not been decided"


class PromiseWithoutHome(Refusal):
    rule, title = Rule.EVERY_PROMISE_HAS_A_HOME, "A promise is not covered"


class NotWhatWasShown(Refusal):
    rule, title = Rule.SIGNED_MEANS_THIS, "This has changed since it was shown"


class HoursGivenSince(Refusal):
    rule, title = Rule.SIGNED_MEANS_THIS, "You have given other hours since"


class BaselineIsSigned(Refusal):
    rule, title = Rule.SIGNED_MEANS_THIS, "The baseline is signed"


class OfferExpired(Refusal):
    rule, title = Rule.SIGNED_MEANS_THIS, "The offer has expired"


class NotApprovedInside(Refusal):
    rule, title = Rule.INSIDE_BEFORE_OUTSIDE, "Internal approvals are missing"


class RoleVacant(Refusal):
    rule, title = Rule.NO_SILENT_DEFAULT, "A required role is vacant"


class RoleHeld(Refusal):
    rule, title = Rule.SOMEONE_IS_ACCOUNTABLE, "The role is held"


class NotByDefault(Refusal):
    rule, title = Rule.NO_SILENT_DEFAULT, "Nobody takes this role by default"


class NotCompetent(Refusal):
    rule, title = Rule.NO_SILENT_DEFAULT, "Competency requirements not met"


class SuccessorUnfit(NotCompetent):
    title = "The successor cannot take every role"


class NobodyAccountable(Refusal):
    rule, title = Rule.SOMEONE_IS_ACCOUNTABLE, "Nobody would be accountable"


class ExplicitApprovalRequired(Refusal):
    rule, title = Rule.SILENCE_IS_NOT_CONSENT, "They must answer this themselves"


class OwnRequest(Refusal):
    rule, title, kind = Rule.NOBODY_SIGNS_THEIR_OWN, "You cannot decide your own request", RefusalKind.FORBIDDEN


class ChangeNotApproved(Refusal):
    rule, title = Rule.THE_WHOLE_CHANGE_COUNTS, "The change is not approved"


class AlreadyDecided(Refusal):
    """What is on record is not done again; the subclasses say what it is."""

    rule, title = Rule.THE_RECORD_STANDS, "This is already decided"


class AskedAlready(AlreadyDecided):
    title = "This has already been asked"


class DoneAlready(AlreadyDecided):
    title = "This has already been done"


class OnRecordAlready(AlreadyDecided):
    title = "This is already on record"


class SentBack(AlreadyDecided):
    title = "The client sent this back"


class AskHasEnded(AlreadyDecided):
    title = "This ask has ended"


class VoteIsOver(AlreadyDecided):
    title = "The vote is over"
