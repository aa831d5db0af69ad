from __future__ import annotations

import pytest
from flask import Flask

from portal.gaps import queries
from portal.live import Board


@pytest.fixture(autouse=True)
def fresh_board(request: pytest.FixtureRequest) -> None:
    """Tests are rolled back, so their rounds share numbers; the board would remember the others."""
    if "app" in request.fixturenames:
        app: Flask = request.getfixturevalue("app")
        app.extensions["gaps.board"] = Board(queries.marks)
