"""Passwords: how they are kept, which are too easy, and how to make one.

Kept with scrypt at N = 2^15, r = 8, p = 3 (32 MiB), one of the equivalent settings of the OWASP
Password Storage Cheat Sheet. One verification takes about 0.2 s, so never hold a lock meanwhile.
"""

from __future__ import annotations

import re
import secrets
import unicodedata

from flask_babel import gettext
from werkzeug import security

from portal.accounts.common_passwords import WORDS, most_used

SHORTEST = 8
LONGEST = 128  # characters; longer ones are refused before any hashing
METHOD = "scrypt:32768:8:3"
NOBODYS = f"{METHOD}${'0' * 16}${'0' * 128}"  # costs as much as any other and fits no password
FEWEST_DIFFERENT = 4  # characters
FEWEST_BESIDES = 4  # characters a password needs besides a name, a number or a common word

_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # no i, l, o, 0, 1: read out, copied by hand
_ROWS = (
    "0123456789012",
    "52013145201314",  # "I love you, for ever", spoken in digits
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
)
_RUNS = _ROWS + tuple(row[::-1] for row in _ROWS)
_SHORTEST_RUN = 3
_REPEATED = re.compile(r"(.{1,4})\1+(.{0,3})")
_DOUBLED = re.compile(r"(.)\1+")
_DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", re.ASCII)
_LEET = str.maketrans("@4301$57", "aaeoisst")


def hash_of(password: str) -> str:
    """What is kept of a password."""
    return security.generate_password_hash(_typed(password), METHOD)


def fits(password: str, kept: str | None) -> bool:
    """Whether a password is the one kept; takes the same work when nothing is kept."""
    same = security.check_password_hash(kept or NOBODYS, _typed(password))
    return same and kept is not None


def made(seed: bytes | None = None) -> str:
    """A new password such as "k7mq-x3wd": forty bits, fit to be read out.

    A `seed` of 32 secret bytes makes the same one each time. One that chance made easy to guess is
    left out for the next, of which a seed holds six.
    """
    number = int.from_bytes(seed or secrets.token_bytes(32))
    while True:
        letters = []
        for _ in range(8):
            number, letter = divmod(number, len(_READABLE))
            letters.append(_READABLE[letter])
        password = f"{''.join(letters[:4])}-{''.join(letters[4:])}"
        if not number or not _is_easy(password, "".join(letters)):
            return password


def why_weak(password: str, *, phone: str, name: str) -> str | None:
    """Why a password cannot be taken, in words; None if it can.

    Length is what counts (ASVS 6.2): no rule about kinds of characters.
    """
    if len(password) < SHORTEST:
        return str(gettext("At least %(count)s characters, please.", count=SHORTEST))
    if len(password) > LONGEST:
        return str(gettext("At most %(count)s characters, please.", count=LONGEST))
    text = _typed(password).casefold()
    letters = _letters(text)
    core = letters if len(letters) >= SHORTEST else text
    if core in phone or _is_built_on(phone, core) or _is_built_on(_own_name(name), letters):
        return str(gettext("Not the phone number or the name, please: others know them."))
    if _is_easy(text, core):
        return str(
            gettext("This one is easy to guess. Three words that do not belong together do well.")
        )
    return None


def _typed(password: str) -> str:
    # A Chinese keyboard may give full-width letters and digits for the same keys.
    return unicodedata.normalize("NFKC", password)


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def _own_name(name: str) -> str:
    return _letters(_typed(name).casefold())


def _is_built_on(known: str, core: str) -> bool:
    """Whether little but what others know is in it."""
    if not known or known not in core:
        return False
    besides = core.replace(known, "", 1)
    return len(besides) < FEWEST_BESIDES or _is_made_of_runs(besides)


def _is_easy(text: str, core: str) -> bool:
    return _is_pattern(core) or _is_common(text, core)


def _is_pattern(core: str) -> bool:
    repeated = _REPEATED.fullmatch(core)
    return (
        len(set(core)) < FEWEST_DIFFERENT
        or bool(repeated and repeated[1].startswith(repeated[2]))
        or bool(_DATE.fullmatch(core))
        or _is_made_of_runs(core)
        or _is_made_of_runs(_DOUBLED.sub(r"\1", core))
    )


def _is_made_of_runs(core: str) -> bool:
    """Whether the whole of it is runs along the digits, the alphabet or the keyboard."""
    ends = {0}  # the positions up to which runs can cover it
    for start in range(len(core)):
        if start not in ends:
            continue
        end = start + _SHORTEST_RUN
        while end <= len(core) and any(core[start:end] in run for run in _RUNS):
            ends.add(end)
            end += 1
    return len(core) in ends


def _is_common(text: str, core: str) -> bool:
    """Whether it is one of the passwords everybody takes, or a common word with few digits."""
    if {text, core, core.translate(_LEET)} & most_used():
        return True
    for spelling in (core, text):
        bare = spelling.strip("0123456789.-_!#*? ")
        if len(core) - len(bare) < 7 and {bare, bare.translate(_LEET)} & WORDS:
            return True
    return False
