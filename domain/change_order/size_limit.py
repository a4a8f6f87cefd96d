"""How large a change order, which travels whole as its engagement does, may become.

A change's contents and its answers have limits of their own, and what an earlier revision left goes with the next one
(`BriefTaken`). That leaves questions: any of those asked may ask one, and only these are refused for size.
"""

from domain.asks.model import Verdict
from domain.change_order.order import ChangeOrder
from domain.engagement.answers.commands import AnswerAsk
from domain.engagement.command import Command
from domain.engagement.size.reserved import room_for_votes
from domain.shared.errors import BadValue
from domain.shared.limits import KIB
from domain.shared.values import weight

# The size, including room reserved for answers, up to which questions may be asked.
MAX_OF_AN_ORDER = 1400 * KIB


def require_order_fits(before: ChangeOrder, after: ChangeOrder, command: Command) -> None:
    """Raises BadValue for a question that would make a change order too large."""
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
