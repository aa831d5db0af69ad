"""In which of its chats a robot said what

Revision ID: 0026
Revises: 0025
Create Date: 2026-11-26 06:40:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('robots', sa.Column('chat', sa.Integer(), nullable=False, server_default='1'))
    op.add_column('robot_messages', sa.Column('chat', sa.Integer(), nullable=True))
    op.execute("UPDATE robot_messages SET chat = 1 WHERE fate IN ('sent', 'sending', 'unknown')")


def downgrade():
    with op.batch_alter_table('robot_messages', schema=None) as batch_op:
        batch_op.drop_column('chat')
    with op.batch_alter_table('robots', schema=None) as batch_op:
        batch_op.drop_column('chat')
