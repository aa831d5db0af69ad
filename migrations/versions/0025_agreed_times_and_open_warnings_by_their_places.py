"""Agreed times and open warnings by their places

Revision ID: 0025
Revises: 0024
Create Date: 2026-11-26 01:50:12.204518
"""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade():
    op.create_index(
        'ix_warnings_at_door',
        'warnings',
        ['dwelling_id'],
        unique=False,
        sqlite_where=sa.text('due_at IS NOT NULL'),
        postgresql_where=sa.text('due_at IS NOT NULL'),
    )
    op.create_index(
        'ix_doors_agreed',
        'doors',
        ['community_id', 'path'],
        unique=False,
        sqlite_where=sa.text('appointment_at IS NOT NULL'),
        postgresql_where=sa.text('appointment_at IS NOT NULL'),
    )


def downgrade():
    op.drop_index('ix_doors_agreed', table_name='doors')
    op.drop_index('ix_warnings_at_door', table_name='warnings')
