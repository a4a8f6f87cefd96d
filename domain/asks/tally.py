"""Counts the votes on an ask by its method: an outcome, why there is none, and whose answer is missing."""

from domain.asks.model import AGAINST, CLIENT_ROLES, COUNTED, Ask, Outcome, Verdict, Vote, listed
from domain.playbook.model import Method, role_label
from domain.shared.values import RoleName, Value


class Tally(Value):
    """The result so far: an outcome, or why the final authority must decide, or neither."""

    outcome: Outcome | None = None
    climbs: str | None = None


def tally(ask: Ask, *, at_due: bool = False) -> Tally:
    """Counts an ask's votes by its method. `at_due`: the due time has come, so an open objection escalates.

    No time-out approves: the due time adds no vote, it only ends the time for resolving an objection.
    """
    if not ask.asks_last_word and ask.is_short_of_quorum:
        return Tally(climbs=_too_few(ask))
    if not (ask.voters or ask.unseated) and not ask.asks_last_word:
        return Tally(climbs="nobody is left who may vote")
    if ask.method is Method.EACH and (ask.voters or ask.unseated):
        return _each(ask, at_due=at_due)
    if ask.final_vote is not None:
        return Tally(outcome=_outcome_of(ask.final_vote))
    if ask.asks_last_word:
        return Tally()
    return {Method.AUTHORITY: _authority, Method.MAJORITY: _majority, Method.CONSENSUS: _consensus}[ask.method](
        ask, at_due
    )


def tally_of_before(ask: Ask) -> Tally:
    """Counts again after voters changed without a new vote: having fewer voters must not approve anything.

    If the votes would now suffice only for that reason, the final authority decides.
    """
    counted = tally(ask, at_due=ask.rung > 0 or ask.climbed is not None)
    if ask.method in COUNTED and counted.outcome is Outcome.APPROVED and not ask.asks_last_word:
        return Tally(climbs="it would pass only because fewer people are left to vote")
    return counted


def _too_few(ask: Ask) -> str:
    """How many of the named roles may vote and how many are needed; the caller, who knows the people, adds why."""
    may = "none" if not ask.voters else f"only {len(ask.voters)}"
    are = "is" if ask.quorum == 1 else "are"
    return f"{may} of {listed([*map(role_label, ask.roles)])} may vote, {ask.quorum} {are} needed"


def _outcome_of(vote: Vote) -> Outcome:
    verdict = vote.answer.verdict
    if verdict.is_for:
        return Outcome.APPROVED
    return Outcome.DECLINED if verdict is Verdict.DECLINE else Outcome.RETURNED


def _authority(ask: Ask, _at_due: bool) -> Tally:
    vote = ask.vote_of(ask.voters[0].person_id) if ask.voters else None
    return Tally(outcome=_outcome_of(vote)) if vote else Tally()


def _verdicts(ask: Ask) -> list[Verdict]:
    votes = (ask.vote_of(voter.person_id) for voter in ask.voters)
    return [vote.answer.verdict for vote in votes if vote is not None]


def _each(ask: Ask, *, at_due: bool) -> Tally:
    verdicts = _verdicts(ask)
    if Verdict.DECLINE in verdicts:
        return Tally(outcome=Outcome.DECLINED)
    if Verdict.RETURN in verdicts:
        return Tally(outcome=Outcome.RETURNED)
    final = ask.final_vote
    if final is not None and not final.answer.verdict.is_for:
        return Tally(outcome=_outcome_of(final))
    if Verdict.OBJECT in verdicts and final is None:
        if at_due and ask.final_role and not ask.asks_last_word:
            return Tally(climbs="an objection is still open at the due time")
        return Tally()
    approving = [verdict for verdict in verdicts if verdict is not Verdict.STAND_ASIDE]
    whole = len(approving) == len(ask.voters) and not ask.unseated
    return Tally(outcome=Outcome.APPROVED) if whole else Tally()


def _majority(ask: Ask, _at_due: bool) -> Tally:
    """More than half of those asked, and at least the quorum, for approval and rejection alike."""
    verdicts, needed = _verdicts(ask), max(len(ask.voters) // 2 + 1, ask.quorum)
    in_favour = sum(verdict.is_for for verdict in verdicts)
    against = [verdict for verdict in verdicts if verdict.is_against]
    if len(against) >= needed:
        declined = against.count(Verdict.DECLINE) * 2 >= len(against)
        return Tally(outcome=Outcome.DECLINED if declined else Outcome.RETURNED)
    if in_favour >= needed:
        return _with_the_one_who_must_agree(ask)
    if len(verdicts) < len(ask.voters):
        return Tally()
    if in_favour == len(against):
        return Tally(climbs="the votes are tied")
    agree, what = max((in_favour, "for it"), (len(against), "against it"))
    return Tally(climbs=f"{agree} of {len(verdicts)} are {what}, {needed} are needed")


def _consensus(ask: Ask, at_due: bool) -> Tally:
    verdicts = _verdicts(ask)
    everyone_spoke = len(verdicts) == len(ask.voters)
    if any(verdict.is_against for verdict in verdicts):
        being_talked_over = Verdict.OBJECT in verdicts or not everyone_spoke
        return Tally() if being_talked_over and not at_due else Tally(climbs="an objection remains")
    if not everyone_spoke:
        return Tally()
    if not any(verdict.is_for for verdict in verdicts):
        return Tally(climbs="everyone stood aside, and nobody consented")
    return _with_the_one_who_must_agree(ask)


def _with_the_one_who_must_agree(ask: Ask) -> Tally:
    if ask.must_include is None:
        return Tally(outcome=Outcome.APPROVED)
    vote = ask.vote_of(ask.must_include)
    if vote is None:
        named = any(voter.person_id == ask.must_include for voter in ask.voters)
        return Tally() if named else Tally(climbs="the engagement manager has no vote here")
    if vote.answer.verdict.is_for:
        return Tally(outcome=Outcome.APPROVED)
    return Tally(climbs="the engagement manager is not among those for it")


def lacks_last_word(ask: Ask) -> bool:
    """True while it waits for a final decision that nobody may make."""
    climbed_to_nobody = ask.climbed is not None and ask.final_person is None
    return ask.is_open and climbed_to_nobody and tally_of_before(ask).climbs is not None


def without_judge(ask: Ask) -> tuple[RoleName, ...]:
    """Roles whose answer is missing and which have nobody eligible, neither their holder nor anybody above."""
    return (*ask.unseated, *((ask.final_role or "",) if lacks_last_word(ask) else ()))


def lacks_judge(ask: Ask) -> bool:
    """True if somebody eligible must be found in the firm; a client's role is filled like any vacancy."""
    return any(role not in CLIENT_ROLES for role in without_judge(ask))


def decisive(ask: Ask) -> tuple[Vote, ...]:
    """The votes that led to the outcome: those in favour if approved, those against if not."""
    if ask.outcome in AGAINST:
        found = tuple(vote for vote in ask.votes if vote.answer.verdict.is_against)
    else:
        found = tuple(vote for vote in ask.votes if vote.answer.verdict.is_for)
    return found or ask.votes
