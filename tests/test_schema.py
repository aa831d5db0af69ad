"""The migrations make exactly the tables that the models describe, also out of filled ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, select, text

from portal.db import Base
from portal.db import db as database
from portal.notices.models import KeptWishes
from portal.notices.words import TOPICS
from portal.outbox.topics import Topic
from tests.conftest import make_app
from tests.earlier import fill

MIGRATIONS = str(Path(__file__).parent.parent / "migrations")
REVISIONS = [script.revision for script in ScriptDirectory(MIGRATIONS).walk_revisions()][::-1]


@pytest.fixture
def fresh(tmp_path: Path, another_database: str) -> Iterator[Flask]:
    """An application whose database has no tables."""
    made = make_app(tmp_path, another_database)
    with made.app_context():
        yield made
        database.session.remove()
        database.engine.dispose()


def test_migrations_and_models_agree(fresh: Flask) -> None:
    upgrade(directory=MIGRATIONS)
    assert _unlike_the_models() == []
    downgrade(directory=MIGRATIONS, revision="base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]


def test_what_people_had_written_at_any_time_is_kept(fresh: Flask) -> None:
    """Each table has rows from the revision on in which it appears."""
    written: dict[str, int] = {}
    for revision in REVISIONS:
        upgrade(directory=MIGRATIONS, revision=revision)
        with database.engine.begin() as connection:
            written |= fill(connection, without=written.keys() | {"alembic_version"})
    assert written.keys() == Base.metadata.tables.keys()
    assert _unlike_the_models() == []
    for mapper in Base.registry.mappers:  # every row is one that today's models can read
        rows = database.session.scalars(select(mapper.class_)).all()
        assert len(rows) == written[mapper.local_table.name]


def test_whoever_wanted_a_digest_gets_one_of_everything_but_warnings(fresh: Flask) -> None:
    upgrade(directory=MIGRATIONS, revision="0021")
    with database.engine.begin() as connection:
        fill(connection, without={"alembic_version"})
    upgrade(directory=MIGRATIONS)
    for kept in database.session.scalars(select(KeptWishes)):
        daily = kept.wishes().daily()
        assert daily == set(TOPICS) - {Topic.WARNINGS}


def test_what_residents_wrote_goes_with_the_tables_for_it(fresh: Flask) -> None:
    upgrade(directory=MIGRATIONS)
    with database.engine.begin() as connection:
        fill(connection, without={"alembic_version"})
        connection.execute(text("UPDATE tasks SET made_by = NULL"))
        connection.execute(text("UPDATE task_events SET by_id = NULL"))
    downgrade(directory=MIGRATIONS, revision="0018")
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM tasks")) == 0
    upgrade(directory=MIGRATIONS)
    assert _unlike_the_models() == []


def test_a_migration_after_which_rows_refer_to_nothing_is_taken_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLite alone can come to this: it does not look at references while a table is made anew."""
    made = make_app(tmp_path, f"sqlite:///{tmp_path}/lost.sqlite3")
    with made.app_context():
        upgrade(directory=MIGRATIONS, revision=REVISIONS[-2])
        before = inspect(database.engine).get_table_names()
        with database.engine.connect() as connection:
            connection.connection.driver_connection.executescript(
                "PRAGMA foreign_keys=off;"
                "INSERT INTO sign_ins (token_hash, user_id, device, started_at, expires_at) "
                "VALUES ('lost', 7, '', '2026-01-01', '2026-01-01');"
            )
        with pytest.raises(SystemExit):
            upgrade(directory=MIGRATIONS)
        assert "1 rows refer to nothing: sign_ins" in caplog.text
        assert inspect(database.engine).get_table_names() == before
        database.engine.dispose()


def _unlike_the_models() -> list[Any]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, Base.metadata))


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
