"""The rules of a community's rota, and when somebody was reminded

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-25 17:30:00
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'rota_rules',
        sa.Column('community_id', sa.Integer(), nullable=False),
        sa.Column('rest_hours', sa.Integer(), nullable=False),
        sa.Column('most_a_day', sa.Integer(), nullable=False),
        sa.Column('cancel_hours', sa.Integer(), nullable=False),
        sa.Column('answer_hours', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('community_id', name=op.f('pk_rota_rules')),
    )
    op.add_column('assignments', sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column('assignments', 'reminded_at')
    op.drop_table('rota_rules')
