"""What phones say to the server by themselves: who is signed in here, and the visits they queued.

Answers are JSON. A phone forgets a visit only when such an answer names its id beside the epoch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf

from portal.access import me, signed_in
from portal.clock import now
from portal.coverage import epochs, posted, words
from portal.coverage.blueprint import bp
from portal.coverage.entries import Fate, Receipt
from portal.coverage.hints import Report, more_waits
from portal.coverage.line import Line
from portal.coverage.posted import Posted
from portal.coverage.states import Kind
from portal.coverage.sync import MOST_VISITS, Clocks, enter_batch

line = Line()  # of this worker


@bp.get("/sync")
@signed_in
def sync() -> ResponseReturnValue:
    """Who is signed in, and the token for the visits: a page kept on a phone has an old one."""
    epoch = epochs.maybe_present()
    return jsonify(user=me().id, epoch=epoch, csrf_token=generate_csrf(), most=MOST_VISITS)


@bp.post("/sync/visits")
@signed_in  # whoever has lost every duty meanwhile is heard as well: each visit gets its fate
def create_synced() -> ResponseReturnValue:
    """Enter what a phone has queued, or say when to come again."""
    if not line.room.acquire(blocking=False):
        busy = _refusal(503, gettext("Others are sending: try again in a moment."))
        busy.headers["Retry-After"] = str(line.come_again())
        return busy
    try:
        with line.turn():
            return _enter_posted()
    finally:
        line.room.release()


def _enter_posted() -> Response:
    body = _body()
    visits = body.get("visits") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(visits, list):
        return _refusal(400, gettext("The request was not complete."))
    if len(visits) > MOST_VISITS:
        text = gettext("At most %(most)s visits at once.", most=MOST_VISITS)
        return _refusal(413, text, most=MOST_VISITS)
    if body.get("user") != me().id:
        return _refusal(409, gettext("These visits belong to somebody else."))
    clocks = Clocks(sent=posted.moment_sent(body.get("sent_at")), received=now())
    batch = [posted.read(raw) for raw in visits]
    receipts = enter_batch(me(), batch, clocks)
    word = words.cell_words()
    fates = [_fate(receipt, word) for receipt in receipts]
    name = str(body.get("batch", ""))[:36]  # so that no older answer can be taken for this one
    return jsonify(
        epoch=epochs.present(),
        user=me().id,
        batch=name,
        at=words.milliseconds(clocks.received),
        visits=fates,
        more=more_waits(_new(batch, receipts)),
    )


def _body() -> Any:
    """What was sent, as far as it is JSON; brackets nested without end are none."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def _new(batch: Sequence[Posted], receipts: Sequence[Receipt]) -> Iterator[Report]:
    """The visits that were not known before: of the others the plan has said what else there is."""
    for one, receipt in zip(batch, receipts, strict=True):
        if one.entry and one.entry.kind is Kind.VISIT and receipt.fate is Fate.ACCEPTED:
            yield Report(one.round_id, one.entry.dwelling_id, receipt.uuid)


def _fate(receipt: Receipt, word: Any) -> dict[str, object]:
    """The answer to one visit; the door as it stands where that is known."""
    told: dict[str, object] = {"id": receipt.uuid, "fate": receipt.fate.value}
    if receipt.standing:
        state = receipt.standing
        told["state"] = state.state.value
        told["word"] = word(state.state, state.attempts, state.remaining)
    if said := words.fate(receipt):
        told["words"] = said
    return told


def _refusal(status: int, text: str, **more: object) -> Response:
    response = jsonify(error=text, **more)
    response.status_code = status
    return response
