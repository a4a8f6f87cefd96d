"""The events of an ask, the same for every aggregate that holds asks."""

from abc import ABC, abstractmethod
from typing import Literal

from domain.asks.model import AGAINST, COUNTED, Answer, Ask, Outcome, Question, StandIn, Vote, Voter
from domain.directory.people import Introduction, Period
from domain.shared.text import LongText, TextToTell
from domain.shared.transaction import Event, S
from domain.shared.values import AskId, Moment, PersonId, RoleName


class AskEvent(Event, ABC):
    ask_id: AskId

    @abstractmethod
    def change(self, ask: Ask) -> Ask:
        """Returns the ask after the event."""

    def evolve(self, state: S) -> S:
        return state.with_ask(self.change(state.asks[self.ask_id]))


class PeopleIntroduced(Event):
    """Colleagues not known here before were named: as a condition's owner, a delegate, or the maker of a promise.

    They and their stand-ins are known to the aggregate from now on.
    """

    kind: Literal["PeopleIntroduced"] = "PeopleIntroduced"
    introduces: Introduction

    def evolve(self, state: S) -> S:
        return state.replace(cast=state.cast.knowing(self.introduces))


class AskOpened(Event):
    kind: Literal["AskOpened"] = "AskOpened"
    ask: Ask

    def evolve(self, state: S) -> S:
        return state.with_new_ask(self.ask)


class VoteCast(AskEvent):
    kind: Literal["VoteCast"] = "VoteCast"
    vote: Vote

    def change(self, ask: Ask) -> Ask:
        """An objection may be replaced any number of times: of all but the last two, only who spoke is kept."""
        before = [vote for vote in ask.votes if vote.voter == self.vote.voter]
        others = [vote for vote in ask.votes if vote.voter != self.vote.voter]
        spoke = {vote.by: vote.replace(answer=Answer(verdict=vote.answer.verdict)) for vote in before[:-1]}
        kept = sorted((*others, *spoke.values(), *before[-1:]), key=lambda vote: vote.at)
        return ask.replace(votes=(*kept, self.vote))


class InformationAsked(AskEvent):
    kind: Literal["InformationAsked"] = "InformationAsked"
    question: Question

    def change(self, ask: Ask) -> Ask:
        return ask.replace(question=self.question)


class InformationGiven(AskEvent):
    kind: Literal["InformationGiven"] = "InformationGiven"
    answer: LongText
    by: PersonId

    def change(self, ask: Ask) -> Ask:
        return ask.replace(question=ask.question and ask.question.replace(answer=self.answer))


class QuestionDropped(AskEvent):
    """The question needs no answer any more: the person who asked it has voted or lost their vote."""

    kind: Literal["QuestionDropped"] = "QuestionDropped"

    def change(self, ask: Ask) -> Ask:
        return ask.replace(question=None)


class ClockStopped(AskEvent):
    """An ask's working minutes stop counting: it waits for information, or the engagement is on hold."""

    kind: Literal["ClockStopped"] = "ClockStopped"
    spent: int

    def change(self, ask: Ask) -> Ask:
        return ask.replace(clock=ask.clock.replace(spent=self.spent, since=None), due_at=None)


class ClockStarted(AskEvent):
    kind: Literal["ClockStarted"] = "ClockStarted"
    since: Moment
    due_at: Moment | None

    def change(self, ask: Ask) -> Ask:
        return ask.replace(clock=ask.clock.replace(since=self.since), due_at=self.due_at)


class AskReminded(AskEvent):
    kind: Literal["AskReminded"] = "AskReminded"
    people: tuple[PersonId, ...]

    def change(self, ask: Ask) -> Ask:
        return ask.replace(reminded=True)


class StandInAsked(AskEvent):
    """Somebody was asked in addition to a silent voter: only notified, or allowed to decide for them."""

    kind: Literal["StandInAsked"] = "StandInAsked"
    stand_in: StandIn

    def change(self, ask: Ask) -> Ask:
        return ask.replace(stand_ins=(*ask.stand_ins, self.stand_in))


