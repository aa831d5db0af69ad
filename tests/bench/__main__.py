"""Measure every row of the speed table in one run on this machine.

`python -m tests.bench` takes about two minutes; `--city` measures instead the two rows about
1,093,260 dwellings. Nothing is left behind: docs/benchmarks.md is written by hand from the output.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.browser import Browser
from tests.bench.measures import Asked, Comparison, Work, compare, downloaded
from tests.bench.server import Server
from tests.bench.table import MEGABYTE, Row, goals, raw
from tests.bench.town import COORDINATOR, ROOT, Town

TIMES, SECONDS, MB, KB = "times", "s", "MB", "kB"


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.bench", description="Measure the speed table.")
    parser.add_argument("--city", action="store_true", help="the rows about 1,093,260 dwellings")
    measure = city if parser.parse_args().city else town
    if not Path("/proc/self/stat").exists():
        sys.exit("The processor time of the server is read from /proc: this needs Linux.")
    # Not in /tmp: that may lie in memory, where a commit costs nothing.
    (ROOT / "instance").mkdir(exist_ok=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "instance") as folder:
        rows, works = measure(Town(Path(folder)))
    say(f"\n{goals(rows)}\n\n{raw(works)}\n")
    say(
        f"Python {platform.python_version()}, {platform.machine()}; the run took "
        f"{time.monotonic() - started:.0f} s"
    )


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


# The town ----------------------------------------------------------------------------------------


def town(place: Town) -> tuple[list[Row], list[Work]]:
    """Everything but the rows of the city."""
    rows, stage = prepared(place)
    with Server(place.environment) as server:
        browser = signed_in(server, place)
        more, works = requests(server, browser, stage)
    place.verify_ledger()
    return rows + more, works


def prepared(place: Town) -> tuple[list[Row], dict[str, Any]]:
    """The town on a fresh database with a round half visited, and the rows measured meanwhile."""
    say("Migrating, importing the town …")
    place.migrate()
    load = place.load_town()
    say(f"  {load.seconds:.1f} s, {load.processor:.1f} s of processor")
    place.add_tower()
    place.add_people()
    say("Opening a round, two evenings of visits …")
    stage = place.open_round()
    say(f"  {stage['doors']} doors: {stage['states']}; {stage['listed']} in the list")
    return [
        Row("import of 40,172 dwellings", load.seconds, 15, SECONDS),
        Row("its peak memory", load.memory / MEGABYTE, 300, MB),
        Row(f"opening a round over {stage['doors']:,} doors", stage["open_seconds"], 2, SECONDS),
    ], stage


def signed_in(server: Server, place: Town) -> Browser:
    browser = Browser(server)
    browser.sign_in(COORDINATOR, place.password)
    return browser


def requests(
    server: Server, browser: Browser, stage: dict[str, Any]
) -> tuple[list[Row], list[Work]]:
    asked = Asked(browser, stage)
    constant = asked.page("constant page", "/floor/constant")
    plan = asked.page("floor plan", asked.plan_path)
    unchanged = asked.unchanged("floor plan, unchanged", asked.plan_path)
    tree = asked.page("gap tree", asked.tree_path)
    doors = asked.page("list of open doors", asked.list_path)
    select = asked.page("one indexed SELECT", "/floor/select")
    bare = asked.page("constant page, bare Flask", "/bare/constant")
    commit, check_off = asked.commit("one row, one commit"), asked.check_off("check-off")
    reads = {
        work.name: told(work, compare(server, work, constant))
        for work in (plan, unchanged, tree, doors, select, bare)
    }
    writes = told(check_off, compare(server, check_off, commit))
    first, later = downloaded(browser, asked.plan_path)
    rows = [
        Row("floor plan of 204 doors", reads[plan.name].processor, 6, TIMES),
        Row("the same, unchanged and revalidated", reads[unchanged.name].processor, 1.5, TIMES),
        Row("one check-off, rate", writes.rate, 0.4, TIMES, least=True),
        Row("gap tree of the community", reads[tree.name].processor, 4, TIMES),
        Row(f"list of {stage['listed']:,} open doors", reads[doors.name].processor, 20, TIMES),
        Row("floor plan, first visit with assets", first / 1000, 120, KB),
        Row("floor plan afterwards", later / 1000, 25, KB),
    ]
    return rows, [constant, bare, select, plan, unchanged, tree, doors, commit, check_off]


def told(work: Work, found: Comparison) -> Comparison:
    say(
        f"  {work.name}: {found.processor:.2f} of the floor's processor time, "
        f"{found.rate:.2f} of its rate"
    )
    return found


# The city ----------------------------------------------------------------------------------------


def city(place: Town) -> tuple[list[Row], list[Work]]:
    """The town's gap tree before and after 1,093,260 other dwellings join the database."""
    rows, stage = prepared(place)
    town_seconds, town_memory = rows[0].got, rows[1].got
    before, works = tree_alone(place, stage, "town's tree, alone")
    say("Importing the city …")
    load = place.load_city()
    say(f"  {load.seconds:.1f} s, {load.processor:.1f} s of processor")
    city_stage = place.open_city_round()
    say(f"  a round over {city_stage['doors']:,} doors in {city_stage['open_seconds']:.1f} s")
    after, more = tree_alone(place, stage, "town's tree, beside the city")
    return [
        Row("import of 1,093,260 dwellings", load.seconds / town_seconds, 25, TIMES),
        Row("its peak memory", load.memory / MEGABYTE / town_memory, 2, TIMES),
        Row("gap tree at 1,093,260 dwellings", after / before, 1.3, TIMES),
    ], [*works, *more]


def tree_alone(place: Town, stage: dict[str, Any], name: str) -> tuple[float, Sequence[Work]]:
    """The gap tree of the town in times of the constant page."""
    with Server(place.environment) as server:
        asked = Asked(signed_in(server, place), stage)
        constant = asked.page("constant page", "/floor/constant")
        tree = asked.page(name, asked.tree_path)
        return told(tree, compare(server, tree, constant)).processor, (constant, tree)


if __name__ == "__main__":
    main()
