"""The application as installed, with the floors of the speed table beside it.

A floor is the least that an answer of this server costs: it passes the same server, the same guard
and the same headers as every page, and does one thing.
"""

from __future__ import annotations

import os

from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Column, Integer, MetaData, String, Table, select
from werkzeug.middleware.dispatcher import DispatcherMiddleware

import wsgi
from portal.access import public
from portal.accounts.models import User
from portal.db import db, table_of

CONSTANT = (
    "<!DOCTYPE html><html lang='zh-CN'><head><meta charset='utf-8'><title>不漏</title></head>"
    "<body><main><h1>还差 9 户</h1><p>不漏一户、不漏一人。</p></main></body></html>"
)
ROWS = Table(
    "bench_rows", MetaData(), Column("id", Integer, primary_key=True), Column("text", String(40))
)
_USER = table_of(User).c
_ONE_NAME = select(_USER.name).where(_USER.id == 1)


@public
def constant() -> ResponseReturnValue:
    return CONSTANT


@public
def worker() -> ResponseReturnValue:
    """Which of the server's processes answers."""
    return str(os.getpid())


@public
def one_select() -> ResponseReturnValue:
    return str(db.session.scalar(_ONE_NAME))


@public
def one_commit() -> ResponseReturnValue:
    """One row; committed after the request by the same rule as a check-off."""
    db.session.execute(ROWS.insert(), {"text": request.get_data(as_text=True)})
    return "saved"


def without_portal() -> Flask:
    """A Flask of its own that answers the constant page and nothing else: no guard, no headers."""
    bare = Flask("bare")
    bare.add_url_rule("/constant", view_func=constant)
    return bare


portal = wsgi.app
portal.add_url_rule("/floor/constant", view_func=constant)
portal.add_url_rule("/floor/worker", view_func=worker)
portal.add_url_rule("/floor/select", view_func=one_select)
portal.add_url_rule("/floor/commit", view_func=one_commit, methods=["POST"])
portal.extensions["csrf"].exempt(one_commit)
app = DispatcherMiddleware(portal, {"/bare": without_portal()})
