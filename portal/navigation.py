"""The pages in the header, for each person those that their duties open."""

from __future__ import annotations

from functools import lru_cache

from flask import request, url_for
from flask_babel import LazyString, get_locale, lazy_gettext

from portal.access import Permission, maybe_me

# label, endpoint, permission (None: everyone signed in)
PAGES: tuple[tuple[LazyString, str, Permission | None], ...] = (
    (lazy_gettext("Today"), "gaps.today", None),
    (lazy_gettext("Shifts"), "shifts.choices", Permission.TAKE_SHIFTS),
    (lazy_gettext("Tasks"), "tasks.index", None),
    (lazy_gettext("Bulletins"), "relay.index", Permission.SEE_BULLETINS),
    (lazy_gettext("Rounds"), "coverage.rounds", Permission.SEE_ROUNDS),
    (lazy_gettext("Rota"), "shifts.index", Permission.SEE_ROTA),
    (lazy_gettext("Tower"), "tower.index", Permission.SEE_TOWER),
    (lazy_gettext("Rosters"), "rosters.index", Permission.IMPORT_ROSTERS),
    (lazy_gettext("People"), "accounts.index", Permission.SEE_PEOPLE),
)


def entries() -> list[tuple[str, str, bool]]:
    """(label, address, whether it is the page being shown) for whoever is signed in."""
    person = maybe_me()
    if person is None:
        return []
    pages = _pages(person.permissions, str(get_locale()), request.script_root)
    shown = request.endpoint
    return [(label, url, shown == endpoint) for label, url, endpoint in pages]


@lru_cache(maxsize=200)
def _pages(
    permissions: frozenset[Permission], _locale: str, _root: str
) -> list[tuple[str, str, str]]:
    """(label, address, endpoint): worked out once for all who may see the same pages."""
    return [
        (str(label), url_for(endpoint), endpoint)
        for label, endpoint, permission in PAGES
        if permission is None or permission in permissions
    ]
