"""The tree of a bulletin, the list behind each of its numbers, and both as a file."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal import files
from portal.access import Permission, me, requires
from portal.accounts import queries as accounts
from portal.accounts.place_queries import labels
from portal.clock import now, today
from portal.dates import moment
from portal.errors import NotFoundError
from portal.once import once
from portal.relay import actions, keeping, queries, words
from portal.relay.blueprint import bp
from portal.relay.board import Board, board_of
from portal.relay.chain import LAST, Node, State
from portal.relay.forms import EndForm
from portal.relay.live_views import live_address
from portal.relay.models import Audience, Bulletin
from portal.tower import queries as tower
from portal.tower.words import place_name
from portal.web import done, page

MOST_STUCK = 10  # on the page of the tree; the list has all
OPEN = ("missing", "overdue")  # asked for like a state, but made of several


@dataclass(frozen=True)
class Sight:
    """What somebody looks at: a bulletin, one of its audiences, a place within their reach."""

    bulletin: Bulletin
    audience: Audience
    path: str
    parts: tuple[str, ...]

    @property
    def args(self) -> dict[str, Any]:
        """What names it in an address."""
        return {
            "bulletin_id": self.bulletin.id,
            "audience": self.audience.value,
            "place": self.place_id,
        }

    @property
    def place_id(self) -> int:
        return int(self.path.strip("/").rpartition("/")[2])

    def board(self) -> Board:
        return board_of(self.bulletin, self.audience, self.path, at=now())


def _sight(bulletin_id: int) -> Sight:
    """What the address asks for: by default the first audience, all of one's part of the way."""
    bulletin = queries.find(me(), bulletin_id)
    audience = request.values.get("audience", bulletin.audiences[0])
    if audience not in bulletin.audiences:
        abort(400)
    parts = me().parts(Permission.SEE_BULLETINS, bulletin.path)
    text = request.values.get("place", "")
    if not text:
        return Sight(bulletin, Audience(audience), parts[0], parts)
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        abort(400)
    path = tower.find(me(), int(text), Permission.SEE_BULLETINS).path
    if not path.startswith(bulletin.path):
        raise NotFoundError
    return Sight(bulletin, Audience(audience), path, parts)


# The tree ----------------------------------------------------------------------------------------


@bp.get("/bulletins/<int:bulletin_id>")
@requires(Permission.SEE_BULLETINS)
def show(bulletin_id: int) -> ResponseReturnValue:
    """How far a bulletin has come below a place, and exactly where it stopped."""
    return tree_page(_sight(bulletin_id))


def tree_page(sight: Sight, *, ending: EndForm | None = None, status: int = 200) -> Response:
    bulletin = sight.bulletin
    address = live_address(bulletin.community_id, bulletin.id, sight.path)
    board = sight.board()
    settings = tower.settings_of(bulletin.community_id)
    top = board.tops[0] if board.tops else None
    people = accounts.names({bulletin.issued_by, bulletin.ended_by or bulletin.issued_by})
    shown = board.stuck[:MOST_STUCK]
    names = labels({sight.path, *sight.parts, *(board.rows[n.stop.id].path for n in shown)})
    return page(
        "relay/show.html",
        fragment="relay/_news.html",
        status=status,
        live=address,
        sight=sight,
        bulletin=bulletin,
        board=board,
        top=top,
        lines=board.below(top) if top else [],
        stuck=shown,
        names=names,
        name_of=lambda node: _name(board, node),
        full_name_of=lambda node: _full_name(board, node, names),
        levels=[
            (number, words.level(settings, sight.audience, number))
            for number in range(bulletin.way.top, LAST + 1)
            if board.whole.of(level=number)
        ],
        crumbs_here=_crumbs(sight, board),
        people=people,
        corrected_by=queries.maybe_correction_of(bulletin.id),
        text=words.text_to_copy(bulletin),
        may_run=bulletin.is_open and me().may(Permission.ISSUE_BULLETINS, path=bulletin.path),
        may_relay=bulletin.is_open and me().may(Permission.RELAY_BULLETINS, path=sight.path),
        ending=ending or EndForm(formdata=None),
        audiences=[Audience(word) for word in bulletin.audiences],
        words=words,
        State=State,
        at=now(),
        LAST=LAST,
    )


def _name(board: Board, node: Node) -> str:
    """A stop as the tree calls it: an addressee, or a place by its own name."""
    row = board.rows[node.stop.id]
    return row.addressee or place_name(node.stop.level, row.place)


def _full_name(board: Board, node: Node, names: dict[str, str]) -> str:
    """The same for a list in which places of many buildings stand."""
    row = board.rows[node.stop.id]
    return f"{names[row.path]} · {row.addressee}" if row.addressee else names[row.path]


def _crumbs(sight: Sight, board: Board) -> list[tuple[str, str]]:
    """From the list of bulletins down to the place, as far as the one who looks may look."""
    steps = [(gettext("Bulletins"), url_for(".index"))]
    for row in board.rows.values():
        is_above = row.addressee is None and sight.path.startswith(row.path)
        if is_above and me().may(Permission.SEE_BULLETINS, path=row.path):
            to = url_for(".show", **{**sight.args, "place": row.place_id})
            steps.append((place_name(row.level, row.place), to))
    return steps


