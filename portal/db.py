"""The database: engine rules of both dialects, the session, the base of every model.

Everything that SQLite and PostgreSQL do differently is in this file and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Response, g, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Insert,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    event,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from portal.turns import BusyError as BusyError
from portal.turns import Queue

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CONNECTS_IN = 3  # seconds; with two silences of `portal.stalls` a request ends within ten
FIRST_SAFE_WAL = (3, 51, 3)  # older libraries may lose committed rows in WAL (reliability.md, G3)
SAFE_WAL_BRANCHES = {(3, 50): 7, (3, 44): 6}

writes: ContextVar[bool] = ContextVar("writes", default=True)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base, disable_autonaming=True)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


# Types and table options -----------------------------------------------------------------------

BigId = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers rows only in INTEGER keys
PathText = String(200).with_variant(String(200, collation="C"), "postgresql")  # ranges by byte
CLUSTERED = {"sqlite_with_rowid": False}  # rows stored in key order: a roll-up reads one range


def only_where(condition: str) -> dict[str, Any]:
    """Options of an index over the few rows for which a condition holds."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def word(kind: type[StrEnum], length: int = 20) -> Enum:
    """A column that holds one word of a closed list, read back as that word's member."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=length,
        values_callable=lambda members: [member.value for member in members],
    )


class Moment(TypeDecorator[datetime]):
    """An aware UTC moment; SQLite keeps it without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """One call a value, as below; the text that SQLite keeps has always microseconds."""
        return _moment_as_text if dialect.name == "sqlite" else _moment_in_utc

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None]:
        """One call a value, where `process_result_value` would take three: lists have thousands."""
        return _moment_from_text if dialect.name == "sqlite" else _moment_in_utc


def _moment_as_text(value: datetime | None) -> str | None:
    at = _moment_in_utc(value)
    return at.replace(tzinfo=None).isoformat(" ", "microseconds") if at else None


def _moment_from_text(text: str | None) -> datetime | None:
    return datetime.fromisoformat(f"{text}+00:00") if text else None


def _moment_in_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return value.astimezone(UTC)


class _Numbers(TypeDecorator[Collection[int]]):
    """Any amount of whole numbers as one value."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        on_postgres = dialect.name == "postgresql"
        return dialect.type_descriptor(postgresql.ARRAY(BigInteger) if on_postgres else String())

    def process_bind_param(self, value: Collection[int] | None, dialect: Dialect) -> Any:
        numbers = list(value or ())
        return numbers if dialect.name == "postgresql" else json.dumps(numbers)


# Statements ------------------------------------------------------------------------------------


class _OneOf(FunctionElement[bool]):
    """A column and the numbers it may have."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> _OneOf:
        """Without it SQLAlchemy asks SQLite whether this equals 1, and no index is used."""
        return self


@compiles(_OneOf, "sqlite")
def _one_of_on_sqlite(element: _OneOf, compiler: Any, **kw: Any) -> str:
    column, numbers = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({numbers}))"  # noqa: S608 - compiled clauses


@compiles(_OneOf, "postgresql")
def _one_of_on_postgres(element: _OneOf, compiler: Any, **kw: Any) -> str:
    column, numbers = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} = ANY({numbers})"


def one_of(column: Any, name: str) -> ColumnElement[bool]:
    """`IN` for a statement that is built once, to be run with any amount of numbers under a name.

    They travel as one value, so the statement is the same for three of them and for three hundred.
    """
    return _OneOf(column, bindparam(name, type_=_Numbers()))


def insert_once(table: Table) -> Any:
    """An INSERT that leaves an existing row alone (`RETURNING` then gives nothing)."""
    return _insert(table).on_conflict_do_nothing()


def insert_or_update(
    table: Table, *, key: Sequence[str], row: Mapping[str, object], change: Mapping[str, object]
) -> Any:
    """An INSERT that changes the row with the same key instead; `change` may use its columns."""
    return _insert(table).values(**row).on_conflict_do_update(index_elements=key, set_=change)


def _insert(table: Table) -> Any:
    on_sqlite = db.session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(table) if on_sqlite else postgresql.insert(table)


def table_of(model: type[Base]) -> Table:
    """The table of a model, for statements that need no objects."""
    return cast("Table", model.__table__)


