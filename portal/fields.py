"""Fields of forms that several features use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field, SelectMultipleField
from wtforms.fields.core import UnboundField
from wtforms.validators import DataRequired
from wtforms.widgets import CheckboxInput, ListWidget

FILLED_IN = DataRequired(lazy_gettext("Please fill this in."))


def one_line(text: str | None) -> str:
    """A filter: what was written, on one line and without spaces to spare."""
    return " ".join((text or "").split())


class QuickForm(FlaskForm):
    """A form that is sent again and again: its fields are put together once, then copied.

    To put them together takes longer than all else that is done with them. What stands in the class
    of the form must not depend on a request: labels and messages are lazy.
    """

    class Meta(FlaskForm.Meta):
        csrf = False  # the token of the request was looked at before its view began

        def bind_field(
            self, form: QuickForm, unbound_field: UnboundField, options: Mapping[str, Any]
        ) -> Field:
            # The lines of a list have no prefix at all: each of them is another field.
            if options.get("prefix", "line"):
                return super().bind_field(form, unbound_field, options)
            made = vars(unbound_field).get("made")
            if made is None:
                made = unbound_field.made = super().bind_field(form, unbound_field, options)
            field = object.__new__(type(made))
            own = {"_form": form, "meta": self, "_translations": options["translations"]}
            vars(field).update(vars(made), **own)
            return field


class _Box(CheckboxInput):
    """One of several boxes: that one of them is wanted does not mean each of them."""

    validation_attrs = ("disabled",)


class CheckboxesField(SelectMultipleField):
    """Several of a few, each with its box."""

    widget = ListWidget(prefix_label=False)
    option_widget = _Box()
