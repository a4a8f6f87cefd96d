"""Pages are put together in one look at the database."""

from adapters.db.one_look import one_look

__all__ = ["one_look"]
