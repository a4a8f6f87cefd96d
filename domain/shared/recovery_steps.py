"""What an operator does about a record that is not what was written, in the order in which they do it."""

from collections.abc import Collection, Sequence

from domain.notifications.operators import RECONCILE, VERIFY, WAY_BACK
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import OF_THE_FIRM

REBUILD, REBUILD_DROPPING = RemedyAction.REBUILD.about(), RemedyAction.REBUILD_DROPPING.about()
ACTIONS = {"reconcile": RECONCILE, "verify": VERIFY, "rebuild_dropping": REBUILD_DROPPING}
RECONCILE_FIRST = (
    "First run {reconcile}, while the stack runs: {quarantined} quarantined. It refills what the record lacks. Then "
    "run {verify} again: it says what to do about what is left. Has reconcile run, and said that a fact is in neither "
    "store? Then only a newer copy of one of them brings it back: restore it, and reconcile once more."
)
AHEAD_FIRST = (
    "First copy the data folder as it is: of {ahead} the read model is ahead of the ledger, so facts were deleted. "
    "Then run {reconcile}, while the stack runs. Where it says that the engine still holds these facts, run "
    "{rebuild_dropping}, then {reconcile} once more, which fills them again; then {verify}. "
)
UNTIL_THEN = "Otherwise do not run it: it removes the last trace of what was deleted. "
PUT_BACK_ALONE = (
    f"What was signed is missing. Was the record alone put back from an older copy? Then run {RECONCILE}, "
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
MAX_NAMED = 5


def unlike_the_read_model(made_of: int, left: int) -> str:
    """Why facts that the engine holds cannot be written again yet, and what to do first."""
    if made_of < left:
        return (
            f"the read model was made of {made_of} facts, the ledger holds {left}: run {REBUILD}, then "
            f"{RECONCILE} again"
        )
    return (
        f"the read model is ahead of the ledger: it was made of {made_of} facts, {left} are there, so facts were "
        "deleted. The engine still holds them: copy the data folder as it is, run "
        f"{REBUILD_DROPPING}, then {RECONCILE} again, which fills them again"
    )


def ways_back(quarantined: int, unlike: Collection[str], newer: Sequence[str], ahead: int = 0) -> tuple[str, ...]:
    """What to do, one paragraph per string.

    `quarantined` counts streams; `ahead` those of them whose read model was made from more facts than the ledger holds.
    `unlike` are those that do not hold what a head signed, `newer` the names of the kept heads that the record does not
    hold, newest first.
    """
    if ahead:
        some = f"{ahead} quarantined stream{'s' if ahead > 1 else ''}"
        return (AHEAD_FIRST.format(ahead=some, **ACTIONS) + UNTIL_THEN + WAY_BACK,)
    if quarantined:
        some = f"{quarantined} stream{'s are' if quarantined > 1 else ' is'}"
        return (RECONCILE_FIRST.format(quarantined=some, **ACTIONS),)
    if not unlike:
        return (WAY_BACK,)
    is_of_the_firm = all(stream in OF_THE_FIRM for stream in unlike)
    lost = LOST.format(which=OF_NO_ENGINE if is_of_the_firm else BOTH, heads=_named(newer))
    return (*(() if is_of_the_firm else (PUT_BACK_ALONE,)), lost, f"{CUT} {WAY_BACK}")


def _named(files: Sequence[str]) -> str:
    if not files:
        return ""
    if len(files) <= MAX_NAMED:
        return f": {', '.join(files)}"
    return f": {len(files)} files, from {files[-1]} to {files[0]}"
