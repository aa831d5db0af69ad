"""Addresses made plain: remarks off, English words turned, every separator a hyphen."""

from __future__ import annotations

import re

from portal.rosters import cells

_SEPARATORS = re.compile(r"[‐-―−﹣—–_/\\.·•・~、,:;|]+")
_SPACE_AS_HYPHEN = re.compile(r"(?<=[A-Za-z\d]) (?=\d)|(?<=\d) (?=[A-Za-z])")
_SPACE = re.compile(r"(?<![A-Za-z]) | (?![A-Za-z])")
_REMARK_END = re.compile(
    r"(?<=[\d室户房号])-?(整租|合租|出租|租房|租户|租|自住|空置|空房|空|毛坯)$"
)
_PART_IN_BRACKETS = re.compile(r"[(\[【]([^()\[\]【】]*(?:单元|[栋幢座室]|号楼|门栋))[)\]】]")
_IN_BRACKETS = re.compile(r"[(\[【]([^()\[\]【】]*)[)\]】]")
_LETTERS = re.compile(r"[A-Za-z]{2}")
_ENGLISH = (
    (re.compile(r"\b(?:building|bldg|block|blk|tower)\.? ?([a-z]?\d+[a-z]?|[a-z])\b", re.I), "栋"),
    (re.compile(r"\b(?:unit|entrance|staircase|stairs?)\.? ?(\d+|[a-z])\b", re.I), "单元"),
    (re.compile(r"\b(?:floor|level)\.? ?(\d+)\b", re.I), "楼"),
    (re.compile(r"\b(?:room|rm|flat|apartment|apt|door)\.? ?(\d+[a-z]?)\b", re.I), "室"),
)


def without_remarks(text: str) -> tuple[str, bool]:
    """The address without remarks such as `（租）`, and whether one says that nobody lives there.

    Brackets that hold a part of the address (`3栋（2单元）501`) are opened instead.
    """
    if text.startswith("'"):  # typed so that the spreadsheet would not make a date of it
        text = text[1:].strip()
    text = _PART_IN_BRACKETS.sub(r"\1", text)
    bare = cells.without_brackets(text)
    vacant = bare != text and any(map(cells.says_vacant, _IN_BRACKETS.findall(text)))
    bare = bare.strip()
    if match := _REMARK_END.search(bare):
        return bare[: match.start()], vacant or cells.says_vacant(match[1])
    return bare, vacant


def hyphenated(text: str) -> str:
    """English words as Chinese ones, and every separator as one hyphen: `Blk 3, #2` is `3栋-#2`."""
    if _LETTERS.search(text):
        for words, sign in _ENGLISH:
            text = words.sub(rf"\1{sign}", text)
    text = _SPACE_AS_HYPHEN.sub("-", _SEPARATORS.sub("-", text))
    text = re.sub("-{2,}", "-", _SPACE.sub("", text))
    return text.rstrip("-")
