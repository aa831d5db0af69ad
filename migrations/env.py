"""Alembic's entry: run the migrations on the application's own engine."""

from __future__ import annotations

from alembic import context
from flask import current_app
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


with migrate.db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=migrate.db.metadata,
        render_item=render_item,
        **{**migrate.configure_args, "compare_type": same_type},
    )
    with context.begin_transaction():
        context.run_migrations()
