"""The pages in the header, for each person those that their duties open."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import LazyString, lazy_gettext

from portal.access import Permission, can

# label, endpoint, permission (None: everyone signed in)
PAGES: tuple[tuple[LazyString, str, Permission | None], ...] = (
    (lazy_gettext("Today"), "gaps.today", None),
    (lazy_gettext("Rounds"), "coverage.rounds", Permission.SEE_ROUNDS),
    (lazy_gettext("Tower"), "tower.index", Permission.SEE_TOWER),
    (lazy_gettext("Rosters"), "rosters.index", Permission.IMPORT_ROSTERS),
    (lazy_gettext("People"), "accounts.index", Permission.SEE_PEOPLE),
)


def entries() -> list[tuple[str, str, bool]]:
    """(label, address, whether it is the page being shown) for whoever is signed in."""
    return [
        (str(label), url_for(endpoint), request.endpoint == endpoint)
        for label, endpoint, permission in PAGES
        if permission is None or can(permission)
    ]
