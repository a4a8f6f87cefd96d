"""Development brings sample people and their tokens, whatever was done to them before."""

from pathlib import Path

from cli.development import bring_sample_people, shown_tokens
from composition import people_operations, registry_of
from domain.directory import commands as f
from domain.shared.transaction import Actor
from settings import Mode, Settings


def test_development_starts_again_after_somebody_left(tmp_path: Path) -> None:
    chosen = Settings(home=tmp_path, mode=Mode.DEVELOPMENT)
    bring_sample_people(chosen)
    left = f.DeactivatePerson(person_id="marta.silva", reason="Left", successor="jonas.weber")
    people_operations(chosen).carry_out(left, Actor(person_id="ida.holm", house_roles=("administrator",)))
    bring_sample_people(chosen)
    tokens, registry = shown_tokens(chosen), registry_of(chosen)
    assert registry.person_of(tokens["jonas.weber"]) == "jonas.weber"
    assert registry.person_of(tokens["marta.silva"]) is None
