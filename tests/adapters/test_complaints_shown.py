"""Of an engagement with many complaints only the asks about the newest are read."""

from sqlalchemy import Engine

from adapters.db.read_model import ReadModel
from adapters.db.records import Records
from domain.engagement.delivery.commands import RaiseComplaint
from domain.engagement.delivery.complaint_status import OF_COMPLAINTS, complaints_of, newest
from tests.adapters.builders import lively_deal


def test_asks_about_the_newest_complaints_are_read_and_no_others(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    for n in range(1, 24):
        deal.do(deal.state.manager, RaiseComplaint(text=f"Late {n}"))
    records.append(deal.batch)
    asks = ReadModel(engine).asks_of_kinds(deal.state.id, OF_COMPLAINTS, newest(deal.state.complaints))
    shown = [one.id for one in complaints_of(asks)]
    assert shown == [f"X{n}" for n in range(4, 24)]
