"""How a community wants its warnings handled: minutes, checklists, fields that are required."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional

from portal.access import Permission, me, requires
from portal.errors import NotFoundError
from portal.once import once
from portal.tasks import warning_queries, warnings
from portal.tasks import warning_words as words
from portal.tasks.blueprint import bp
from portal.tasks.deadlines import STEPS, Minutes
from portal.tasks.steps import FIELDS, Field, Move, Risk
from portal.web import done, page

LISTED = tuple(move for move in Move if move is not Move.BACK)
MOST_LINES = 12
A_DAY = 24 * 60  # minutes; midnight caps every deadline anyway


class WarningRulesForm(FlaskForm):
    """A field of minutes for each risk and step, a text for each move; see `_add_fields`."""

    def minutes(self) -> Minutes:
        return {risk: {step: self[f"{risk}_{step}"].data for step in STEPS} for risk in Risk}

    def checklists(self) -> dict[str, list[str]]:
        """The lines of each move, without empty and repeated ones."""
        return {
            move: list(dict.fromkeys(filter(None, map(str.strip, self._lines(move)))))[:MOST_LINES]
            for move in LISTED
        }

    def required(self) -> dict[str, list[Field]]:
        """The fields of each move that may not stay empty."""
        return {
            move: [field for field in fields if self[f"needs_{move}_{field}"].data]
            for move, fields in FIELDS.items()
        }

    def _lines(self, move: Move) -> list[str]:
        return (self[f"list_{move}"].data or "").splitlines()


def _add_fields() -> None:
    for risk in Risk:
        for step in STEPS:
            label = lazy_gettext(
                "%(risk)s, %(step)s", risk=words.RISKS[risk], step=words.STEPS[step]
            )
            limits = NumberRange(1, A_DAY, message=lazy_gettext("A number from 1 to 1,440."))
            field = IntegerField(label, validators=[Optional(), limits])
            setattr(WarningRulesForm, f"{risk}_{step}", field)
    for move in LISTED:
        field = TextAreaField(words.MOVES[move], validators=[Length(max=1000)])
        setattr(WarningRulesForm, f"list_{move}", field)
    for of_move, fields in FIELDS.items():
        for name in fields:
            setattr(WarningRulesForm, f"needs_{of_move}_{name}", BooleanField(words.FIELDS[name]))


_add_fields()


@bp.get("/warnings/rules/<int:community_id>")
@requires(Permission.SET_TASK_RULES)
def edit_warning_rules(community_id: int) -> ResponseReturnValue:
    _must_rule(community_id)
    minutes = warning_queries.minutes_of(community_id)
    values: dict[str, Any] = {
        f"{risk}_{step}": minutes[risk][step] for risk in Risk for step in STEPS
    }
    for move in LISTED:
        values[f"list_{move}"] = "\n".join(warning_queries.checklist_of(community_id, move))
    for of_move in FIELDS:
        for name in warning_queries.required_of(community_id, of_move):
            values[f"needs_{of_move}_{name}"] = True
    return _rules_page(community_id, WarningRulesForm(data=values))


@bp.post("/warnings/rules/<int:community_id>")
@requires(Permission.SET_TASK_RULES)
@once
def update_warning_rules(community_id: int) -> ResponseReturnValue:
    _must_rule(community_id)
    form = WarningRulesForm()
    if not form.validate_on_submit():
        return _rules_page(community_id, form, status=422)
    warnings.decide_rules(community_id, form.minutes(), form.checklists(), form.required(), by=me())
    url = url_for(".edit_warning_rules", community_id=community_id)
    return done("", otherwise=url, said=gettext("Saved."))


def _must_rule(community_id: int) -> None:
    if not me().may(Permission.SET_TASK_RULES, path=f"/{community_id}/"):
        raise NotFoundError


def _rules_page(community_id: int, form: WarningRulesForm, *, status: int = 200) -> Response:
    return page(
        "tasks/warning_rules.html",
        status=status,
        form=form,
        community_id=community_id,
        risks=list(Risk),
        steps=STEPS,
        listed=LISTED,
        fields=FIELDS,
        words=words,
    )