class StandInLeft(AskEvent):
    """A stand-in is no longer asked: they left, or stood in for a period that is over."""

    kind: Literal["StandInLeft"] = "StandInLeft"
    person_id: PersonId

    def change(self, ask: Ask) -> Ask:
        return ask.replace(stand_ins=tuple(s for s in ask.stand_ins if s.person_id != self.person_id))


class AskEscalated(AskEvent):
    """The ask is one rung higher on the ladder; `told` is everybody who is notified of it."""

    kind: Literal["AskEscalated"] = "AskEscalated"
    rung: int
    name: str
    told: tuple[PersonId, ...]

    def change(self, ask: Ask) -> Ask:
        return ask.replace(rung=self.rung)


class FinalAuthorityAsked(AskEvent):
    """The method gave no outcome: the ask escalates to its final authority, with a new clock.

    Recorded again if the final decision passes to somebody else.
    """

    kind: Literal["FinalAuthorityAsked"] = "FinalAuthorityAsked"
    role: RoleName
    person_id: PersonId | None
    """None if nobody eligible is left; whoever comes to an eligible position above is asked then.

    Until then the voters stay asked: they may withdraw an objection, and a new holder of a voting role may vote.
    """
    because: str
    since: Moment | None
    """None while the engagement is on hold: the clock starts with the others when it resumes."""
    due_at: Moment | None
    calendar: str

    def change(self, ask: Ask) -> Ask:
        if self.person_id is None:
            voters = {voter.person_id for voter in ask.voters}
            stand_ins = tuple(one for one in ask.stand_ins if one.instead_of in voters)
            return ask.replace(final_role=self.role, final_person=None, climbed=self.because, stand_ins=stand_ins)
        clock = ask.clock.replace(calendar=self.calendar, spent=0, since=self.since)
        return ask.replace(
            final_role=self.role,
            final_person=self.person_id,
            climbed=self.because,
            clock=clock,
            due_at=self.due_at,
            reminded=False,
            rung=0,
            stand_ins=(),
        )


class VoterReplaced(AskEvent):
    """A role passed to somebody else, and with it the answers that its previous holder still owed.

    Somebody already asked for another role keeps one vote for both; the previous holder keeps their other roles.
    """

    kind: Literal["VoterReplaced"] = "VoterReplaced"
    before: PersonId
    after: PersonId
    role: RoleName | None = None
    """Which of their roles passed; None for all of them."""

    def change(self, ask: Ask) -> Ask:
        voters = self._voters(ask)
        asked = {voter.person_id for voter in voters}
        stand_ins = tuple(s for s in ask.stand_ins if s.person_id != self.after and s.instead_of in asked)
        moved = ask.must_include == self.before and self.role in {ask.must_include_role, None}
        must_include = self.after if moved else ask.must_include
        last = ask.final_person == self.before and self.role in {ask.final_role, None}
        final_person = self.after if last else ask.final_person
        question = ask.question
        if question is not None and question.held_up == self.before and self.before not in asked:
            question = question.replace(voter=self.after)
        # The stand-ins above were asked for the previous voter: an overdue ask must escalate again to reach anybody
        # above.
        rung = 0 if ask.stand_ins and not stand_ins else ask.rung
        return ask.replace(
            rung=rung,
            voters=voters,
            stand_ins=stand_ins,
            must_include=must_include,
            final_person=final_person,
            question=question,
        )

    def _voters(self, ask: Ask) -> tuple[Voter, ...]:
        roles: dict[PersonId, list[RoleName]] = {}
        because = {voter.person_id: voter.because for voter in ask.voters}
        in_person = {voter.person_id for voter in ask.voters if voter.in_person}
        for voter in ask.voters:
            if not voter.roles:
                moves = voter.person_id == self.before and self.role is None
                roles.setdefault(self.after if moves else voter.person_id, [])
            for role in voter.roles:
                moves = voter.person_id == self.before and self.role in {role, None}
                roles.setdefault(self.after if moves else voter.person_id, []).append(role)
        if self.before in in_person:
            in_person.add(self.after)
        return tuple(
            Voter(person_id=p, roles=tuple(r), because=because.get(p, ""), in_person=p in in_person)
            for p, r in roles.items()
        )


