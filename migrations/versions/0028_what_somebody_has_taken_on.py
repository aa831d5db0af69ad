"""What somebody has taken on, and shifts in the order of their lists

Revision ID: 0028
Revises: 0027
Create Date: 2026-11-26 06:45:12.118203
"""

import sqlalchemy as sa
from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

ENGAGED = "standing IN ('held', 'asked', 'waiting', 'offered', 'attended')"


def upgrade():
    op.create_index(
        'ix_assignments_engaged',
        'assignments',
        ['user_id', 'starts_at'],
        unique=False,
        sqlite_where=sa.text(ENGAGED),
        postgresql_where=sa.text(ENGAGED),
    )
    op.drop_index('ix_shifts_community_id_starts_at_path', table_name='shifts')
    op.create_index(
        'ix_shifts_community_id_starts_at_id_path',
        'shifts',
        ['community_id', 'starts_at', 'id', 'path'],
        unique=False,
    )


def downgrade():
    op.drop_index('ix_shifts_community_id_starts_at_id_path', table_name='shifts')
    op.create_index(
        'ix_shifts_community_id_starts_at_path',
        'shifts',
        ['community_id', 'starts_at', 'path'],
        unique=False,
    )
    op.drop_index('ix_assignments_engaged', table_name='assignments')
