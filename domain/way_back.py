"""What an operator does about a record that is not what was written, in the order in which they do it."""

from collections.abc import Collection, Sequence

from domain.notices import WAY_BACK
from domain.streams import OF_THE_FIRM

RECONCILE_FIRST = (
    "First run interlock reconcile, while the stack runs: {quarantined} quarantined. It fills again what the record "
    "lacks. Then run interlock ledger verify again: it says what to do about what is left."
)
PUT_BACK_ALONE = (
    "What was signed is not there. Was the record alone put back from an older copy? Then run interlock reconcile, "
    "while the stack runs: it fills engagements and change orders again from the engine."
)
LOST = (
    "{which}Then what was signed since that copy is lost, and no older copy brings it back. Keep the lines above: they "
    "are the list of it. Do it again, and move the heads that are newer than the copy out of their folder{heads}. From "
    "then on the record is held against the older ones."
)
BOTH = "Were both stores put back, as by a restore of the whole data folder? "
OF_NO_ENGINE = (
    "Was an older copy put back? What differs from what was signed is of the directory, playbooks or erasures, which "
    "no engine holds. "
)
CUT = "Was nothing put back? Then somebody cut or changed the record."
MOST_NAMED = 5


def ways_back(quarantined: int, unlike: Collection[str], newer: Sequence[str]) -> tuple[str, ...]:
    """A paragraph each.

    `quarantined` counts streams. `unlike` are those that do not hold what a head signed, `newer` the names of the
    kept heads that the record does not hold, the newest first.
    """
    if quarantined:
        some = f"{quarantined} stream{'s are' if quarantined > 1 else ' is'}"
        return (RECONCILE_FIRST.format(quarantined=some),)
    if not unlike:
        return (WAY_BACK,)
    is_of_the_firm = all(stream in OF_THE_FIRM for stream in unlike)
    lost = LOST.format(which=OF_NO_ENGINE if is_of_the_firm else BOTH, heads=_named(newer))
    return (*(() if is_of_the_firm else (PUT_BACK_ALONE,)), lost, f"{CUT} {WAY_BACK}")


def _named(files: Sequence[str]) -> str:
    if not files:
        return ""
    if len(files) <= MOST_NAMED:
        return f": {', '.join(files)}"
    return f": {len(files)} files, from {files[-1]} to {files[0]}"
