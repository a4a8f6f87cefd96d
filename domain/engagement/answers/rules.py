"""What somebody who is asked may do: answer, give information, or delegate."""

from domain.asks import answering, introducing, questions
from domain.engagement.aggregate import Engagement
from domain.engagement.answers.commands import AnswerAsk, DelegateAsk, GiveInformation
from domain.engagement.documents import rules as documents_rules
from domain.engagement.reactions import react
from domain.shared.transaction import Transaction


def answer(transaction: Transaction[Engagement], command: AnswerAsk) -> None:
    introducing.introduce(transaction, command.introduces, [one.owner for one in command.answer.conditions])
    documents_rules.require_offer_stands(transaction, command)
    ask = answering.answer(transaction, command.ask_id, command.answer, command.subject_hash, command.read_in)
    if not ask.is_open:
        react(transaction, ask, command.reckoned)


def give_information(transaction: Transaction[Engagement], command: GiveInformation) -> None:
    questions.give_information(transaction, command.ask_id, command.text)


def delegate(transaction: Transaction[Engagement], command: DelegateAsk) -> None:
    introducing.introduce(transaction, command.introduces, [command.to])
    answering.delegate(transaction, command.ask_id, command.to)
