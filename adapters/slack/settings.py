"""The settings that connect us to a Slack workspace."""

from pydantic import BaseModel, SecretStr


class SlackSettings(BaseModel):
    """`unconfirmed`: trust e-mails whose confirmation Slack does not report; its emulator reports none.

    `pages`: where people reach the pages, without a trailing slash; empty: cards lead nowhere.
    """

    bot_token: SecretStr
    signing_secret: SecretStr
    app_token: SecretStr | None = None
    api_url: str = "https://slack.com/api/"
    channel: str | None = None
    unconfirmed: bool = False
    pages: str = ""
