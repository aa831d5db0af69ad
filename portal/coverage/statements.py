"""Statements that a place has no remainder: signed from the groups upwards.

A door that changes afterwards makes those of its group and of the places above void.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from flask_babel import gettext, ngettext
from sqlalchemy import insert, update

from portal.access import Person, below
from portal.clock import now
from portal.coverage import tally_queries
from portal.coverage.models import Round, SignOff, Tally
from portal.coverage.states import State, to_do
from portal.db import db
from portal.errors import RuleError
from portal.tower.models import Place, prefixes


def why_not_sign(opened: Round, place: Place) -> str | None:
    """Why a place cannot be signed off now, in words; None when it can (law 9)."""
    if not opened.is_open:
        return str(gettext("This round is closed."))
    tree = SignOffTree(opened, place.path)
    counts = tree.counts.get(place.path)
    if counts is None:
        return str(gettext("This place has no households in this round."))
    if remainder := to_do(counts):
        return str(
            ngettext(
                "%(count)s household is still to do here.",
                "%(count)s households are still to do here.",
                remainder,
                count=f"{remainder:,}",
            )
        )
    if missing := sum(path not in tree.signed for path in tree.below(place.path)):
        return str(
            ngettext(
                "%(num)s place below has not signed yet.",
                "%(num)s places below have not signed yet.",
                missing,
            )
        )
    return None


def sign(opened: Round, place: Place, *, by: Person) -> None:
    """State that a place has no remainder. Signing twice changes nothing."""
    tally_queries.lock_tallies(opened.community_id, opened.id, place.path)
    if reason := why_not_sign(opened, place):
        raise RuleError(reason)
    tree = SignOffTree(opened, place.path)
    if place.path not in tree.signed:
        _write_statements(opened, tree, [place.path], by=by)


def sign_all_below(opened: Round, place: Place, *, by: Person) -> int:
    """Sign a place and all below it that can be signed, groups first; how many were signed."""
    if not opened.is_open:
        raise RuleError(gettext("This round is closed."))
    tally_queries.lock_tallies(opened.community_id, opened.id, place.path)
    tree = SignOffTree(opened, place.path)
    ready = tree.ready()
    _write_statements(opened, tree, ready, by=by)
    return len(ready)


class SignOffTree:
    """Which places of a round at or below a path have signed, and which could."""

    def __init__(self, opened: Round, top: str) -> None:
        self.top = top
        self.counts: dict[str, Counter[State]] = {}
        for tally in tally_queries.tallies_below(opened.community_id, opened.id, top):
            counts = Counter({state: getattr(tally, state.value) for state in State})
            if not counts.total():
                continue  # a re-cut has emptied this group: nobody signs for no doors
            for path in prefixes(tally.path):
                if path.startswith(top):
                    self.counts.setdefault(path, Counter()).update(counts)
        statements = tally_queries.standing_sign_offs(opened.community_id, opened.id, top)
        self.signed = {statement.path for statement in statements}

    def below(self, path: str) -> list[str]:
        """The places strictly below one that have doors in the round."""
        return [p for p in self.counts if p != path and p.startswith(path)]

    def ready(self) -> list[str]:
        """The unsigned places without remainder whose places below have signed or are ready."""
        waiting = {path for path, counts in self.counts.items() if to_do(counts)}
        open_parents = {prefix for path in waiting for prefix in prefixes(path)}
        done = self.signed | open_parents
        return sorted((p for p in self.counts if p not in done), key=lambda p: (-p.count("/"), p))


def _write_statements(
    opened: Round, tree: SignOffTree, paths: Sequence[str], *, by: Person
) -> None:
    at = now()
    rows = [
        {
            "community_id": opened.community_id,
            "round_id": opened.id,
            "place_id": int(path.strip("/").rpartition("/")[2]),
            "path": path,
            "level": len(prefixes(path)),
            "figures": {state.value: tree.counts[path][state] for state in State},
            "signed_at": at,
            "signed_by": by.id,
        }
        for path in paths
    ]
    if rows:
        db.session.execute(insert(SignOff), rows)
        _mark_signed(opened, tree.top)


def _mark_signed(opened: Round, path: str) -> None:
    db.session.execute(
        update(Tally)
        .where(
            Tally.community_id == opened.community_id,
            Tally.round_id == opened.id,
            below(Tally.path, path),
        )
        .values(signed=True)
    )


def void_statements(community_id: int, round_id: int, groups: Collection[str]) -> None:
    """Take back the statements of some groups and of the places above them."""
    paths = {prefix for path in groups for prefix in prefixes(path)}
    if not paths:
        return
    db.session.execute(
        update(SignOff)
        .where(
            SignOff.community_id == community_id,
            SignOff.round_id == round_id,
            SignOff.voided_at.is_(None),
            SignOff.path.in_(paths),
        )
        .values(voided_at=now())
    )
