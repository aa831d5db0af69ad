"""E-mail: what a message looks like, and the conversation with the mail server."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from portal.config import Settings

PATIENCE = 20  # seconds for any one answer of the mail server
LONGEST_TROUBLE = 200  # characters
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
IMPOSSIBLE = "no e-mail can be written to this address"
UNENCRYPTED = "the mail server offers no encryption for the password"
FOR_GOOD = 500  # from here on an answer of a mail server will be the same tomorrow


class NotSentError(Exception):
    """An e-mail did not go out, and the words say why; `for_good`: it never will."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(" ".join(why.split())[:LONGEST_TROUBLE])
        self.for_good = for_good


class NoServerError(NotSentError):
    """The mail server cannot be reached or lets nobody in: no e-mail goes out now."""


class InDoubtError(NotSentError):
    """The line broke after the text had gone out: it may have arrived."""


@dataclass(frozen=True)
class Letter:
    """An e-mail before it becomes one; `name` is the same whenever it is made again."""

    to: str
    subject: str
    text: str
    name: str


@dataclass(frozen=True)
class MailServer:
    """Where e-mail is handed in, and in whose name."""

    host: str
    port: int
    tls_from_start: bool
    user: str
    password: str = field(repr=False)
    sender: str

    @classmethod
    def of(cls, settings: Settings) -> MailServer | None:
        """The mail server of an installation, if it has one."""
        if not settings.smtp_url:
            return None
        parts = urlsplit(settings.smtp_url)
        secure = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "",
            port=parts.port or (465 if secure else 587),
            tls_from_start=secure,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            sender=settings.smtp_from,
        )


class Postman:
    """One visit to the mail server: it is called on with the first letter, and left at the end."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self.line: _Line | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hang_up()

    def send(self, letter: Letter) -> None:
        """Hand in one letter; NotSentError says why it could not be."""
        line = self.line or self._call()
        try:
            line.send_message(written(letter, self.server.sender))
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = next(iter(refused.recipients.values()))
            raise NotSentError(_answer(code, said), for_good=code >= FOR_GOOD) from None
        except smtplib.SMTPResponseException as refused:
            raise NotSentError(
                _answer(refused.smtp_code, refused.smtp_error),
                for_good=refused.smtp_code >= FOR_GOOD,
            ) from None
        except (smtplib.SMTPException, OSError) as broken:
            self._hang_up()
            raise (InDoubtError if line.in_doubt else NoServerError)(str(broken)) from None
        except ValueError as impossible:  # an address or a heading that no e-mail can carry
            raise NotSentError(IMPOSSIBLE, for_good=True) from impossible

    def _call(self) -> _Line:
        server = self.server
        try:
            line: _Line
            if server.tls_from_start:
                line = _SecureLine(
                    server.host, server.port, timeout=PATIENCE, context=ssl.create_default_context()
                )
            else:
                line = _Line(server.host, server.port, timeout=PATIENCE)
            self.line = line
            self._introduce(line)
        except (smtplib.SMTPException, OSError) as broken:
            self._hang_up()
            raise NoServerError(str(broken)) from None
        return line

    def _introduce(self, line: smtplib.SMTP) -> None:
        """Encrypt if the server can; never say a password in the open, except to this machine."""
        server = self.server
        line.ehlo()
        encrypted = server.tls_from_start
        if not encrypted and line.has_extn("starttls"):
            line.starttls(context=ssl.create_default_context())
            line.ehlo()
            encrypted = True
        if not server.user:
            return
        if not encrypted and server.host not in LOOPBACK:
            raise smtplib.SMTPException(UNENCRYPTED)
        line.login(server.user, server.password)

    def _hang_up(self) -> None:
        line, self.line = self.line, None
        if line is None:
            return
        try:
            line.quit()
        except (smtplib.SMTPException, OSError):
            line.close()


class _Line(smtplib.SMTP):
    """Remembers whether it broke between the text of a letter and the answer to it."""

    in_doubt = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.in_doubt = True
        answer = super().data(msg)
        self.in_doubt = False
        return answer


class _SecureLine(_Line, smtplib.SMTP_SSL):
    """The same, encrypted from the start."""


def written(letter: Letter, sender: str) -> EmailMessage:
    """A letter as it goes over the line. Mail programs show two of one name only once."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{letter.name}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # so that no absence note comes back
    message.set_content(letter.text)
    return message


def _answer(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {text}"
