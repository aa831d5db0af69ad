"""The one blueprint of the tasks; its views lie in several files."""

from __future__ import annotations

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from markupsafe import Markup

from portal.memo import Memo
from portal.tasks.drawing import DrawnInbox

MOST_LINES = 10_000  # of lists kept drawn, together; one takes about a kilobyte with what names it

MOST_PEOPLE = 2_000  # whose most urgent lines are kept drawn

bp = Blueprint("tasks", __name__)


@bp.record_once
def prepare(state: BlueprintSetupState) -> None:
    state.app.extensions["tasks.inboxes"] = Memo[DrawnInbox](
        most=MOST_LINES, size=lambda drawn: drawn.shown + 1
    )
    state.app.extensions["tasks.urgent"] = Memo[Markup](most=MOST_PEOPLE)
