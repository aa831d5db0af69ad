"""The second run of the gate, on PostgreSQL, leaves out what the first has shown for both.

`pytest --again` leaves out tests that touch no database, and those marked `any_database` with a
reason. How many, and why, stands at the end of the run; without the option everything is run.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests import databases

STORES = frozenset({"app", "another_database"})  # the fixtures through which tests get a database
UNTOUCHED = "they touch no database"
MATRIX = (
    "In the matrix one actor asks for each answer at each target, where the first run asks all."
)
LEFT_OUT = pytest.StashKey[Counter[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--again", action="store_true", help="leave out what a run on another database has shown"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = Counter()


def is_second_run(config: pytest.Config) -> bool:
    return bool(config.getoption("again"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not is_second_run(config):
        return
    reasons = {item: reason for item in items if (reason := _why_left_out(item))}
    config.stash[LEFT_OUT].update(reasons.values())
    config.hook.pytest_deselected(items=list(reasons))
    items[:] = [item for item in items if item not in reasons]


def _why_left_out(item: pytest.Item) -> str:
    """Why one run of a test is enough; empty when it is not."""
    if mark := item.get_closest_marker("any_database"):
        return str(mark.args[0])
    return "" if touches_a_database(item) else UNTOUCHED


def touches_a_database(item: pytest.Item) -> bool:
    return not STORES.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture(autouse=True)
def no_hidden_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that comes to a database past the fixtures would be left out of the second run."""
    if not touches_a_database(request.node):
        monkeypatch.setenv(databases.GIVEN, "ask for the fixture app or another_database")


# What is told ------------------------------------------------------------------------------------


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Workers all collect the same tests; whoever started them tells what they left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = dict(session.config.stash[LEFT_OUT])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[LEFT_OUT] |= Counter(getattr(node, "workeroutput", {}).get("left_out", {}))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if left_out := config.stash[LEFT_OUT]:
        terminalreporter.section(f"{left_out.total()} tests left out: the first run has shown them")
        for reason, count in left_out.most_common():
            terminalreporter.write_line(f"{count:6d}  {reason}")
        terminalreporter.write_line(MATRIX)
