"""What every test has: nothing of whoever runs it, hypothesis profiles, logs, and the order of files.

In the CI examples are the same in every run; `HYPOTHESIS_PROFILE=explore` makes new ones. Only `explore` shrinks what
fails: for a machine that plays whole deals that takes minutes.
"""

import gc
import os
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

EMPTY_CONFIG = tempfile.TemporaryDirectory(prefix="interlock-tests-")
# Whoever runs the tests may be signed in at a stack of their own: no test reads their tokens, nor their settings.
os.environ["XDG_CONFIG_HOME"] = EMPTY_CONFIG.name
for name in [name for name in os.environ if name.startswith("INTERLOCK_")]:
    del os.environ[name]

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("explore", parent=settings.get_profile("ci"), derandomize=False, phases=tuple(Phase))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

*EARLIER, _ = structlog.get_config()["processors"]
structlog.configure(
    processors=[
        *EARLIER,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ],
    logger_factory=structlog.PrintLoggerFactory(sys.__stderr__),
)
"""As the product's logs: by default a traceback shows every variable of every frame, which takes ten seconds each.

What runs beside a test logs while it reads what a command said: a runner of commands puts its own in place of
`sys.stdout` and `sys.stderr`, so logs go to what these were at first.
"""

# Folders whose files play whole deals on a running stack: with them at the end, one of two workers would be idle.
HEAVY = ("tests/demo", "tests/faults", "tests/api", "tests/slack", "tests/web", "tests/workflows")

# What plays whole deals, breaks running installations, walks everything as everybody, or explores at random: it takes
# as long as all other tests together, so `make test-long` runs it apart. Nothing lands without it.
LONG = (
    "tests/api/test_description.py",
    "tests/api/test_sight_of_ends.py",
    "tests/api/test_sight_table.py",
    "tests/demo",
    "tests/domain/test_bounds.py",
    "tests/domain/test_floods.py",
    "tests/domain/test_rules_that_never_bend.py",
    "tests/faults",
    "tests/simulation",
    "tests/slack/test_load.py",
    "tests/slack/test_walk_by_next.py",
    "tests/slack/test_whole_deals.py",
    "tests/workflows/test_crashes.py",
    "tests/workflows/test_largest.py",
    "tests/workflows/test_three_deals.py",
    "tests/workflows/test_year_of_silence.py",
)

sys.modules["sniffio"] = None  # type: ignore[assignment]  # httpx looks for it on the disk at each request to an app

gc.disable()  # what is loaded for the tests stays: the collector would go through it again and again


@pytest.hookimpl(tryfirst=True)  # before `-m` looks at marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks the long tests, and puts heavy folders first, in the order of their files within."""
    for item in items:
        if _is_long(item.path.relative_to(config.rootpath)):
            item.add_marker("long")
    items.sort(key=lambda item: _weight(item.path.parent.relative_to(config.rootpath)))


@cache
def _is_long(file: Path) -> bool:
    return any(file.is_relative_to(path) for path in LONG)


@cache
def _weight(folder: Path) -> int:
    return HEAVY.index(str(folder)) if str(folder) in HEAVY else len(HEAVY)


class PlayedDealScheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """A file goes to one worker; all that read the deal played over every route go to one, so it is played once."""

    STORY = "the small deal, closed"

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return self.STORY if _reads_the_story(self.config.rootpath / file) else file


@cache
def _reads_the_story(file: Path) -> bool:
    return "played: Played" in file.read_text()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> PlayedDealScheduling:
    return PlayedDealScheduling(config, log)


def pytest_collection_finish() -> None:
    """From here on rubbish is collected as ever, but for what was loaded."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="module", autouse=True)
def frozen_garbage() -> None:
    """What earlier files left is looked at once, and then no more.

    A full collection through all of it would take a workflow's task longer than the server, or the SDK, lets it.
    """
    gc.collect()
    gc.freeze()
