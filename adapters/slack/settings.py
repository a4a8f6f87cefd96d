"""What connects us with a workspace of Slack's."""

from pydantic import BaseModel, SecretStr


class SlackSettings(BaseModel):
    """`unconfirmed`: e-mails of which Slack does not say whether they are confirmed are believed, as its emulator's."""

    bot_token: SecretStr
    signing_secret: SecretStr
    app_token: SecretStr | None = None
    api_url: str = "https://slack.com/api/"
    channel: str | None = None
    unconfirmed: bool = False
