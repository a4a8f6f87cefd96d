"""All forms for commands, by name."""

from collections.abc import Mapping

from api.pages.commands import changes, closing, delivery, documents, estimates, needs, pricing, roles, scope
from api.pages.commands.form import CommandForm

SLICES = (needs, roles, scope, estimates, pricing, documents, delivery, changes, closing)
FORMS: Mapping[str, CommandForm] = {form.name: form for slice_ in SLICES for form in slice_.FORMS}
