"""Whatever happens one after another: what was answered stands where it was said, or what is wrong has a name."""

import random
import shutil

import pytest

from adapters.db import ledger
from adapters.db.database import reading
from adapters.db.stream_status import StreamStatus
from domain.shared.streams import engagement_stream
from domain.shared.values import EngagementId
from tests.api.played import SELLER, SPONSOR, Played
from tests.clock import held
from tests.faults.restoring import Stores, compared, reconciled, set_marks
from tests.stack import Json, Stack
from tests.stores_agree import agree

MAX_COMMANDS = 2
HAPPENS = ("nothing", "a task is lost", "the engine is older", "the record is older")


class Happening:
    """A deal, what people were answered about it, and what happened, by a seed."""

    def __init__(self, stores: Stores, seed: int) -> None:
        self.stores, self.chance = stores, random.Random(seed)  # noqa: S311 -- to be repeated
        self.engagement, self.on_hold, self.is_over, self.asked = EngagementId(""), False, False, 0
        self.said: list[Json] = []
        self.steps: list[str] = []
        self.standing = StreamStatus()

    @property
    def stream(self) -> str:
        """Of the deal."""
        return engagement_stream(self.engagement)

    async def begins(self) -> None:
        """Opens the deal; both stores are copied once it is."""
        async with self.stores.running() as stack:
            self.engagement = (await Played(stack).start()).engagement
        self.copy()

    def copy(self) -> None:
        """Keeps both stores as they are now."""
        for store in ("engine", "record"):
            shutil.rmtree(self.stores.folder / f"{store}-before", ignore_errors=True)
            self.stores.copy(store)

    async def round(self, happens: str) -> bool:
        """People work, something happens, an operator reconciles. False where they cannot heal it all."""
        self.steps.append(happens)
        async with self.stores.running() as stack:
            self.standing = stack.app.standings.of(self.stream)
            for _ in range(self.chance.randint(1, MAX_COMMANDS)):
                await self.command(stack)
        if happens == "a task is lost":  # and no answer of this round has left
            known = {"acknowledged": self.standing.acknowledged, "told": self.standing.told}
            set_marks(self.stores, self.stream, **known)
            self.said = [one for one in self.said if one["sequence"] <= self.standing.acknowledged]
        if happens in {"a task is lost", "the engine is older"}:
            self.stores.set_back("engine")
        elif happens == "the record is older":
            self.stores.set_back("record")
        async with self.stores.running() as stack:
            if self.chance.random() < 0.5:
                self.steps.append("compared first")
                await compared(stack)
            await self.command(stack)
            unhealed = [one for one in await reconciled(stack) if not one.healed]
            if unhealed:
                assert {one.stream for one in unhealed} <= set(stack.app.standings.quarantined())
                return False
            await self.all_agree(stack)
            assert await self.command(stack) or self.is_over, self.steps
            await self.all_agree(stack)
        self.copy()
        return True

    async def command(self, stack: Stack) -> bool:
        """Holds or resumes the deal; the same request again has the same answer. True where it was carried out."""
        self.asked += 1
        word, body = ("resume", None) if self.on_hold else ("hold", held(f"They are away {self.asked}."))
        if self.asked > 1 and self.chance.random() < 0.1:
            word, body = "lose", {"reason": "They chose another."}
        path, who = f"/engagements/{self.engagement}/{word}", SELLER if word == "lose" else SPONSOR
        answers = [await stack.call(who, "POST", path, body, key=f"asked-{self.asked}") for _ in range(2)]
        self.steps += [f"{word}: {answer.status_code}" for answer in answers]
        given = [answer.json() for answer in answers if answer.is_success]
        assert all(one == given[0] for one in given), given
        for one in given[:1]:
            self.said.append(one)
            self.on_hold = word == "hold"
        return bool(given)

    async def all_agree(self, stack: Stack) -> None:
        """Answers, ledger, read model and workflow."""
        await agree(stack.database, stack.app.engine, self.engagement)
        with reading(stack.database) as connection:
            facts = {fact.seq: fact.event.kind for fact in ledger.read(connection, self.stream)}
        for one in self.said:
            assert facts.get(one["sequence"]) in one["happened"], (one, facts, self.steps)
        state = stack.app.read.engagement(self.engagement)
        assert state is not None
        self.on_hold, self.is_over = state.hold is not None, state.is_over
        assert await compared(stack) == {}


@pytest.mark.parametrize("seed", [2, 4])
async def test_whatever_happens_one_after_another_what_was_answered_stands_or_what_is_wrong_has_a_name(
    stores: Stores, seed: int
) -> None:
    it = Happening(stores, seed)
    await it.begins()
    goes_on, happens = True, list(HAPPENS)
    it.chance.shuffle(happens)
    while goes_on and happens:
        goes_on = await it.round(happens.pop())
