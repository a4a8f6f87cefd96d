"""Deals that are being written: what was typed, kept for its writer alone."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, delete, func, select

from adapters.db.database import reading, writing
from adapters.db.tables.columns import columns
from adapters.db.tables.people import DealDraftRow
from adapters.db.upserts import put
from domain.shared.values import PersonId

D = columns(DealDraftRow)


class DealDraft(NamedTuple):
    """A draft in its writer's list."""

    id: str
    title: str
    saved_at: datetime


class DealDrafts:
    """The drafts of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(
        self, owner: PersonId, draft_id: str, title: str, fields: Mapping[str, str], at: datetime, most: int
    ) -> bool:
        """Saves a draft; False if it is another's, or its writer has as many others as they may."""
        with writing(self._engine) as connection:
            known = connection.execute(select(D.owner).where(D.id == draft_id)).scalar_one_or_none()
            others = select(func.count()).select_from(DealDraftRow).where(D.owner == owner, D.id != draft_id)
            if known not in {None, owner} or connection.execute(others).scalar_one() >= most:
                return False
            row = {
                "id": draft_id,
                "owner": owner,
                "title": title,
                "fields": json.dumps(fields, ensure_ascii=False),
                "saved_at": at,
            }
            put(connection, DealDraftRow, ["id"], [row])
        return True

    def fields_of(self, owner: PersonId, draft_id: str) -> dict[str, str] | None:
        """What was typed; None if there is no such draft of theirs."""
        with reading(self._engine) as connection:
            query = select(D.fields).where(D.id == draft_id, D.owner == owner)
            found = connection.execute(query).scalar_one_or_none()
        return None if found is None else {str(name): str(value) for name, value in json.loads(found).items()}

    def of(self, owner: PersonId) -> tuple[DealDraft, ...]:
        """Someone's drafts, last saved first."""
        query = select(D.id, D.title, D.saved_at).where(D.owner == owner).order_by(D.saved_at.desc(), D.id)
        with reading(self._engine) as connection:
            return tuple(DealDraft(*row) for row in connection.execute(query))

    def drop(self, owner: PersonId, draft_id: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(delete(DealDraftRow).where(D.id == draft_id, D.owner == owner))
