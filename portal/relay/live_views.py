"""The sign of change of an open tree: 204, or that there is something new."""

from __future__ import annotations

from flask import current_app, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from portal.access import public
from portal.clock import now
from portal.live import Board, Seal, Snapshot, Ticket, answer
from portal.relay.blueprint import bp
from portal.relay.mark_queries import marks


@bp.record_once
def prepare(state: BlueprintSetupState) -> None:
    state.app.extensions["relay.seal"] = Seal.of(state.app.config, salt="relay.live")
    state.app.extensions["relay.board"] = Board(marks)


def live_address(community_id: int, bulletin_id: int, path: str) -> str:
    """Where an open page asks whether the tree below a place has changed since it was drawn.

    To be called before the tree is read: what happens in between is then drawn once more, and not
    missed.
    """
    ticket = Ticket(community_id, bulletin_id, (path,))
    seen = Snapshot(marks(community_id, bulletin_id), now()).mark(ticket.paths)
    return url_for(".watch", ticket=_seal().sign(ticket), seen=seen)


@bp.get("/bulletins/live/<ticket>")
@public
def watch(ticket: str) -> ResponseReturnValue:
    board: Board = current_app.extensions["relay.board"]
    return answer(board, _seal(), ticket)


def _seal() -> Seal:
    found: Seal = current_app.extensions["relay.seal"]
    return found
