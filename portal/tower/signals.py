"""What the tower tells the features above it, within the transaction in which it happens."""

from __future__ import annotations

from blinker import Signal

# Sent with buildings (Places) of one community after dwellings got other groups, order or company.
dwellings_moved = Signal()
# Sent with a list of rows (community_id, path, estate_id, building_id, group_id) of new groups.
groups_made = Signal()
# Sent with a list of group ids after their last dwellings left; such a group never comes back.
groups_retired = Signal()
