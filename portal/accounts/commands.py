"""flask accounts …: people from the command line; flask audit verify."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import click
from flask import Flask
from flask.cli import AppGroup
from flask_babel import force_locale

from portal.access import Role
from portal.accounts import actions, passwords, phones, place_queries, queries, sign_ins
from portal.accounts.models import User
from portal.accounts.names import tidy
from portal.audit import queries as audit
from portal.audit.actions import broken_links
from portal.db import db
from portal.errors import RuleError
from portal.tower import queries as tower
from portal.tower.models import Place

accounts = AppGroup("accounts", help="People who sign in, and their duties.")
trail = AppGroup("audit", help="The trail of what was done.")
Arguments = ParamSpec("Arguments")


def register(app: Flask) -> None:
    """Add the commands of the accounts and of the trail."""
    app.cli.add_command(accounts)
    app.cli.add_command(trail)


def in_plain_words(command: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Say refusals in one English line and end with 1."""

    @wraps(command)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        try:
            with force_locale("en"):
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
@click.option("--password-stdin", is_flag=True, help="Read the first password; else one is made.")
@click.option("--locale", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@in_plain_words
def add(
    *, phone: str, name: str, role: str, place_text: str, password_stdin: bool, locale: str
) -> None:
    """Make an account with a duty; an account that exists gets the duty and keeps its password."""
    number, name, duty = _number(phone), _name(name), _role(role)
    typed = sys.stdin.readline().rstrip("\r\n") if password_stdin else passwords.made()
    kept = passwords.hash_of(
        _password(typed, number, name)
    )  # takes long: before anything is locked
    place = _place(place_text)
    if user := queries.maybe_user(number):
        click.echo(_add_duty(user, duty, place, place_text))
    else:
        newcomer = actions.Newcomer(phone=number, name=name, password_hash=kept, locale=locale)
        if actions.add_person(newcomer, duty, place, by=None) is None:
            raise click.ClickException("Somebody added this number just now: try again.")
        click.echo(f"Added {name} ({phones.mask(number)}): {duty} at {place_text}.")
        if not password_stdin:
            click.echo(f"First password, shown only now: {typed}")
    db.session.commit()


def _add_duty(user: User, role: Role, place: Place, place_text: str) -> str:
    who = f"{user.name} ({phones.mask(user.phone)})"
    if actions.give_duty(user, role, place, by=None):
        return f"{who} had an account already and is now {role} at {place_text}."
    return f"Nothing to do: {who} is {role} at {place_text} already."


@accounts.command("list")
@in_plain_words
def list_all() -> None:
    """Show all accounts: phone (masked), name, duties."""
    everybody = queries.everybody()
    held = queries.duties([user.id for user in everybody])
    places = place_queries.labels(duty.path for each in held.values() for duty in each)
    for user in everybody:
        duties = [f"{duty.role} {places[duty.path]}" for duty in held[user.id]]
        state = ["blocked"] if user.is_disabled else []
        text = "; ".join(state + duties) or "no duty"
        click.echo(f"{phones.mask(user.phone)}\t{user.name}\t{text}")


@accounts.command("end-sessions")
@click.option("--phone", required=True)
@in_plain_words
def end_sessions(*, phone: str) -> None:
    """Sign somebody out on all devices."""
    number = _number(phone)
    user = queries.maybe_user(number)
    if user is None:
        raise click.ClickException(f"Nobody has the phone number {phones.mask(number)}.")
    ended = sign_ins.end_all(user.id)
    click.echo(f"{user.name}: {ended} device(s) signed out.")
    db.session.commit()


def _number(text: str) -> str:
    number = phones.normalise(text)
    if number is None:
        raise click.ClickException(f"Not a phone number: {text!r}.")
    return number


def _name(text: str) -> str:
    name = tidy(text)
    if not 0 < len(name) <= actions.LONGEST_NAME:
        raise click.ClickException(f"A name has 1 to {actions.LONGEST_NAME} characters.")
    return name


def _role(text: str) -> Role:
    if text not in set(Role):
        raise click.ClickException(f"No such duty: {text!r}. There are {', '.join(Role)}.")
    return Role(text)


def _place(text: str) -> Place:
    names = place_queries.split(text)
    for length in range(1, len(names) + 1):
        if tower.maybe_by_names(names[:length]) is None:
            above = f" in {'/'.join(names[: length - 1])!r}" if length > 1 else ""
            raise click.ClickException(f"No such place: {names[length - 1]!r}{above}.")
    place = tower.maybe_by_names(names)
    if place is None:
        raise click.ClickException("No place given.")
    return place


def _password(typed: str, number: str, name: str) -> str:
    if reason := passwords.why_weak(typed, phone=number, name=name):
        raise click.ClickException(f"This password cannot be taken. {reason}")
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
        said = f"BROKEN at line(s) {', '.join(map(str, lines))}" if lines else "whole"
        click.echo(f"Community {community_id}: {said}")
    if broken:
        raise click.ClickException(f"The trail was changed at {broken} line(s).")
    click.echo("The trail is whole.")
