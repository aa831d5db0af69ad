"""Measure the rota planner against its bounds, with the generator and the checker of rotas.

`python -m tests.bench.rota` takes some minutes; `--large` adds the community of 50,000 volunteers.
Each plan is made in a process of its own that loads the planner and nothing else, so that its
memory is the planner's. Times are held against the goals as processor time of that one process.
Nothing is left behind: docs/benchmarks.md is written by hand from this.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from portal.config import ROOT

TOOLS = Path(os.environ.get("ROTA_TOOLS", ROOT / "../shared/tools"))
SEEDS = (1, 2, 3, 4, 5)

# Crewed visits at most, from a linear program with rest and without a timetable (HiGHS).
MOST_CREWED = {
    "0.45": dict(zip(SEEDS, (3599, 3364, 3429, 3284, 3182), strict=True)),
    "0.35": dict(zip(SEEDS, (2913, 2696, 2664, 2525, 2502), strict=True)),
}
FEATURES = (
    ["--needs", "0.1"],
    ["--own", "forbid"],
    ["--pins", "200"],
    ["--leave", "0.1"],
    ["--tight", "0.6"],
    ["--tight", "0.6", "--needs", "0.1", "--own", "forbid", "--leave", "0.1"],
)

PLAN = """
import json, sys, time, types
sys.modules["portal"] = package = types.ModuleType("portal")  # the planner needs no application
package.__path__ = ["portal"]
from portal.shifts.planner import repair, solve
instance, previous, out = sys.argv[1:]
with open(instance) as file:
    instance = json.load(file)
if previous:
    with open(previous) as file:
        previous = json.load(file)
begun, worked = time.perf_counter(), time.process_time()
plan = repair(instance, previous) if previous else solve(instance)
figures = {
    "seconds": time.perf_counter() - begun,
    "processor": time.process_time() - worked,
}
with open("/proc/self/status") as file:  # getrusage would tell the memory of whoever started this
    figures["megabytes"] = next(int(line.split()[1]) / 1024 for line in file if "VmHWM" in line)
with open(out, "w") as file:
    json.dump(plan, file)
