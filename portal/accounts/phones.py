"""Phone numbers of people: the one spelling kept, and the one shown."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 40  # characters anybody types for one number, with spaces and brackets
# The second digit of a mobile is left open: demonstration data uses ranges no real number has.
_NUMBER = re.compile(r"1\d{10}|0\d{9,11}|[2-9]\d{6,7}", re.ASCII)
_CHINA = re.compile(r"^(?:(?:\+|00)86|86(?=1\d{10}$))", re.ASCII)
_BETWEEN = re.compile(r"[\s.()\u2010-\u2015\u2212\u30fc-]+")
_SHOWN = re.compile(r"(?P<head>.*?)\d{3,4}(?P<tail>\d{4})(?:-\d{1,5})?", re.ASCII)


def normalise(text: str) -> str | None:
    """A phone number as digits alone, without country code; None if it is not one.

    Mobiles have eleven digits, landlines their area code. Full-width digits, spaces, dashes,
    brackets and invisible characters are forgiven; letters and foreign numbers are not.
    """
    if len(text) > LONGEST:
        return None
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(c for c in plain if unicodedata.category(c) != "Cf")
    plain = _BETWEEN.sub("", plain)
    digits, with_country = _CHINA.subn("", plain)
    if with_country and not (digits.startswith("1") and len(digits) == 11):
        digits = f"0{digits.removeprefix('0')}"  # abroad, an area code is dialled without its 0
    return digits if _NUMBER.fullmatch(digits) else None


def mask(phone: str | None) -> str:
    """The number as lists show it, four digits hidden: 138****1234, 027-****5678."""
    if not phone:
        return ""
    if shown := _SHOWN.fullmatch(phone):
        return f"{shown['head']}****{shown['tail']}"
    return "****"
