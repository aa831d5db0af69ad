"""A phone's queue in pieces of text, as the codes on its screen carry them (static/codes.js).

A piece is BULOU1.<queue>.<number>.<of how many>.<epoch>.<check>.<letters>. where the queue is named
by the CRC-32 of all its letters and the check is that of the piece. Scanners put days, names and
line breaks around what they read, so pieces are looked for.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from dataclasses import dataclass

from flask_babel import gettext

from portal.errors import RuleError

LARGEST = 5_000_000  # bytes of a queue when unpacked: thirty times what a phone has after a month
_PIECE = re.compile(
    r"BULOU1\.(?P<queue>[0-9a-f]{8})\.(?P<number>\d{1,3})\.(?P<of>[1-9]\d{0,2})"
    r"\.(?P<epoch>[0-9a-f]{0,32})\.(?P<check>[0-9a-f]{8})\.(?P<letters>[\w-]+)\.",
    re.ASCII,
)


@dataclass(frozen=True)
class Joined:
    """A queue put together: its text, and the epoch of the database that the phone last knew."""

    text: bytes
    epoch: str


def joined(scanned: str) -> Joined:
    """The queue whose pieces stand in a text, in any order, some perhaps more than once.

    Raises RuleError naming the pieces that are missing or damaged.
    """
    found = [
        m for m in _PIECE.finditer("".join(scanned.split())) if m["check"] == _crc(m["letters"])
    ]
    if not found:
        raise RuleError(gettext("There is no code of a phone's queue in this text."))
    if len({(m["queue"], m["of"]) for m in found}) > 1:
        raise RuleError(gettext("These codes belong to different queues: enter one at a time."))
    pieces = {int(m["number"]): m["letters"] for m in found}
    count = int(found[0]["of"])
    if missing := [n for n in range(1, count + 1) if n not in pieces]:
        raise RuleError(
            gettext(
                "%(here)s of %(count)s codes are here. Missing or damaged: %(missing)s.",
                here=count - len(missing),
                count=count,
                missing=", ".join(map(str, missing)),
            )
        )
    whole = "".join(pieces[n] for n in range(1, count + 1))
    if _crc(whole) != found[0]["queue"]:
        raise _damaged()
    return Joined(_unpacked(whole), found[0]["epoch"])


def _crc(letters: str) -> str:
    return f"{zlib.crc32(letters.encode()):08x}"


def _unpacked(whole: str) -> bytes:
    """The text itself: after z packed (zlib), after j as it is."""
    kind, letters = whole[0], whole[1:]
    try:
        data = base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
        if kind == "j":
            return data
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(data, LARGEST)
    except (binascii.Error, zlib.error) as error:
        raise _damaged() from error
    if kind != "z" or not unpacking.eof:
        raise _damaged()
    return text


def _damaged() -> RuleError:
    return RuleError(gettext("These codes are damaged, or made by a newer version."))
