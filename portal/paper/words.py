"""The words of paper in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import ngettext

from portal.coverage.entries import Fate, Receipt


def entered(receipts: Sequence[Receipt]) -> str:
    """What became of a keyed sheet, each fate with its number."""
    fates = [receipt.fate for receipt in receipts]
    accepted, again = fates.count(Fate.ACCEPTED), fates.count(Fate.DUPLICATE)
    kept = len(fates) - accepted - again
    parts = [ngettext("%(num)s row entered.", "%(num)s rows entered.", accepted)]
    if again:
        parts.append(
            ngettext("%(num)s had been entered before.", "%(num)s had been entered before.", again)
        )
    if kept:
        parts.append(
            ngettext(
                "%(num)s could not be entered and waits for the coordinator.",
                "%(num)s could not be entered and wait for the coordinator.",
                kept,
            )
        )
    return " ".join(map(str, parts))
