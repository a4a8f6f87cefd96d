"""What development mode adds: sample people, and their tokens in plain text. None of it exists in production."""

from adapters.db.registry import Registry
from adapters.files.directory_file import read_directory
from adapters.files.private_files import load_json, save_json
from adapters.processes.start_errors import CannotStart
from composition import directory_in_force, people_operations, registry_of
from settings import DATABASE_FILE, EMULATOR_IN_PRODUCTION, ROOT, Mode, Settings, SlackMode

SAMPLES = ROOT / "examples"
TOKENS = "development-tokens.json"


def bring_sample_people(chosen: Settings) -> None:
    """Imports sample people and their tokens into an empty installation, and undoes what a killed demo left."""
    from demo.quick_ladder import ROUND_THE_CLOCK, mend  # noqa: PLC0415 -- serve and up load this in production

    registry = registry_of(chosen)
    known = directory_in_force(registry)
    if known is None or ROUND_THE_CLOCK.name in known.calendars:
        sample = read_directory(SAMPLES / "directory.yaml", chosen.clock().year)
        people_operations(chosen).import_directory(sample)
    mend(registry)
    development_tokens(chosen, registry)


def for_development(chosen: Settings, what: str = "sample people and their tokens have") -> Settings:
    """Returns the settings in development mode. Raises CannotStart if they or the data folder are for production.

    `what` names, for the message, what has no place there.
    """
    fresh = chosen.database_url is None and not (chosen.folder / DATABASE_FILE).exists()
    ours = fresh or (chosen.folder / TOKENS).exists()
    told = chosen.mode is Mode.PRODUCTION and "mode" in chosen.model_fields_set
    if told or not ours:
        raise CannotStart(
            f"{chosen.folder} is kept for production; {what} no place there. "
            "Set INTERLOCK_MODE=development and INTERLOCK_HOME to a folder of its own."
        )
    return chosen.model_copy(update={"mode": Mode.DEVELOPMENT})


def refuse_development_in_production(chosen: Settings) -> None:
    """Raises CannotStart if production would run with what is only for development.

    That is a development stack's data, with its plain-text tokens, or the emulated Slack, whose secret is public.
    """
    if chosen.mode is Mode.PRODUCTION and chosen.slack is SlackMode.EMULATOR:
        raise CannotStart(EMULATOR_IN_PRODUCTION)
    if chosen.mode is Mode.PRODUCTION and (chosen.folder / TOKENS).exists():
        raise CannotStart(
            f"{chosen.folder} is a development stack's: everybody's tokens are stored there in {TOKENS}, in plain "
            "text, and "
            "would let anybody in. For production set INTERLOCK_HOME to a folder of its own; to go on developing, set "
            "INTERLOCK_MODE=development (make run does)."
        )


def development_tokens(chosen: Settings, registry: Registry) -> dict[str, str]:
    """Tokens for everyone in the directory, in a file readable only by its owner. In development mode only."""
    if chosen.mode is not Mode.DEVELOPMENT:
        raise CannotStart("Tokens for everybody only exist in development mode. Set INTERLOCK_MODE=development.")
    path = chosen.folder / TOKENS
    known: dict[str, str] = load_json(path)
    for person in filter(lambda person: person.active, registry.directory().everyone()):
        if person.id not in known or registry.person_of(known[person.id]) != person.id:
            known[person.id] = registry.tokens.create(person.id, "development", chosen.clock())
    save_json(path, known)
    return known


def shown_tokens(chosen: Settings) -> dict[str, str]:
    """The tokens that were created, by person."""
    return load_json(chosen.folder / TOKENS)
