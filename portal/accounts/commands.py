"""flask accounts …: people from the command line; flask audit verify."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import click
from flask import Flask
from flask.cli import AppGroup
from flask_babel import gettext, ngettext

from portal.access import Role
from portal.accounts import actions, passwords, phones, place_queries, queries, sign_ins, words
from portal.accounts.models import User
from portal.accounts.names import tidy
from portal.audit import queries as audit
from portal.audit.actions import broken_links
from portal.db import db
from portal.errors import RuleError
from portal.tower import queries as tower
from portal.tower.actions import LONGEST_NAME as LONGEST_PLACE
from portal.tower.actions import make_community
from portal.tower.models import Place

accounts = AppGroup("accounts", help="People who sign in, and their duties.")
trail = AppGroup("audit", help="The trail of what was done.")
Arguments = ParamSpec("Arguments")


def register(app: Flask) -> None:
    """Add the commands of the accounts and of the trail."""
    app.cli.add_command(accounts)
    app.cli.add_command(trail)


def in_plain_words(command: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Say refusals in one line and end with 1."""

    @wraps(command)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except RuleError as error:
            raise click.ClickException(str(error)) from error

    return run


# Accounts ----------------------------------------------------------------------------------------


@accounts.command("add")
@click.option("--phone", required=True, help="The number to sign in by.")
@click.option("--name", required=True)
@click.option("--duty", "role", required=True, help=", ".join(Role))
@click.option("--place", "place_text", required=True, help='For instance "社区/苑/楼栋".')
@click.option("--new-community", "is_new", is_flag=True, help="Begin the community of that name.")
@click.option("--password-stdin", is_flag=True, help="Read the first password; else one is made.")
@click.option("--locale", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@in_plain_words
def add(
    *,
    phone: str,
    name: str,
    role: str,
    place_text: str,
    is_new: bool,
    password_stdin: bool,
    locale: str,
) -> None:
    """Make an account with a duty; an account that exists gets the duty and keeps its password."""
    number, name, duty = _number(phone), _name(name), _role(role)
    typed = sys.stdin.readline().rstrip("\r\n") if password_stdin else passwords.made()
    kept = passwords.hash_of(
        _password(typed, number, name)
    )  # takes long: before anything is locked
    place = _begin(place_text) if is_new else _place(place_text)
    if user := queries.maybe_user(number):
        click.echo(_add_duty(user, duty, place, place_text))
    else:
        newcomer = actions.Newcomer(phone=number, name=name, password_hash=kept, locale=locale)
        if actions.add_person(newcomer, duty, place, by=None) is None:
            raise click.ClickException(gettext("Somebody added this number just now: try again."))
        told = {"who": f"{name} ({phones.mask(number)})", "duty": words.duty(duty)}
        click.echo(gettext("Added %(who)s: %(duty)s at %(place)s.", place=place_text, **told))
        if not password_stdin:
            click.echo(gettext("First password, shown only now: %(password)s", password=typed))
    db.session.commit()


def _add_duty(user: User, role: Role, place: Place, place_text: str) -> str:
    told = {
        "who": f"{user.name} ({phones.mask(user.phone)})",
        "duty": words.duty(role),
        "place": place_text,
    }
    if actions.give_duty(user, role, place, by=None):
        return str(
            gettext("%(who)s had an account already and is now %(duty)s at %(place)s.", **told)
        )
    return str(gettext("Nothing to do: %(who)s is %(duty)s at %(place)s already.", **told))


@accounts.command("list")
@in_plain_words
def list_all() -> None:
    """Show all accounts: phone (masked), name, duties."""
    everybody = queries.everybody()
    held = queries.duties([user.id for user in everybody])
    places = place_queries.labels(duty.path for each in held.values() for duty in each)
    for user in everybody:
        duties = [f"{words.duty(duty.role)} {places[duty.path]}" for duty in held[user.id]]
        state = [str(gettext("blocked"))] if user.is_disabled else []
        text = "; ".join(state + duties) or gettext("no duty")
        click.echo(f"{phones.mask(user.phone)}\t{user.name}\t{text}")


@accounts.command("end-sessions")
@click.option("--phone", required=True)
@in_plain_words
def end_sessions(*, phone: str) -> None:
    """Sign somebody out on all devices."""
    number = _number(phone)
    user = queries.maybe_user(number)
    if user is None:
        raise click.ClickException(
            gettext("Nobody has the phone number %(phone)s.", phone=phones.mask(number))
        )
    ended = sign_ins.end_all(user.id)
    click.echo(
        ngettext(
            "%(name)s: %(num)s device signed out.",
            "%(name)s: %(num)s devices signed out.",
            ended,
            name=user.name,
        )
    )
    db.session.commit()


def _number(text: str) -> str:
    number = phones.normalise(text)
    if number is None:
        raise click.ClickException(gettext("Not a phone number: “%(text)s”.", text=text))
    return number


def _name(text: str) -> str:
    name = tidy(text)
    if not 0 < len(name) <= actions.LONGEST_NAME:
        raise click.ClickException(
            gettext("A name has 1 to %(most)s characters.", most=actions.LONGEST_NAME)
        )
    return name


def _role(text: str) -> Role:
    if text not in set(Role):
        raise click.ClickException(
            gettext("No such duty: “%(text)s”. There are %(all)s.", text=text, all=", ".join(Role))
        )
    return Role(text)


def _begin(text: str) -> Place:
    """A new community, still without homes: its roster comes by its coordinator or a command."""
    names = place_queries.split(text)
    if len(names) != 1 or len(names[0]) > LONGEST_PLACE:
        raise click.ClickException(
            gettext(
                "A new community has one name of at most %(most)s characters.", most=LONGEST_PLACE
            )
        )
    return make_community(names[0])


def _place(text: str) -> Place:
    names = place_queries.split(text)
    for length in range(1, len(names) + 1):
        if tower.maybe_by_names(names[:length]) is None:
            raise click.ClickException(
                gettext("No such place: “%(place)s”.", place="/".join(names[:length]))
                if length > 1
                else gettext(
                    "No such community: “%(place)s”. To begin it, add %(option)s.",
                    place=names[0],
                    option="--new-community",
                )
            )
    place = tower.maybe_by_names(names)
    if place is None:
        raise click.ClickException(gettext("No place given."))
    return place


def _password(typed: str, number: str, name: str) -> str:
    if reason := passwords.why_weak(typed, phone=number, name=name):
        raise click.ClickException(
            gettext("This password cannot be taken. %(reason)s", reason=reason)
        )
    return typed


# The trail ---------------------------------------------------------------------------------------


@trail.command("verify")
@in_plain_words
def verify() -> None:
    """Check that nobody rewrote the trail; ends with 1 and the lines if somebody did."""
    broken = 0
    for community_id in audit.communities():
        lines = broken_links(community_id)
        broken += len(lines)
        said = gettext("whole")
        if lines:
            said = gettext("BROKEN at line %(lines)s", lines=", ".join(map(str, lines)))
        click.echo(gettext("Community %(id)s: %(said)s", id=community_id, said=said))
    if broken:
        raise click.ClickException(
            ngettext(
                "The trail was changed at %(num)s line.",
                "The trail was changed at %(num)s lines.",
                broken,
            )
        )
    click.echo(gettext("The trail is whole."))
