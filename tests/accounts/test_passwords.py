"""Which passwords are taken, and how they are kept."""

from __future__ import annotations

import pytest

from portal.accounts import passwords
from portal.accounts.common_passwords import most_used
from tests.accounts.conftest import PASSWORD, kept_password
from tests.conftest import REAL_METHOD, REAL_NOBODYS


def why_weak(password: str) -> str | None:
    return passwords.why_weak(password, phone="13800001234", name="Zhou Mei")


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "今天天气不错啊哈",
        "k7mq-x3wd",
        "zhoumei keeps 3 keys",
        "!@#$%^&*",
        "x" * 64 + PASSWORD,
    ],
)
def test_length_is_what_counts(password: str) -> None:
    assert why_weak(password) is None


@pytest.mark.parametrize("password", ["", "k7mq-x3", "七个字的密码呀"])
def test_seven_characters_are_too_few(password: str) -> None:
    assert "At least 8" in (why_weak(password) or "")


def test_more_than_128_characters_are_refused() -> None:
    assert "At most 128" in (why_weak("kettle " * 20) or "")


@pytest.mark.parametrize(
    "password", ["13800001234", "00001234", "my13800001234", "zhoumei1234", "Zhou Mei!"]
)
def test_the_phone_number_and_the_name_are_known_to_others(password: str) -> None:
    assert "phone number or the name" in (why_weak(password) or "")


@pytest.mark.parametrize(
    "password",
    [
        "12345678",
        "87654321",
        "１２３４５６７８",
        "abc12345",
        "qwer1234",
        "1qaz2wsx",
        "11223344",
        "88888888",
        "abcabcab",
        "我爱你我爱你我爱你",
        "19501203",
        "5201314520",
        "password1",
        "P@ssw0rd123",
        "woaini1314",
        "wuhan2024",
        "louzhang01",
    ],
)
def test_what_guessers_try_first_is_refused(password: str) -> None:
    assert "easy to guess" in (why_weak(password) or "")


def test_a_password_that_is_made_is_taken() -> None:
    made = [passwords.made() for _ in range(200)]
    assert len(set(made)) == 200
    assert [why_weak(password) for password in made] == [None] * 200


def test_one_that_chance_made_easy_to_guess_is_left_out() -> None:
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    first, second = "abcdefgh", "k7mqx3wd"
    number = 1
    for letter in reversed(first + second):
        number = number * len(letters) + letters.index(letter)
    assert why_weak("abcd-efgh") is not None
    assert passwords.made(number.to_bytes(32)) == "k7mq-x3wd"


def test_scrypt_is_at_least_as_costly_as_owasp_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "METHOD", REAL_METHOD)
    kept = passwords.hash_of(PASSWORD)
    assert passwords.fits(PASSWORD, kept)
    for stored in (kept, REAL_NOBODYS):
        method, n, r, p = stored.split("$")[0].split(":")
        assert method == "scrypt"
        assert (int(n), int(r), int(p)) >= (2**15, 8, 3)


def test_only_the_password_kept_fits() -> None:
    assert passwords.fits(PASSWORD, kept_password())
    assert passwords.fits(PASSWORD.replace("k", "ｋ"), kept_password())
    assert not passwords.fits(PASSWORD + " ", kept_password())


def test_nothing_fits_where_nothing_is_kept(verified: list[str]) -> None:
    assert not passwords.fits(PASSWORD, None)
    assert [kept.split("$")[0] for kept in verified] == [passwords.METHOD]


def test_the_passwords_most_often_leaked_are_refused() -> None:
    """ASVS 6.2.4 asks for the 3,000 that the rule about length would let through."""
    long_enough = [word for word in most_used() if len(word) >= passwords.SHORTEST]
    assert len(long_enough) > 3000
    assert [word for word in long_enough if why_weak(word) is None] == []
    assert "easy to guess" in (why_weak("Mustang1") or "") + (why_weak("ｔｒｕｓｔｎｏ１") or "")
