"""One id with one body makes one item of the tray

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-25 08:10:00
"""

import hashlib
import json
import uuid

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

# The values of a report as the ledger knew them when this was written; absent ones are None.
FIELDS = (
    'uuid', 'dwelling_id', 'kind', 'outcome', 'told', 'remaining', 'appointment_at', 'note',
    'reason', 'replaces', 'credit_id',
)


def upgrade():
    op.add_column('tray_items', sa.Column('uuid', sa.String(length=36), nullable=True))
    op.add_column('tray_items', sa.Column('body_hash', sa.String(length=64), nullable=True))
    _name_items()
    with op.batch_alter_table('tray_items', schema=None) as batch_op:
        batch_op.alter_column('uuid', existing_type=sa.String(length=36), nullable=False)
        batch_op.alter_column('body_hash', existing_type=sa.String(length=64), nullable=False)
        batch_op.create_unique_constraint(
            batch_op.f('uq_tray_items_community_id_uuid_body_hash'),
            ['community_id', 'uuid', 'body_hash'],
        )


def downgrade():
    with op.batch_alter_table('tray_items', schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f('uq_tray_items_community_id_uuid_body_hash'), type_='unique'
        )
        batch_op.drop_column('body_hash')
        batch_op.drop_column('uuid')


def _name_items():
    """Give what waits already its id and hash; copies of one report keep apart by their number."""
    item = sa.table(
        'tray_items',
        *(sa.column(name) for name in ('id', 'community_id', 'round_id', 'reported_by')),
        sa.column('body', sa.JSON()),
        sa.column('uuid'),
        sa.column('body_hash'),
    )
    bind, seen = op.get_bind(), set()
    for row in bind.execute(sa.select(item).order_by(item.c.id)).all():
        name, found = row.body.get('uuid') or str(uuid.uuid4()), _hash_of(row)
        if (row.community_id, name, found) in seen:
            found = _sha([found, row.id])
        seen.add((row.community_id, name, found))
        bind.execute(item.update().where(item.c.id == row.id).values(uuid=name, body_hash=found))


def _hash_of(row):
    body = {name: row.body.get(name) for name in FIELDS}
    return _sha({**body, 'round': row.round_id, 'author': row.reported_by})


def _sha(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
