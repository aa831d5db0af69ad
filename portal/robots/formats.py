"""What is said to the robots of WeCom and DingTalk, and what their answers mean.

Both take a JSON text by POST and answer HTTP 200 also when they refuse: what counts is `errcode`.
Each allows 20 messages a minute.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote_plus, urlsplit

KEYWORD = "Bulou"  # begins every message, for robots that take none without a word agreed on
LONGEST_TEXT = 2000  # bytes of UTF-8; WeCom takes 2048
LONGEST_SAID = 200  # characters of an answer that are kept
A_MINUTE = timedelta(minutes=1)
MOST_A_MINUTE = 20
PENALTY = timedelta(minutes=10)  # DingTalk's, for whoever sends more
OK, REDIRECT, BAD, TOO_MANY_REQUESTS, SERVER_FAULT = 200, 300, 400, 429, 500
LOST_BEHIND_A_GATEWAY = frozenset({502, 504})  # whether the robot got it, nobody knows


class Maker(StrEnum):
    """Whose robot it is."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"


class Trouble(StrEnum):
    """Why a message did not go out, or why nobody knows whether it did."""

    FORBIDDEN = "forbidden"  # the address leads into a network of our own
    NO_HOST = "no_host"
    UNREACHABLE = "unreachable"
    SILENT = "silent"  # the line broke or stayed silent after the message had gone out
    REDIRECTED = "redirected"
    HTTP = "http"
    NO_ROBOT = "no_robot"  # what answered is none
    GONE = "gone"
    GUARDED = "guarded"  # keyword, signature or sender not accepted
    TOO_MANY = "too_many"
    REFUSED = "refused"
    UNREADABLE = "unreadable"  # sealed under a key that is no longer known
    INTERRUPTED = "interrupted"


CODES = {
    93000: Trouble.GONE,  # WeCom: no such key, or the robot was taken out of the chat
    45009: Trouble.TOO_MANY,
    310000: Trouble.GUARDED,  # DingTalk, and so on
    300001: Trouble.GONE,
    300005: Trouble.GONE,
    400013: Trouble.GONE,
    400101: Trouble.GONE,
    400102: Trouble.GONE,
    400106: Trouble.GONE,
    130101: Trouble.TOO_MANY,
    410100: Trouble.TOO_MANY,
}
FOR_GOOD = frozenset(
    {Trouble.FORBIDDEN, Trouble.REDIRECTED, Trouble.GONE, Trouble.GUARDED, Trouble.UNREADABLE}
)  # will be the same tomorrow, unless somebody changes the robot
IN_DOUBT = frozenset({Trouble.SILENT, Trouble.INTERRUPTED})  # may have arrived: never sent again


class Verdict(NamedTuple):
    """What became of a message: `trouble` is None when the robot took it; `said` is its answer."""

    trouble: Trouble | None
    said: str = ""
    is_in_doubt: bool = False
    is_for_good: bool = False


def failed(trouble: Trouble, said: str = "") -> Verdict:
    return Verdict(trouble, said, trouble in IN_DOUBT, trouble in FOR_GOOD)


def body(text: str) -> bytes:
    """A message as either robot takes it."""
    return json.dumps({"msgtype": "text", "text": {"content": text}}, ensure_ascii=False).encode()


def signed(maker: Maker, address: str, secret: str, at: datetime) -> str:
    """The address to post to at a moment: DingTalk wants a signature over the hour in it."""
    if maker is not Maker.DINGTALK or not secret:
        return address
    stamp = int(at.timestamp() * 1000)
    mark = hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), "sha256")
    return f"{address}&timestamp={stamp}&sign={quote_plus(base64.b64encode(mark))}"


def judged(status: int, answer: bytes) -> Verdict:
    """What an answer means; only a robot that says errcode 0 has taken the message."""
    if status == OK:
        return _judged_words(answer)
    if REDIRECT <= status < BAD:
        return failed(Trouble.REDIRECTED, str(status))
    verdict = failed(Trouble.TOO_MANY if status == TOO_MANY_REQUESTS else Trouble.HTTP, str(status))
    return verdict._replace(
        is_in_doubt=status in LOST_BEHIND_A_GATEWAY,
        is_for_good=status < SERVER_FAULT and status != TOO_MANY_REQUESTS,
    )


def _judged_words(answer: bytes) -> Verdict:
    try:
        found: Any = json.loads(answer)
    except (ValueError, RecursionError):
        return failed(Trouble.NO_ROBOT)
    code = found.get("errcode") if isinstance(found, dict) else None
    if not isinstance(code, int) or isinstance(code, bool):
        return failed(Trouble.NO_ROBOT)
    if code == 0:
        return Verdict(None)
    return failed(CODES.get(code, Trouble.REFUSED), _readable(code, found.get("errmsg")))


def _readable(code: int, words: Any) -> str:
    """What a robot says of itself, without what no database keeps or no page shows."""
    text = words if isinstance(words, str) else ""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join([str(code), *shown.split()])


def without(said: str, *secrets: str) -> str:
    """What is kept of an answer: its beginning, without the secrets it may repeat.

    Those are the keys in the address and the one signed with; they go before anything is cut, or
    half of one could be left at the end.
    """
    values = [value for secret in secrets for _, value in parse_qsl(urlsplit(secret).query)]
    for value in (*secrets, *values):
        if value:
            said = said.replace(value, "…")
    return said[:LONGEST_SAID]


def free_at(recent: Sequence[float], at: datetime) -> datetime | None:
    """When the next message may go to a robot that got some at `recent`; None: at once.

    What stands in the far future was noted by a clock that has since been set back: it counts no
    more.
    """
    now = at.timestamp()
    last = [moment for moment in recent if abs(now - moment) < A_MINUTE.total_seconds()]
    if len(last) < MOST_A_MINUTE:
        return None
    return at + A_MINUTE - timedelta(seconds=now - sorted(last)[-MOST_A_MINUTE])


def pieces(lines: Iterable[str], *, head: str, foot: str) -> list[tuple[str, int]]:
    """(text, number of its lines): lines put into as few messages as a robot takes."""
    room = LONGEST_TEXT - len(f"{head}\n\n{foot}".encode())
    found: list[list[str]] = []
    left = 0
    for line in lines:
        size = len(line.encode()) + 1
        if not found or size > left:
            found.append([])
            left = room
        found[-1].append(line)
        left -= size
    return [("\n".join(filter(None, (head, *part, foot))), len(part)) for part in found]
