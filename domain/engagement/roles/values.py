"""Holders, proposals, expectations and vacancies."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field

from domain.directory.people import Level
from domain.shared.calendar import WorkingClock
from domain.shared.limits import MAX_KEPT_TEXT_BYTES
from domain.shared.text import LongText, OwnText, TextToTell, shortened
from domain.shared.values import (
    Day,
    Moment,
    Name,
    PersonId,
    RoleName,
    Value,
)


class VacancyCause(StrEnum):
    """Why a required role is vacant, or soon will be."""

    NOT_NAMED = "not_named"
    DECLINED = "declined"
    RELEASED = "released"
    EXPIRED = "expired"
    LEFT = "left"
    AWAY = "away"
    COMPETENCE_GONE = "competence_gone"
    ENDING = "ending"
    """Still held, until a date: a successor is sought."""

    @property
    def was_held(self) -> bool:
        """True where somebody answered for the role until now."""
        return self not in {VacancyCause.NOT_NAMED, VacancyCause.DECLINED, VacancyCause.ENDING}


class VacancyReason(Value):
    """Why a role has no holder, as long as it has none."""

    cause: VacancyCause
    because: TextToTell
    about: tuple[str, ...] = ()
    """The values that `because` tells, where it is put together here: others, and not other words, are another reason.
    Empty where it is kept as somebody said it."""
    released: PersonId | None = None
    """Who held it last, where they were released from it: nobody offers it to them again by itself."""


class VacancyStandIn(Value):
    """Somebody who may see a vacancy filled for another today: their delegate, or their deputy while they are away."""

    person_id: PersonId
    instead_of: PersonId


class Vacancy(Value):
    """A required role that nobody holds or stands in for: its clock, how high its ladder stands, who is accountable."""

    role: RoleName
    since: Moment
    cause: VacancyCause = VacancyCause.NOT_NAMED
    because: TextToTell
    about: Annotated[tuple[str, ...], Field(exclude_if=lambda about: not about)] = ()
    """See `VacancyReason`."""
    clock: WorkingClock
    rung: int = 0
    accountable: PersonId
    told: tuple[PersonId, ...] = ()
    stand_ins: tuple[VacancyStandIn, ...] = ()
    """Who may name a holder for whoever must have it filled."""

    def is_because(self, why: VacancyReason) -> bool:
        """True where the role has no holder for this very reason."""
        said_alike = self.about == why.about and (self.about or self.because == why.because)
        return self.cause is why.cause and bool(said_alike)

    def covers(self, person_id: PersonId) -> bool:
        """True for who may name a holder for another now."""
        return any(stand_in.person_id == person_id for stand_in in self.stand_ins)

    @property
    def shuts(self) -> bool:
        """True where gates that need the role stay shut: nobody answers for it now."""
        return self.cause is not VacancyCause.ENDING


class Expectation(Value):
    """What is expected of whoever holds a role, and by when."""

    what: LongText
    by: Day | None = None


Expectations = Annotated[tuple[Expectation, ...], Field(max_length=20)]


class Waiver(Value):
    """The word of a role's head that somebody holds it although levels lack: why, and until when."""

    reason: OwnText
    until: Day
    levels: dict[Name, Level] = {}
    """Levels that did not reach when it was given: it covers these and better ones."""
    without_role: bool = False
    """The directory did not name them for the role when it was given: it covers that too."""


class Holding(Value):
    """How a role came to be held: proposed by whom, accepted when and in what words, until when."""

    role: RoleName
    person_id: PersonId
    proposed_by: PersonId
    accepted_at: Moment
    words: LongText | None = None
    until: Day | None = None
    waiver: Waiver | None = None
    expectations: Expectations = ()
    confirmed_by: PersonId | None = None
    """Who of the client confirmed the expectations."""
    confirmed_at: Moment | None = None

    def in_short(self) -> Self:
        """The same with the beginning of long words: the fact has them whole, the vote too while it stays."""
        words = self.words and shortened(self.words, MAX_KEPT_TEXT_BYTES)
        waiver = self.waiver and self.waiver.replace(reason=shortened(self.waiver.reason, MAX_KEPT_TEXT_BYTES))
        return self.replace(words=words, waiver=waiver)


class Handover(Value):
    """Somebody who has handed a role over and stays beside their successor until a day, included."""

    role: RoleName
    person_id: PersonId
    last_day: Day


class Proposal(Value):
    """A holder proposed for a role who has not yet answered."""

    role: RoleName
    person_id: PersonId
    by: PersonId
    ask_id: str
    further: bool = False
    until: Day | None = None
    waiver: Waiver | None = None
    words: LongText | None = None
    expectations: Expectations = ()
    last_day: Day | None = None
    """Until when the holder before stays beside them, included."""
    because: LongText | None = None
    """Why somebody else is to hold the role than does now."""
    for_whom: PersonId | None = None
    """In whose place `by` proposes them, where they answer for whoever must have the role filled."""


class Proposed(Value):
    """How often somebody was proposed on a day for roles here that they do not hold by it."""

    on: Day
    times: int


Party = Literal["provider_sponsor", "client_sponsor", "client_signatory", "counterpart"]
