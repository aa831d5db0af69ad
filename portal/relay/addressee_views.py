"""The schools, shops and units that bulletins are handed to."""

from __future__ import annotations

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access import Permission, me, requires
from portal.accounts.place_queries import labels, suggestions
from portal.once import once
from portal.relay import addressee_queries, keeping, words
from portal.relay.blueprint import bp
from portal.relay.forms import AddresseeForm, ContactForm
from portal.relay.models import Addressee, Audience
from portal.web import done, page


@bp.get("/addressees")
@requires(Permission.ISSUE_BULLETINS)
def addressees() -> ResponseReturnValue:
    """All of them in one's area, and a form for another."""
    return _list_page(AddresseeForm(by=me()))


@bp.post("/addressees")
@requires(Permission.ISSUE_BULLETINS)
@once
def create_addressee() -> ResponseReturnValue:
    form = AddresseeForm(by=me())
    if not form.validate_on_submit():
        return _list_page(form, status=422)
    keeping.add_addressee(
        form.place_found,
        Audience(form.audience.data),
        name=form.name.data,
        contact=form.contact.data,
        by=me(),
    )
    said = gettext("%(name)s is on the list.", name=form.name.data)
    return done("", otherwise=url_for(".addressees"), said=said)


def _list_page(form: AddresseeForm, *, status: int = 200) -> Response:
    found = addressee_queries.addressees(me())
    names = labels(one.path for one in found)
    return page(
        "relay/addressees.html",
        status=status,
        found=[(one, names[one.path]) for one in found],
        form=form,
        suggestions=suggestions(me(), Permission.ISSUE_BULLETINS),
        words=words,
    )


@bp.get("/addressees/<int:addressee_id>")
@requires(Permission.ISSUE_BULLETINS)
def edit_addressee(addressee_id: int) -> ResponseReturnValue:
    addressee = addressee_queries.find_addressee(me(), addressee_id)
    return _one_page(addressee, ContactForm(obj=addressee))


@bp.post("/addressees/<int:addressee_id>")
@requires(Permission.ISSUE_BULLETINS)
@once
def update_addressee(addressee_id: int) -> ResponseReturnValue:
    addressee = addressee_queries.find_addressee(me(), addressee_id)
    form = ContactForm()
    if not form.validate_on_submit():
        return _one_page(addressee, form, status=422)
    keeping.rename_addressee(addressee, name=form.name.data, contact=form.contact.data, by=me())
    return done("", otherwise=url_for(".addressees"), said=gettext("Saved."))


def _one_page(addressee: Addressee, form: ContactForm, *, status: int = 200) -> Response:
    where = labels([addressee.path])[addressee.path]
    return page(
        "relay/addressee.html",
        status=status,
        addressee=addressee,
        where=where,
        form=form,
        words=words,
    )


@bp.post("/addressees/<int:addressee_id>/removal")
@requires(Permission.ISSUE_BULLETINS)
@once
def destroy_addressee(addressee_id: int) -> ResponseReturnValue:
    """Take it off the list."""
    addressee = addressee_queries.find_addressee(me(), addressee_id)
    keeping.retire_addressee(addressee, by=me())
    said = gettext("%(name)s is off the list.", name=addressee.name)
    return done("", otherwise=url_for(".addressees"), said=said)
