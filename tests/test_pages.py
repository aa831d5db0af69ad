"""What templates put out, and what an address of a page stands for."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, render_template_string
from markupsafe import Markup, escape

from portal.pages import PageEnvironment
from tests.conftest import make_app


class Speaker:
    def __html__(self) -> str:
        return "<b>me</b>"

    def __repr__(self) -> str:
        return "Speaker()"


@pytest.mark.parametrize(
    "value",
    ["plain", "", "<a href='x'>\"&</a>", "百川", 0, -7, 1.5, None, Markup("<b>"), Speaker()],
    ids=lambda value: type(value).__name__,
)
def test_a_value_stands_in_the_page_as_escape_would_write_it(value: object) -> None:
    assert PageEnvironment.shown(value) == escape(value)


def test_what_somebody_typed_stays_text_also_inside_a_translated_sentence(app: Flask) -> None:
    with app.test_request_context():
        page = render_template_string('{{ _("%(name)s & co", name=name) }} {{ name }}', name="<i>")
    assert page == "&lt;i&gt; & co &lt;i&gt;"


def test_texts_follow_the_number_and_the_reader(app: Flask) -> None:
    template = '{{ ngettext("%(num)s untranslated", "%(num)s untranslated ones", n) }}'
    with app.test_request_context():
        assert render_template_string(template, n=1) == "1 untranslated"
        assert render_template_string(template, n=2) == "2 untranslated ones"


def test_every_worker_calls_the_release_by_the_same_word(tmp_path: Path) -> None:
    """Else a page kept from one worker would never be right for the other."""
    apps = [make_app(tmp_path, "sqlite://") for _ in range(2)]
    assert apps[0].config["RELEASE"] == apps[1].config["RELEASE"]
