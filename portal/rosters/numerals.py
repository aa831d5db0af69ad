"""Numbers as people write them: `3`, `03`, `三`, `十一`, `二十`, `五〇一`."""

from __future__ import annotations

_DIGITS = {
    **dict(zip("零一二三四五六七八九", range(10), strict=True)),
    **dict(zip("〇壹贰叁肆伍陆柒捌玖", range(10), strict=True)),
    "两": 2,
}
_SCALES = {"十": 10, "拾": 10, "百": 100}
_TENS = {"廿": 20, "卅": 30}
CHINESE = "".join([*_DIGITS, *_SCALES, *_TENS])
_LONGEST = 6


def whole_number(text: str) -> int | None:
    """The number a short text stands for, or None when it is not a plain whole number.

    >>> whole_number("二十一"), whole_number("五〇一"), whole_number("03"), whole_number("3a")
    (21, 501, 3, None)
    """
    if not 0 < len(text) <= _LONGEST:
        return None
    if text.isascii():
        return int(text) if text.isdigit() else None
    if any(char not in CHINESE for char in text):
        return None
    if all(char in _DIGITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text))
    return _by_place_value(text)


def _by_place_value(text: str) -> int | None:
    """`二十一` is 2 x 10 + 1; a scale of its own counts once, so `十一` is 11."""
    total = 0
    digit: int | None = None
    smallest = 1000
    for char in text:
        if char in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[char]
            continue
        scale = _SCALES.get(char) or _TENS[char]
        if scale >= smallest or (char in _TENS and digit):
            return None
        smallest = scale if char in _SCALES else 10
        total += scale * (1 if digit is None or char in _TENS else digit)
        digit = None
    return total + (digit or 0)
