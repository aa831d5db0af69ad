"""What stands around every page, most of which is the same for many and drawn once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from inspect import unwrap
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, current_app, g, render_template, request, session, url_for
from flask_babel import get_locale
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from portal.access import MOST_UNREAD, maybe_me
from portal.dates import date_of, moment, stamp
from portal.memo import Memo
from portal.packing import STAND_IN, Part
from portal.web import LOCALES, large_text

T = TypeVar("T")
Entry = tuple[str, str, bool]  # label, address, whether it is the page being shown
TOKEN = "token-of-this-request"  # noqa: S105 - stands for it in a header that is kept
MOST_ADDRESSES = 5000
MOST_TOKENS = 2000
MOST_HEADERS = 1000  # one has 2 kB; a person's is another on every page of the header


def init_app(app: Flask, nav: Callable[[], list[Entry]]) -> None:
    """`nav` gives the pages in the header of whoever has signed in."""
    app.extensions["frame.tokens"] = Memo[str](most=MOST_TOKENS)
    app.context_processor(lambda: {"csrf_token": csrf_token})  # instead of Flask-WTF's own
    app.jinja_env.globals.update(
        asset=asset,
        vendor_asset=vendor_asset,
        csrf_token=csrf_token,
        fixed=fixed,
        header=lambda: header(nav),
        LOCALES=LOCALES,
        moment=moment,
        date_of=date_of,
        stamp=stamp,
        MOST_UNREAD=MOST_UNREAD,
        page_url=page_url,
        ready_made=ready_made,
    )


# Parts that are kept -----------------------------------------------------------------------------


def fixed(template: str) -> Markup:
    """A part of the frame of every page that is the same for all who read a language: drawn once.

    It may name texts, files and addresses of pages, and nothing of a person or a request.
    """
    return kept(_fixed)(template, str(get_locale()), request.script_root)


@lru_cache(maxsize=32)
def _fixed(template: str, _locale: str, _root: str) -> Markup:
    return _drawn(template)


def header(nav: Callable[[], list[Entry]]) -> Markup:
    """The header of a page; drawn once for each person, page of the header and language."""
    person = maybe_me()
    pages, who = ((), None) if person is None else (tuple(nav()), (person.name, person.unread))
    drawn = kept(_header)(pages, who, str(get_locale()), request.script_root, large=large_text())
    return Markup(drawn.replace(TOKEN, csrf_token()))  # noqa: S704 - ours, and the token is no markup


@lru_cache(maxsize=MOST_HEADERS)
def _header(
    pages: tuple[Entry, ...], who: tuple[str, int] | None, _locale: str, _root: str, *, large: bool
) -> str:
    return _drawn("shared/_header.html", pages=pages, who=who, large=large, token=TOKEN)


def kept(make: Callable[..., T]) -> Callable[..., T]:
    """What keeps its answers does so unless somebody is at work on the pages."""
    return unwrap(make) if current_app.debug else make


def _drawn(template: str, **context: object) -> Markup:
    return Markup(render_template(template, **context))  # noqa: S704 - our own template, escaped there


def ready_made(part: Part) -> Markup:
    """Where a part of the page belongs that was drawn, and compressed, before.

    A page has one such place; a second part is put in as it is.
    """
    if "part" in g:
        return Markup(part.text.decode())  # noqa: S704 - drawn by a template of ours
    g.part = part
    return Markup(STAND_IN)  # noqa: S704 - a comment


def csrf_token() -> str:
    """The token of this request's forms; asked for by every form of a page.

    It is as good as long as the session that it belongs to, and signed once for it.
    """
    if "csrf_token" not in g and (own := session.get("csrf_token")):
        tokens: Memo[str] = current_app.extensions["frame.tokens"]
        g.csrf_token = tokens.get(own, generate_csrf)
    return str(g.get("csrf_token") or generate_csrf())


# Addresses ---------------------------------------------------------------------------------------


def page_url(endpoint: str, **values: Any) -> str:
    """The address of a page, the same for everybody: worked out once."""
    return _page_url(endpoint, request.script_root, **values)


@lru_cache(maxsize=MOST_ADDRESSES)
def _page_url(endpoint: str, _root: str, **values: Any) -> str:
    return url_for(endpoint, **values)


def asset(name: str) -> str:
    """The address of one of our static files; another one after the file has changed."""
    return _address("static", str(current_app.static_folder), name)


def vendor_asset(name: str) -> str:
    """The address of a file that came with a package."""
    return _address("vendor.static", str(current_app.blueprints["vendor"].static_folder), name)


def _address(endpoint: str, folder: str, name: str) -> str:
    return page_url(endpoint, filename=name, v=kept(_file_hash)(f"{folder}/{name}"))


@lru_cache(maxsize=64)
def _file_hash(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]
