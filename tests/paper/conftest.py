"""Chen goes along: in these tests he is out on a shift at both groups of Auntie Zhou's building."""

from __future__ import annotations

import pytest

from portal.accounts.models import User
from tests.conftest import Tower
from tests.shifts.factory import send_out


@pytest.fixture
def chen(chen: User, tower: Tower) -> User:
    send_out(chen, *tower.groups(tower.building))
    return chen
