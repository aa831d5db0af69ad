"""Fields of forms that several features use."""

from __future__ import annotations

from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget


class _Box(CheckboxInput):
    """One of several boxes: that one of them is wanted does not mean each of them."""

    validation_attrs = ("disabled",)


class CheckboxesField(SelectMultipleField):
    """Several of a few, each with its box."""

    widget = ListWidget(prefix_label=False)
    option_widget = _Box()
