"""Alembic's entry: run the migrations on the application's own engine."""

from __future__ import annotations

from alembic import context
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.types import TypeEngine

from portal.db import Moment

migrate = current_app.extensions["migrate"]


def render_item(kind: str, item: object, _: object) -> str | bool:
    """Write our own column type as the plain one it stands for."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    return False


def same_type(
    _context: object,
    _column: object,
    _metadata_column: object,
    _inspected: object,
    ours: TypeEngine,
) -> bool | None:
    """Moments are compared as what they are stored as."""
    return False if isinstance(ours, Moment) else None


def run(connection: Connection) -> None:
    """All or nothing: our engine says BEGIN itself, so SQLite takes back changed tables too."""
    context.configure(
        connection=connection,
        target_metadata=migrate.db.metadata,
        render_item=render_item,
        transactional_ddl=True,
        **{**migrate.configure_args, "compare_type": same_type},
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            check_references(connection)


def check_references(connection: Connection) -> None:
    """Refuse a migration that leaves rows which refer to nothing."""
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if lost:
        tables = sorted({row[0] for row in lost})
        raise CommandError(f"{len(lost)} rows refer to nothing: {', '.join(tables)}")


def set_references(connection: Connection, *, on: bool) -> None:
    """SQLite changes a table by making it anew, which others refer to meanwhile.

    By the driver, outside a transaction: within one, SQLite ignores this without a word.
    """
    if connection.dialect.name == "sqlite":
        word = "on" if on else "off"
        connection.connection.driver_connection.execute(f"PRAGMA foreign_keys={word}")


with migrate.db.engine.connect() as connection:
    set_references(connection, on=False)
    try:
        run(connection)
    finally:
        connection.rollback()
        set_references(connection, on=True)
