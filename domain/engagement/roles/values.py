"""Holders, proposals, expectations and vacancies."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field

from domain.directory.people import Level
from domain.shared.calendar import WorkingClock
from domain.shared.limits import MAX_KEPT_TEXT_BYTES
from domain.shared.text import LongText, OwnText, TextToTell, shortened
from domain.shared.values import AskId, Day, Moment, Name, PersonId, RoleName, Value


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
        """True if somebody answered for the role until now."""
        return self not in {VacancyCause.NOT_NAMED, VacancyCause.DECLINED, VacancyCause.ENDING}


class VacancyReason(Value):
    """Why a role has no holder, for as long as it has none."""

    cause: VacancyCause
    because: TextToTell
    about: tuple[str, ...] = ()
    """The values behind a `because` composed here: the reason is another one if they differ, not if its wording does.
    Empty if the reason is somebody's own words.
    """
    released: PersonId | None = None
    """The last holder, if they were released: the role is not offered to them again automatically."""


class VacancyStandIn(Value):
    """Somebody who may fill a vacancy for another today: their delegate, or their deputy while they are away."""

    person_id: PersonId
    instead_of: PersonId


class Vacancy(Value):
    """A required role that nobody holds or stands in for: its clock, its rung, who is accountable."""

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
    """Who may name a holder for the person who must fill it."""

    def is_because(self, why: VacancyReason) -> bool:
        """True if the role has no holder for this same reason."""
        said_alike = self.about == why.about and (self.about or self.because == why.because)
        return self.cause is why.cause and bool(said_alike)

    def covers(self, person_id: PersonId) -> bool:
        """True for somebody who may name a holder for another now."""
        return any(stand_in.person_id == person_id for stand_in in self.stand_ins)

    @property
    def shuts(self) -> bool:
        """True if gates that need the role stay closed: nobody answers for it now."""
        return self.cause is not VacancyCause.ENDING


class Expectation(Value):
    """What is expected of a role's holder, and by when."""

    what: LongText
    by: Day | None = None


Expectations = Annotated[tuple[Expectation, ...], Field(max_length=20)]


class Waiver(Value):
    """A head's decision that somebody may hold a role although levels are lacking: why, and until when."""

    reason: OwnText
    until: Day
    levels: dict[Name, Level] = {}
    """The levels that were too low when it was given: it covers these and better ones."""
    without_role: bool = False
    """True if the directory did not list the role for them when it was given: it covers that too."""


class Holding(Value):
    """How a role came to be held: who proposed it, when and in what words it was accepted, until when."""

    role: RoleName
    person_id: PersonId
    proposed_by: PersonId
    accepted_at: Moment
    words: LongText | None = None
    until: Day | None = None
    waiver: Waiver | None = None
    expectations: Expectations = ()
    confirmed_by: PersonId | None = None
    """Who at the client confirmed the expectations."""
    confirmed_at: Moment | None = None

    def in_short(self) -> Self:
        """The same with long texts shortened: the event has all of them, as does the vote while it is kept."""
        words = self.words and shortened(self.words, MAX_KEPT_TEXT_BYTES)
        waiver = self.waiver and self.waiver.replace(reason=shortened(self.waiver.reason, MAX_KEPT_TEXT_BYTES))
        return self.replace(words=words, waiver=waiver)


class Handover(Value):
    """The previous holder, who stays with their successor until a day, inclusive."""

    role: RoleName
    person_id: PersonId
    last_day: Day


class Proposal(Value):
    """A holder proposed for a role who has not answered yet."""

    role: RoleName
    person_id: PersonId
    by: PersonId
    ask_id: AskId
    further: bool = False
    until: Day | None = None
    waiver: Waiver | None = None
    words: LongText | None = None
    expectations: Expectations = ()
    last_day: Day | None = None
    """Until when the previous holder stays with them, inclusive."""
    because: LongText | None = None
    """Why somebody else is to hold the role."""
    for_whom: PersonId | None = None
    """For whom `by` proposes them, if they stand in for the person who must fill the role."""


class Proposed(Value):
    """How often somebody was proposed on a day for roles here that they did not come to hold."""

    on: Day
    times: int


Party = Literal["provider_sponsor", "client_sponsor", "client_signatory", "counterpart"]
