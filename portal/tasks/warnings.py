"""What people do with warnings: enter, see, sign, assign, visit, reply, review; who is told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext

from portal.access import Permission, Person, Role
from portal.accounts.models import User
from portal.audit.actions import record
from portal.clock import now
from portal.db import db
from portal.errors import RuleError
from portal.outbox.actions import post, tell_groups
from portal.private import hide
from portal.tasks import actions, warning_queries
from portal.tasks.deadlines import FOLLOW_UP, Minutes, due
from portal.tasks.states import TaskKind
from portal.tasks.steps import Deal, Field, Move, Result, Risk, Standing, Step, Why, after, who_went
from portal.tasks.warning_models import (
    CaseDetail,
    Method,
    Warning,
    WarningEvent,
    WarningRules,
)
from portal.tasks.warning_words import refusal
from portal.tower.models import Dwelling, Place
from portal.tower.settings import keep_rules

RECEIVE = frozenset({Role.OFFICER})
ALARMED = frozenset({Role.OFFICER, Role.COORDINATOR, Role.ADMIN})


@dataclass(frozen=True, kw_only=True)
class News:
    """A warning as the liaison enters it."""

    risk: Risk
    method: Method
    received_at: datetime
    story: str
    reference: str


def enter(news: News, place: Place, *, home: Dwelling | None, by: Person) -> Warning:
    """Enter a warning: its clock runs from when it came, and the police liaison is told."""
    community_id = place.community_id
    minutes = warning_queries.minutes_of(community_id)
    warning = Warning(
        community_id=community_id,
        place_id=home.group_id if home else place.id,
        path=home.path if home else place.path,
        dwelling_id=home.id if home else None,
        risk=news.risk,
        received_at=news.received_at,
        entered_by=by.id,
    )
    warning.come_to(Step.NEW, due_at=due(news.received_at, Step.NEW, news.risk, minutes))
    db.session.add(warning)
    db.session.flush()
    story, _ = hide(news.story)
    reference, _ = hide(news.reference)
    db.session.add(
        CaseDetail(warning_id=warning.id, method=news.method, story=story, reference=reference)
    )
    _tell("warning.new", warning, _nearest(warning, RECEIVE), by=by)
    tell_groups(
        "warning.new",
        community_id=community_id,
        subject=f"warning/{warning.id}",
        path=warning.path,
        urgent=True,
    )
    return warning


def may(warning: Warning, move: Move, person: Person) -> bool:
    """Who may make a move: visitors report and give back, reviewers review, the rest is run."""
    if move is Move.ACCEPT or (move is Move.BACK and warning.step is Step.REPLIED):
        is_theirs = person.id in _went(warning)
        return not is_theirs and person.may(Permission.REVIEW_WARNINGS, path=warning.path)
    if person.may(Permission.RUN_WARNINGS, path=warning.path):
        return True
    goes = warning.step is Step.ASSIGNED and person.id in {warning.visitor_id, warning.companion_id}
    return goes and move in {Move.VISIT, Move.BACK}


def _went(warning: Warning) -> frozenset[int]:
    """Who goes to the door now, and who has ever been there."""
    sent = (warning.visitor_id, warning.companion_id)
    return who_went(warning_queries.history(warning)).union(one for one in sent if one)


def move(warning: Warning, deal: Deal, *, by: Person) -> WarningEvent:
    """Make a move with a warning; RuleError says why it may not be made now."""
    if not may(warning, deal.move, by):
        raise RuleError(gettext("This step is for somebody else to take."))
    standing = Standing(
        step=warning.step,
        risk=warning.risk,
        went=_went(warning),
        checklist=warning_queries.checklist_of(warning.community_id, deal.move),
        required=warning_queries.required_of(warning.community_id, deal.move),
    )
    target = after(standing, deal)
    if isinstance(target, Why):
        raise RuleError(refusal(target))
    deal = replace(deal, advice=hide(deal.advice)[0], reason=hide(deal.reason)[0])
    event = _note(warning, deal, target, by)
    _apply(warning, deal, target)
    _tell_of(warning, deal, by)
    if deal.move is Move.VISIT and deal.result is Result.DOUBTFUL:
        _follow_up(warning, by)
    return event


def report_loss(warning: Warning, *, at: datetime, by: Person) -> None:
    """Note when money went after all; noted again, it is put right, and the trail keeps both."""
    if warning.lost_at == at:
        raise RuleError(gettext("This is noted already."))
    warning.lose(at)
    _record("warning.lost", warning, by, at=at.isoformat())


def decide_rules(
    community_id: int,
    minutes: Minutes,
    checklists: dict[str, list[str]],
    required: dict[str, list[Field]],
    *,
    by: Person,
) -> None:
    """Set deadlines, checklists and required fields; they hold for steps taken from now on."""
    change = {"minutes": minutes, "checklists": checklists, "required": required}
    keep_rules(WarningRules, community_id, change, named="warnings", by=by)


def record_export(*, kind: str, counts: Mapping[int, int], by: Person) -> None:
    """Note who took a list of warnings along as a file, with how many of each community."""
    for community_id in by.community_ids:
        record(
            "warning.exported",
            community_id=community_id,
            by=by.id,
            subject="community",
            subject_id=community_id,
            details={"kind": kind, "rows": counts.get(community_id, 0)},
        )


# Helpers -----------------------------------------------------------------------------------------


def _apply(warning: Warning, deal: Deal, target: Step) -> None:
    if deal.move is Move.ASSIGN:
        warning.visitor_id, warning.companion_id = deal.visitor, deal.companion
    if deal.move is Move.VISIT:
        warning.result = deal.result
        if deal.result is Result.PAID and warning.lost_at is None:
            warning.lose(now())  # at the latest; the liaison may know better
    if target is warning.step and deal.move is not Move.ASSIGN:
        return
    minutes = warning_queries.minutes_of(warning.community_id)
    due_at = due(warning.received_at, target, warning.risk, minutes)
    warning.come_to(target, due_at=due_at)
    db.session.flush()


def _note(warning: Warning, deal: Deal, target: Step, by: Person) -> WarningEvent:
    facts: dict[str, Any] = {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in asdict(deal).items()
        if (value or value == 0) and name not in {"move", "by"}
    }
    at = now()
    sealed = repr((warning.id, warning.step, target, at.isoformat(), by.id, sorted(facts.items())))
    event = WarningEvent(
        warning_id=warning.id,
        move=deal.move,
        before=warning.step,
        after=target,
        at=at,
        due_at=warning.due_at,
        by_id=by.id,
        facts=facts,
        receipt=hashlib.sha256(sealed.encode()).hexdigest()[:8].upper(),
    )
    db.session.add(event)
    db.session.flush()
    _record(f"warning.{deal.move}", warning, by)
    return event


def _record(action: str, warning: Warning, by: Person, **details: str) -> None:
    record(
        action,
        community_id=warning.community_id,
        by=by.id,
        subject="warning",
        subject_id=warning.id,
        details=details,
    )


def _tell_of(warning: Warning, deal: Deal, by: Person) -> None:
    """Whoever has to take the next step learns of it at any hour."""
    visitors = [user_id for user_id in (warning.visitor_id, warning.companion_id) if user_id]
    if deal.move is Move.SIGN:
        _tell("warning.signed", warning, _nearest(warning, {Role.COORDINATOR, Role.ADMIN}), by=by)
    elif deal.move is Move.ASSIGN or (deal.move is Move.BACK and warning.step is Step.ASSIGNED):
        _tell("warning.assigned", warning, visitors, by=by)
    elif deal.move is Move.BACK or warning.step is Step.DISSUADED:
        _tell("warning.returned", warning, _nearest(warning, RECEIVE | ALARMED), by=by)
    elif deal.move is Move.REPLY:
        reviewers = _nearest(warning, {Role.REVIEWER}) or _nearest(warning, ALARMED)
        _tell("warning.replied", warning, reviewers - _went(warning), by=by)


def _nearest(warning: Warning, roles: Iterable[Role]) -> set[int]:
    by_level = warning_queries.holders(warning.community_id, warning.path, roles)
    return by_level[max(by_level)] if by_level else set()


def _tell(kind: str, warning: Warning, to: Iterable[int], *, by: Person) -> None:
    count = len(warning_queries.events(warning))
    post(
        kind,
        community_id=warning.community_id,
        subject=f"warning/{warning.id}/{count}",
        to=[user_id for user_id in to if user_id != by.id],
        details={"warning": warning.id, "step": warning.step, "risk": warning.risk},
        urgent=True,
    )


def _follow_up(warning: Warning, by: Person) -> None:
    """Whoever still doubts is seen again within a day; a household that is to be seen, once.

    Of two reports at once the second waits in the audit chain until the first is committed.
    """
    if known := warning_queries.maybe_follow_up(warning):
        why = gettext("warning %(number)s, still doubtful", number=warning.id)
        actions.ask_again(known, why=why, by=by)
        return
    wanted = actions.Wanted(
        kind=TaskKind.CALL_BACK,
        what=gettext("Warning %(number)s: see the household again", number=warning.id),
        note=None,
        due_at=now() + FOLLOW_UP,
    )
    place = db.session.get_one(Place, warning.place_id)
    home = db.session.get(Dwelling, warning.dwelling_id) if warning.dwelling_id else None
    holder = db.session.get_one(User, warning.visitor_id or by.id)
    task = actions.make(wanted, place, home=home, holder=holder, by=by)
    task.warning_id = warning.id
