"""Whose turn it was, place by place and for oneself: the list, the proof, the same as a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from portal.access import Permission, me, requires
from portal.audit.actions import record
from portal.clock import now, today
from portal.errors import RuleError
from portal.files import Cell, FileKind, download
from portal.shifts import own_queries, own_turns, rotation
from portal.shifts import proof_queries as queries
from portal.shifts.blueprint import bp
from portal.shifts.proof_forms import FileForm
from portal.shifts.series_forms import StretchForm
from portal.tower.models import Level, Place
from portal.tower.queries import ancestors, ways
from portal.tower.queries import find as find_place
from portal.tower.words import full_name, place_name
from portal.web import moved, page

MOST_SHOWN, MOST_OF_ONES_OWN = 1000, 100  # turns on one page; it says so, and the file has all


@bp.get("/rota/turns")
@requires(Permission.SEE_ROTA)
def proof_index() -> ResponseReturnValue:
    """Where somebody watches the rota; a choice, if that is several places."""
    tops = queries.tops(me())
    if len(tops) == 1:
        return moved(url_for(".proof_show", place_id=tops[0].id))
    found = ways(tops)
    return page("shifts/proof_index.html", names={p.id: full_name(found[p.id]) for p in tops})


@bp.get("/places/<int:place_id>/turns")
@requires(Permission.SEE_ROTA)
def proof_show(place_id: int) -> ResponseReturnValue:
    """The turns of a place in the days asked for, and how evenly they went round."""
    place = find_place(me(), place_id, Permission.SEE_ROTA)
    way = ancestors(place)
    form = stretch_form(place, request.args)
    if reason := form.why_not():
        form.last.errors = [reason]
        return show_proof(place, way, form, None)
    return show_proof(place, way, form, account_of(place, way, form))


def stretch_form(place: Place, values: MultiDict[str, str]) -> FileForm:
    """The days asked for; without any, all there is to tell, a year at most."""
    first, last = rotation.stretch(place, today())
    asked = {"first": f"{first}", "last": f"{last}", **values.to_dict()}
    return FileForm(MultiDict(asked), meta={"csrf": False})


def account_of(place: Place, way: list[Place], form: StretchForm) -> rotation.Account:
    """A group is measured among the groups of its building, any other place by itself."""
    measured = way[-2] if place.level == Level.GROUP else place
    return rotation.account(place, measured, form.first.data, form.last.data, now())


def show_proof(
    place: Place, way: list[Place], form: FileForm, found: rotation.Account | None
) -> Response:
    lines = rotation.lines(found) if found else []
    return page(
        "shifts/proof.html",
        status=200 if found else 422,
        place=place,
        ways=ways_to(way),
        name=full_name(way),
        form=form,
        lines=lines[-MOST_SHOWN:],
        count=len(lines),
        facts=rotation.facts(found) if found and lines else [],
        by_group=rotation.by_group(found) if found and place.level != Level.GROUP else [],
        runs=me().may(Permission.RUN_SHIFTS, path=place.path),
    )


def ways_to(way: list[Place]) -> list[tuple[str, str]]:
    """The places around a place and itself, those whose turns the person may see."""
    return [
        (place_name(step.level, step.name), url_for(".proof_show", place_id=step.id))
        for step in way
        if me().may(Permission.SEE_ROTA, path=step.path)
    ]


@bp.post("/places/<int:place_id>/turns/file")
@requires(Permission.SEE_ROTA)
def proof_export(place_id: int) -> ResponseReturnValue:
    """The same turns as a file. A POST, because it is noted in the audit chain."""
    place = find_place(me(), place_id, Permission.SEE_ROTA)
    way = ancestors(place)
    form = stretch_form(place, request.form)
    if reason := form.why_not():
        raise RuleError(reason)
    found = account_of(place, way, form)
    record(
        "turns.exported",
        community_id=place.community_id,
        by=me().id,
        subject="place",
        subject_id=place.id,
        details={"kind": form.kind.data, "rows": len(found.shown)},
    )
    kind = FileKind(form.kind.data)
    return as_file(kind, rotation.table(found), str(place.id), full_name(way))


# One's own ---------------------------------------------------------------------------------------


@bp.get("/shifts/mine/turns")
@requires(Permission.TAKE_SHIFTS)
def own_turns_index() -> ResponseReturnValue:
    """Which buildings I have had."""
    turns = queries.turns_of(me().id, now())
    had = own_turns.buildings(turns)
    latest = turns[-MOST_OF_ONES_OWN:]
    return page(
        "shifts/own_turns.html",
        facts=own_turns.facts(had, len(own_queries.homes(me()))),
        buildings=had,
        lines=own_turns.lines(latest),
        count=len(turns),
    )


@bp.get("/shifts/mine/turns/file")
@requires(Permission.TAKE_SHIFTS)
def own_turns_file() -> ResponseReturnValue:
    kind = FileKind.XLSX if request.args.get("kind") == FileKind.XLSX.value else FileKind.CSV
    rows = own_turns.table(queries.turns_of(me().id, now()))
    return as_file(kind, rows, "mine", gettext("My turns"))


def as_file(kind: FileKind, rows: Iterable[Sequence[Cell]], plain: str, named: str) -> Response:
    """The rows are gathered first: their words are in the language of the page."""
    return download(kind, list(rows), plain=f"turns-{plain}", named=named, day=today())
