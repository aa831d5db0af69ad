"""What places ask of their crews

Revision ID: 0015
Revises: 0014
Create Date: 2026-11-25 20:53:47.851968
"""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'place_needs',
        sa.Column('community_id', sa.Integer(), nullable=False),
        sa.Column('place_id', sa.Integer(), nullable=False),
        sa.Column('path', sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql'), nullable=False),
        sa.Column('skills', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['place_id'], ['places.id'], name=op.f('fk_place_needs_place_id_places')),
        sa.PrimaryKeyConstraint('community_id', 'place_id', name=op.f('pk_place_needs')),
    )


def downgrade():
    op.drop_table('place_needs')
