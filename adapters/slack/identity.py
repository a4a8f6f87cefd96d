"""What Slack says about an account: whether its e-mail is confirmed, and whether it is a guest, a bot or external."""

from typing import Any

from adapters.delivery import RetryLater, Unreachable
from adapters.identity_provider import VerifiedAccount
from adapters.slack.client import SlackClient

# Slack's errors for an account that it does not know.
UNKNOWN = frozenset({"user_not_found", "users_not_found", "user_not_visible"})


class SlackIdentityProvider:
    """Identifies accounts as Slack has verified them."""

    channel = "slack"

    def __init__(self, client: SlackClient, *, unconfirmed: bool = False) -> None:
        """`unconfirmed`: trust an e-mail whose confirmation Slack does not report; its emulator reports none."""
        self._client = client
        self._unconfirmed = unconfirmed
        self._team: str | None = None

    async def team(self) -> str:
        """Returns the id of the token's workspace. Raises RetryLater or Unreachable."""
        if self._team is None:
            self._team = str((await self._client.call("auth.test"))["team_id"])
        return self._team

    async def of_account(self, account: str) -> VerifiedAccount:
        """Looks up an account by its Slack user id."""
        try:
            found = await self._client.read("users.info", user=account)
        except Unreachable as no:
            if str(no) in UNKNOWN:
                raise
            raise RetryLater(
                f"Slack does not identify the account: {no}"
            ) from no  # the fault of our token, not of the account
        return await self._verified(found["user"])

    async def of_email(self, email: str) -> VerifiedAccount:
        """Looks up the account with this e-mail."""
        return await self._verified((await self._client.read("users.lookupByEmail", email=email))["user"])

    async def conversation(self, account: str) -> str:
        """Returns the id of our direct-message conversation with the account."""
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
