"""The way to a place, for the crumbs on top of a page."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from flask_babel import gettext

from portal.access import Permission, me
from portal.tower.models import Place
from portal.tower.words import place_name


def crumbs_to(way: Sequence[Place]) -> list[tuple[str, str]]:
    """(label, address) from the tower down to a place, as far as the one who looks may look."""
    return [
        (str(gettext("Tower")), url_for("tower.index")),
        *(
            (place_name(step.level, step.name), url_for("tower.show", place_id=step.id))
            for step in way
            if me().may(Permission.SEE_TOWER, path=step.path)
        ),
    ]