class VoterDropped(AskEvent):
    """Nobody answers for a role any more: its voter left it or may not answer, and nobody above may either.

    Where votes are counted the role has none; where everybody must approve, or one person decides, the ask waits for
    somebody eligible.
    """

    kind: Literal["VoterDropped"] = "VoterDropped"
    role: RoleName | None
    person_id: PersonId

    def change(self, ask: Ask) -> Ask:
        left = (voter.replace(roles=tuple(r for r in voter.roles if r != self.role)) for voter in ask.voters)
        voters = tuple(
            before if before.person_id != self.person_id else after
            for before, after in zip(ask.voters, left, strict=True)
            if before.person_id != self.person_id or after.roles
        )
        asked = {voter.person_id for voter in voters}
        stand_ins = tuple(s for s in ask.stand_ins if s.instead_of in asked)
        lacks = self.role is not None and ask.method not in COUNTED
        unseated = tuple(dict.fromkeys((*ask.unseated, *((self.role or "",) if lacks else ()))))
        return ask.replace(voters=voters, stand_ins=stand_ins, unseated=unseated)


class VoterSeated(AskEvent):
    """There is again somebody eligible to answer for a role that had nobody."""

    kind: Literal["VoterSeated"] = "VoterSeated"
    role: RoleName
    person_id: PersonId
    because: str = ""
    """For whose role they answer, if they do not hold it themselves."""

    def change(self, ask: Ask) -> Ask:
        own = next((voter for voter in ask.voters if voter.person_id == self.person_id), None)
        seated = own or Voter(person_id=self.person_id, roles=(), because=self.because)
        others = tuple(voter for voter in ask.voters if voter.person_id != self.person_id)
        return ask.replace(
            rung=ask.rung if ask.voters else 0,  # an overdue ask escalates again: nobody above was asked for them
            voters=(*others, seated.replace(roles=(*seated.roles, self.role))),
            stand_ins=tuple(s for s in ask.stand_ins if s.person_id != self.person_id),
            unseated=tuple(role for role in ask.unseated if role != self.role),
        )


class AskEnded(AskEvent):
    kind: Literal["AskEnded"] = "AskEnded"
    outcome: Outcome
    at: Moment
    because: TextToTell | None = None

    def change(self, ask: Ask) -> Ask:
        """A reason that the votes already give is not stored twice."""
        said = self.outcome in AGAINST and self.because == ask.said_against
        because = None if said else self.because
        return ask.replace(outcome=self.outcome, ended_at=self.at, ended_because=because, due_at=None)

    def evolve(self, state: S) -> S:
        """The aggregate with the ask ended, and without ended asks of the same kind that it no longer needs."""
        return super().evolve(state).without_what_ended_before(self.at)


class PeriodBegan(Event):
    """Somebody is away, or delegates their answers, from today."""

    kind: Literal["PeriodBegan"] = "PeriodBegan"
    period: Period

    def evolve(self, state: S) -> S:
        return state.replace(cast=state.cast.replace(begun=(*state.cast.begun, self.period)))


class PeriodEnded(Event):
    """Somebody is back, or answers for themselves again."""

    kind: Literal["PeriodEnded"] = "PeriodEnded"
    period: Period

    def evolve(self, state: S) -> S:
        cast = state.cast
        return state.replace(
            cast=cast.replace(
                absences=tuple(absence for absence in cast.absences if absence != self.period),
                delegations=tuple(given for given in cast.delegations if given != self.period),
                begun=tuple(period for period in cast.begun if period != self.period),
            )
        )


AnyAskEvent = (
    PeriodBegan
    | PeriodEnded
    | PeopleIntroduced
    | AskOpened
    | VoteCast
    | InformationAsked
    | InformationGiven
    | QuestionDropped
    | ClockStopped
    | ClockStarted
    | AskReminded
    | StandInAsked
    | StandInLeft
    | AskEscalated
    | FinalAuthorityAsked
    | VoterReplaced
    | VoterDropped
    | VoterSeated
    | AskEnded
)
