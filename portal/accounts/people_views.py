"""People, their duties and accounts; the trail of what was done."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access import Permission, Role, me, requires
from portal.accounts import actions, passwords, queries, trail, words
from portal.accounts.blueprint import bp
from portal.accounts.forms import DutyForm, PersonForm
from portal.accounts.models import User
from portal.accounts.names import tidy
from portal.accounts.place_queries import labels, suggestions
from portal.db import db
from portal.once import is_first, once, seed
from portal.web import done, page

# The people --------------------------------------------------------------------------------------


@bp.get("/people")
@requires(Permission.SEE_PEOPLE)
def index() -> ResponseReturnValue:
    search = _search()
    found = queries.people(me(), search, number=_page_number())
    held = queries.duties([row.id for row in found.people], seen_by=me())
    return page(
        "accounts/index.html",
        found=found,
        search=search,
        duties=held,
        places=labels(duty.path for of_one in held.values() for duty in of_one),
        reads_trail=bool(trail.communities(me())),
        roles=[(role.value, words.duty(role)) for role in Role],
        previous_url=_page_url(search, found.number - 1) if found.first > 1 else "",
        next_url=_page_url(search, found.number + 1) if found.last < found.total else "",
    )


@bp.get("/people/<int:user_id>")
@requires(Permission.SEE_PEOPLE)
def show(user_id: int) -> ResponseReturnValue:
    user = queries.find_user(me(), user_id)
    return _person_page(user, DutyForm(by=me()))


@bp.get("/people/new")
@requires(Permission.MANAGE_PEOPLE)
def new() -> ResponseReturnValue:
    return _new_page(PersonForm(by=me()))


@bp.post("/people/new")
@requires(Permission.MANAGE_PEOPLE)
def create() -> ResponseReturnValue:
    """Add somebody with a first duty; whoever has an account already keeps it and gets the duty."""
    form = PersonForm(by=me())
    if not form.validate_on_submit():
        return _new_page(form, status=422)
    if known := queries.maybe_user(form.number):
        return _made_before(known, form) or _add_duty_to_known(known, form)
    password = form.password.data or passwords.made(seed())
    newcomer = actions.Newcomer(
        phone=form.number, name=form.name.data, password_hash=_hash_in_peace(password)
    )
    user = actions.add_person(newcomer, form.role.data, form.place_found, by=me())
    if user is None:  # somebody else was quicker
        user = queries.find_by_phone(form.number)
        return _made_before(user, form) or _add_duty_to_known(user, form)
    if form.password.data:
        said = gettext("%(name)s can sign in now.", name=user.name)
        return done("", otherwise=url_for(".show", user_id=user.id), said=said)
    return page("accounts/password.html", user=user, password=password)


def _made_before(user: User, form: PersonForm) -> Response | None:
    """The page with the password once more, when this very form made the account just now."""
    password, kept = passwords.made(seed()), user.password_hash
    if form.password.data:
        return None
    db.session.commit()  # verifying takes long
    if not passwords.fits(password, kept):
        return None
    return page("accounts/password.html", user=user, password=password)


def _add_duty_to_known(user: User, form: PersonForm) -> Response:
    """Give the duty to an account that exists, if the name typed is the name it has.

    Nobody learns whose number it is by typing it, and a slip of the finger gives no duty to a
    stranger.
    """
    if user.name.casefold() != form.name.data.casefold():
        text = gettext(
            "This number has an account under another name. Check the number, and ask which name "
            "stands on that person's own page."
        )
        form.phone.errors = [text]
        return _new_page(form, status=422)
    said = _give(user, form)
    return done("", otherwise=url_for(".show", user_id=user.id), said=said)


def _new_page(form: PersonForm, *, status: int = 200) -> Response:
    return page("accounts/new.html", status=status, form=form, suggestions=suggestions(me()))


def _search() -> queries.Search:
    role = request.args.get("duty", "")
    if role and role not in set(Role):
        abort(400)
    return queries.Search(
        text=tidy(request.args.get("q", ""))[:60], role=Role(role) if role else None
    )


def _page_url(search: queries.Search, number: int) -> str:
    return url_for(".index", q=search.text or None, duty=search.role, page=number)


def _page_number() -> int:
    """The page asked for; 400 for what is no page."""
    asked = request.args.get("page", "1")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 16 and int(asked)):
        abort(400)
    return int(asked)


# Duties ------------------------------------------------------------------------------------------


@bp.post("/people/<int:user_id>/duties")
@requires(Permission.MANAGE_PEOPLE)
@once
def duty_create(user_id: int) -> ResponseReturnValue:
    user = queries.find_user(me(), user_id)
    form = DutyForm(by=me())
    if not form.validate_on_submit():
        return _person_page(user, form, status=422)
    said = _give(user, form)
    context = _person(user, DutyForm(by=me(), formdata=None))
    otherwise = url_for(".show", user_id=user.id)
    return done("accounts/_duties.html", otherwise=otherwise, said=said, **context)


@bp.post("/duties/<int:duty_id>/end")
@requires(Permission.MANAGE_PEOPLE)
@once
def duty_destroy(duty_id: int) -> ResponseReturnValue:
    duty = queries.find_duty(me(), duty_id)
    actions.end_duty(duty, by=me())
    user = db.session.get_one(User, duty.user_id)
    said = gettext("The duty has ended.")
    context = _person(user, DutyForm(by=me(), formdata=None))
    # Whoever serves only elsewhere now is no longer seen from here.
    stays = queries.sees(me(), user.id)
    otherwise = url_for(".show", user_id=user.id) if stays else url_for(".index")
    return done("accounts/_duties.html", otherwise=otherwise, said=said, **context)


def _give(user: User, form: DutyForm) -> str:
    """Give the duty of the form; what to say about it."""
    place = form.place_found
    new = actions.give_duty(user, form.role.data, place, by=me())
    names = {
        "name": user.name,
        "duty": words.duty(form.role.data),
        "place": labels([place.path])[place.path],
    }
    if new:
        return str(gettext("%(name)s: %(duty)s, %(place)s. The duty begins now.", **names))
    return str(gettext("%(name)s: %(duty)s, %(place)s. This duty was held already.", **names))


def _person_page(user: User, form: DutyForm, *, status: int = 200) -> Response:
    context = _person(user, form)
    return page(
        "accounts/show.html", fragment="accounts/_duties.html", status=status, said="", **context
    )


def _person(user: User, form: DutyForm) -> dict[str, Any]:
    """What the page of a person shows: only what the one who looks may see and do."""
    held = queries.duties([user.id], seen_by=me())[user.id]
    endable = {
        duty.id for duty in held if not actions.why_not_end(user.id, duty.role, duty.path, by=me())
    }
    is_me = user.id == me().id
    return {
        "user": user,
        "duties": held,
        "endable": endable,
        "places": labels(duty.path for duty in held),
        "form": None if is_me or user.is_disabled else form,
        "suggestions": suggestions(me()),
        "is_me": is_me,
        "why_not_manage": actions.why_not_manage(user, by=me()),
    }


# Accounts ----------------------------------------------------------------------------------------


@bp.post("/people/<int:user_id>/password")
@requires(Permission.MANAGE_PEOPLE)
def password_reset(user_id: int) -> ResponseReturnValue:
    """A new password, shown this once: it is kept nowhere in clear."""
    user = queries.find_user(me(), user_id)
    password = passwords.made(seed())
    hashed = _hash_in_peace(password)
    if is_first():
        actions.reset_password(user, hashed, by=me())
    return page("accounts/password.html", user=user, password=password)


@bp.post("/people/<int:user_id>/disable")
@requires(Permission.MANAGE_PEOPLE)
@once
def disable(user_id: int) -> ResponseReturnValue:
    user = queries.find_user(me(), user_id)
    actions.disable(user, by=me())
    said = gettext("%(name)s can no longer sign in.", name=user.name)
    return done("", otherwise=url_for(".show", user_id=user.id), said=said)


@bp.post("/people/<int:user_id>/enable")
@requires(Permission.MANAGE_PEOPLE)
@once
def enable(user_id: int) -> ResponseReturnValue:
    user = queries.find_user(me(), user_id)
    actions.enable(user, by=me())
    said = gettext("%(name)s can sign in again.", name=user.name)
    return done("", otherwise=url_for(".show", user_id=user.id), said=said)


def _hash_in_peace(password: str) -> str:
    """Hashing takes long; nobody else shall wait for the write lock meanwhile."""
    db.session.commit()
    return passwords.hash_of(password)


# The trail ---------------------------------------------------------------------------------------


@bp.get("/audit")
@requires(Permission.SEE_AUDIT)
def audit_index() -> ResponseReturnValue:
    communities = trail.communities(me())
    return page("accounts/audit.html", communities=communities, lines=trail.lines(communities))
