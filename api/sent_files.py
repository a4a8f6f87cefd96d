"""YAML files sent as request bodies, with each mistake reported by its line."""

from api.problems import FieldError, InputRefused
from application.commands.administration import DirectoryFileRefused

YAML_SENT = {
    "requestBody": {
        "required": True,
        "content": {"application/yaml": {"schema": {"type": "string"}}, "text/yaml": {"schema": {"type": "string"}}},
    }
}


def file_refused(refused: DirectoryFileRefused) -> InputRefused:
    """Everything that is wrong in a file, each with its line."""
    return InputRefused(
        *(FieldError(field=p.path or "body", message=p.message, remedy=p.remedy, line=p.line) for p in refused.problems)
    )
