"""The warning a household is seen again for

Revision ID: 0027
Revises: 0026
Create Date: 2026-11-26 06:50:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('tasks', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('warning_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True)
        )
        batch_op.create_foreign_key(
            batch_op.f('fk_tasks_warning_id_warnings'), 'warnings', ['warning_id'], ['id']
        )


def downgrade():
    with op.batch_alter_table('tasks', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_tasks_warning_id_warnings'), type_='foreignkey')
        batch_op.drop_column('warning_id')
