"""What Slack says of an account: whose e-mail it confirmed; whether it is a guest's, a bot's, another firm's."""

from typing import Any

from adapters.delivery import RetryLater, Unreachable
from adapters.identity_provider import VerifiedAccount
from adapters.slack.client import SlackClient

# What Slack says of an account that it does not know.
UNKNOWN = frozenset({"user_not_found", "users_not_found", "user_not_visible"})


class SlackIdentityProvider:
    """Whose an account is, as Slack has verified it."""

    channel = "slack"

    def __init__(self, client: SlackClient, *, unconfirmed: bool = False) -> None:
        """`unconfirmed`: believe an e-mail where Slack does not say whether it is confirmed, as its emulator."""
        self._client = client
        self._unconfirmed = unconfirmed
        self._team: str | None = None

    async def team(self) -> str:
        """The workspace that the token is of. Raises RetryLater, Unreachable."""
        if self._team is None:
            self._team = str((await self._client.call("auth.test"))["team_id"])
        return self._team

    async def of_account(self, account: str) -> VerifiedAccount:
        """What Slack says of an account."""
        try:
            found = await self._client.read("users.info", user=account)
        except Unreachable as no:
            if str(no) in UNKNOWN:
                raise
            raise RetryLater(f"Slack does not identify the account: {no}") from no  # our token's fault, not theirs
        return await self._verified(found["user"])

    async def of_email(self, email: str) -> VerifiedAccount:
        """What Slack says of whoever has this e-mail."""
        return await self._verified((await self._client.read("users.lookupByEmail", email=email))["user"])

    async def conversation(self, account: str) -> str:
        """The conversation of the account with us."""
        opened = await self._client.call("conversations.open", users=account)
        return str(opened["channel"]["id"])

    async def _verified(self, user: dict[str, Any]) -> VerifiedAccount:
        email = str(user.get("profile", {}).get("email") or "")
        return VerifiedAccount(str(user["id"]), email, await self._why_not(user))

    async def _why_not(self, user: dict[str, Any]) -> str | None:
        if user.get("deleted"):
            return "it was deactivated"
        if user.get("is_bot") or user.get("is_workflow_bot"):
            return "it is a bot's"
        if user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger"):
            return "it is a guest's"
        if user.get("team_id") not in {None, await self.team()}:
            return "it belongs to another workspace"
        confirmed = user.get("is_email_confirmed", self._unconfirmed)
        return None if confirmed else "Slack has not confirmed its e-mail"
