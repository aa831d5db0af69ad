"""flask rota: a file in, a plan out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask

from tests.shifts.rotas import broken_rules, make_rota


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    path = tmp_path / "instance.json"
    path.write_text(json.dumps(make_rota(3)), encoding="utf-8")
    return path


def test_a_plan_is_printed(app: Flask, instance: Path) -> None:
    ran = app.test_cli_runner().invoke(args=["rota", "solve", str(instance)])
    assert ran.exit_code == 0
    plan = json.loads(ran.stdout)
    assert plan["shifts"]
    assert broken_rules(make_rota(3), plan) == []


def test_a_published_plan_is_kept(app: Flask, instance: Path, tmp_path: Path) -> None:
    run, out, again = app.test_cli_runner(), tmp_path / "plan.json", tmp_path / "again.json"
    run.invoke(args=["rota", "solve", str(instance), "--out", str(out)])
    ran = run.invoke(
        args=["rota", "solve", str(instance), "--previous", str(out), "--out", str(again)]
    )
    assert ran.exit_code == 0
    assert json.loads(again.read_text()) == json.loads(out.read_text())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "instance.json"),
        ('{"units": []}', "slots: "),
        ('{"units": [], "slots": [], "volunteers": [{}]}', "volunteers[0].id: "),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_two_and_a_reason(
    app: Flask, instance: Path, text: str, said: str
) -> None:
    instance.write_text(text, encoding="utf-8")
    ran = app.test_cli_runner().invoke(args=["rota", "solve", str(instance)])
    assert ran.exit_code == 2
    assert said in ran.stderr
    assert "Traceback" not in ran.output
