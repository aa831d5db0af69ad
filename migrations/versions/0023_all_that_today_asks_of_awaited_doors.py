"""All that Today asks of awaited doors

Revision ID: 0023
Revises: 0022
Create Date: 2026-11-26 01:45:10.310221
"""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

WHICH = sa.text("appointment_at IS NOT NULL OR pending != ''")


def upgrade():
    put_anew('community_id', 'round_id', 'path', 'appointment_at', 'pending')


def downgrade():
    put_anew('community_id', 'round_id', 'path')


def put_anew(*columns):
    op.drop_index('ix_doors_awaited', table_name='doors')
    op.create_index('ix_doors_awaited', 'doors', list(columns), unique=False, sqlite_where=WHICH, postgresql_where=WHICH)
