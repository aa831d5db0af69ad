"""A mail server on the loopback address, and an installation that uses it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from portal.accounts.models import User
from portal.accounts.queries import serving
from portal.clock import at
from portal.db import db
from portal.notices.sending import lay_out, send_mail
from portal.outbox.actions import post
from portal.outbox.models import Notice

NOON = at(date(2026, 4, 12), time(12, 0))


class Sink:
    """What arrived at the mail server; `refuse` is what it answers to an address instead."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refuse: dict[str, str] = {}
        self.before_answer: Callable[[], str] | None = None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        letter = message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return self.before_answer() if self.before_answer else "250 OK"

    def went_to(self) -> list[str]:
        return sorted(str(letter["To"]) for letter in self.letters)


@pytest.fixture
def sink(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """A real SMTP server; the installation is told to use it."""
    found = Sink()
    server = Controller(found, hostname="127.0.0.1", port=free_port())
    server.start()
    use_server(app, monkeypatch, f"smtp://127.0.0.1:{server.port}")
    yield found
    server.stop()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def use_server(app: Flask, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    settings = replace(
        app.config["SETTINGS"],
        smtp_url=url,
        smtp_from="Bulou <portal@example.org>",
        url="https://portal.example.org",
    )
    monkeypatch.setitem(app.config, "SETTINGS", settings)


def tell(user: User, subject: str = "shift/1", **changes: Any) -> Notice:
    """Put a notice for somebody into the outbox, due at once: a trial unless `changes` say else."""
    community_id = next(iter(serving([user.id])[user.id].community_ids), 1)
    values = {"community_id": community_id, "due_at": NOON - timedelta(minutes=1), **changes}
    kind = values.pop("kind", "notices.trial")
    assert post(kind, subject=subject, to=[user.id], **values) == 1
    db.session.commit()
    query = db.session.query(Notice).filter_by(subject=subject, kind=kind, user_id=user.id)
    found: Notice = query.one()
    return found


def tell_of_task(user: User, subject: str = "task/1", **changes: Any) -> Notice:
    """Tell somebody that a task of theirs was taken, of which nothing more is to be seen."""
    return tell(user, subject, kind="task.taken", details={"by": "Chen"}, **changes)


def run(app: Flask, at: datetime = NOON) -> int:
    """One run of both steps; how many letters went out."""
    lay_out(at)
    return send_mail(app, at)
