"""What a slice provides: handlers of its commands and of the ends of its asks."""

from collections.abc import Callable, Mapping
from typing import Any

from domain.asks.model import Ask, AskKind
from domain.engagement.aggregate import Engagement
from domain.engagement.command import Command
from domain.shared.transaction import Transaction

Handlers = Mapping[type[Command], Callable[[Transaction[Engagement], Any], None]]
Reactions = Mapping[AskKind, Callable[[Transaction[Engagement], Ask], None]]
