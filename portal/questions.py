"""Statements of the hot pages, put together once and then run by the driver as they are.

SQLAlchemy needs an order of magnitude longer to get such a statement ready than the database to
answer it. Here that work is done at the first use: what is left is to convert the values. All else
stays with SQLAlchemy: the transaction, the turn to write, who hears of a statement, and the errors.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

from flask import g, has_request_context
from sqlalchemy import Connection, Dialect, Engine, Executable
from sqlalchemy.exc import MultipleResultsFound
from sqlalchemy.sql.compiler import ExpandedState, SQLCompiler

from portal.db import db, lent, reworded

Process = Callable[[Any], Any]
MOST_READY = 8


class Question:
    """A statement that is always the same but for its values.

    A value that is a list stands for an `IN` of so many: the statement is made ready once for each
    length up to `MOST_READY`, and left to SQLAlchemy beyond.
    """

    def __init__(self, statement: Executable | Callable[[], Executable]) -> None:
        """`statement` may be a function, for what can only be put together after the start."""
        self._statement = statement
        self._ready: dict[tuple[object, ...], _Ready] = {}

    def all(self, values: Mapping[str, Any]) -> Sequence[Any]:
        """The rows, each a named tuple of the columns asked for."""
        if any(type(value) is list and len(value) > MOST_READY for value in values.values()):
            return db.session.execute(self._made(), values).all()
        return self.unread(values).read()

    def unread(self, values: Mapping[str, Any]) -> Unread:
        """The rows as the driver gives them, to be compared with earlier ones or to be read."""
        return self.asked_on(*_asked(), values)

    def glance(self, values: Mapping[str, Any]) -> Unread:
        """The same outside of this request's transaction, which need not have begun."""
        with lent(db.engine) as driven:
            return self.asked_on(db.engine, driven, values)

    def asked_on(self, bind: Engine | Connection, driven: Any, values: Mapping[str, Any]) -> Unread:
        """The same on a connection of the driver's that a database has lent."""
        ready = self._for(values, bind.dialect)
        with _sent(bind, driven, ready.sql, [ready.parameters(values)]) as cursor:
            return Unread(cursor.fetchall(), ready.row)

    def one(self, values: Mapping[str, Any]) -> Any:
        """The only row of a question that always has one."""
        (row,) = self.all(values)
        return row

    def one_or_none(self, values: Mapping[str, Any]) -> Any:
        """The only row, or None; a second one is a mistake in the statement."""
        rows = self.all(values)
        if len(rows) > 1:
            raise MultipleResultsFound
        return rows[0] if rows else None

    def all_of(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
        """What a statement gives back that writes rows; several are written as one statement."""
        if len(rows) == 1:
            return self.all(rows[0])
        return db.session.execute(self._made(), list(rows)).all()

    def run(self, *rows: Mapping[str, Any]) -> None:
        """Change something, once for each of the values, which have the same names."""
        if rows:
            connection = _connection()
            ready = self._for(rows[0], connection.dialect)
            parameters = [ready.parameters(row) for row in rows]
            with _sent(connection, connection.connection, ready.sql, parameters):
                pass

    def _for(self, values: Mapping[str, Any], dialect: Dialect) -> _Ready:
        key = (dialect.name, *[(n, len(v)) if type(v) is list else n for n, v in values.items()])
        if key not in self._ready:
            self._ready[key] = _make_ready(self._made(), dialect, values)
        return self._ready[key]

    def _made(self) -> Any:
        return self._statement() if callable(self._statement) else self._statement


class Ground(NamedTuple):
    """A question that an answer stands on, how its values are made, and the rows that it had."""

    question: Question
    values: Callable[[], Mapping[str, Any]]
    rows: Sequence[Sequence[Any]]

    def is_firm(self, bind: Engine | Connection, driven: Any) -> bool:
        """Whether the question gets the same rows now."""
        return self.question.asked_on(bind, driven, self.values()).rows == self.rows


def noted(
    question: Question, values: Callable[[], Mapping[str, Any]], *, glance: bool = False
) -> Unread:
    """Ask, and note that the answer to this request stands on it."""
    found = (question.glance if glance else question.unread)(values())
    if has_request_context():
        g.setdefault("grounds", []).append(Ground(question, values, found.rows))
    return found


@contextmanager
def directly(*, for_several: bool = True) -> Iterator[None]:
    """Put all questions meanwhile without the session: for a `with`, or as a decorator of a view.

    For pages that only put questions, and for what need not wait for a turn to write. They are
    answered as of one moment, unless it is a single one and that is not needed; what is asked of
    the session nevertheless is answered as of another.
    """
    with lent(db.engine, for_several=for_several) as driven:
        g.asked = (db.engine, driven)
        try:
            yield
        finally:
            del g.asked


def _asked() -> tuple[Engine | Connection, Any]:
    """Whom the questions of this request are for, and the driver's connection to put them."""
    if "asked" in g:
        return cast("tuple[Engine, Any]", g.asked)
    connection = _connection()
    return connection, connection.connection


def _connection() -> Connection:
    """The connection of this request's transaction; what waits in the session is sent first."""
    session = db.session()
    session.flush()
    return session.connection()


class Unread(NamedTuple):
    """Rows that only the driver has touched: what equals earlier rows need not be read again."""

    rows: Sequence[Sequence[Any]]
    meaning: Callable[[Sequence[Any]], Any]

    def read(self) -> list[Any]:
        """What the rows mean, each a named tuple of the columns asked for."""
        return list(map(self.meaning, self.rows))


@contextmanager
def _sent(
    bind: Engine | Connection, driven: Any, sql: str, parameters: Sequence[Any]
) -> Iterator[Any]:
    """The driver's cursor after a statement; those who listen to `bind` hear of it."""
    many = len(parameters) > 1
    cursor = driven.cursor()
    try:
        for note in bind.dispatch.before_cursor_execute:
            note(bind, cursor, sql, parameters if many else parameters[0], None, many)
        if many:
            cursor.executemany(sql, parameters)
        else:
            cursor.execute(sql, parameters[0])
        yield cursor
    except bind.dialect.loaded_dbapi.Error as error:
        raise reworded(error, bind.dialect, sql, parameters) from error
    finally:
        cursor.close()


class _Ready(NamedTuple):
    """A statement as the driver takes it, and how values get in and out.

    `names` gives the order of the parameters, some of them several times; None for a driver that
    takes them by name.
    """

    sql: str
    slots: list[_Slot]
    names: Sequence[str] | None
    row: Callable[[Sequence[Any]], Any]

    def parameters(self, values: Mapping[str, Any]) -> Any:
        by_name = {slot.name: slot.value(values) for slot in self.slots}
        return by_name if self.names is None else [by_name[name] for name in self.names]


class _Slot(NamedTuple):
    """One parameter of a statement: the value under a key, one of its list, or always the same."""

    name: str
    key: str | None
    number: int | None
    process: Process | None
    fixed: Any

    def value(self, values: Mapping[str, Any]) -> Any:
        if self.key is None:
            return self.fixed
        value = values[self.key] if self.number is None else values[self.key][self.number]
        return self.process(value) if self.process else value


def _make_ready(statement: Any, dialect: Dialect, values: Mapping[str, Any]) -> _Ready:
    compiled = statement.compile(dialect=dialect, column_keys=list(values))
    state = compiled.construct_expanded_state(dict(values), escape_names=False)
    if any(type(values.get(name, [])) is not list for name in state.parameter_expansion):
        raise TypeError("what stands for several values must be a list")
    slots = list(_slots(compiled, state, values, dialect))
    columns = getattr(statement, "exported_columns", ())
    return _Ready(state.statement, slots, state.positiontup, _row(columns, dialect))


def _slots(
    compiled: SQLCompiler, state: ExpandedState, values: Mapping[str, Any], dialect: Dialect
) -> Iterator[_Slot]:
    for bound, name in compiled.bind_names.items():
        process = bound.type.dialect_impl(dialect).bind_processor(dialect)
        several = state.parameter_expansion.get(name)
        for number, single in enumerate([name] if several is None else several):
            if bound.key in values:
                yield _Slot(single, bound.key, number if several else None, process, None)
            else:
                always = state.parameters[single]
                yield _Slot(single, None, None, None, process(always) if process else always)


def _row(columns: Any, dialect: Dialect) -> Callable[[Sequence[Any]], Any]:
    """How a row of the driver becomes a named tuple of what the columns mean."""
    if not columns:
        return tuple
    make: Any = namedtuple("Row", columns.keys(), rename=True)._make  # type: ignore[attr-defined]
    types = [column.type.dialect_impl(dialect) for column in columns]
    processes = [kind.result_processor(dialect, None) for kind in types]
    processors = [(n, process) for n, process in enumerate(processes) if process]
    if not processors:
        return cast("Callable[[Sequence[Any]], Any]", make)

    def row(raw: Sequence[Any]) -> Any:
        worked = list(raw)
        for n, process in processors:
            worked[n] = process(worked[n])
        return make(worked)

    return row
