"""What may stand in a log: what failed and where, never an address that was asked for or a value.

Addresses carry tokens, and PostgreSQL quotes the row in the details of what it refuses.
"""

from __future__ import annotations

from errno import errorcode
from typing import Any

from flask import Flask, request
from sqlalchemy.exc import DBAPIError


def init_app(app: Flask) -> None:
    def log_exception(exc_info: Any) -> None:
        """Flask would write the address."""
        error = without_values(exc_info[1])
        app.logger.error("%s %s failed", request.method, request.url_rule, exc_info=error)

    app.log_exception = log_exception  # type: ignore[method-assign]


def without_values(error: BaseException) -> BaseException:
    """An error whose traceback tells nothing of the rows concerned, nor do those that led to it."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, DBAPIError) and link.orig is not None:
            link.orig.args = (_first_line(link.orig),)
            link.args = (_first_line(link.args[0]),)
        link = link.__cause__ or link.__context__
    return error


def kind_of(error: BaseException) -> str:
    """The class of what was raised, and the code of a driver or of the system, without its words.

    Such as `UndefinedTable 42P01`, `OperationalError SQLITE_FULL` or `OSError ENOSPC`.
    """
    said = getattr(error, "orig", None) or error
    code = getattr(said, "sqlstate", None) or getattr(said, "sqlite_errorname", None)
    if isinstance(said, OSError):
        code = errorcode.get(said.errno or 0)
    return " ".join(filter(None, (type(said).__name__, code)))


def _first_line(said: object) -> str:
    return str(said).partition("\n")[0]