def reserve_ids(table: Table, count: int) -> range | list[int]:
    """Numbers for `count` rows about to be written in bulk, so that they can name each other."""
    if db.session.get_bind().dialect.name == "sqlite":
        first = 1 + (db.session.scalar(select(func.max(table.c.id))) or 0)
        return range(first, first + count)  # nobody else writes meanwhile: BEGIN IMMEDIATE
    ids = db.session.scalars(
        text("select nextval(pg_get_serial_sequence(:name, 'id')) from generate_series(1, :n)"),
        {"name": table.name, "n": count},
    )
    return list(ids)


def one_at_a_time(key: int, *, among: Iterable[int] = ()) -> None:
    """Hold a named lock until the end of the transaction (SQLite writers queue anyway).

    Of `among` it takes a part first: many may have one, but nobody while another holds it alone.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        parts = map(func.pg_advisory_xact_lock_shared, sorted(among))
        db.session.execute(select(*parts, func.pg_advisory_xact_lock(key)))


def insert_many(table: Table, rows: Sequence[Mapping[str, object]], *, at_once: int = 5000) -> None:
    """Write many rows with flat memory."""
    statement: Insert = table.insert()
    for start in range(0, len(rows), at_once):
        db.session.execute(statement, list(rows[start : start + at_once]))


def count_anew(*tables: Table) -> None:
    """Tell PostgreSQL that much has just been written; SQLite plans without counting.

    Until it counts by itself, a minute later, it plans for empty tables: it then reads a whole
    round for one estate, and takes minutes to open one.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        for table in tables:
            db.session.execute(text(f"ANALYZE {table.name}"))


# One request, one transaction --------------------------------------------------------------------


def init_app(app: Flask) -> None:
    app.config.setdefault(
        "SQLALCHEMY_ENGINE_OPTIONS", engine_options(str(app.config["SQLALCHEMY_DATABASE_URI"]))
    )
    db.init_app(app)
    with app.app_context():
        tune(db.engine)
    app.before_request(_only_read)
    app.after_request(commit_if_successful)


def keep() -> None:
    """Commit this request although its answer is a refusal: what was refused is kept for review."""
    g.keep_changes = True


def commit_if_successful(response: Response) -> Response:
    """Keep what an unsafe request did only if its answer is not an error."""
    may_write = request.method not in SAFE_METHODS and db.session().in_transaction()
    if may_write and (response.status_code < 400 or g.get("keep_changes", False)):
        db.session.commit()
    return response


def settle() -> None:
    """Keep what this request has done before its answer is drawn: the next writer waits less.

    For the hottest path, where the same report sent again meets itself. What is asked of the
    session afterwards waits for another turn to write.
    """
    db.session.commit()


def _only_read() -> None:
    writes.set(False)


def begin_to_write() -> None:
    """Let the view of an unsafe request change something, once everything before it has passed.

    Who asks, and whether they may, is only read: it neither waits for its turn to write nor lets
    others wait, least of all for somebody who is turned away.
    """
    if request.method not in SAFE_METHODS:
        db.session.rollback()  # ends the reading: after it nobody can begin to write safely
        writes.set(True)


@contextmanager
def lent(bind: Engine | Connection, *, for_several: bool = False) -> Iterator[Any]:
    """A connection of the driver's to ask something with, in a sixth of the time of a session.

    What is asked with `for_several` is answered as of one moment. Whoever has bound the session to
    a transaction of their own is asked within it.
    """
    if isinstance(bind, Connection):
        yield bind.connection
        return
    with _worded(bind.dialect, "connecting"):
        connection = bind.raw_connection()
    try:
        if for_several:
            begin = _AS_OF_ONE_MOMENT[bind.dialect.name]
            with _worded(bind.dialect, begin):
                connection.driver_connection.execute(begin)  # type: ignore[union-attr]
        yield connection
    finally:
        connection.close()


_AS_OF_ONE_MOMENT = {
    "sqlite": "BEGIN",
    "postgresql": "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",  # its driver has begun
}


@contextmanager
def _worded(dialect: Dialect, statement: str) -> Iterator[None]:
    """Raise what the driver raises as SQLAlchemy would, whose errors the pages know."""
    try:
        yield
    except dialect.loaded_dbapi.Error as error:
        raise reworded(error, dialect, statement) from error


