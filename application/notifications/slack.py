"""Slack as a channel, as the composition root wires it."""

from adapters.clock import Now
from adapters.slack.client import PACE, TIMEOUT, connected
from adapters.slack.gateway import SlackGateway
from adapters.slack.identity import SlackIdentityProvider
from adapters.slack.renderer import SlackRenderer
from adapters.slack.settings import SlackSettings
from application.context import Interlock
from application.identity import Accounts
from application.notifications.chat import ChatChannel


def slack_channel(
    app: Interlock, settings: SlackSettings, *, pace: float = PACE, timeout: int = TIMEOUT, now: Now | None = None
) -> ChatChannel:
    """`pace`: seconds between two messages in one conversation. `timeout`: seconds that a call may take."""
    client = connected(settings, pace=pace, timeout=timeout)
    accounts = Accounts(app, SlackIdentityProvider(client, unconfirmed=settings.unconfirmed), now)
    return ChatChannel(app, accounts, SlackGateway(client), SlackRenderer(settings.pages), settings.channel, now)
