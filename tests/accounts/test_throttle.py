"""At most ten verifications in any five minutes, by account and by address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from flask import Flask

from portal.accounts import throttle
from portal.accounts.models import Throttle, User
from portal.db import db
from portal.errors import TooManyError
from tests.accounts.conftest import PASSWORD, sign_in
from tests.conftest import browser

NOON = datetime(2026, 4, 12, 12, tzinfo=UTC)


def after(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def allowed(seconds: list[int]) -> list[int]:
    """Which tries at these seconds get through, in one transaction each."""
    passed = []
    for second in seconds:
        try:
            throttle.reserve("account:1", at=after(second))
            db.session.commit()
            passed.append(second)
        except TooManyError:
            db.session.rollback()
    return passed


def test_the_eleventh_try_waits_until_the_first_is_five_minutes_old(english: None) -> None:
    assert allowed(list(range(0, 55, 5))) == list(range(0, 50, 5))
    with pytest.raises(TooManyError, match="wait 5 minutes") as refusal:
        throttle.reserve("account:1", at=after(60))
    db.session.rollback()
    wait = refusal.value.wait
    assert 240 <= wait <= 250
    assert allowed([60 + wait - 1, 60 + wait]) == [60 + wait]


@pytest.mark.parametrize("seed", range(5))
def test_never_more_than_ten_in_any_five_minutes(english: None, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a test's history, not a secret
    passed = allowed(sorted(random.randrange(1500) for _ in range(120)))
    assert len(passed) > 20
    for start in passed:
        assert sum(start <= second < start + throttle.PERIOD for second in passed) <= throttle.LIMIT


def test_a_right_password_gives_its_try_back(english: None) -> None:
    for _ in range(30):
        throttle.give_back(throttle.reserve("account:1", "address:1", at=NOON))
    assert len(allowed([0] * 11)) == 10


def test_old_counts_are_swept_away(english: None) -> None:
    throttle.reserve("account:1", at=NOON)
    throttle.reserve("account:2", at=after(throttle.PERIOD + 2 * throttle.SLICE))
    assert [row.key for row in db.session.query(Throttle)] == ["account:2"]


def test_a_home_has_many_addresses_of_the_new_kind() -> None:
    one, other = "2001:db8:1:2::7", "2001:db8:1:2:ffff::9"
    assert throttle.address_key(one) == throttle.address_key(other)
    assert throttle.address_key(one) != throttle.address_key("2001:db8:1:3::7")
    assert throttle.address_key("10.0.0.1") != throttle.address_key("10.0.0.2")


# Through the pages -------------------------------------------------------------------------------


def test_ten_wrong_passwords_then_429(app: Flask, li: User, verified: list[str]) -> None:
    statuses = [sign_in(browser(app), password="wrong one").status_code for _ in range(12)]
    assert statuses == [422] * 10 + [429] * 2
    assert len(verified) == 10
    refusal = sign_in(browser(app))
    assert refusal.status_code == 429
    assert 0 < int(refusal.headers["Retry-After"]) <= 310
    assert "Please wait" in refusal.text or "请等" in refusal.text


def test_an_address_cannot_try_one_password_on_many_accounts(
    app: Flask, verified: list[str]
) -> None:
    statuses = [
        sign_in(browser(app), phone=f"100000099{n:02d}", password="kettle 1").status_code
        for n in range(11)
    ]
    assert statuses == [422] * 10 + [429]
    assert len(verified) == 10


def test_a_forged_forwarded_address_does_not_move_the_count(
    app: Flask, li: User, verified: list[str]
) -> None:
    for n in range(10):
        sign_in(
            browser(app),
            phone=f"100000099{n:02d}",
            password="wrong one",
            headers={"X-Forwarded-For": f"10.0.0.{n}"},
        )
    assert sign_in(browser(app), headers={"X-Forwarded-For": "10.0.0.99"}).status_code == 429


def test_somebody_signed_in_goes_on_while_the_account_is_under_attack(
    app: Flask, li: User, verified: list[str]
) -> None:
    phone = browser(app, li)
    for n in range(15):
        sign_in(browser(app), password="wrong one", environ_base={"REMOTE_ADDR": f"10.0.0.{n}"})
    assert sign_in(browser(app)).status_code == 429
    assert phone.get("/me").status_code == 200
    data = {"current": PASSWORD, "new": "three other words", "again": "three other words"}
    assert phone.post("/me/password", data=data).status_code == 303


def test_a_clock_set_back_by_three_days_locks_nobody_out(app: Flask) -> None:
    ahead = NOON + timedelta(hours=72)
    for _ in range(throttle.LIMIT):
        throttle.reserve("account:1", at=ahead)
    with pytest.raises(TooManyError):
        throttle.reserve("account:1", at=ahead)
    for _ in range(throttle.LIMIT):
        throttle.reserve("account:1", at=NOON)
    with pytest.raises(TooManyError) as refused:
        throttle.reserve("account:1", at=NOON)
    assert refused.value.wait <= 310
