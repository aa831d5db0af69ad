"""Codes of entrances, and the number and code by which a resident finds the answer.

All are long enough that guessing is hopeless: 10 of 31 letters are 50 bits, 8 are 40, 12 are 59.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that is taken for another on paper
ENTRANCE_LENGTH, NUMBER_LENGTH, CODE_LENGTH = 12, 10, 8
LONGEST = 40  # characters anybody types for one of them, with dashes and spaces


def new_entrance_code() -> str:
    """What the poster at an entrance leads by."""
    return "".join(secrets.choice(LETTERS) for _ in range(ENTRANCE_LENGTH))


def number_and_code(seed: bytes) -> tuple[str, str]:
    """What a message is found by: the same for the same seed, which must be a secret."""
    rest = int.from_bytes(hashlib.sha256(seed).digest())
    letters = ""
    for _ in range(NUMBER_LENGTH + CODE_LENGTH):
        rest, letter = divmod(rest, len(LETTERS))
        letters += LETTERS[letter]
    return letters[:NUMBER_LENGTH], letters[NUMBER_LENGTH:]


def code_hash(number: str, code: str) -> str:
    """What is kept of a code."""
    return hashlib.sha256(f"{number} {code}".encode()).hexdigest()


def typed(text: str) -> str:
    """A number or code as somebody typed it: full-width, in capitals, with dashes or spaces."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).lower()
    return "".join(letter for letter in plain if letter in LETTERS)


def shown(text: str) -> str:
    """In capitals and in two halves, as one reads it out: K7M29-QXW3F."""
    half = len(text) // 2
    return f"{text[:half]}-{text[half:]}".upper()
