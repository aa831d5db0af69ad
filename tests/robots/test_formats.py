"""What is said to robots, how it is signed, and what their answers mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.robots.formats import (
    LONGEST_TEXT,
    MOST_A_MINUTE,
    Maker,
    Trouble,
    free_at,
    judged,
    pieces,
    signed,
    without,
)
from portal.robots.line import is_forbidden, maybe_target
from portal.sealing import Safe, UnreadableError

NOW = datetime(2026, 4, 12, 4, 0, tzinfo=UTC)
DING = "https://oapi.dingtalk.com/robot/send?access_token=abc"


def test_dingtalk_gets_the_signature_its_documents_ask_for() -> None:
    """HMAC-SHA256 of "milliseconds, line end, secret" under the secret, as Base64 in the address.

    Checked against `printf '1775966400000\\nSECtest' | openssl dgst -sha256 -hmac SECtest -binary`.
    """
    found = signed(Maker.DINGTALK, DING, "SECtest", NOW)
    assert found == (
        f"{DING}&timestamp=1775966400000&sign=5SOi9qpmAkyci7gBdwwTLhiCoW1T4Fq%2B3ifPRZMQuCI%3D"
    )
    assert signed(Maker.DINGTALK, DING, "", NOW) == DING
    assert signed(Maker.WECOM, DING, "SECtest", NOW) == DING


@pytest.mark.parametrize(
    ("status", "answer", "trouble", "in_doubt", "for_good"),
    [
        (200, b'{"errcode":0,"errmsg":"ok"}', None, False, False),
        (200, b'{"errcode":93000,"errmsg":"invalid"}', Trouble.GONE, False, True),
        (200, b'{"errcode":310000,"errmsg":"keywords"}', Trouble.GUARDED, False, True),
        (200, b'{"errcode":45009}', Trouble.TOO_MANY, False, False),
        (200, b'{"errcode":-1,"errmsg":"busy"}', Trouble.REFUSED, False, False),
        (200, b'{"errcode":false}', Trouble.NO_ROBOT, False, False),
        (200, b'{"errcode":"0"}', Trouble.NO_ROBOT, False, False),
        (200, b"", Trouble.NO_ROBOT, False, False),
        (200, b"<html>please sign in</html>", Trouble.NO_ROBOT, False, False),
        (200, b'{"errcode":', Trouble.NO_ROBOT, False, False),
        (200, b"[" * 60_000, Trouble.NO_ROBOT, False, False),
        (200, b'{"errcode":' + b"9" * 5000 + b"}", Trouble.NO_ROBOT, False, False),
        (204, b"", Trouble.HTTP, False, True),
        (302, b"", Trouble.REDIRECTED, False, True),
        (404, b'{"errcode":0}', Trouble.HTTP, False, True),
        (429, b"", Trouble.TOO_MANY, False, False),
        (500, b"", Trouble.HTTP, False, False),
        (504, b"", Trouble.HTTP, True, False),
    ],
)
def test_only_a_robot_that_says_so_has_taken_a_message(
    status: int, answer: bytes, trouble: Trouble | None, *, in_doubt: bool, for_good: bool
) -> None:
    found = judged(status, answer)
    assert found[0] is trouble
    assert (found.is_in_doubt, found.is_for_good) == (in_doubt, for_good)


def test_what_no_database_keeps_is_left_out_of_an_answer() -> None:
    answer = rb'{"errcode":7,"errmsg":"a\ud800\u0000b\u202e \n\u4e0d\u6f0f"}'
    assert judged(200, answer).said == "7 a b 不漏"
    assert judged(200, b'{"errcode":7,"errmsg":[[["a"]]]}').said == "7"


def test_an_answer_that_repeats_the_secret_loses_it() -> None:
    assert without("bad token abc, sign SEC1", DING, "SEC1") == "bad token …, sign …"
    long = judged(200, b'{"errcode":7,"errmsg":"' + b"x" * 195 + b' SECRET"}').said
    assert without(long, DING, "SECRET") == f"7 {'x' * 195} …", "not cut in the midst of it"


def test_the_twenty_first_of_a_minute_waits_until_the_first_is_a_minute_old() -> None:
    start = NOW.timestamp() - 50
    recent = [start + n for n in range(MOST_A_MINUTE)]
    assert free_at(recent[1:], NOW) is None
    assert free_at(recent, NOW) == NOW + timedelta(seconds=10)
    assert free_at(recent, NOW + timedelta(seconds=11)) is None


def test_a_clock_set_back_silences_no_robot() -> None:
    recent = [NOW.timestamp()] * MOST_A_MINUTE
    assert free_at(recent, NOW - timedelta(hours=72)) is None


def test_many_lines_become_several_messages_none_too_long() -> None:
    lines = [f"和风苑 {n}栋：3 条新预警" for n in range(300)]
    found = pieces(lines, head="【不漏】", foot="https://portal.example.org")
    assert all(len(text.encode()) <= LONGEST_TEXT for text, _ in found)
    assert sum(count for _, count in found) == 300
    assert all(line in "\n".join(text for text, _ in found) for line in lines)


# Where a robot may be ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.1.2.3", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "::10.0.0.1", "::1.1.1.1", "::ffff:0:10.0.0.1", "64:ff9b:1::a00:1", "64:ff9b:1:ffff::1",
        "fec0::1",
    ],
)  # fmt: skip
def test_addresses_of_our_own_networks_are_forbidden(ip: str) -> None:
    assert is_forbidden(ip)


@pytest.mark.parametrize("ip", ["1.1.1.1", "203.119.0.1", "2400:3200::1", "::ffff:1.1.1.1"])
def test_public_addresses_are_not(ip: str) -> None:
    assert not is_forbidden(ip)


@pytest.mark.parametrize(
    "address",
    [
        "", "qyapi.weixin.qq.com/send", "http://qyapi.weixin.qq.com/send", "ftp://a.b/c",
        "https://", "https://u:p@qyapi.weixin.qq.com/", "https://qyapi.weixin.qq.com:22/",
        "https://127.0.0.1/send", "https://[::1]/send", "https://169.254.169.254/latest",
        "https://a.b/c\r\nX: y", "https://a.b/c d", "https://a.b/#x", "https://a.b:99999/",
        "https://例子.公司/send", "https://[::1/send", "https://a.b/" + "x" * 500,
        "https://" + "a." * 127 + "cn/", "https://[::10.0.0.1]/send",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_robot_is_refused(address: str) -> None:
    assert maybe_target(address, nearby=False) is None


def test_nearby_only_an_installation_that_says_so_is_spoken_to() -> None:
    address = "http://127.0.0.1:8123/send?key=1"
    assert maybe_target(address, nearby=False) is None
    found = maybe_target(address, nearby=True)
    assert found == ("127.0.0.1", 8123, "/send?key=1", False)


# Secrets in the database -------------------------------------------------------------------------


def test_what_is_sealed_opens_under_the_key_and_under_no_other() -> None:
    text = DING * 3 + "不漏"
    first, second = Safe(["a" * 32]), Safe(["b" * 32, "a" * 32])
    sealed = first.seal(text)
    assert "dingtalk" not in sealed
    assert sealed != first.seal(text), "equal secrets do not look equal"
    assert second.open(sealed) == text, "the key was changed, the former one is still known"
    assert second.open(second.seal(text)) == text
    swapped = sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:]
    for wrong in (swapped, sealed[:-4] + "AAA=", sealed[4:], sealed[:16], "", "no Base64!", "不漏"):
        with pytest.raises(UnreadableError):
            first.open(wrong)
    with pytest.raises(UnreadableError):
        first.open(second.seal(text))
