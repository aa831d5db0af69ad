"""Measure the list of tasks and the clockwork (`make bench-tasks`, about four minutes)."""

from __future__ import annotations

import json
import platform
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.__main__ import signed_in
from tests.bench.measures import Asked, Work, compare
from tests.bench.server import Server
from tests.bench.table import MEGABYTE, Row, goals, raw
from tests.bench.town import ROOT, Cost, Town

FEW, MANY, NOTICES = 10_000, 1_000_000, 100_000


def main() -> None:
    (ROOT / "instance").mkdir(exist_ok=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "instance") as folder:
        town = Town(Path(folder))
        town.migrate()
        town.load_town()
        town.add_people()
        small = ticked(town, NOTICES // 10)
        first, works = inbox(town, FEW)
        later, more = inbox(town, MANY)
        large = ticked(town, NOTICES)
    rate = NOTICES / large[0]
    rows = [
        Row("list of somebody with 200 open tasks", first, 8, "times"),
        Row(f"the same beside {MANY:,} tasks", later / first, 1.2, "times"),
        Row(f"{NOTICES:,} due notices laid out", rate, 1000, "a second", least=True),
        Row("its memory against a tenth of them", large[1].memory / small[1].memory, 1.1, "times"),
    ]
    sys.stdout.write(
        f"\n{goals(rows)}\n\n{raw([*works, *more])}\n\npeak memory of the tick: "
        f"{large[1].memory / MEGABYTE:.0f} MB, of a tenth {small[1].memory / MEGABYTE:.0f} MB\n"
        f"Python {platform.python_version()}, {platform.machine()}; the run took "
        f"{time.monotonic() - started:.0f} s\n"
    )


def inbox(town: Town, count: int) -> tuple[float, list[Work]]:
    """The list of tasks in times of the constant page, with so many tasks in the table."""
    town.run("tests.bench.task_stage", "tasks", str(count))
    with Server(town.environment) as server:
        asked = Asked(signed_in(server, town), {"round": 0, "community": 0})
        constant = asked.page("constant page", "/floor/constant")
        mine = asked.page(f"my tasks, {count:,} in the table", "/tasks")
        return compare(server, mine, constant).processor, [constant, mine]


def ticked(town: Town, count: int) -> tuple[float, Cost]:
    """How long the clockwork took over so many due notices, and what the whole process cost."""
    town.run("tests.bench.task_stage", "notices", str(count))
    told, cost = town.run("tests.bench.task_stage", "tick")
    found = json.loads(told)
    assert (found["count"], found["waiting"]) == (count, 0)
    assert found["deliveries"] >= count
    return float(found["seconds"]), cost


if __name__ == "__main__":
    main()