sys.stdout.write(json.dumps(figures))
"""


@dataclass(frozen=True)
class Goals:
    """What a plan must reach; ratios are to the bounds of the checker."""

    crewed: float = 0
    gap: float = 1e9
    squares: float = 1e9
    over_most: int = 10**9
    repeats: float = 1
    pairs: int = 10**9
    seconds: float = 1e9
    megabytes: float = 1e9


FULL = {
    "S": Goals(crewed=1, gap=1.05, seconds=0.3),
    "M": Goals(1, 1.05, 1.002, 1, 0.0005, 0, 6, 80),
    "L": Goals(crewed=1, gap=1.05, seconds=200, megabytes=600),
}
SHORT = Goals(crewed=0.99, gap=1.08)


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.bench.rota", description="Measure the planner.")
    parser.add_argument("--tools", type=Path, default=TOOLS, help="where the two scripts are")
    parser.add_argument("--large", action="store_true", help="also 50,000 volunteers")
    asked = parser.parse_args()
    if not Path("/proc/self/status").exists():
        sys.exit("The memory of a plan is read from /proc: this needs Linux.")
    for script in ("rotation_gen.py", "rotation_check.py"):
        if not (asked.tools / script).is_file():
            sys.exit(
                f"There is no {script} in {asked.tools}. Name the folder of the generator and the "
                "checker with --tools, or in ROTA_TOOLS."
            )
    with tempfile.TemporaryDirectory(prefix="rota-") as folder:
        bench = Bench(asked.tools, Path(folder))
        say(Bench.HEADING)
        missed = [line for line in bench.lines(large=asked.large) if line.endswith("NO")]
    say(f"\nPython {platform.python_version()}, {platform.machine()}; {len(missed)} goals missed")
    sys.exit(1 if missed else 0)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Bench:
    """Instances, plans and verdicts in one folder."""

    HEADING = (
        f"{'instance':58} {'broken':>6} {'crewed':>14} {'gap':>6} {'squares':>8} {'most':>5} "
        f"{'again':>7} {'pairs':>5} {'s':>7} {'CPU s':>7} {'MB':>4} ok"
    )

    def __init__(self, tools: Path, folder: Path) -> None:
        self.tools, self.folder = tools, folder

    def lines(self, *, large: bool) -> Iterator[str]:
        """Every measurement, said as it is made."""
        sizes = ("S", "M")
        for size, seed in [*product(sizes, SEEDS), *[("L", 1)] * large]:
            yield self.plan([size, "--seed", str(seed)], FULL[size])
        for share, most in MOST_CREWED.items():
            for seed in SEEDS:
                arguments = ["M", "--seed", str(seed), "--tight", share]
                yield self.plan(arguments, SHORT, most=most[seed])
        for size, extra in product(sizes, FEATURES):
            yield self.plan([size, *extra], Goals())
        for size, share in product(sizes, ("0.03", "0.1")):
            yield self.repair(size, share)

    def plan(self, arguments: list[str], goals: Goals, most: int | None = None) -> str:
        instance = self._make(arguments)
        figures = self._solve(instance, "")
        told = self._judge(instance)
        rooms = most or self._rooms(instance)
        crewed = told["visits_counted"]
        gap = told["max_gap_days"] / told["max_gap_optimum_capacity"]
        squares = told["load_sum_squares"] / max(1, told["load_sum_squares_optimum"])
        over = told["load_max_min"][0] - told["load_max_min_optimum"][0]
        again, pairs = told["same_building_repeat_rate"], told["same_pair_repeats"]
        name = " ".join(arguments)
        met = (
            not told["hard_violations"]
            and crewed >= goals.crewed * rooms
            and gap <= goals.gap
            and squares <= goals.squares
            and over <= goals.over_most
            and again <= goals.repeats
            and pairs <= goals.pairs
            and figures["processor"] <= goals.seconds
            and figures["megabytes"] <= goals.megabytes
        )
        return self._say(
            f"{name:58} {told['hard_violations']:6} {crewed:6} /{rooms:6} {gap:6.3f} "
            f"{squares:8.5f} {over:+5} {again:7.2%} {pairs:5} {figures['seconds']:7.2f} "
            f"{figures['processor']:7.2f} {figures['megabytes']:4.0f} {'yes' if met else 'NO'}"
        )

    def repair(self, size: str, share: str) -> str:
        """Leave after publication: what is changed that need not be, and how quickly."""
        self._solve(self._make([size]), "")
        published = self.folder / "published.json"
        (self.folder / "plan.json").rename(published)
        instance = self._make([size, "--leave", share])
        figures = self._solve(instance, str(published))
        told = self._judge(instance, "--previous", str(published))
        changes = told["changes"]
        met = not told["hard_violations"] and not changes["removed_avoidable"]
        met = met and figures["processor"] <= 0.1
        return self._say(
            f"{size}, {float(share):.0%} on leave after publication: removed {changes['removed']}, "
            f"avoidable {changes['removed_avoidable']}, open {told['seats_unfilled']} (at least "
            f"{told['seats_unfilled_lower_bound']}), {figures['seconds'] * 1000:.0f} ms, "
            f"CPU {figures['processor'] * 1000:.0f} ms {'yes' if met else 'NO'}"
        )

    def _make(self, arguments: list[str]) -> Path:
        out = self.folder / "instance.json"
        self._run(str(self.tools / "rotation_gen.py"), *arguments, "--out", str(out))
        return out

    def _solve(self, instance: Path, previous: str) -> dict[str, float]:
        out = str(self.folder / "plan.json")
        figures: dict[str, float] = json.loads(self._run("-c", PLAN, str(instance), previous, out))
        return figures

    def _judge(self, instance: Path, *more: str) -> dict[str, Any]:
        checker, plan = str(self.tools / "rotation_check.py"), str(self.folder / "plan.json")
        verdict: dict[str, Any] = json.loads(
            self._run(checker, str(instance), plan, "--json", *more, passing=(0, 1))
        )
        return verdict

    @staticmethod
    def _rooms(instance: Path) -> int:
        given = json.loads(instance.read_text())
        return len(given["slots"]) * int(given["rules"]["shifts_per_slot"])

    @staticmethod
    def _run(*arguments: str, passing: tuple[int, ...] = (0,)) -> str:
        ran = subprocess.run(  # noqa: S603
            [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if ran.returncode not in passing:
            sys.exit(f"{' '.join(arguments[:1])} ended with {ran.returncode}:\n{ran.stderr}")
        return ran.stdout

    @staticmethod
    def _say(line: str) -> str:
        say(line)
        return line


if __name__ == "__main__":
    main()
