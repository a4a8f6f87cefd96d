"""A service that knows accounts of people, and says whose each is."""

from typing import NamedTuple, Protocol


class VerifiedAccount(NamedTuple):
    """What the service says of an account; `why_not` is why it is nobody's who may act here."""

    account: str
    email: str
    why_not: str | None


class IdentityProvider(Protocol):
    """All raise RetryLater while the service is away, Unreachable where it knows none."""

    channel: str

    async def of_account(self, account: str) -> VerifiedAccount: ...

    async def of_email(self, email: str) -> VerifiedAccount: ...

    async def conversation(self, account: str) -> str:
        """Where the account is written to."""
