"""Seats have names in both languages

Revision ID: 0011
Revises: 0010
Create Date: 2026-11-25 18:10:00
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

USUAL = ['社区民警', '网格员', '楼栋长', '物业', '下沉党员', '志愿者组长']
USUAL_IN_ENGLISH = [
    'Community officer', 'Grid worker', 'Building leader', 'Property manager', 'Seconded party member',
    'Volunteer leader',
]
COMMUNITY = sa.table('communities', sa.column('id'), sa.column('seat_names', sa.JSON()))


def upgrade():
    """Names that somebody chose stand in both languages until they are translated."""
    for row in op.get_bind().execute(sa.select(COMMUNITY)).all():
        english = USUAL_IN_ENGLISH if row.seat_names == USUAL else row.seat_names
        _write(row.id, {'zh': row.seat_names, 'en': english})


def downgrade():
    for row in op.get_bind().execute(sa.select(COMMUNITY)).all():
        _write(row.id, row.seat_names['zh'])


def _write(community_id, names):
    op.get_bind().execute(
        COMMUNITY.update().where(COMMUNITY.c.id == community_id).values(seat_names=names)
    )
