"""What a slice brings to the engagement: how its commands are carried out, and what the ends of its asks mean."""

from collections.abc import Callable, Mapping
from typing import Any

from domain.asks.model import Ask, AskKind
from domain.engagement.aggregate import Engagement
from domain.engagement.command import Command
from domain.shared.transaction import Transaction

Handlers = Mapping[type[Command], Callable[[Transaction[Engagement], Any], None]]
Reactions = Mapping[AskKind, Callable[[Transaction[Engagement], Ask], None]]
