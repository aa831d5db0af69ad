"""The one blueprint of coverage; its views lie in several files."""

from __future__ import annotations

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from portal.coverage.drawing import DrawnPlan
from portal.memo import Memo

MOST_PLANS = 200  # kept drawn; that of a tall tower has 60 kB

bp = Blueprint("coverage", __name__)


@bp.record_once
def prepare(state: BlueprintSetupState) -> None:
    state.app.extensions["coverage.plans"] = Memo[DrawnPlan](most=MOST_PLANS)