def reworded(
    error: Exception, dialect: Dialect, statement: str, parameters: Any = None
) -> BaseException:
    """What SQLAlchemy would raise for an error of the driver's; it tells no parameters."""
    return DBAPIError.instance(
        statement,
        parameters,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,  # they may be somebody's
        dialect=dialect,
    )


# Engines ----------------------------------------------------------------------------------------


def engine_options(url: str) -> dict[str, Any]:
    """How to open a database: which driver module, how long to wait, how to check connections."""
    options = {"hide_parameters": True}  # of what failed: they may be somebody's, and logs are read
    if make_url(url).get_backend_name() == "sqlite":
        return {**options, "module": sqlite_module(), "connect_args": {"timeout": 5}}
    return {
        **options,
        "pool_pre_ping": True,
        "pool_size": 8,
        "connect_args": {"connect_timeout": CONNECTS_IN, "options": "-c lock_timeout=8000"},
    }


def is_embedded() -> bool:
    """Whether it is this process itself that answers what is asked of the database (SQLite)."""
    return db.engine.dialect.name == "sqlite"


def sqlite_module() -> ModuleType:
    """The SQLite library to use: a packaged newer one where there is one, else Python's own."""
    import sqlite3

    try:
        from pysqlite3 import dbapi2
    except ImportError:
        return sqlite3
    newer: ModuleType = dbapi2
    return newer if newer.sqlite_version_info >= sqlite3.sqlite_version_info else sqlite3


def keep_little() -> None:
    """Let this thread's connection keep 8 MB of the database in memory, however long it reads.

    For work without end, such as the clockwork's: what it has been through it does not meet again.
    Commands only: the connection stays so. PostgreSQL keeps its pages in memory of its own.
    """
    if db.engine.dialect.name == "sqlite":
        db.session.commit()
        connection = db.session.connection()
        for pragma in ("cache_size=-8192", "mmap_size=0"):
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        db.session.commit()


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Whether a SQLite version is free of the WAL-reset race (reliability.md, G3)."""
    fixed_patch = SAFE_WAL_BRANCHES.get(version[:2])
    return version >= FIRST_SAFE_WAL or (fixed_patch is not None and version[2] >= fixed_patch)


def durability(version: tuple[int, int, int]) -> tuple[str, str]:
    """Journal mode and synchronous level under which no acknowledged commit is lost."""
    return ("wal", "full") if wal_is_safe(version) else ("delete", "extra")


def tune(engine: Engine) -> None:
    """Set the rules of SQLite on every new connection, and queue those who write."""
    if engine.dialect.name != "sqlite":
        from portal import stalls  # here: the driver takes 7 MB, which SQLite need not have

        event.listen(engine, "do_connect", stalls.connect)
        return
    journal, synchronous = durability(engine.dialect.dbapi.sqlite_version_info)  # type: ignore[union-attr]
    queue_path = None if engine.url.database in {None, "", ":memory:"} else engine.url.database

    def connect(raw: Any, record: Any) -> None:
        raw.isolation_level = None  # SQLAlchemy's "begin" event says BEGIN, not the driver
        for pragma in (
            "foreign_keys=on",
            "busy_timeout=5000",
            f"journal_mode={journal}",
            f"synchronous={synchronous}",
            "mmap_size=268435456",
            "cache_size=-65536",
            "temp_store=memory",
        ):
            raw.execute(f"PRAGMA {pragma}")
        record.info["queue"] = Queue(Path(f"{queue_path}-queue")) if queue_path else None

    def begin(connection: Connection) -> None:
        driven: Any = connection.connection.driver_connection
        if not writes.get():
            driven.execute("BEGIN")  # takes no lock, so nothing can go wrong that needs rewording
            return
        if queue := connection.info.get("queue"):
            queue.enter()
        with _worded(connection.dialect, "BEGIN IMMEDIATE"):
            driven.execute("BEGIN IMMEDIATE")

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin)
    event.listen(engine, "checkin", _leave_queue)  # after COMMIT or ROLLBACK has been answered
    event.listen(engine, "close", _close_queue)


def _leave_queue(_: Any, record: Any) -> None:
    if queue := record.info.get("queue"):
        queue.leave()


def _close_queue(_: Any, record: Any) -> None:
    if queue := record.info.get("queue"):
        queue.close()
