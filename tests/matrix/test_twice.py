"""Every form sent twice has one effect, and the second answer is like the first (G15)."""

from __future__ import annotations

import io
from typing import Any

import pytest

from portal.access import Permission
from tests.coverage.factory import new_id
from tests.matrix.conftest import Theatre, fingerprint
from tests.matrix.rows import ROWS, Answer, Row
from tests.matrix.stage import Actor

pytestmark = pytest.mark.commits  # all of it happens in one transaction, which is thrown away

UNSAFE = [row for row in ROWS if row.method != "GET"]


@pytest.mark.parametrize("row", UNSAFE, ids=str)
def test_a_double_click_has_one_effect(theatre: Theatre, row: Row) -> None:
    stage = theatre.stage
    actor = _somebody_who_may(theatre, row)
    address = theatre.address(row, actor, stage.own)
    fields = {**theatre.fields(row, stage.own), "form_id": new_id()}
    with theatre.untouched():
        first = theatre.send(actor, address, method=row.method, data=_copy(fields))
        once = fingerprint(theatre.connection)
        second = theatre.send(actor, address, method=row.method, data=_copy(fields))
        twice = fingerprint(theatre.connection)
    assert second.status_code == first.status_code
    assert second.headers.get("Location") == first.headers.get("Location")
    if row.again:
        assert twice != once, "the reason why a second sending counts is out of date"
    else:
        assert twice == once


def test_a_form_on_a_foreign_page_changes_nothing(
    theatre: Theatre, caplog: pytest.LogCaptureFixture
) -> None:
    """And its refusal is logged, without the tokens that some addresses carry."""
    allowed = []
    for row in UNSAFE:
        actor = _somebody_who_may(theatre, row)
        answer = theatre.ask(row, actor, theatre.stage.own, **{"Sec-Fetch-Site": "cross-site"})
        if answer.status_code != 403:
            allowed.append((str(row), answer.status_code))
    assert allowed == []
    assert caplog.text.count("sent from another site") == len(UNSAFE)
    assert theatre.told_by(caplog.text) == []
    assert fingerprint(theatre.connection) == theatre.before


def _somebody_who_may(theatre: Theatre, row: Row) -> Actor:
    """Whoever gets through, the strongest first; where nobody does, whoever is only not let in."""
    own, actors = theatre.stage.own, [a for a in theatre.stage.actors.values() if a.is_known]
    by_answer = {
        answer: [a for a in actors if row.expected(a, own) is answer]
        for answer in (Answer.THROUGH, Answer.HIDDEN)
    }
    known = by_answer[Answer.THROUGH] or by_answer[Answer.HIDDEN]
    return max(known, key=lambda a: sum(a.may(p, own.path) for p in Permission))


def _copy(fields: dict[str, Any]) -> dict[str, Any]:
    """The same fields to send again; sending a file closes it."""
    return {
        name: (io.BytesIO(value[0].getvalue()), value[1]) if isinstance(value, tuple) else value
        for name, value in fields.items()
    }
