"""The interface to a service that knows accounts and says whose each one is."""

from typing import NamedTuple, Protocol


class VerifiedAccount(NamedTuple):
    """What the service says about an account. `why_not` is the reason that it may not act here, or None if it may."""

    account: str
    email: str
    why_not: str | None


class IdentityProvider(Protocol):
    """Every method raises RetryLater while the service is unavailable and Unreachable if it knows no such account."""

    channel: str

    async def of_account(self, account: str) -> VerifiedAccount: ...

    async def of_email(self, email: str) -> VerifiedAccount: ...

    async def conversation(self, account: str) -> str:
        """Returns the conversation in which to write to the account."""