@bp.post("/bulletins/<int:bulletin_id>/reminders")
@requires(Permission.RELAY_BULLETINS)
@once
def create_reminder(bulletin_id: int) -> ResponseReturnValue:
    """Ask those below who have it and have not relayed it."""
    sight = _sight(bulletin_id)
    if not me().may(Permission.RELAY_BULLETINS, path=sight.path):
        raise NotFoundError
    count = actions.remind(sight.bulletin, sight.path, by=me())
    said = ngettext("%(num)s person is reminded.", "%(num)s people are reminded.", count)
    if not count:
        said = gettext("Everybody concerned has been reminded once already.")
    return done("", otherwise=url_for(".show", **sight.args), said=said)


# The list behind every number --------------------------------------------------------------------


@bp.get("/bulletins/<int:bulletin_id>/stops")
@requires(Permission.SEE_BULLETINS)
def stops(bulletin_id: int) -> ResponseReturnValue:
    """The stops of a level, of a state, or of both."""
    sight = _sight(bulletin_id)
    level, state = _asked_level(), _asked_state()
    board = sight.board()
    found = _chosen(board, level, state)
    names = labels({sight.path, *(board.rows[node.stop.id].path for node in found)})
    settings = tower.settings_of(sight.bulletin.community_id)
    return page(
        "relay/stops.html",
        sight=sight,
        bulletin=sight.bulletin,
        board=board,
        found=found,
        level=level,
        state=state,
        levels=[
            (str(number), words.level(settings, sight.audience, number))
            for number in range(sight.bulletin.way.top, LAST + 1)
        ],
        states=[*_open_states(), *((s.value, str(word)) for s, word in words.STATES.items())],
        full_name_of=lambda node: _full_name(board, node, names),
        crumbs_here=_crumbs(sight, board),
        place=names[sight.path],
        may_relay=sight.bulletin.is_open and me().may(Permission.RELAY_BULLETINS, path=sight.path),
        words=words,
        State=State,
        at=now(),
    )


def _open_states() -> list[tuple[str, str]]:
    return [("missing", gettext("Still missing")), ("overdue", gettext("Overdue"))]


def _chosen(board: Board, level: int | None, state: str) -> list[Node]:
    """The stops a list is about, in the order of the tower."""
    return board.in_reading_order(
        node
        for node in board.here
        if level in {None, node.stop.level}
        and (
            not state
            or node.state == state
            or (state == "overdue" and node.is_overdue)
            or (state == "missing" and node.state is not State.RELAYED)
        )
    )


def _asked_level() -> int | None:
    text = request.values.get("level", "")
    if text and text not in {"1", "2", "3", "4"}:
        abort(400)
    return int(text) if text else None


def _asked_state() -> str:
    text = request.values.get("state", "")
    if text and text not in {*OPEN, *State}:
        abort(400)
    return text


@bp.post("/bulletins/<int:bulletin_id>/exports")
@requires(Permission.SEE_BULLETINS)
def create_export(bulletin_id: int) -> ResponseReturnValue:
    """The same list as a file. A POST, because it is noted in the audit chain."""
    sight = _sight(bulletin_id)
    kind = files.kind_asked(request.form.get("kind"))
    board = sight.board()
    found = _chosen(board, _asked_level(), _asked_state())
    names = labels(board.rows[node.stop.id].path for node in found)
    settings = tower.settings_of(sight.bulletin.community_id)
    level_names = [words.level(settings, sight.audience, n) for n in range(1, LAST + 1)]
    rows = chain([_heading()], [_cells(board, node, names, level_names) for node in found])
    keeping.record_export(sight.bulletin, kind=kind.value, rows=len(found), by=me())
    plain, named = f"bulletin-{sight.bulletin.id}", sight.bulletin.title
    return files.download(kind, rows, plain=plain, named=named, day=today())


def _heading() -> list[files.Cell]:
    return [
        gettext("Place"),
        gettext("Level"),
        gettext("State"),
        gettext("Has it since"),
        gettext("Due"),
        gettext("Overdue"),
        gettext("Who is to relay"),
        gettext("Relayed by"),
        gettext("Relayed at"),
        gettext("On behalf"),
    ]


def _cells(
    board: Board, node: Node, names: dict[str, str], level_names: list[str]
) -> list[files.Cell]:
    row, yes = board.rows[node.stop.id], gettext("yes")
    return [
        _full_name(board, node, names),
        level_names[node.stop.level - 1],
        str(words.STATES[node.state]),
        moment(node.since) if node.since else "",
        moment(board.bulletin.way.due(node.stop.level)),
        yes if node.is_overdue else "",
        gettext(", ").join(board.people(node).values()),
        row.relayed_by or "",
        moment(row.relayed_at) if row.relayed_at else "",
        yes if row.on_behalf else "",
    ]
