"""The numbers of doors by state, as they stand on many pages: all but the numbers is drawn once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from flask import render_template
from flask_babel import get_locale
from markupsafe import Markup

from portal.coverage.blueprint import bp
from portal.coverage.states import State
from portal.coverage.words import STATES
from portal.frame import kept

MOST_KEPT = 1000  # places, each with 1 kB


@bp.app_template_global()
def chips_of(
    counts: Mapping[str, int], base: int, urls: Mapping[str, str], whole: str | None
) -> Markup:
    """The seven and their sum; each leads to one of `urls`, or to its part of a `whole` list."""
    links = tuple(f"{whole}&state={state}" if whole else urls.get(state, "") for state in State)
    html = kept(_without_numbers)(links, str(get_locale()))
    numbers = [f"{counts[state]:,}" for state in State]
    return Markup(html.format(*numbers, f"{base:,}"))  # noqa: S704 - a template of ours, and numbers


@lru_cache(maxsize=MOST_KEPT)
def _without_numbers(links: tuple[str, ...], _locale: str) -> str:
    return render_template("shared/_chips.html", states=zip(STATES.items(), links, strict=True))
