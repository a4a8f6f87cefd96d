"""Whatever happens in a firm: who is asked may answer, and a next step names nobody whose answer is refused.

Lives at random: people leave, positions and the sale pass on, asks are answered, returned, delegated and let lie.
"""

import random
from collections.abc import Callable, Iterator

import pytest

from domain.asks.answering import require_vote
from domain.asks.eligibility import JUDGE_THE_DEAL
from domain.asks.holder import AskHolder
from domain.asks.model import AskKind, Condition, ShownSubject, Verdict
from domain.asks.tally import without_judge
from domain.directory.people import Introduction, Person
from domain.engagement.answers.commands import DelegateAsk
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.roles.commands import NameParty, ReplaceHolder
from domain.next_steps.model import next_steps
from domain.next_steps.texts import how, what, why
from domain.shared.errors import Refusal
from tests.domain.story import FIRM, Story, StuckError

MAX_MOVES = 40
SAID = (*[Verdict.APPROVE] * 4, *Verdict)


class Life:
    """A deal to which things happen, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 -- to be repeated
        self.story = Story(self.random.choice(["halden", "casework", "lindqvist"]))
        for _ in range(self.random.randrange(10, 140)):
            if next(self.story.rest, None) is None or self.story.state.stage.value == "support":
                break
        self.story = self.story.copy()
        self.moves: list[Callable[[], None]] = [self._answer] * 5 + [
            self._leave,
            self._move_positions,
            self._sell,
            self._delegate,
            self._change,
            self._go_on,
            self._wait,
            self._sponsor,
            self._manage,
        ]

    def with_clients(self) -> "Life":
        """The client's people leave too, come back without what they held, and others are named."""
        self.moves += [self._client_leaves, self._client_named] * 2
        return self

    def live(self) -> Iterator[str]:
        """One thing after another; each gives what it was."""
        for _ in range(MAX_MOVES):
            if self.story.state.is_over:
                return
            move = self.random.choice(self.moves)
            try:
                move()
            except (Refusal, StuckError):
                continue
            yield move.__name__

    def _colleague(self) -> Person:
        cast = self.story.state.cast
        return self.random.choice([p for p in FIRM.people if p.id not in cast.people or cast.is_here(p.id)])

    def _answer(self) -> None:
        for ask in self.random.sample(asks := self.story.open_asks(), min(3, len(asks))):
            now, verdict = self.story.now_of(ask), self.random.choice(SAID)
            if not now.is_open or not now.asked or now.kind is AskKind.ESTIMATE:
                continue
            given = Condition(text="Do this too", owner=self._colleague().id, due=self.story.day(5))
            conditions = (given,) if verdict is Verdict.APPROVE_WITH_CONDITIONS else ()
            score = 8 if now.kind is AskKind.PULSE and verdict is Verdict.APPROVE else None
            by = self.random.choice(now.asked)
            try:
                self.story.answer(now, verdict, by=by, reason="As I said.", conditions=conditions, score=score)
            except Refusal:
                continue
        for n in self.story.orders:
            try:
                self.story.estimate_change(n)
            except (Refusal, IndexError):
                continue

    def _leave(self) -> None:
        cast, gone, next_one = self.story.state.cast, self._colleague().id, self._colleague().id
        self.story.leaves(gone, positions={k: next_one if p == gone else p for k, p in cast.positions.items()})

    def _move_positions(self) -> None:
        positions, to = self.story.state.cast.positions, self._colleague().id
        self.story.directory_says(positions={k: self.random.choice([p, p, to]) for k, p in positions.items()})

    def _sell(self) -> None:
        story, cast = self.story, self.story.state.cast
        person = story.person(self.random.choice([*cast.positions.values(), self._colleague().id]))
        waiver = story.waiver("Needed now")
        takes_over = ReplaceHolder(role="sales", person=person, reason="Takes over", waiver=waiver)
        story.do(takes_over, story.holder(story.state.head_role("sales")))
        story.answer(story.ask(AskKind.ACCEPT_ROLE, "role:sales"), reason="I take it over")

    def _delegate(self) -> None:
        ask, to = self.random.choice(self.story.open_asks() or [None]), self._colleague()
        if ask is not None and ask.silent:
            command = DelegateAsk(ask_id=ask.id, to=to.id, introduces=Introduction(people=(to,)))
            n = next((n for n, order in self.story.orders.items() if ask.id in order.asks), None)
            do = self.story.do if n is None else lambda *said: self.story.do_in_order(n, *said)
            do(command, ask.silent[0].person_id)

    def _change(self) -> None:
        role, amount = self.random.choice(["project_manager", "engagement_manager"]), self.random.choice([900, 60000])
        item = {"kind": "price", "amount": amount}
        facts = {"title": "More", "reason": "They wish it", "items": [item]}
        self.story.submit(ChangeFacts.model_validate(facts), by=self.story.holder(role))

    def _go_on(self) -> None:
        for _, _done in zip(range(self.random.randrange(1, 12)), self.story.chapter(), strict=False):
            pass

    def _wait(self) -> None:
        self.story.wait(days=self.random.choice([1, 3, 8]))

    def _sponsor(self) -> None:
        named = NameParty(party="provider_sponsor", person=self._colleague(), reason="Another one")
        self.story.do(named, self.story.holder("managing_director"))

    def _of_client(self) -> Person:
        if not (there := [p for p in self.story.state.cast.people.values() if p.client and p.active]):
            raise StuckError("nobody of the client is there")
        return self.random.choice(there)

    def _client_leaves(self) -> None:
        gone = self._of_client()
        self.story.leaves(gone.id)
        if self.random.random() < 0.7:
            self.story.directory_says(gone.replace(part=("client_contact",)))

    def _client_named(self) -> None:
        party = self.random.choice(["client_sponsor", "client_signatory", "counterpart"])
        named = NameParty.model_validate({"party": party, "person": self._of_client(), "reason": "Another one"})
        self.story.do(named, self.story.holder("engagement_manager"))

    def _manage(self) -> None:
        person = self.random.choice([*self.story.state.cast.positions.values(), self._colleague().id])
        role = self.random.choice(["project_manager", "engagement_manager"])
        self.story.propose(role, person, waiver="Needed now")
        self.story.answer(self.story.ask(AskKind.ACCEPT_ROLE, f"role:{role}"), reason="I do it")


