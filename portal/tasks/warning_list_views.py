"""The list of warnings, the figures behind which it stands, and the list as a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Row

from portal import files
from portal.access import Permission, me, requires
from portal.clock import local, now, today
from portal.tasks import warning_figures, warning_queries, warnings
from portal.tasks import warning_words as words
from portal.tasks.blueprint import bp
from portal.tasks.fates import Fate
from portal.tasks.steps import Risk, Step
from portal.tasks.warning_queries import Search
from portal.tasks.where import Door, Names
from portal.tasks.words import due_words
from portal.web import page

MOST_DAYS = 3650
DAYS = (30, 90, 365)  # what the figures offer
ASKED = ("open", "risk", "step", "late", "fate", "later", "days")  # the order of an address


@bp.get("/warnings")
@requires(Permission.SEE_WARNINGS)
def warning_index() -> ResponseReturnValue:
    """The warnings of one's area: the open ones, or those behind a figure."""
    at, search = now(), _search()
    rows = warning_queries.listed(me(), search, at)
    return page(
        "tasks/warnings.html",
        rows=_named(rows),
        count=warning_queries.count(me(), search, at),
        is_filtered=bool(request.args),
        asked={name: request.args[name] for name in ASKED if name in request.args},
        filters=words.search_words(search, days=_days()),
        words=words,
        at=at,
        due_words=due_words,
    )


@bp.get("/warnings/figures")
@requires(Permission.SEE_WARNINGS)
def figures() -> ResponseReturnValue:
    """On time by step and risk, and whether money went after all; each number is a link."""
    at, days = now(), _days()
    since = at - timedelta(days=days) if days else None

    def behind(**asked: Any) -> str:
        """The address of the list behind a number."""
        return url_for(".warning_index", **asked, **({"days": days} if days else {}))  # type: ignore[arg-type]

    return page(
        "tasks/figures.html",
        figures=warning_figures.figures(me(), at, since=since),
        behind=behind,
        days=days,
        offered=DAYS,
        Fate=Fate,
        words=words,
    )


@bp.post("/warnings/exports")
@requires(Permission.SEE_WARNINGS)
def create_warning_export() -> ResponseReturnValue:
    """The same list as a file, without what the police know. A POST: it is noted in the trail."""
    kind, at = files.kind_asked(request.form.get("kind")), now()
    rows = _named(warning_queries.listed(me(), _search(), at, most=None))
    table = list(_table(rows))  # now: after the commit the rows can no longer be read
    counts = Counter(row.Warning.community_id for row, _ in rows)
    warnings.record_export(kind=kind.value, counts=counts, by=me())
    named = gettext("Police warnings")
    return files.download(kind, table, plain="warnings", named=named, day=today())


def _named(rows: Sequence[Row[Any]]) -> list[tuple[Row[Any], str]]:
    """The rows, each with its place in words."""
    names = Names((row.Warning.path, _door(row.unit, row.room)) for row in rows)
    return [(row, names.of(row.Warning.path, _door(row.unit, row.room))) for row in rows]


def _door(unit: str | None, room: str | None) -> Door | None:
    return (unit or "", room) if room else None


def _table(rows: Sequence[tuple[Row[Any], str]]) -> Iterator[list[files.Cell]]:
    yield [
        gettext("Number"),
        gettext("Risk"),
        gettext("Place"),
        gettext("Step"),
        gettext("Came"),
        gettext("Next due"),
        gettext("Who goes"),
        gettext("Result"),
        gettext("Money went"),
    ]
    for row, where in rows:
        found = row.Warning
        yield [
            found.id,
            str(words.RISKS[found.risk]),
            where,
            str(words.STEPS[found.step]),
            _clock(found.received_at),
            _clock(found.due_at),
            row.visitor or "",
            str(words.RESULTS[found.result]) if found.result else "",
            _clock(found.lost_at),
        ]


def _clock(at: datetime | None) -> str:
    """A moment by the clocks here, as spreadsheets sort it."""
    return f"{local(at):%Y-%m-%d %H:%M}" if at else ""


def _search() -> Search:
    """What the address or the form asks for; 400 for what no link of ours says."""
    asked = {name: request.values.get(name, "") for name in ASKED}
    is_known = (
        asked["risk"] in {"", *Risk}
        and asked["step"] in {"", *Step}
        and asked["fate"] in {"", *Fate}
        and {asked["late"], asked["open"], asked["later"]} <= {"", "0", "1"}
    )
    if not is_known:
        abort(400)
    days = _days()
    return Search(
        open=asked["open"] == "1" or not any(asked.values()),
        risk=Risk(asked["risk"]) if asked["risk"] else None,
        step=Step(asked["step"]) if asked["step"] else None,
        late=asked["late"] == "1" if asked["late"] else None,
        fate=Fate(asked["fate"]) if asked["fate"] else None,
        lost_later=asked["later"] == "1",
        since=now() - timedelta(days=days) if days else None,
    )


def _days() -> int | None:
    """How far back one looks; None for ever."""
    text = request.values.get("days", "")
    if not text:
        return None
    is_short = text.isascii() and text.isdigit() and len(text) < 5
    if not is_short or not 0 < int(text) < MOST_DAYS:
        abort(400)
    return int(text)
