"""What the Today page says to somebody for whom nothing waits: the next step, or whom to ask."""

from __future__ import annotations

from typing import NamedTuple

from flask import url_for
from flask_babel import gettext

from portal.access import Permission, Person
from portal.gaps.agenda_queries import Agenda, has_dwellings


class Advice(NamedTuple):
    """A title, a sentence, and where to go (None where somebody else has to move)."""

    title: str
    text: str
    url: str | None = None
    label: str | None = None


def advice(person: Person, agenda: Agenda) -> Advice | None:
    """The next step; None while a round is open in the person's places."""
    if not person.duties:
        return Advice(
            gettext("You have no duty yet"),
            gettext("Ask your building leader or the community's coordinator to give you one."),
        )
    if agenda.rounds:
        return None
    if person.may(Permission.IMPORT_ROSTERS) and not has_dwellings(person):
        return Advice(
            gettext("Load a roster first"),
            gettext("No household is listed here yet. A round can be opened once they are."),
            url_for("rosters.index"),
            gettext("To the rosters"),
        )
    if person.may(Permission.OPEN_ROUNDS):
        return Advice(
            gettext("No round is open"),
            gettext("Open one, and every door of your choice is on the list."),
            url_for("coverage.new_round"),
            gettext("Open a round"),
        )
    return Advice(
        gettext("No round is open"),
        gettext("As soon as the coordinator opens the next one, your doors stand here."),
    )