def refused(state: AskHolder) -> Iterator[str]:
    """Whom an ask is put to, or a next step names, and whose answer would not be taken; each in a sentence."""
    for ask in state.open_asks():
        for person in ask.asked:
            try:
                require_vote(state, ShownSubject(ask_id=ask.id, subject_hash=ask.subject_hash), person)
            except Refusal as refusal:
                yield f"{ask.kind.value} {ask.id} is put to {person}: {refusal}"
            if ask.kind in JUDGE_THE_DEAL and person in state.sellers:
                yield f"{ask.kind.value} {ask.id} is put to {person}, who sells or sold the deal"


def unfounded(story: Story, state: AskHolder) -> Iterator[str]:
    """Next steps that nobody can do, though they do not say so."""
    for step in next_steps(state, story.now):
        assert all((what(state, step), why(state, step), how(state, step)))
        ask = state.asks.get(step.ask_id) if step.ask_id is not None else None
        if ask is not None and not without_judge(ask) and not {step.who, *step.others} <= {*ask.asked}:
            yield f"{ask.kind.value} {ask.id} waits for {step.who}, who is not asked"


def stuck(state: AskHolder) -> Iterator[str]:
    """Asks that wait for nobody, and say no role for which somebody must be found."""
    for ask in state.open_asks():
        if not ask.asked and not without_judge(ask) and not ask.clock_waits:
            yield f"{ask.kind.value} {ask.id} waits for nobody"


@pytest.mark.parametrize("seed", [*range(10), 87, 190])
def test_whoever_is_asked_may_answer(seed: int) -> None:
    require_heard(Life(seed))


@pytest.mark.parametrize("seed", range(8))
def test_whoever_of_the_client_is_asked_may_answer(seed: int) -> None:
    require_heard(Life(seed).with_clients())


def require_heard(life: Life) -> None:
    for moved in life.live():
        story = life.story
        if story.state.is_over or story.state.hold is not None:
            return
        for state in (story.state, *(order for order in story.orders.values() if not order.is_over)):
            found = [*refused(state), *unfounded(story, state), *stuck(state)]
            assert not found, f"after {moved}: {found[0]}"
