"""Losses within the week of a warning, and the fields a community requires

Revision ID: 0022
Revises: 0021
Create Date: 2026-11-26 01:25:10.118240
"""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('warnings', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('failed', sa.Boolean(), nullable=False, server_default=sa.false())
        )
    # Who told at the door that money had gone was counted as a success so far.
    op.execute(
        "UPDATE warnings SET lost_at = (SELECT max(e.at) FROM warning_events e"
        " WHERE e.warning_id = warnings.id AND e.move = 'visit')"
        " WHERE result = 'paid' AND lost_at IS NULL"
    )
    # A loss was noted without its day: all of them have counted as failures until now.
    op.execute(sa.text('UPDATE warnings SET failed = :yes WHERE lost_at IS NOT NULL')
               .bindparams(sa.bindparam('yes', True, sa.Boolean())))
    with op.batch_alter_table('warning_rules', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('required', sa.JSON(), nullable=False, server_default=sa.text("'{}'"))
        )


def downgrade():
    with op.batch_alter_table('warning_rules', schema=None) as batch_op:
        batch_op.drop_column('required')
    with op.batch_alter_table('warnings', schema=None) as batch_op:
        batch_op.drop_column('failed')
