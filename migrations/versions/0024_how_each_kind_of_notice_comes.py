"""How each kind of notice comes, and how long a data question may take

Revision ID: 0024
Revises: 0023
Create Date: 2026-11-26 01:40:12.210419
"""

import json

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

TOPICS = ('shifts', 'stand_ins', 'tasks', 'residents', 'roster', 'bulletins', 'warnings')
WORD = sa.Enum(
    'at_once', 'daily', 'never', name='bymail', native_enum=False, length=20
)


def upgrade():
    with op.batch_alter_table('notice_wishes', schema=None) as batch_op:
        batch_op.add_column(sa.Column('by_topic', sa.JSON(), nullable=True))
    wishes = sa.table(
        'notice_wishes', sa.column('by_mail', sa.String), sa.column('by_topic', sa.JSON)
    )
    for choice in ('at_once', 'daily', 'never'):  # warnings have never waited for a digest
        chosen = dict.fromkeys(TOPICS, choice)
        if choice == 'daily':
            chosen['warnings'] = 'at_once'
        op.execute(wishes.update().where(wishes.c.by_mail == choice).values(by_topic=chosen))
    with op.batch_alter_table('notice_wishes', schema=None) as batch_op:
        batch_op.alter_column('by_topic', existing_type=sa.JSON(), nullable=False)
        batch_op.drop_column('by_mail')
    with op.batch_alter_table('task_rules', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('mend_days', sa.Integer(), nullable=False, server_default='7')
        )
    with op.batch_alter_table('task_rules', schema=None) as batch_op:
        batch_op.alter_column('mend_days', existing_type=sa.Integer(), server_default=None)


def downgrade():
    with op.batch_alter_table('task_rules', schema=None) as batch_op:
        batch_op.drop_column('mend_days')
    with op.batch_alter_table('notice_wishes', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('by_mail', WORD, nullable=False, server_default='at_once')
        )
    bind = op.get_bind()
    for user_id, chosen in bind.execute(sa.text('SELECT user_id, by_topic FROM notice_wishes')):
        found = chosen if isinstance(chosen, dict) else json.loads(chosen)
        bind.execute(
            sa.text('UPDATE notice_wishes SET by_mail = :choice WHERE user_id = :user_id'),
            {'choice': found.get('shifts', 'at_once'), 'user_id': user_id},
        )
    with op.batch_alter_table('notice_wishes', schema=None) as batch_op:
        batch_op.drop_column('by_topic')
