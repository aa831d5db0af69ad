"""The migrations make exactly the tables that the models describe."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from portal.db import Base
from portal.db import db as database
from tests.conftest import make_app


@pytest.mark.commits
def test_migrations_and_models_agree(tmp_path: Path, app: Flask) -> None:
    fresh = make_app(tmp_path, f"sqlite:///{tmp_path}/fresh.sqlite3")
    with fresh.app_context():
        upgrade(directory=str(Path(fresh.root_path).parent / "migrations"))
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": False})
            assert compare_metadata(context, Base.metadata) == []
        downgrade(directory=str(Path(fresh.root_path).parent / "migrations"), revision="base")
        assert inspect(database.engine).get_table_names() == ["alembic_version"]
        database.engine.dispose()


def test_paths_are_compared_by_byte(app: Flask) -> None:
    """A range of paths is a subtree only where "/" sorts before digits (access.below)."""
    if database.engine.dialect.name != "postgresql":
        assert database.session.scalar(text("select '/1/4/' < '/1/40'"))
        return
    collation = database.session.scalar(
        text(
            "select collation_name from information_schema.columns "
            "where table_name = 'places' and column_name = 'path'"
        )
    )
    assert collation == "C"
