"""The queue of a phone: the zone of its clock, and the epoch of the database

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-25 17:20:00
"""

import sqlalchemy as sa
from alembic import op

import portal.db

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'epochs',
        sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('word', sa.String(length=32), nullable=False),
        sa.Column('began_at', portal.db.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_epochs')),
    )
    op.add_column('visits', sa.Column('device_offset', sa.Integer(), nullable=True))


def downgrade():
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.drop_column('device_offset')
    op.drop_table('epochs')
