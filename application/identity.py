"""Who someone is in another service: the colleague whose e-mail that service vouches for, and no one else.

Never by name, which anyone can choose. The service's word is good for a day, and only while the directory has that
e-mail for exactly one active colleague.
"""

from datetime import timedelta

from adapters.clock import Now
from adapters.db.chat_cards import Account
from adapters.delivery import Unreachable
from adapters.identity_provider import IdentityProvider, VerifiedAccount
from application.authentication import UnknownCaller, actor_of
from application.context import Interlock
from application.off_loop import off_loop
from domain.directory.directory import Directory
from domain.directory.people import Person
from domain.shared.transaction import Actor

HOLDS = timedelta(days=1)


class Accounts:
    """Accounts and people, as the service and the directory agree on them."""

    def __init__(self, app: Interlock, identities: IdentityProvider, now: Now | None = None) -> None:
        self._app = app
        self._identities = identities
        self._now = now or app.clock

    async def actor_of(self, account: str) -> Actor:
        """Who acts with an account. Raises UnknownCaller; RetryLater if the service must be asked and is away."""
        directory = await off_loop(self._app.registry.directory)
        known = await off_loop(lambda: self._app.cards.owner_of(account))
        person_id = (
            known.person_id if known and self._holds(known, directory) else (await self._owner(account, directory)).id
        )
        return actor_of(directory, person_id, self._identities.channel)

    async def account_of(self, person: Person) -> str:
        """A person's account. Raises Unreachable for someone without a verified account; RetryLater."""
        return (await self._known(person)).account

    async def conversation_of(self, person: Person) -> str:
        """The conversation in which a person is written to. Raises Unreachable, RetryLater."""
        known = await self._known(person)
        if known.conversation is None:
            known = known._replace(conversation=await self._identities.conversation(known.account))
            await self._keep(known)
        return known.conversation or ""

    async def forget(self, account: str) -> None:
        """An account has changed: the service is asked again next time."""
        known = await off_loop(lambda: self._app.cards.owner_of(account))
        if known is not None:
            await off_loop(lambda: self._app.cards.forget(known.person_id))

    async def _known(self, person: Person) -> Account:
        directory = await off_loop(self._app.registry.directory)
        if directory.colleague(person.id) is None:
            raise Unreachable("it is not a colleague's")
        known = await off_loop(lambda: self._app.cards.account_of(person.id))
        if known is not None and self._holds(known, directory):
            return known
        verified = await self._identities.of_email(person.email)
        if verified.why_not or not same_mailbox(verified.email, person.email):
            raise Unreachable(verified.why_not or "the account has a different e-mail")
        return await self._agreed(person, verified)

    async def _owner(self, account: str, directory: Directory) -> Person:
        try:
            verified = await self._identities.of_account(account)
        except Unreachable as unknown:
            raise _refused(str(unknown)) from None
        found = [person for person in directory.people if person.active and same_mailbox(person.email, verified.email)]
        why_not = verified.why_not or (None if len(found) == 1 else "its e-mail is not in the directory")
        if why_not:
            await self.forget(account)
            raise _refused(why_not)
        await self._agreed(found[0], verified)
        return found[0]

    async def _agreed(self, person: Person, verified: VerifiedAccount) -> Account:
        before = await off_loop(lambda: self._app.cards.account_of(person.id))
        conversation = before.conversation if before and before.account == verified.account else None
        known = Account(person.id, verified.account, person.email, conversation, self._now())
        await self._keep(known)
        return known

    async def _keep(self, known: Account) -> None:
        await off_loop(lambda: self._app.cards.know(known))

    def _holds(self, known: Account, directory: Directory) -> bool:
        person = directory.colleague(known.person_id)
        fresh = self._now() - known.seen_at < HOLDS
        return fresh and person is not None and person.active and same_mailbox(person.email, known.email)


def same_mailbox(one: str, other: str) -> bool:
    """True for the same mailbox, ignoring ASCII case: letters that only look alike, or fold into others, differ."""
    return bool(one) and (one == other or (one.isascii() and other.isascii() and one.lower() == other.lower()))


def _refused(why: str) -> UnknownCaller:
    return UnknownCaller(
        f"You cannot act here with this account: {why}.",
        remedy="Ask the administrator: the directory must have the confirmed e-mail of your account.",
    )
