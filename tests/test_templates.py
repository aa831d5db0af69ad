"""Every template compiles, and none carries what the page policy forbids."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask

EVENTS = "abort|blur|change|click|error|focus|input|key[a-z]+|load|mouse[a-z]+|submit|touch[a-z]+"
STATES = ("not_tried", "tried", "part_covered", "covered", "refused", "vacant", "excluded")
FORBIDDEN = re.compile(
    rf"""\shx-on[:=]|\son({EVENTS})=|\sstyle=|javascript:|<style|<script(?! src)"""
    r"""|hx-[a-z-]+=["']js:|hx-trigger="[^"]*\[|\shx-(vars|ext)="""
)
POSTED = re.compile(r"""<form\b(?:(?!</form>).)*?method="post".*?</form>""", re.DOTALL)
QUIET = {
    "allowEval": False,
    "allowScriptTags": False,
    "includeIndicatorStyles": False,
    "selfRequestsOnly": True,
    "historyCacheSize": 0,
}


def test_every_template_compiles(app: Flask, subtests: pytest.Subtests) -> None:
    for name in app.jinja_env.list_templates(extensions=["html"]):
        with subtests.test(name):
            app.jinja_env.get_template(name)


def test_no_template_runs_or_styles_inline(app: Flask) -> None:
    assert app.jinja_env.loader is not None
    found = []
    for name in app.jinja_env.list_templates(extensions=["html"]):
        source, _, _ = app.jinja_env.loader.get_source(app.jinja_env, name)
        found += [f"{name}: {match[0].strip()}" for match in FORBIDDEN.finditer(source)]
    assert found == []


def test_every_form_carries_its_token_and_its_id(app: Flask) -> None:
    """Without the id a double click would count twice (`portal.once`)."""
    without = []
    for name in app.jinja_env.list_templates(extensions=["html"]):
        source, _, _ = app.jinja_env.loader.get_source(app.jinja_env, name)  # type: ignore[union-attr]
        without += [f"{name}: {form}" for form in POSTED.findall(source) if "csrf()" not in form]
    assert {form.partition(":")[0] for form in without} == {
        "public/_find.html",  # only reads
        "public/ask.html",  # has a mark instead
        "public/base.html",  # the same in the other language: only reads
        "shared/_header.html",  # drawn once for many: the token alone, and nothing that counts
    }
    assert len(without) == 6


def test_htmx_runs_nothing_it_is_sent_and_keeps_no_page(app: Flask) -> None:
    page = app.test_client().get("/sign-in").text
    found = re.search("""name="htmx-config"\\s+content='([^']+)'""", page)
    assert found
    told = json.loads(found[1])
    assert told | QUIET == told
    swapped = {r["code"] for r in told["responseHandling"] if r["swap"]}
    assert swapped == {"409", "422", "[23].."}


@pytest.mark.parametrize(
    "source",
    [
        """<a hx-vals='js:x()'>""",
        """<a hx-headers="js:x()">""",
        """<a hx-trigger="click[x()]">""",
        """<a hx-on:click="x()">""",
        """<a onclick="x()">""",
        """<a hx-vars="x">""",
        """<a href="javascript:x()">""",
    ],
)
def test_what_would_run_is_found(source: str) -> None:
    assert FORBIDDEN.search(source)


def test_the_bar_of_states_is_full_and_shows_every_state_that_is_there(app: Flask) -> None:
    with app.test_request_context():
        bar = app.jinja_env.get_template("shared/states.html").module.bar  # type: ignore[attr-defined]
        for counts, widths in (
            ({"covered": 42}, [1000]),
            ({"tried": 1, "covered": 9999}, [8, 991]),
            ({}, []),
        ):
            every = dict.fromkeys(STATES, 0) | counts
            drawn = bar(every, sum(counts.values()))
            assert [int(width) for width in re.findall(r'width="(\d+)"', drawn)] == widths
