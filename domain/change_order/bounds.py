"""How much there may be in one change order, which travels whole as its engagement does.

What a change says has bounds of its own, each answer has, and what an earlier revision left leaves with the next
(`BriefTaken`). Left are questions: any of those asked may put one, and they alone are refused for size.
"""

from domain.asks.model import Verdict
from domain.change_order.order import ChangeOrder
from domain.engagement.answers.commands import AnswerAsk
from domain.engagement.command import Command
from domain.engagement.size_allowances import room_for_votes
from domain.shared.errors import BadValue
from domain.shared.limits import KIB
from domain.shared.values import weight

# What may be in a change order with the room that is kept for answers, where somebody asks back.
MAX_OF_AN_ORDER = 1400 * KIB


def require_order_fits(before: ChangeOrder, after: ChangeOrder, command: Command) -> None:
    """Raises BadValue for a question with which a change order would be larger than it may be."""
    if not isinstance(command, AnswerAsk) or command.answer.verdict is not Verdict.NEED_INFO:
        return
    size = weight(after) + room_for_votes(after)
    if size > MAX_OF_AN_ORDER and size > weight(before) + room_for_votes(before):
        raise BadValue(
            f"A change order takes at most {MAX_OF_AN_ORDER // KIB:,} KiB with the room that is kept for "
            f"answers; with this question it would be {-(-size // KIB):,} KiB.",
            remedy="Speak with whoever asked for the change, then answer; or return it with what to correct.",
            field="reason",
        )
