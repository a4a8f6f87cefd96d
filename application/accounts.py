"""Who somebody is in another service: the colleague whose e-mail that service vouches for, and nobody else.

Never by name, which anybody may choose. What the service said holds for a day, and only while the directory has that
e-mail for an active colleague, exactly one.
"""

from datetime import timedelta
from typing import NamedTuple, Protocol

from adapters.chat_cards import Account
from adapters.clock import Now
from application.access import UnknownCaller, actor_of
from application.interlock import Interlock
from application.off_loop import off_loop
from application.telling import Unreachable
from domain.directory import Directory
from domain.people import Person
from domain.turn import Actor

__all__ = ["Account", "Accounts", "Vouched", "Voucher"]

HOLDS = timedelta(days=1)


class Vouched(NamedTuple):
    """What the service says of an account; `why_not` is why it is nobody's who may act here."""

    account: str
    email: str
    why_not: str | None


class Voucher(Protocol):
    """The service that knows the accounts. All raise Patience while it is away, Unreachable where it knows none."""

    channel: str

    async def of_account(self, account: str) -> Vouched: ...

    async def of_email(self, email: str) -> Vouched: ...

    async def conversation(self, account: str) -> str:
        """Where the account is written to."""


class Accounts:
    """Accounts and people, as the service and the directory agree on them."""

    def __init__(self, app: Interlock, voucher: Voucher, now: Now | None = None) -> None:
        self._app = app
        self._voucher = voucher
        self._now = now or app.clock

    async def actor_of(self, account: str) -> Actor:
        """Who acts by an account. Raises UnknownCaller; Patience where the service must be asked and is away."""
        directory = await off_loop(self._app.registry.directory)
        known = await off_loop(lambda: self._app.cards.owner_of(account))
        person = known.person if known and self._holds(known, directory) else (await self._owner(account, directory)).id
        return actor_of(directory, person, self._voucher.channel)

    async def account_of(self, person: Person) -> str:
        """A person's account. Raises Unreachable for whoever has none that is theirs; Patience."""
        return (await self._known(person)).account

    async def conversation_of(self, person: Person) -> str:
        """Where a person is written to. Raises Unreachable, Patience."""
        known = await self._known(person)
        if known.conversation is None:
            known = known._replace(conversation=await self._voucher.conversation(known.account))
            await self._keep(known)
        return known.conversation or ""

    async def forget(self, account: str) -> None:
        """Something about an account has changed: the service is asked again."""
        known = await off_loop(lambda: self._app.cards.owner_of(account))
        if known is not None:
            await off_loop(lambda: self._app.cards.forget(known.person))

    async def _known(self, person: Person) -> Account:
        directory = await off_loop(self._app.registry.directory)
        if directory.colleague(person.id) is None:
            raise Unreachable("is not of the firm")
        known = await off_loop(lambda: self._app.cards.account_of(person.id))
        if known is not None and self._holds(known, directory):
            return known
        vouched = await self._voucher.of_email(person.email)
        if vouched.why_not or not _same(vouched.email, person.email):
            raise Unreachable(vouched.why_not or "the account has another e-mail")
        return await self._agreed(person, vouched)

    async def _owner(self, account: str, directory: Directory) -> Person:
        try:
            vouched = await self._voucher.of_account(account)
        except Unreachable as unknown:
            raise _refused(str(unknown)) from None
        found = [person for person in directory.people if person.active and _same(person.email, vouched.email)]
        why_not = vouched.why_not or (None if len(found) == 1 else "its e-mail is nobody's in the directory")
        if why_not:
            await self.forget(account)
            raise _refused(why_not)
        await self._agreed(found[0], vouched)
        return found[0]

    async def _agreed(self, person: Person, vouched: Vouched) -> Account:
        before = await off_loop(lambda: self._app.cards.account_of(person.id))
        conversation = before.conversation if before and before.account == vouched.account else None
        known = Account(person.id, vouched.account, person.email, conversation, self._now())
        await self._keep(known)
        return known

    async def _keep(self, known: Account) -> None:
        await off_loop(lambda: self._app.cards.know(known))

    def _holds(self, known: Account, directory: Directory) -> bool:
        person = directory.colleague(known.person)
        fresh = self._now() - known.seen_at < HOLDS
        return fresh and person is not None and person.active and _same(person.email, known.email)


def _same(one: str, other: str) -> bool:
    """One mailbox; letters that only look alike, or fold into others, are of another."""
    return bool(one) and (one == other or (one.isascii() and other.isascii() and one.lower() == other.lower()))


def _refused(why: str) -> UnknownCaller:
    return UnknownCaller(
        f"This account is not one by which you can act here: {why}.",
        remedy="Ask the administrator: the directory must have the e-mail that is confirmed for your account.",
    )
