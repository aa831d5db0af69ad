"""The rows of the matrix: what every route asks of its caller, and of the things it names."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from portal.access import GRANTS, Permission, Policy
from portal.clock import today
from portal.public.states import InquiryKind
from portal.tower.models import DEFAULT_LEVEL_NAMES, DEFAULT_SEAT_NAMES
from tests.coverage.factory import new_id
from tests.matrix.stage import Actor, Target, Where

Fields = Callable[[Target, Target], dict[str, Any]]


class Answer(StrEnum):
    """How a request fares, whatever it is about."""

    THROUGH = "through"
    SIGN_IN = "sign in"
    FORBIDDEN = "forbidden"
    HIDDEN = "hidden"


class Scope(StrEnum):
    """What decides whether a thing is in reach."""

    NONE = ""  # nothing is named
    BUILDING = "path"
    COMMUNITY = "community_path"
    MINE = "mine"  # only one's own things, wherever one serves
    SIGNED = "signed"  # whoever holds the signed address


@dataclass(frozen=True, kw_only=True)
class Row:
    """One way to use one route.

    `url` names which thing of the target stands for each argument of the address; with `smuggled`
    those are one's own and only the body (or query) names things of the target. `answers` are the
    right ones within reach; `outside` is how a thing beyond it is refused. `decides` replaces the
    rule where a view decides for itself, `because` says why. `again` says why sending the same form
    twice has a second effect; others have one (G15). `own_token` is the field that stands for the
    token where a form must work without cookies.
    """

    endpoint: str
    method: str
    needs: Permission | None = None
    is_public: bool = False
    scope: Scope = Scope.NONE
    url: dict[str, str] = field(default_factory=dict)
    query: Fields | None = None
    body: Fields | None = None
    smuggled: bool = False
    answers: frozenset[int] = frozenset()
    outside: int = 404
    decides: Callable[[Actor, Target], Answer] | None = None
    because: str = ""
    again: str = ""
    own_token: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint}{' (smuggled)' if self.smuggled else ''}"

    @property
    def policy(self) -> Policy:
        return Policy(signed_in=not self.is_public, permission=self.needs)

    def expected(self, actor: Actor, target: Target) -> Answer:
        """The answer that policy, GRANTS and the tower call for."""
        if not self.is_public and not actor.is_known:
            return Answer.SIGN_IN
        if self.needs and not actor.may(self.needs):
            return Answer.FORBIDDEN
        if self.decides:
            return self.decides(actor, target)
        return Answer.THROUGH if self._reaches(actor, target) else Answer.HIDDEN

    def _reaches(self, actor: Actor, target: Target) -> bool:
        if self.scope is Scope.NONE:
            return True
        if self.scope is Scope.MINE:
            return target.where is Where.OWN
        if target.where is Where.GONE or self.scope is Scope.SIGNED:
            return target.where is not Where.GONE
        return self.needs is not None and actor.may(self.needs, getattr(target, self.scope.value))


def get(
    endpoint: str, needs: Permission | None = None, scope: Scope = Scope.NONE, **more: Any
) -> Row:
    more.setdefault("answers", {200})
    return _row(endpoint, "GET", needs, scope, more)


def post(
    endpoint: str, needs: Permission | None = None, scope: Scope = Scope.NONE, **more: Any
) -> Row:
    more.setdefault("answers", {303})
    return _row(endpoint, "POST", needs, scope, more)


def _row(
    endpoint: str, method: str, needs: Permission | None, scope: Scope, more: dict[str, Any]
) -> Row:
    more["answers"] = frozenset(more["answers"])
    return Row(endpoint=endpoint, method=method, needs=needs, scope=scope, **more)


# What stands for the arguments of an address -----------------------------------------------------

BUILDING = {"place_id": "building_id"}
GROUP = {"place_id": "group_id"}
COMMUNITY = {"place_id": "community_id"}
HOME = {"dwelling_id": "dwelling_id"}
ROUND = {"round_id": "round_id"}
NARROW = {"round_id": "narrow_id"}
PLAN = ROUND | {"building_id": "building_id"}
DOOR = ROUND | HOME
VISIT = ROUND | {"visit": "visit"}
PERSON = {"user_id": "user_id"}
IMPORT = {"import_id": "import_id"}
PASSWORD = "wooden horse lamp 47"


def settings(_target: Target, _own: Target) -> dict[str, Any]:
    """Everything the form of a community asks for."""
    fields: dict[str, Any] = {"most": 30, "policy": "fewest_groups"}
    for language, names in DEFAULT_LEVEL_NAMES.items():
        fields |= {f"{language}_{n}": name for n, name in enumerate(names, 1)}
    for language, names in DEFAULT_SEAT_NAMES.items():
        fields |= {f"seat_{language}_{n}": name for n, name in enumerate(names, 1)}
    return fields


def tomorrow() -> str:
    return (today() + timedelta(days=1)).isoformat()


def roster(target: Target, _own: Target) -> dict[str, Any]:
    text = "estate,building,units,floors,dwellings\n和风苑,9,1,2,4\n"
    return {"community_id": target.community_id, "file": (io.BytesIO(text.encode()), "new.csv")}


def visit(_target: Target, _own: Target) -> dict[str, Any]:
    return {"uuid": new_id(), "outcome": "not_home"}


def report(actor: Actor, target: Target) -> Answer:
    """Who may report at a door: also whoever has just lost the building, to be told so."""
    if target.where is Where.GONE:
        return Answer.HIDDEN
    if any(target.path.startswith(path) for _, path in actor.ended):
        return Answer.THROUGH
    if not actor.may(Permission.SEE_PLAN, target.path):
        return Answer.HIDDEN
    return Answer.THROUGH if actor.may(Permission.RECORD_VISITS) else Answer.FORBIDDEN


def in_an_estate_served(actor: Actor, target: Target) -> Answer:
    takes = [path for role, path in actor.duties if Permission.TAKE_SHIFTS in GRANTS[role]]
    estates = ["/".join(path.split("/")[:3]) for path in takes]  # "/1/4", or "/1/" of a community
    near = any(target.path.startswith(path.rstrip("/") + "/") for path in estates)
    return Answer.THROUGH if near else Answer.HIDDEN


# The rows ----------------------------------------------------------------------------------------

ACCOUNTS = (
    get("accounts.session_new", is_public=True, answers={200, 303}),
    post("accounts.session_create", is_public=True, answers={422}),
    post("accounts.session_destroy", is_public=True),
    post("accounts.locale_update", is_public=True, body=lambda *_: {"locale": "en"}),
    post("accounts.large_text_update", is_public=True, body=lambda *_: {"large": "1"}),
    get("accounts.own"),
    post("accounts.password_update", answers={422}, body=lambda *_: {"current": "wrong"}),
    post("accounts.sign_in_destroy", scope=Scope.MINE, url={"sign_in_id": "sign_in_id"}),
    get("accounts.index", Permission.SEE_PEOPLE),
    get("accounts.show", Permission.SEE_PEOPLE, Scope.BUILDING, url=PERSON),
    get("accounts.new", Permission.MANAGE_PEOPLE),
    post(
        "accounts.create",
        Permission.MANAGE_PEOPLE,
        Scope.BUILDING,
        outside=422,
        body=lambda target, _: {
            "name": "Newcomer",
            "phone": "13612345678",
            "password": PASSWORD,
            "role": "volunteer",
            "place": target.place_name,
        },
    ),
    post("accounts.disable", Permission.MANAGE_PEOPLE, Scope.BUILDING, url=PERSON),
    post("accounts.enable", Permission.MANAGE_PEOPLE, Scope.BUILDING, url=PERSON),
    post(
        "accounts.password_reset",
        Permission.MANAGE_PEOPLE,
        Scope.BUILDING,
        url=PERSON,
        answers={200},
    ),
    post(
        "accounts.duty_create",
        Permission.MANAGE_PEOPLE,
        Scope.BUILDING,
        url=PERSON,
        body=lambda target, _: {"role": "volunteer", "place": target.place_name},
    ),
    post(
        "accounts.duty_create",
        Permission.MANAGE_PEOPLE,
        Scope.BUILDING,
        url=PERSON,
        smuggled=True,
        outside=422,
        body=lambda target, _: {"role": "volunteer", "place": target.place_name},
    ),
    post(
        "accounts.duty_destroy",
        Permission.MANAGE_PEOPLE,
        Scope.BUILDING,
        url={"duty_id": "duty_id"},
    ),
    get("accounts.audit_index", Permission.SEE_AUDIT),
)

TOWER = (
    get("tower.index", Permission.SEE_TOWER),
    get("tower.show", Permission.SEE_TOWER, Scope.BUILDING, url=GROUP),
    get("tower.dwelling", Permission.SEE_RESIDENTS, Scope.BUILDING, url=HOME),
    post(
        "tower.reveal_phone",
        Permission.REVEAL_PHONES,
        Scope.BUILDING,
        url=HOME,
        answers={200},
        body=lambda *_: {"reason": "nobody answers"},
        again="a number that is shown twice is recorded twice",
    ),
    get("tower.cut", Permission.EDIT_TOWER, Scope.BUILDING, url=BUILDING),
    post(
        "tower.create_cut",
        Permission.EDIT_TOWER,
        Scope.BUILDING,
        url=BUILDING,
        answers={409},
        body=lambda *_: {"policy": "fewest_groups", "most": 20, "digest": "another"},
    ),
    post(
        "tower.create_moves",
        Permission.EDIT_TOWER,
        Scope.BUILDING,
        url=BUILDING,
        body=lambda target, _: {"door": target.dwelling_id, "group": 2},
    ),
    post(
        "tower.create_moves",
        Permission.EDIT_TOWER,
        Scope.BUILDING,
        url=BUILDING,
        smuggled=True,
        outside=409,  # the same words as for a door that never was
        body=lambda target, _: {"door": target.dwelling_id, "group": 2},
        decides=lambda actor, target: _only_own(target),
        because="doors move within their building only",
    ),
    post(
        "tower.destroy_moves",
        Permission.EDIT_TOWER,
        Scope.BUILDING,
        url=BUILDING,
        body=lambda target, _: {"door": target.moved_id},
    ),
    get("tower.edit_settings", Permission.EDIT_TOWER, Scope.COMMUNITY, url=COMMUNITY),
    post(
        "tower.update_settings",
        Permission.EDIT_TOWER,
        Scope.COMMUNITY,
        url=COMMUNITY,
        body=settings,
    ),
)

TEAMS = (
    get("teams.index", Permission.SEE_TEAMS, Scope.BUILDING, url=GROUP),
    get("teams.new", Permission.FILL_SEATS, Scope.BUILDING, url=GROUP),
    post(
        "teams.create",
        Permission.FILL_SEATS,
        Scope.BUILDING,
        url=GROUP,
        body=lambda target, _: {"seat": 0, "user_id": target.user_id},
    ),
    post(
        "teams.create",
        Permission.FILL_SEATS,
        Scope.BUILDING,
        url=GROUP,
        smuggled=True,
        body=lambda target, _: {"seat": 0, "user_id": target.user_id},
        decides=lambda actor, target: _of_own_community(target),
        because="whoever serves anywhere in the community may sit in any of its teams",
    ),
    post("teams.destroy", Permission.FILL_SEATS, Scope.BUILDING, url={"seat_id": "seat_id"}),
)

ROSTERS = (
    get("rosters.index", Permission.IMPORT_ROSTERS),
    post("rosters.create", Permission.IMPORT_ROSTERS, Scope.COMMUNITY, outside=422, body=roster),
    get("rosters.show", Permission.IMPORT_ROSTERS, Scope.COMMUNITY, url=IMPORT),
    get("rosters.messages", Permission.IMPORT_ROSTERS, Scope.COMMUNITY, url=IMPORT),
    post("rosters.apply", Permission.IMPORT_ROSTERS, Scope.COMMUNITY, url=IMPORT),
    post("rosters.restart", Permission.IMPORT_ROSTERS, Scope.COMMUNITY, url=IMPORT, answers={409}),
    post("rosters.drop", Permission.IMPORT_ROSTERS, Scope.COMMUNITY, url=IMPORT),
    post(
        "rosters.export",
        Permission.EXPORT_ROSTERS,
        Scope.BUILDING,
        url=BUILDING,
        answers={200},
        again="a list that leaves the house twice is recorded twice",
    ),
)

ROUNDS = (
    get("coverage.rounds", Permission.SEE_ROUNDS),
    get("coverage.new_round", Permission.OPEN_ROUNDS),
    post(
        "coverage.create_round",
        Permission.OPEN_ROUNDS,
        Scope.BUILDING,
        outside=422,
        body=lambda target, _: {"name": "Another", "place_id": target.building_id, "care_tag": ""},
    ),
    get("coverage.round_show", Permission.SEE_ROUNDS, Scope.BUILDING, url=NARROW),
    get("coverage.sign_offs", Permission.SIGN_OFF, Scope.BUILDING, url=ROUND | BUILDING),
    post(
        "coverage.create_sign_off",
        Permission.SIGN_OFF,
        Scope.BUILDING,
        url=ROUND | BUILDING,
        body=lambda *_: {"all": "1"},
    ),
    post(
        "coverage.create_closure",
        Permission.CLOSE_ROUNDS,
        Scope.BUILDING,
        url=NARROW,
        answers={409},
    ),
    get(
        "coverage.certificate", Permission.SEE_ROUNDS, Scope.BUILDING, url={"round_id": "closed_id"}
    ),
    get("coverage.tray", Permission.APPROVE_DOORS, Scope.BUILDING, url=NARROW),
    post("coverage.create_newcomers", Permission.APPROVE_DOORS, Scope.BUILDING, url=NARROW),
    post(
        "coverage.decide_item",
        Permission.APPROVE_DOORS,
        Scope.BUILDING,
        url={"item_id": "item_id"},
        body=lambda *_: {"accept": "0", "answer": "It is a shop."},
    ),
)

DOORS = (
    get("coverage.plan", Permission.SEE_PLAN, Scope.BUILDING, url=PLAN),
    get("coverage.door", Permission.SEE_PLAN, Scope.BUILDING, url=DOOR),
    post(
        "coverage.create_visit",
        url=DOOR,
        body=visit,
        answers={202, 303},
        decides=report,
        because="whoever has just lost the building is told so, and the report is kept (law 6)",
    ),
    post(
        "coverage.create_many",
        Permission.RECORD_VISITS,
        Scope.BUILDING,
        url=PLAN,
        body=lambda target, own: visit(target, own) | {"door": target.dwelling_id},
    ),
    post(
        "coverage.create_many",
        Permission.RECORD_VISITS,
        Scope.BUILDING,
        url=PLAN,
        smuggled=True,
        body=lambda target, own: visit(target, own) | {"door": target.dwelling_id},
        decides=lambda actor, target: _only_own(target),
        because="one report is about the doors of one plan",
    ),
    post("coverage.undo_visit", Permission.RECORD_VISITS, Scope.BUILDING, url=VISIT, answers={409}),
    post(
        "coverage.undo_batch",
        Permission.RECORD_VISITS,
        Scope.BUILDING,
        url=ROUND | {"batch": "batch"},
        answers={409},
    ),
    get("coverage.new_correction", Permission.RECORD_VISITS, Scope.BUILDING, url=VISIT),
    post(
        "coverage.create_correction",
        Permission.RECORD_VISITS,
        Scope.BUILDING,
        url=VISIT,
        answers={303, 409},
        body=lambda target, own: visit(target, own) | {"reason": "the wrong door"},
    ),
    post(
        "coverage.create_exclusion",
        Permission.RECORD_VISITS,
        Scope.BUILDING,
        url=DOOR,
        body=lambda target, own: visit(target, own) | {"reason": "demolished", "text": "gone"},
    ),
    post(
        "coverage.decide_exclusion",
        Permission.APPROVE_DOORS,
        Scope.BUILDING,
        url=DOOR,
        answers={409},
        body=lambda target, own: visit(target, own) | {"reason": "seen", "approve": "1"},
    ),
    get("coverage.new_found", Permission.RECORD_VISITS, Scope.BUILDING, url=PLAN),
    post(
        "coverage.create_found",
        Permission.RECORD_VISITS,
        Scope.BUILDING,
        url=PLAN,
        body=lambda *_: {"uuid": new_id(), "unit": "9", "floor": 8, "room": "808"},
    ),
)

PAPER = (
    get("paper.index", Permission.RECORD_VISITS, Scope.BUILDING, url=PLAN),
    post(
        "paper.create",
        Permission.RECORD_VISITS,
        Scope.BUILDING,
        url=PLAN,
        body=lambda *_: {"uuid": new_id()},
    ),
    get("paper.show", Permission.RECORD_VISITS, Scope.BUILDING, url={"batch": "sheets"}),
    get("paper.new_entries", Permission.RECORD_VISITS, Scope.BUILDING, url={"code": "sheet"}),
    post(
        "paper.create_entries",
        Permission.RECORD_VISITS,
        Scope.BUILDING,
        url={"code": "sheet"},
        answers={409, 422},  # the form names every row of the sheet
    ),
)

SYNC = (
    get("coverage.sync"),
    get("coverage.offline_sheet", Permission.RECORD_VISITS),
    get("coverage.queue"),
    post(
        "coverage.create_handover",
        Permission.APPROVE_DOORS,
        answers={422},  # there is nothing in it
        body=lambda *_: {"file": (io.BytesIO(b'{"user": 1, "visits": []}'), "queue.json")},
    ),
    get("coverage.worker", is_public=True),
    get("coverage.offline", is_public=True, url={"language": "=zh"}),
    post("coverage.create_synced", answers={400, 409}, body=lambda *_: {"visits": "none"}),
)

GAPS = (
    get("gaps.today"),
    get("gaps.index", Permission.SEE_GAPS, Scope.BUILDING, url=NARROW),
    get("gaps.place", Permission.SEE_GAPS, Scope.BUILDING, url=ROUND | BUILDING),
    get("gaps.doors", Permission.SEE_GAPS, Scope.BUILDING, url=NARROW),
    get(
        "gaps.doors",
        Permission.SEE_GAPS,
        Scope.BUILDING,
        url=ROUND,
        smuggled=True,
        query=lambda target, _: {"place": target.building_id},
        decides=lambda actor, target: _in_own_round(actor, target, Permission.SEE_GAPS),
        because="a round lists the doors of its own community only",
    ),
    post(
        "gaps.create_export",
        Permission.EXPORT_DOORS,
        Scope.BUILDING,
        url=ROUND,
        smuggled=True,
        answers={200},
        body=lambda target, _: {"kind": "csv", "place": target.building_id},
        decides=lambda actor, target: _in_own_round(actor, target, Permission.EXPORT_DOORS),
        again="a list that leaves the house twice is recorded twice",
        because="a round lists the doors of its own community only",
    ),
    get("gaps.live", is_public=True, scope=Scope.SIGNED, url={"ticket": "ticket"}),
)

ANY_SHIFT = {"shift_id": "shift_id"}
HELD = {"shift_id": "held_id"}

REPORTS = (
    get("reports.roll_call", Permission.SEE_PLAN, Scope.BUILDING, url=ROUND | BUILDING),
    get("reports.card", is_public=True, scope=Scope.SIGNED, url={"seal": "card"}),
)

SHIFTS = (
    get("shifts.index", Permission.SEE_ROTA),
    get("shifts.choices", Permission.TAKE_SHIFTS),
    get("shifts.month", Permission.TAKE_SHIFTS),
    get(
        "shifts.choice",
        Permission.TAKE_SHIFTS,
        url=ANY_SHIFT,
        decides=in_an_estate_served,
        because="crews go round: shifts of the whole estate are open to those who serve in it",
    ),
    post(
        "shifts.signup_create",
        Permission.TAKE_SHIFTS,
        url=ANY_SHIFT,
        decides=in_an_estate_served,
        because="the same",
    ),
    post("shifts.signup_destroy", Permission.TAKE_SHIFTS, Scope.MINE, url=HELD),
    post(
        "shifts.offer_answer",
        Permission.TAKE_SHIFTS,
        Scope.MINE,
        url={"shift_id": "offered_id"},
        body=lambda *_: {"answer": "yes"},
    ),
    post("shifts.stand_in_create", Permission.TAKE_SHIFTS, Scope.MINE, url=HELD),
    post("shifts.stand_in_destroy", Permission.TAKE_SHIFTS, Scope.MINE, url=HELD, answers={409}),
    post(
        "shifts.stand_in_answer",
        Permission.TAKE_SHIFTS,
        url=ANY_SHIFT,
        body=lambda *_: {"answer": "no"},
        decides=in_an_estate_served,
        because="the same",
    ),
    post("shifts.check_in_create", Permission.TAKE_SHIFTS, Scope.MINE, url=HELD, answers={409}),
    get("shifts.code_new", Permission.TAKE_SHIFTS),
    post("shifts.code_create", Permission.TAKE_SHIFTS, answers={409}),
    get("shifts.crew", Permission.RUN_SHIFTS, Scope.BUILDING, url=ANY_SHIFT),
    post(
        "shifts.attendance_update",
        Permission.RUN_SHIFTS,
        Scope.BUILDING,
        url=ANY_SHIFT,
        answers={409},
    ),
    post(
        "shifts.decision_create",
        Permission.RUN_SHIFTS,
        Scope.BUILDING,
        url={"assignment_id": "question_id"},
        body=lambda *_: {"answer": "no"},
    ),
    post("shifts.approval_update", Permission.RUN_SHIFTS, Scope.BUILDING, url=BUILDING),
    get("shifts.rules_edit", Permission.PLAN_SHIFTS, Scope.COMMUNITY, url=COMMUNITY),
    post(
        "shifts.rules_update",
        Permission.PLAN_SHIFTS,
        Scope.COMMUNITY,
        url=COMMUNITY,
        body=lambda *_: {
            "rest_hours": "20",
            "most_a_day": "2",
            "cancel_hours": "24",
            "answer_hours": "12",
        },
    ),
    get("shifts.needs_index", Permission.PLAN_SHIFTS),
    get("shifts.needs_edit", Permission.PLAN_SHIFTS, Scope.BUILDING, url=BUILDING),
    post(
        "shifts.needs_update",
        Permission.PLAN_SHIFTS,
        Scope.BUILDING,
        url=BUILDING,
        body=lambda *_: {"officer": "y", "skills": "English"},
    ),
    post("shifts.skills_update", Permission.PLAN_SHIFTS, Scope.BUILDING, url=PERSON),
    get("shifts.mine", Permission.TAKE_SHIFTS),
    post("shifts.feed_create", Permission.TAKE_SHIFTS, answers={200}),
    post("shifts.feed_destroy", Permission.TAKE_SHIFTS),
    get("shifts.feed", is_public=True, scope=Scope.SIGNED, url={"token": "feed"}),
    get("shifts.time_edit", Permission.TAKE_SHIFTS),
    post("shifts.time_update", Permission.TAKE_SHIFTS, body=lambda *_: {"most_a_week": "2"}),
    post(
        "shifts.leave_create",
        Permission.TAKE_SHIFTS,
        body=lambda *_: {"first_day": "2036-05-01", "last_day": "2036-05-03"},
    ),
    post(
        "shifts.leave_destroy",
        Permission.TAKE_SHIFTS,
        url={"leave_id": "leave_id"},
        decides=lambda *_: Answer.HIDDEN,
        because="leave is one's own, and this is somebody else's",
    ),
    get("shifts.time_show", Permission.SEE_PEOPLE, Scope.BUILDING, url=PERSON),
    get("shifts.certificate", Permission.TAKE_SHIFTS, url={"year": "=2026"}),
    get("shifts.proof_index", Permission.SEE_ROTA, answers={200, 303}),
    get("shifts.proof_show", Permission.SEE_ROTA, Scope.BUILDING, url=BUILDING),
    post(
        "shifts.proof_export",
        Permission.SEE_ROTA,
        Scope.BUILDING,
        url=BUILDING,
        answers={200},
        body=lambda *_: {"kind": "csv"},
        again="a list that leaves the house twice is recorded twice",
    ),
    get(
        "shifts.gap_new",
        Permission.TAKE_SHIFTS,
        url=GROUP,
        decides=in_an_estate_served,
        because="crews go round: groups of the whole estate are open to those who serve in it",
    ),
    post(
        "shifts.gap_create",
        Permission.RUN_SHIFTS,
        Scope.BUILDING,
        url=GROUP,
        body=lambda *_: {"day": "2036-05-04", "starts": "15:30", "ends": "17:30", "seats": 2},
    ),
    get("shifts.own_turns_index", Permission.TAKE_SHIFTS),
    get("shifts.own_turns_file", Permission.TAKE_SHIFTS),
    get("shifts.reply_new", is_public=True, scope=Scope.SIGNED, url={"token": "reply"}),
    post(
        "shifts.reply_create",
        is_public=True,
        scope=Scope.SIGNED,
        url={"token": "reply"},
        answers={200},
        body=lambda *_: {"answer": "yes"},
    ),
)

SERIES = {"template_id": "series_id"}
STRETCH = {"first": "2030-01-01", "last": "2030-01-31"}
SERIES_OF_SHIFTS = (
    get("shifts.series_index", Permission.PLAN_SHIFTS),
    get("shifts.series_new", Permission.PLAN_SHIFTS),
    post(
        "shifts.series_create",
        Permission.PLAN_SHIFTS,
        Scope.BUILDING,
        outside=422,
        body=lambda target, _: {
            "name": "Saturdays",
            "place_id": target.building_id,
            "weekdays": [5],
            "starts": "15:30",
            "ends": "17:30",
            "seats": 2,
            "at_once": 1,
            "starts_on": "2030-01-01",
        },
    ),
    get("shifts.series_show", Permission.PLAN_SHIFTS, Scope.BUILDING, url=SERIES),
    post(
        "shifts.batch_create",
        Permission.PLAN_SHIFTS,
        Scope.BUILDING,
        url=SERIES,
        body=lambda *_: STRETCH,
    ),
    post(
        "shifts.batch_undo",
        Permission.PLAN_SHIFTS,
        Scope.BUILDING,
        url={"batch_id": "batch_id"},
    ),
    post("shifts.series_end", Permission.PLAN_SHIFTS, Scope.BUILDING, url=SERIES),
    get("shifts.day_sheet", Permission.RUN_SHIFTS, url={"day": "=2030-01-05"}),
)

ROTA_PLAN = {"plan_id": "plan_id"}
PLANS_OF_THE_ROTA = (
    get("shifts.plan_index", Permission.PLAN_SHIFTS),
    get("shifts.plan_new", Permission.PLAN_SHIFTS),
    post(
        "shifts.plan_create",
        Permission.PLAN_SHIFTS,
        Scope.BUILDING,
        outside=422,
        body=lambda target, _: {
            "place_id": target.building_id,
            "first": str(today()),
            "last": str(today() + timedelta(days=6)),
            "week": "18:30-20:30",
            "weekend": "",
            "minutes": 120,
            "crew_size": 2,
            "at_once": 1,
            "round_id": 0,
        },
    ),
    get("shifts.plan_show", Permission.PLAN_SHIFTS, Scope.BUILDING, url=ROTA_PLAN),
    get("shifts.plan_missing", Permission.PLAN_SHIFTS, Scope.BUILDING, url=ROTA_PLAN),
    get(
        "shifts.plan_day",
        Permission.PLAN_SHIFTS,
        Scope.BUILDING,
        url=ROTA_PLAN | {"day": "=2030-01-05"},
    ),
    get(
        "shifts.plan_turn",
        Permission.PLAN_SHIFTS,
        Scope.BUILDING,
        url=ROTA_PLAN | {"turn_id": "turn_id"},
    ),
    post(
        "shifts.plan_restart", Permission.PLAN_SHIFTS, Scope.BUILDING, url=ROTA_PLAN, answers={409}
    ),
    post("shifts.plan_publish", Permission.PLAN_SHIFTS, Scope.BUILDING, url=ROTA_PLAN),
    post("shifts.plan_withdraw", Permission.PLAN_SHIFTS, Scope.BUILDING, url=ROTA_PLAN),
)

STEERING = (
    get(
        "shifts.plan_mending",
        Permission.PLAN_SHIFTS,
        Scope.BUILDING,
        url=ROTA_PLAN,
        answers={303},  # it is not published: back to the plan
    ),
    post("shifts.plan_mend", Permission.PLAN_SHIFTS, Scope.BUILDING, url=ROTA_PLAN, answers={409}),
    get("shifts.shift_show", Permission.PLAN_SHIFTS, Scope.BUILDING, url=ANY_SHIFT),
    post(
        "shifts.crew_create",
        Permission.PLAN_SHIFTS,
        Scope.BUILDING,
        url=ANY_SHIFT,
        answers={409},  # that person asks for a place there already
        body=lambda target, _: {"person": target.user_id},
    ),
    post(
        "shifts.crew_destroy",
        Permission.PLAN_SHIFTS,
        Scope.BUILDING,
        url=ANY_SHIFT | PERSON,
    ),
    post(
        "shifts.shift_update",
        Permission.PLAN_SHIFTS,
        Scope.BUILDING,
        url=ANY_SHIFT,
        body=lambda *_: {"day": "2030-01-05", "starts": "15:30", "ends": "17:30"},
    ),
    post(
        "shifts.shift_destroy",
        Permission.PLAN_SHIFTS,
        Scope.BUILDING,
        url=ANY_SHIFT,
        body=lambda *_: {"why": "rain"},
    ),
)

NOTICE = {"notice_id": "notice_id"}
NOTICES = (
    get("notices.index"),
    get("notices.edit"),
    post("notices.update", answers={422}),
    post("notices.create_trial"),
    post("notices.read", scope=Scope.MINE, url=NOTICE),
    post("notices.read_all", scope=Scope.MINE, url=NOTICE),
    get("notices.confirmation", is_public=True, scope=Scope.SIGNED, url={"token": "to_confirm"}),
    post(
        "notices.create_confirmation",
        is_public=True,
        scope=Scope.SIGNED,
        url={"token": "to_confirm"},
        answers={200},
    ),
    get("troubles.index", Permission.SEE_DELIVERIES),
    post(
        "troubles.create_letter_try",
        Permission.SEE_DELIVERIES,
        Scope.BUILDING,
        url={"delivery_id": "delivery_id"},
    ),
)

ROBOT = {"robot_id": "robot_id"}


def robot(*_: Target) -> dict[str, Any]:
    return {
        "name": "Building 3",
        "maker": "wecom",
        "address": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0",
        "kinds": ["warning.new"],
        "locale": "en",
        "quiet_from": "21:00",
        "quiet_until": "08:00",
    }


ROBOTS = (
    get("robots.index", Permission.RUN_ROBOTS, Scope.BUILDING, url=BUILDING),
    get("robots.new", Permission.RUN_ROBOTS, Scope.BUILDING, url=BUILDING),
    post("robots.create", Permission.RUN_ROBOTS, Scope.BUILDING, url=BUILDING, body=robot),
    get("robots.edit", Permission.RUN_ROBOTS, Scope.BUILDING, url=ROBOT),
    post("robots.update", Permission.RUN_ROBOTS, Scope.BUILDING, url=ROBOT, body=robot),
    post("robots.create_trial", Permission.RUN_ROBOTS, Scope.BUILDING, url=ROBOT),
    post("robots.create_tries", Permission.RUN_ROBOTS, Scope.BUILDING, url=ROBOT),
    post("robots.destroy", Permission.RUN_ROBOTS, Scope.BUILDING, url=ROBOT),
    post(
        "troubles.create_message_try",
        Permission.RUN_ROBOTS,
        Scope.BUILDING,
        url={"message_id": "robot_message_id"},
    ),
)

TASK = {"task_id": "task_id"}


def _carries(actor: Actor, target: Target) -> Answer:
    """Who reaches a task: its holder, whoever is asked to take it, who gives tasks out there."""
    if target.where is Where.OWN or actor.may(Permission.RUN_TASKS, target.path or None):
        return Answer.HIDDEN if target.where is Where.GONE else Answer.THROUGH
    return Answer.HIDDEN


def _with_task(method: Callable[..., Row], endpoint: str, **more: Any) -> Row:
    return method(
        endpoint,
        scope=Scope.MINE,
        decides=_carries,
        because="a task is reached by its holder, by whoever is asked, and by who gives tasks out",
        **{"url": TASK, **more},
    )


TASKS = (
    get("tasks.index"),
    get("tasks.listing", Permission.RUN_TASKS),
    get(
        "tasks.listing",
        Permission.RUN_TASKS,
        Scope.BUILDING,
        smuggled=True,
        query=lambda target, _: {"place": target.building_id},
    ),
    get("tasks.load", Permission.RUN_TASKS),
    post(
        "tasks.update_rules",
        Permission.SET_TASK_RULES,
        Scope.COMMUNITY,
        url={"community_id": "community_id"},
        body=lambda *_: {"most_held": 12, "mend_days": 5},
    ),
    get("tasks.new", Permission.RUN_TASKS),
    get(
        "tasks.new",
        Permission.RUN_TASKS,
        Scope.BUILDING,
        smuggled=True,
        query=lambda target, _: {"dwelling": target.dwelling_id},
    ),
    post(
        "tasks.create",
        Permission.RUN_TASKS,
        Scope.BUILDING,
        outside=422,
        body=lambda target, _: {
            "kind": "data",
            "what": "Who lives there?",
            "place": target.place_name,
            "day": tomorrow(),
            "hour": "20:00",
        },
    ),
    _with_task(get, "tasks.show"),
    post(
        "tasks.create_assignment",
        Permission.RUN_TASKS,
        Scope.BUILDING,
        url=TASK,
        answers={303, 422},
        body=lambda target, _: {"user_id": target.user_id},
    ),
    _with_task(
        post,
        "tasks.create_offer",
        answers={303, 409, 422},
        body=lambda target, _: {"user_id": target.user_id},
    ),
    _with_task(post, "tasks.create_taking", answers={303, 409}, url={"task_id": "asked_task_id"}),
    _with_task(
        post,
        "tasks.create_refusal",
        answers={303, 409},
        url={"task_id": "asked_task_id"},
        body=lambda *_: {"reason": "away"},
    ),
    _with_task(
        post, "tasks.create_return", answers={303, 409}, body=lambda *_: {"reason": "too far"}
    ),
    _with_task(
        post,
        "tasks.create_part",
        answers={303},
        body=lambda *_: {"what": "A part", "day": tomorrow(), "hour": "20:00"},
    ),
    _with_task(post, "tasks.create_closing", body=lambda *_: {"outcome": "done"}),
)

WARNING = {"warning_id": "warning_id"}


def _watches(actor: Actor, target: Target) -> Answer:
    """Who reaches a warning to whom nobody has been sent yet: those who see warnings there."""
    if target.where is Where.GONE or not actor.may(Permission.SEE_WARNINGS, target.path):
        return Answer.HIDDEN
    return Answer.THROUGH


VISITORS = "a warning is also reached by whoever is sent to the door, and nobody is sent yet"
WARNINGS = (
    get("tasks.warning_index", Permission.SEE_WARNINGS),
    get("tasks.figures", Permission.SEE_WARNINGS),
    post(
        "tasks.create_warning_export",
        Permission.SEE_WARNINGS,
        answers={200},
        body=lambda *_: {"kind": "csv"},
        again="a list that leaves the house twice is recorded twice",
    ),
    get("tasks.new_warning", Permission.RUN_WARNINGS),
    post(
        "tasks.create_warning",
        Permission.RUN_WARNINGS,
        Scope.BUILDING,
        outside=422,
        body=lambda target, _: {
            "risk": "high",
            "method": "loan",
            "place": target.place_name,
            "received": "00:00",
        },
    ),
    post(
        "tasks.paste_warning",
        Permission.RUN_WARNINGS,
        answers={200},
        body=lambda target, _: {"text": f"高危 {target.place_name}栋 101室"},
    ),
    post(
        "tasks.take_warnings",
        Permission.RUN_WARNINGS,
        Scope.BUILDING,
        outside=409,
        body=lambda target, _: {
            "file": (io.BytesIO(f"risk,place\nhigh,{target.place_name}\n".encode()), "new.csv")
        },
    ),
    get("tasks.show_warning", url=WARNING, decides=_watches, because=VISITORS),
    post(
        "tasks.create_move",
        url=WARNING,
        answers={303, 409},
        body=lambda *_: {"move": "see"},
        decides=_watches,
        because=VISITORS,
    ),
    post(
        "tasks.create_loss",
        Permission.RUN_WARNINGS,
        Scope.BUILDING,
        url=WARNING,
        body=lambda *_: {"day": today().isoformat(), "hour": "00:00"},
    ),
    get(
        "tasks.edit_warning_rules",
        Permission.SET_TASK_RULES,
        Scope.COMMUNITY,
        url={"community_id": "community_id"},
    ),
    post(
        "tasks.update_warning_rules",
        Permission.SET_TASK_RULES,
        Scope.COMMUNITY,
        url={"community_id": "community_id"},
        body=lambda *_: {"high_seen": 9},
    ),
)

BULLETIN = {"bulletin_id": "bulletin_id"}
ADDRESSEE = {"addressee_id": "addressee_id"}


def _relays(actor: Actor, target: Target) -> Answer:
    """Who relays in a group that nobody leads: whoever may at the place around it."""
    may = target.where is not Where.GONE and actor.may(Permission.RELAY_BULLETINS, target.path)
    return Answer.THROUGH if may else Answer.HIDDEN


def _serves_there(actor: Actor, target: Target) -> Answer:
    """Who reads a bulletin: whoever has a duty anywhere in its community."""
    serves = any(path.startswith(target.community_path) for _, path in actor.duties)
    return Answer.THROUGH if serves and target.where is not Where.GONE else Answer.HIDDEN


def _bulletin(target: Target, _own: Target) -> dict[str, Any]:
    return {
        "title": "New swindle",
        "text": "Ring 96110.",
        "audiences": ["homes"],
        "place": target.place_name,
        "reason": "wrong number",
        "day": tomorrow(),
        "hour": "20:00",
    }


RELAY = (
    get("relay.index", Permission.SEE_BULLETINS),
    get("relay.mine"),
    get("relay.show", Permission.SEE_BULLETINS, Scope.BUILDING, url=BULLETIN),
    get(
        "relay.read",
        url=BULLETIN,
        answers={200, 303},
        decides=_serves_there,
        because="a chat is of all kinds of people: the text is for everybody of the community",
    ),
    get("relay.watch", is_public=True, scope=Scope.SIGNED, url={"ticket": "bulletin_ticket"}),
    get("relay.stops", Permission.SEE_BULLETINS, Scope.BUILDING, url=BULLETIN),
    post(
        "relay.create_export",
        Permission.SEE_BULLETINS,
        Scope.BUILDING,
        url=BULLETIN,
        answers={200},
        body=lambda *_: {"kind": "csv"},
        again="a list that leaves the house twice is recorded twice",
    ),
    post(
        "relay.create_relay",
        url=BULLETIN,
        body=lambda target, _: {"stops": target.stop_id},
        decides=_relays,
        because="whoever leads the place relays, also from a seat, and whoever stands above it",
    ),
    post("relay.destroy_relay", scope=Scope.MINE, url={"stop_id": "own_stop_id"}),
    post("relay.create_reminder", Permission.RELAY_BULLETINS, Scope.BUILDING, url=BULLETIN),
    get("relay.new", Permission.ISSUE_BULLETINS),
    post(
        "relay.create",
        Permission.ISSUE_BULLETINS,
        Scope.BUILDING,
        outside=422,
        body=_bulletin,
    ),
    get("relay.new_correction", Permission.ISSUE_BULLETINS, Scope.BUILDING, url=BULLETIN),
    post(
        "relay.create_correction",
        Permission.ISSUE_BULLETINS,
        Scope.BUILDING,
        url=BULLETIN,
        body=_bulletin,
    ),
    post(
        "relay.create_ending",
        Permission.ISSUE_BULLETINS,
        Scope.BUILDING,
        url=BULLETIN,
        body=lambda *_: {"ending": "withdrawn", "reason": "untrue"},
    ),
    get(
        "relay.edit_rules",
        Permission.ISSUE_BULLETINS,
        Scope.COMMUNITY,
        url={"community_id": "community_id"},
    ),
    post(
        "relay.update_rules",
        Permission.ISSUE_BULLETINS,
        Scope.COMMUNITY,
        url={"community_id": "community_id"},
        body=lambda *_: {"seats": [1, 2]},
    ),
    get("relay.addressees", Permission.ISSUE_BULLETINS),
    post(
        "relay.create_addressee",
        Permission.ISSUE_BULLETINS,
        Scope.BUILDING,
        outside=422,
        body=lambda target, _: {
            "audience": "shops",
            "name": "Noodles",
            "place": target.place_name,
            "contact": "Office",
        },
    ),
    get("relay.edit_addressee", Permission.ISSUE_BULLETINS, Scope.BUILDING, url=ADDRESSEE),
    post(
        "relay.update_addressee",
        Permission.ISSUE_BULLETINS,
        Scope.BUILDING,
        url=ADDRESSEE,
        body=lambda *_: {"name": "Noodles", "contact": "Office"},
    ),
    post("relay.destroy_addressee", Permission.ISSUE_BULLETINS, Scope.BUILDING, url=ADDRESSEE),
)


def _answers(actor: Actor, target: Target) -> Answer:
    """Who reads what a resident wrote: whoever gives tasks out there."""
    if target.where is Where.GONE or not actor.may(Permission.RUN_TASKS, target.path):
        return Answer.HIDDEN
    return Answer.THROUGH


INQUIRY = {"task_id": "inquiry_id"}
READERS = "it is also read by whoever has its task, and here nobody of these has"
PUBLIC = (
    get("public.new", is_public=True, scope=Scope.SIGNED, url={"code": "entrance"}),
    post(
        "public.create",
        is_public=True,
        scope=Scope.SIGNED,
        url={"code": "entrance"},
        answers={200},
        own_token="stamp",
        body=lambda target, _: {"kind": "question", "text": "Why?", "stamp": target.stamp},
    ),
    get("public.answer", is_public=True),
    post(
        "public.look_up",
        is_public=True,
        answers={200},
        own_token="code",
        body=lambda *_: {"number": "", "code": ""},
    ),
    get("public.index", Permission.RUN_TASKS),
    get("public.listing", Permission.RUN_TASKS),
    get(
        "public.listing",
        Permission.RUN_TASKS,
        Scope.BUILDING,
        smuggled=True,
        query=lambda target, _: {"place": target.building_id},
    ),
    get("public.show", url=INQUIRY, decides=_answers, because=READERS),
    post(
        "public.create_reply",
        url=INQUIRY,
        body=lambda *_: {"text": "Tomorrow", "outcome": "done"},
        decides=_answers,
        because=READERS,
    ),
    post(
        "public.reveal",
        Permission.REVEAL_PHONES,
        Scope.BUILDING,
        url=INQUIRY | {"slip_id": "slip_id"},
        answers={200},
        body=lambda *_: {"reason": "to ring back"},
        again="a number that is shown twice is recorded twice",
    ),
    get(
        "public.edit_rules",
        Permission.SET_TASK_RULES,
        Scope.COMMUNITY,
        url={"community_id": "community_id"},
    ),
    post(
        "public.update_rules",
        Permission.SET_TASK_RULES,
        Scope.COMMUNITY,
        url={"community_id": "community_id"},
        body=lambda *_: (
            {f"hours_{kind.value}": 9 for kind in InquiryKind} | {"keep_days": 60, "most_a_day": 40}
        ),
    ),
    get("public.entrances", Permission.RUN_ENTRANCES, Scope.BUILDING, url=BUILDING),
    post(
        "public.create_entrance",
        Permission.RUN_ENTRANCES,
        Scope.BUILDING,
        url=BUILDING,
        body=lambda *_: {"unit": "2"},
    ),
    post(
        "public.destroy_entrance",
        Permission.RUN_ENTRANCES,
        Scope.BUILDING,
        url={"entrance_id": "entrance_id"},
    ),
    get("public.posters", Permission.RUN_ENTRANCES, Scope.BUILDING, url=BUILDING),
)

FILES = (
    get("static", is_public=True, url={"filename": "=app.css"}),
    get("vendor.static", is_public=True, url={"filename": "=htmx.min.js"}),
)

ROWS = (
    *ACCOUNTS,
    *TOWER,
    *TEAMS,
    *ROSTERS,
    *ROUNDS,
    *DOORS,
    *PAPER,
    *SYNC,
    *GAPS,
    *REPORTS,
    *SHIFTS,
    *SERIES_OF_SHIFTS,
    *PLANS_OF_THE_ROTA,
    *STEERING,
    *NOTICES,
    *ROBOTS,
    *TASKS,
    *WARNINGS,
    *RELAY,
    *PUBLIC,
    *FILES,
)


def _only_own(target: Target) -> Answer:
    return Answer.THROUGH if target.where is Where.OWN else Answer.HIDDEN


def _of_own_community(target: Target) -> Answer:
    there = {Where.OWN, Where.SIBLING, Where.ESTATE}
    return Answer.THROUGH if target.where in there else Answer.HIDDEN


def _in_own_round(actor: Actor, target: Target, needs: Permission) -> Answer:
    reaches = _of_own_community(target) is Answer.THROUGH and actor.may(needs, target.path)
    return Answer.THROUGH if reaches else Answer.HIDDEN
