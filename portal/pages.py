"""How templates are compiled and worded: what they put out, and in whose language.

A page puts out a thousand values and looks up fifty texts, so these two ways are kept short.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from contextvars import ContextVar
from functools import cache
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask, Request
from flask.templating import Environment
from flask_babel import get_locale, get_translations
from jinja2 import StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape
from wtforms.i18n import messages_path

_special = re.compile("[&<>'\"]").search


class PlainWriter(CodeGenerator):
    """Compiles templates to join plain strings.

    `escape` makes a Markup object of every value, which takes longer than escaping it and is then
    joined with the rest like any other string.
    """

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None:
            self.write("environment.shown(")
        else:
            super()._output_child_pre(node, frame, finalize)


class PageEnvironment(Environment):
    """The environment of our templates; undefined names fail."""

    code_generator_class = PlainWriter

    @staticmethod
    def shown(value: Any) -> str:
        """What stands in the page for a value: the text of `escape`."""
        kind = type(value)
        if kind is str:
            return escape(value) if _special(value) else str(value)
        if kind is int:
            return str(value)
        return str(value) if kind is Markup else escape(value)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """One dictionary for all templates: imports compare the names of both sides each time."""
        return super().make_globals(d) if d else self.globals


class PageRequest(Request):
    """A request whose forms find the words of WTForms: Flask-WTF looks here for them first.

    Else it would read them from the disk, in every request with a form.
    """

    @property
    def wtforms_translations(self) -> NullTranslations:
        return _form_words(str(get_locale()))


@cache
def _form_words(locale: str) -> NullTranslations:
    return Translations.load(messages_path(), [locale], domain="wtforms")


def init_app(app: Flask) -> None:
    app.request_class = PageRequest
    env = app.jinja_env
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    env.globals.update(_=text, gettext=text, ngettext=counted_text)
    app.context_processor(_open_catalogue)


def text(message: str, **values: object) -> Markup:
    """A text in the reader's language; values are escaped (as Jinja's own new-style `gettext`)."""
    found = _worded(_catalogue.get(), message)
    return found % values if values else found


@cache
def _worded(catalogue: Translations, message: str) -> Markup:
    return Markup(catalogue.ugettext(message))  # noqa: S704 - our own texts


def counted_text(one: str, many: str, num: int, **values: object) -> Markup:
    """The same for a number of things, which the text may show as `%(num)s`."""
    found = _catalogue.get().ungettext(one, many, num)
    return Markup(found) % {"num": num, **values}  # noqa: S704 - our own texts


_catalogue: ContextVar[Translations] = ContextVar("catalogue")


def _open_catalogue() -> dict[str, object]:
    """Find the reader's texts once for each template that is rendered, not once for each text."""
    _catalogue.set(get_translations())
    return {}
