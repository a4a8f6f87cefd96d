"""The texts in which asks are shown: the current ones, and earlier ones, which are kept by their hash."""

from adapters.db.content_store import ContentMissing
from application.context import Interlock
from application.off_loop import off_loop
from domain.asks.subject_texts import ENGLISH, ENGLISH_NOW, SubjectTexts, TextVersion, key_of
from domain.shared.errors import BadValue


async def require_kept(app: Interlock, version: TextVersion) -> None:
    """Raises BadValue for a version of the texts in which nothing of this record was ever shown."""
    if version != ENGLISH_NOW:
        await off_loop(lambda: texts_of(app, version))


def texts_of(app: Interlock, version: TextVersion) -> SubjectTexts:
    """The texts of a version. Raises BadValue for one that was never kept; ContentEdited."""
    if version == ENGLISH_NOW:
        return ENGLISH
    try:
        return SubjectTexts.model_validate(app.documents.fetch_value(key_of(version)))
    except ContentMissing:
        raise BadValue("These texts were never shown.", remedy="Leave read_in out.", field="read_in") from None
