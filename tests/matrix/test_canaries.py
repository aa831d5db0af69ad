"""What everybody can read by following links: nothing of other people's households."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter, deque
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from werkzeug.test import TestResponse

from portal.access import Permission, Role
from portal.tower.models import Dwelling
from tests.matrix.conftest import Theatre, takes_for_markup
from tests.matrix.stage import Actor, Where

pytestmark = pytest.mark.commits  # all of it happens in one transaction, which is thrown away

MOST_OF_A_KIND = 3  # pages of one route asked for with the same filters
MOST_PAGES = 400
NARROW = [f"{role.value} of building" for role in Role]
WIDE = [f"{role.value} of community" for role in Role]
FOLLOWED_ONCE = pytest.mark.any_database("who serves at a building has more that is out of reach")
ACTORS = [*NARROW, *(pytest.param(name, marks=FOLLOWED_ONCE) for name in WIDE)]
IN_ADDRESS = re.compile(r'(?:href|hx-get|action)="([^"]+)"')


@pytest.fixture(scope="module", params=ACTORS)
def actor(request: pytest.FixtureRequest, theatre: Theatre) -> Actor:
    return theatre.stage.actors[request.param]


@pytest.fixture(scope="module")
def pages(theatre: Theatre, actor: Actor) -> list[tuple[str, str]]:
    """(address, all that was answered) of what somebody reaches by following links."""
    return list(_crawl(theatre, actor))


def test_nobody_reads_of_households_elsewhere(
    theatre: Theatre, actor: Actor, pages: list[tuple[str, str]]
) -> None:
    """Neither labels nor notes of other buildings, nor any phone number in full."""
    secrets, phones = _secrets(theatre, actor), _phones(theatre, actor)
    seen = Counter[str]()
    for address, text in pages:
        seen[urlsplit(address).path] += 1
        assert [secret for secret in secrets if secret in text] == [], address
        assert phones.findall(text) == [], address
    assert len(seen) >= (4 if Permission.SEE_TOWER not in _all(actor) else 15)


def test_whoever_may_sees_households(
    theatre: Theatre, actor: Actor, pages: list[tuple[str, str]]
) -> None:
    """The crawl comes to the doors, or it would prove nothing."""
    marks = [f"{target.mark} 1-" for target in theatre.stage.targets.values() if target.mark]
    found = any(mark in text for _, text in pages for mark in marks)
    assert found == actor.may(Permission.SEE_RESIDENTS)


def test_files_hold_no_more_than_the_pages(theatre: Theatre, actor: Actor) -> None:
    """Every file anybody may ask for; a roster alone holds numbers, of the own homes."""
    stage = theatre.stage
    secrets = _secrets(theatre, actor)
    foreign = _phones(theatre, actor, own=False)
    for place in (None, *(t.building_id for t in stage.targets.values())):
        for kind in ("csv", "xlsx"):
            fields = {"kind": kind, **({"place": place} if place else {})}
            address = f"/rounds/{stage.own.round_id}/exports"
            with theatre.untouched():
                text = _text(theatre.send(actor, address, method="POST", data=fields))
            assert [secret for secret in secrets if secret in text] == []
            assert _phones(theatre, actor).findall(text) == []
        with theatre.untouched():
            address = f"/places/{place or stage.own.community_id}/roster.csv"
            text = _text(theatre.send(actor, address, method="POST"))
        assert [secret for secret in secrets if secret in text] == []
        assert foreign.findall(text) == []


# What nobody else may read -----------------------------------------------------------------------


def _secrets(theatre: Theatre, actor: Actor) -> list[str]:
    """What stands in other buildings only; in one's own too for those who see no residents."""
    found = []
    for where, target in theatre.stage.targets.items():
        if where is Where.GONE:
            continue
        if not actor.may(Permission.SEE_RESIDENTS, target.path):
            found.append(f"{target.mark} 1-")
        if not actor.may(Permission.SEE_PLAN, target.path):
            found += [f"{target.mark} {word}" for word in ("note", "found", "round", "old")]
    return [*found, f"{theatre.stage.far.mark}"] if actor.duties else found


def _phones(theatre: Theatre, actor: Actor, *, own: bool = True) -> re.Pattern[str]:
    """Every number in full, but one's own; without `own`, those of homes out of reach."""
    homes = theatre.connection.execute(Dwelling.__table__.select()).all()
    numbers = [
        home.phone for home in homes if own or not actor.may(Permission.EXPORT_ROSTERS, home.path)
    ]
    return re.compile("|".join(numbers) or "(?!)")


def _all(actor: Actor) -> set[Permission]:
    return {permission for permission in Permission if actor.may(permission)}


# Reading all there is ----------------------------------------------------------------------------


def _crawl(theatre: Theatre, actor: Actor) -> Iterator[tuple[str, str]]:
    """Addresses reachable from the start page with all that was answered, nearest first."""
    waiting, known, kinds = deque(["/"]), {"/"}, Counter[str]()
    while waiting and len(known) < MOST_PAGES:
        address = waiting.popleft()
        with theatre.untouched():
            response = theatre.send(actor, address)
        text = _text(response)
        assert response.mimetype != "text/html" or not takes_for_markup(response), address
        yield address, f"{address}\n{text}"
        links = IN_ADDRESS.findall(text) if response.mimetype == "text/html" else []
        for link in [*links, response.headers.get("Location", "")]:
            found = urljoin(address, unescape(link)).partition("#")[0]
            if _is_ours(found) and found not in known and kinds[_kind(found)] < MOST_OF_A_KIND:
                kinds[_kind(found)] += 1
                known.add(found)
                waiting.append(found)


def _is_ours(address: str) -> bool:
    return address.startswith("/") and not address.startswith(("/static/", "/vendor/"))


def _kind(address: str) -> str:
    """The address without its numbers: pages of one kind share a template and a query."""
    return re.sub(r"\d+|[0-9a-f]{8}-[0-9a-f-]+|(?<=/live/)[^?]+", "N", address)


def _text(response: TestResponse) -> str:
    """Headers and body; of a packed file, what is in it."""
    data = response.get_data()
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            data = b"\n".join(book.read(name) for name in book.namelist())
    return f"{response.headers}\n{unescape(data.decode(errors='replace'))}"
