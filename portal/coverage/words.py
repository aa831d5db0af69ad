"""The words of the ledger in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache

from flask_babel import LazyString, gettext, lazy_gettext, ngettext
from markupsafe import Markup, escape

from portal.coverage.entries import Fate, Receipt
from portal.coverage.fold import Standing
from portal.coverage.models import Decision, TrayItem, TrayKind
from portal.coverage.states import Kind, Outcome, Pending, Reason, State
from portal.dates import moment
from portal.tower.words import door_name

STATES: dict[State, LazyString] = {
    State.NOT_TRIED: lazy_gettext("Not tried"),
    State.TRIED: lazy_gettext("Tried"),
    State.PART_COVERED: lazy_gettext("Part told"),
    State.COVERED: lazy_gettext("Told"),
    State.REFUSED: lazy_gettext("Declined"),
    State.VACANT: lazy_gettext("Vacant"),
    State.EXCLUDED: lazy_gettext("Excluded"),
}
# In the order in which a visitor needs them; the first six are the large buttons.
OUTCOMES: dict[Outcome, LazyString] = {
    Outcome.MET: lazy_gettext("Met, all told"),
    Outcome.NOT_HOME: lazy_gettext("Nobody home"),
    Outcome.MET_PARTIAL: lazy_gettext("Met some of them"),
    Outcome.NOTE_LEFT: lazy_gettext("Left a note"),
    Outcome.PHONE: lazy_gettext("Told by phone"),
    Outcome.REFUSED: lazy_gettext("Not now, declined"),
    Outcome.VACANT: lazy_gettext("Looks vacant"),
    Outcome.APPOINTMENT: lazy_gettext("Agreed on a time"),
    Outcome.ONLINE: lazy_gettext("Told by message"),
    Outcome.TENANT_CHANGED: lazy_gettext("New tenants"),
    Outcome.MOVED: lazy_gettext("Moved away"),
    Outcome.NON_RESIDENTIAL: lazy_gettext("Not a home"),
    Outcome.BAD_ADDRESS: lazy_gettext("No such door"),
}
LIKELY, UNLIKELY = list(OUTCOMES)[:6], list(OUTCOMES)[6:]
KINDS: dict[Kind, LazyString] = {
    Kind.VISIT: lazy_gettext("Visit"),
    Kind.UNDO: lazy_gettext("Taken back"),
    Kind.EXCLUSION_ASKED: lazy_gettext("Proposed to leave out"),
    Kind.EXCLUSION_APPROVED: lazy_gettext("Left out, approved"),
    Kind.EXCLUSION_DECLINED: lazy_gettext("Not left out"),
}
REASONS: dict[Reason, LazyString] = {
    Reason.NON_RESIDENTIAL: lazy_gettext("Not a home"),
    Reason.BAD_ADDRESS: lazy_gettext("No such door"),
    Reason.DEMOLISHED: lazy_gettext("Torn down"),
    Reason.UNREACHABLE: lazy_gettext("Not reached after three visits"),
    Reason.OTHER: lazy_gettext("Another reason"),
}
PENDING: dict[Pending, LazyString] = {
    Pending.VACANCY: lazy_gettext("Waits for a second person to confirm it is vacant"),
    Pending.EXCLUSION: lazy_gettext("Waits for approval to be left out"),
}
TRAY: dict[TrayKind, LazyString] = {
    TrayKind.FOUND: lazy_gettext("A door that is not on the list"),
    TrayKind.LATE: lazy_gettext("Reported after the round was closed"),
    TrayKind.CONFLICT: lazy_gettext("Two different reports under one number"),
    TrayKind.LEFT_SCOPE: lazy_gettext("Reported by somebody no longer assigned here"),
    TrayKind.RECUT: lazy_gettext("Reported by somebody of another group of the building"),
    TrayKind.FOLLOWS: lazy_gettext("Takes back or corrects a report that waits here"),
    TrayKind.HELD: lazy_gettext("Takes back or corrects a report that has not arrived"),
    TrayKind.BROKEN: lazy_gettext("Sent by a phone, cannot be entered as it stands"),
}
# What the coordinator reads about the two buttons.
SETTLE: dict[TrayKind, LazyString] = {
    TrayKind.FOUND: lazy_gettext("Accepted, it joins the list and counts as a gap."),
    TrayKind.LATE: lazy_gettext("The figures of a closed round stay as they are: answer it."),
    TrayKind.CONFLICT: lazy_gettext(
        "The first report counts until you accept this one in its place. Ask its sender."
    ),
    TrayKind.LEFT_SCOPE: lazy_gettext(
        "Accepted, it is entered at the time it happened, with its sender's name."
    ),
    TrayKind.RECUT: lazy_gettext(
        "The door has another group now. Accepted, it is entered with its sender's name."
    ),
    TrayKind.FOLLOWS: lazy_gettext("Decide first about the report that it belongs to."),
    TrayKind.HELD: lazy_gettext(
        "It enters by itself when that report comes. Decline it only if it never will."
    ),
    TrayKind.BROKEN: lazy_gettext(
        "Report what happened anew at the door if it is true, then decline this one."
    ),
}
# What the sender reads about a report that could not be entered at once.
KEPT: dict[TrayKind, LazyString] = {
    TrayKind.LATE: lazy_gettext(
        "The round is closed and its figures are frozen. Your report is kept for the coordinator."
    ),
    TrayKind.LEFT_SCOPE: lazy_gettext(
        "You are no longer assigned here. Your report is kept and waits for the coordinator."
    ),
    TrayKind.RECUT: lazy_gettext(
        "This door belongs to another group now. Your report is kept and waits for the coordinator."
    ),
    TrayKind.FOLLOWS: lazy_gettext(
        "The report this belongs to waits for the coordinator, and so does this one."
    ),
    TrayKind.HELD: lazy_gettext(
        "The report this belongs to has not arrived yet. This one is kept until it does."
    ),
    TrayKind.CONFLICT: lazy_gettext(
        "This was reported before with other words. Both are kept for review."
    ),
}


def cell_words() -> Callable[[str, int, int | None], Markup]:
    """How to word the cells of a plan: tried says how often, part told how many are left.

    Each word is looked up once for a page; a tower has two hundred doors.
    """

    def word(state: str, tried: int, left: int | None) -> Markup:
        return escape(short_state(State(state), attempts=tried, remaining=left))

    return cache(word)


def short_state(state: State, *, attempts: int, remaining: int | None) -> str:
    """The word on one door."""
    if state is State.TRIED:
        return str(gettext("Tried %(n)s", n=attempts))
    if state is State.PART_COVERED:
        return str(gettext("%(n)s left", n=remaining))
    return str(STATES[state])


def floor_name(floor: int) -> str:
    """A floor as people call it; 0 stands for a door whose floor nobody wrote down."""
    return floor_names()(floor)


def floor_names() -> Callable[[int], str]:
    """How to name the floors of a plan; the wording is looked up once."""
    wording = str(gettext("Floor %(n)s", n="{}"))
    return lambda floor: wording.format(floor) if floor else "–"


def saved(receipt: Receipt, place: str) -> str:
    """What the screen says once a report is in."""
    if receipt.standing is None:
        return ""
    word = " · ".join([str(STATES[receipt.standing.state]), *_still_to_come(receipt.standing)])
    return str(gettext("%(place)s saved: %(word)s", place=place, word=word))


def _still_to_come(standing: Standing) -> Iterator[str]:
    """What was said and the state does not show: that it looks vacant, when to come back."""
    if standing.pending:
        yield str(PENDING[standing.pending])
    if standing.appointment_at:
        yield str(gettext("agreed: %(when)s", when=moment(standing.appointment_at)))


def saved_many(doors: int, outcome: Outcome) -> str:
    """What the screen says once a report about several doors is in."""
    return str(
        ngettext(
            "%(num)s door saved: %(word)s",
            "%(num)s doors saved: %(word)s",
            doors,
            word=OUTCOMES[outcome],
        )
    )


def reason_text(reason: str | None) -> str:
    """A kept reason as people read it: its code in words, then what was written."""
    code, _, text = (reason or "").partition(": ")
    if code not in set(Reason):
        return reason or ""
    return f"{REASONS[Reason(code)]} {text}".strip()


def kept(item: TrayItem) -> str:
    """What has become of a report that could not be entered at once."""
    if item.decision is Decision.DECLINED:
        return str(gettext("The coordinator has declined this report: %(why)s", why=item.answer))
    if item.kind is TrayKind.BROKEN:
        why = item.body["problem"]
        return str(gettext("Kept for the coordinator, but not entered: %(why)s", why=why))
    return str(KEPT[item.kind])


def milliseconds(moment: datetime) -> int:
    """A moment as scripts compare it."""
    return int(moment.timestamp() * 1000)


def fate(receipt: Receipt) -> str:
    """What a phone shows about a report that did not simply enter the ledger."""
    if receipt.item:
        return kept(receipt.item)
    if receipt.fate is Fate.REFUSED:
        return str(gettext("The server knows no such round. The report stays on this phone."))
    return ""


def tray_text(item: TrayItem) -> str:
    """What a tray item says, in one line."""
    body = item.body
    if item.kind is TrayKind.FOUND:
        parts = [door_name(body["unit"], body["room"]), floor_name(body["floor"]), body["note"]]
    elif item.kind is TrayKind.BROKEN:
        parts = [body["problem"]]
    else:
        outcome = body.get("outcome")
        word = OUTCOMES[Outcome(outcome)] if outcome else KINDS[Kind(body["kind"])]
        parts = [str(word), body.get("note", "")]
    return " · ".join(part for part in parts if part)


def accept_label(kind: TrayKind) -> str:
    """What the accepting button does."""
    if kind is TrayKind.FOUND:
        return str(gettext("Accept: the door joins the list"))
    if kind is TrayKind.CONFLICT:
        return str(gettext("Accept: the later words count"))
    return str(gettext("Accept: enter the report"))
