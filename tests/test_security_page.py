"""The page about security names every case once, and tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "security.md"


def test_every_case_is_answered_and_its_tests_exist() -> None:
    rows = re.findall(r"^\| (\d+) \|(.+)\|(.+)\|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, 69))
    named = {number: re.findall(r"[a-z/]*test_\w+", held) for number, _, held in rows}
    assert [number for number, files in named.items() if not files] == ["57"]
    files = {file for found in named.values() for file in found}
    assert [file for file in files if not (TESTS / f"{file}.py").is_file()] == []
