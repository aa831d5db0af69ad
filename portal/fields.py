"""Fields of forms that several features use."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import SelectMultipleField
from wtforms.validators import DataRequired
from wtforms.widgets import CheckboxInput, ListWidget

FILLED_IN = DataRequired(lazy_gettext("Please fill this in."))


def one_line(text: str | None) -> str:
    """A filter: what was written, on one line and without spaces to spare."""
    return " ".join((text or "").split())


class _Box(CheckboxInput):
    """One of several boxes: that one of them is wanted does not mean each of them."""

    validation_attrs = ("disabled",)


class CheckboxesField(SelectMultipleField):
    """Several of a few, each with its box."""

    widget = ListWidget(prefix_label=False)
    option_widget = _Box()
