"""Starting a deal, and the commands that need something from outside the engagement: people, rates, documents."""

from typing import Literal

Party = Literal["provider_sponsor", "client_sponsor", "client_signatory", "counterpart"]
