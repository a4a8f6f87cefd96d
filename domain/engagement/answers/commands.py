"""Commands of people who are asked: an answer, information, or a delegation."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.asks.model import Answer
from domain.asks.subject_texts import ENGLISH_NOW, TextVersion
from domain.directory.capacity import Reckoning
from domain.directory.people import Introduction
from domain.engagement.command import ASKED, Command
from domain.shared.text import LongText
from domain.shared.values import AskId, Digest, PersonId


class AnswerAsk(Command):
    kind: Literal["AnswerAsk"] = "AnswerAsk"
    granted_to: ClassVar = frozenset({ASKED})
    does: ClassVar = "answer this"
    ask_id: Annotated[AskId, Field(max_length=64)]
    answer: Answer
    subject_hash: Digest
    read_in: TextVersion = ENGLISH_NOW
    """The version of the texts in which the ask was shown."""
    reckoned: Reckoning | None = None
    """For staffing: the capacity computed by the read side at that moment; the person answering cannot set it."""
    introduces: Introduction = Introduction()
    """Who is to meet the conditions, as the directory knows them; any colleague may."""


class GiveInformation(Command):
    kind: Literal["GiveInformation"] = "GiveInformation"
    granted_to: ClassVar = frozenset({ASKED})
    does: ClassVar = "answer this question"
    allowed_on_hold: ClassVar = True
    ask_id: Annotated[AskId, Field(max_length=64)]
    text: LongText


class DelegateAsk(Command):
    kind: Literal["DelegateAsk"] = "DelegateAsk"
    granted_to: ClassVar = frozenset({ASKED})
    does: ClassVar = "let another answer this"
    ask_id: Annotated[AskId, Field(max_length=64)]
    to: PersonId
    introduces: Introduction = Introduction()
    """The delegate, as the directory knows them."""
