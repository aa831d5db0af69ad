"""Rosters brought into the tower: small files, jobs that run at once, databases that keep."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from portal.rosters.work import work

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def english(app: Flask, rollback: None) -> Iterator[None]:
    """The language of what is said where no page asks."""
    with force_locale("en"):
        yield


@pytest.fixture
def jobs_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs run at the end of the request that starts them, in the same process."""
    monkeypatch.setitem(app.config, "ROSTER_JOBS", work)


@pytest.fixture
def jobs_never_start(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are killed before they do anything."""
    monkeypatch.setitem(app.config, "ROSTER_JOBS", lambda import_id: None)
