"""A question put to the driver as it is gets the answer that SQLAlchemy would give."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError, MultipleResultsFound

from portal.accounts.models import User
from portal.db import db, insert_once, one_of, table_of
from portal.questions import MOST_READY, Question
from tests.conftest import counted_queries

USER = table_of(User).c
BY_NAME = Question(
    select(USER.name, USER.disabled_at, USER.large_text)
    .where(USER.name.in_(bindparam("names", expanding=True)))
    .order_by(USER.name)
)
BLOCK = Question(update(table_of(User)).where(USER.name == bindparam("who")).values(locale="en"))
AT = datetime(2026, 4, 12, 10, 30, 0, 123, tzinfo=UTC)


def person(name: str, phone: str) -> dict[str, object]:
    return {"name": name, "phone": phone, "locale": "zh", "large_text": False, "created_at": AT}


@pytest.fixture(autouse=True)
def _two(app: object) -> None:
    db.session.add_all([User(**person("Lin", "1")), User(**person("Zhou", "2"))])
    db.session.flush()


def test_the_rows_have_the_names_and_the_types_of_the_columns() -> None:
    BLOCK.run({"who": "Lin", "disabled_at": AT})

    lin, zhou = BY_NAME.all({"names": ["Zhou", "Lin"]})
    assert (lin.name, lin.disabled_at, lin.large_text) == ("Lin", AT, False)
    assert zhou.disabled_at is None


def test_a_list_may_have_any_length() -> None:
    many = [f"nobody {number}" for number in range(MOST_READY)]
    for names in ([], ["Lin"], ["Lin", "Zhou"], [*many, "Lin"]):
        found = [row.name for row in BY_NAME.all({"names": names})]
        assert found == [name for name in names if name in {"Lin", "Zhou"}]


def test_any_amount_of_numbers_is_asked_for_by_one_statement() -> None:
    lin, zhou = (user.id for user in db.session.scalars(select(User).order_by(User.name)))
    by_id = Question(select(USER.name).where(one_of(USER.id, "ids")).order_by(USER.name))
    many = range(10_000_000, 10_001_000)

    def found(*ids: int) -> list[str]:
        return [row.name for row in by_id.all({"ids": ids})]

    with counted_queries() as seen:
        assert found() == []
        assert found(lin) == ["Lin"]
        assert found(*many, zhou, lin) == ["Lin", "Zhou"]
    assert len(set(seen)) == 1
    assert "= 1" not in seen[0], "SQLite would then look through the whole table"


def test_rows_nobody_has_read_equal_the_same_rows_and_can_be_read() -> None:
    values = {"names": ["Lin"]}
    first, again = BY_NAME.unread(values), BY_NAME.unread(values)
    assert first.rows == again.rows
    assert first.read() == BY_NAME.all(values)

    BLOCK.run({"who": "Lin", "disabled_at": AT})
    assert BY_NAME.unread(values).rows != first.rows


def test_a_change_runs_once_for_each_of_its_values() -> None:
    BLOCK.run({"who": "Lin", "disabled_at": AT}, {"who": "Zhou", "disabled_at": AT})
    BLOCK.run()

    assert {user.disabled_at for user in db.session.scalars(select(User))} == {AT}


def test_two_rows_where_one_was_expected_are_a_mistake() -> None:
    assert BY_NAME.one_or_none({"names": ["Wu"]}) is None
    assert BY_NAME.one({"names": ["Lin"]}).name == "Lin"
    with pytest.raises(MultipleResultsFound):
        BY_NAME.one_or_none({"names": ["Lin", "Zhou"]})


def test_a_statement_of_this_database_is_made_at_its_first_use() -> None:
    new = Question(lambda: insert_once(table_of(User)).returning(USER.name))
    known, unknown = person("Lin again", "1"), person("Wu", "3")

    assert new.all_of([known]) == []
    assert [row.name for row in new.all_of([unknown])] == ["Wu"]
    both = [person("Chen", "4"), person("Wu again", "3")]
    assert [row.name for row in new.all_of(both)] == ["Chen"]


def test_who_counts_statements_counts_these_and_errors_are_those_of_sqlalchemy() -> None:
    number = Question(update(table_of(User)).where(USER.name == bindparam("who")))
    with counted_queries() as seen:
        BY_NAME.all({"names": ["Lin"]})
    assert len(seen) == 1
    with pytest.raises(IntegrityError):
        number.run({"who": "Lin", "phone": "2"})
    db.session.rollback()


def test_several_values_must_be_a_list_and_errors_do_not_tell_values() -> None:
    with pytest.raises(TypeError):
        BY_NAME.all({"names": ("Lin", "Zhou")})
    number = Question(update(table_of(User)).where(USER.name == bindparam("who")))
    with pytest.raises(IntegrityError) as failed:
        number.run({"who": "Lin", "phone": "2"})
    assert "Lin" not in str(failed.value)
    db.session.rollback()
