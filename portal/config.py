"""Settings, read once from PORTAL_* variables; unsafe ones are refused.

A file `instance/portal.env` (lines `PORTAL_NAME=value`, written by the set-up) supplies what the
environment leaves out, so that commands run beside the demo use the demo's database.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent
INSTANCE = ROOT / "instance"
LOCALES = ("zh", "en")
SHORTEST_KEY = 32  # bytes; half a SHA-256 block, the length Flask's signer is built around
SAMPLE_KEYS = frozenset({"change-me", "changeme", "secret", "dev", "development", "test"})
MEGABYTE = 1024 * 1024


class UnsafeSettingError(RuntimeError):
    """A setting with which the application must not start; the message says which and why."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an installation may decide.

    `http_only` serves plain HTTP on a local machine: cookies lose `Secure` and the `__Host-`
    prefix. `proxy_hops` is the number of trusted proxies in front (0: none, forwarded headers are
    ignored). `locale` is the language of commands, `zh` or `en`; people choose theirs on the pages.
    `trusted_hosts` are the Host headers answered; empty means any. `url` is the address
    people open, for links in messages. `smtp_url` is `smtp://` or `smtps://` with the name and
    password at the mail server in it; `smtp_from` is the address of the sender. `robots_nearby`
    lets robots of group chats be in the server's own networks, for tests and for a relay there.
    """

    secret_key: str
    secret_key_fallbacks: tuple[str, ...] = ()
    database_url: str = f"sqlite:///{INSTANCE / 'portal.sqlite3'}"
    data_folder: Path = INSTANCE
    http_only: bool = False
    proxy_hops: int = 0
    trusted_hosts: tuple[str, ...] = ()
    zone: str = "Asia/Shanghai"
    locale: str = "zh"
    url: str = ""
    smtp_url: str = field(default="", repr=False)  # holds a password
    smtp_from: str = ""
    robots_nearby: bool = False

    def __post_init__(self) -> None:
        key = self.secret_key
        if not key:
            raise UnsafeSettingError(
                "PORTAL_SECRET_KEY is not set. Set it to at least 32 random bytes, or run "
                "`make demo` once, which writes a key for local use."
            )
        if len(key.encode()) < SHORTEST_KEY:
            raise UnsafeSettingError(
                f"PORTAL_SECRET_KEY is shorter than {SHORTEST_KEY} bytes: use a longer one."
            )
        if key.lower().strip("!.-_ 0123456789") in SAMPLE_KEYS or len(set(key)) < 8:
            raise UnsafeSettingError("PORTAL_SECRET_KEY is a sample value: make a random one.")
        if self.locale not in LOCALES:
            raise UnsafeSettingError(f"PORTAL_LOCALE is not one of {', '.join(LOCALES)}.")
        self._check_mail()

    def _check_mail(self) -> None:
        if not self.smtp_url:
            return
        parts = urlsplit(self.smtp_url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise UnsafeSettingError(
                "PORTAL_SMTP_URL is not of the form smtps://name:password@host."
            )
        if "@" not in self.smtp_from:
            raise UnsafeSettingError("PORTAL_SMTP_FROM is not set: e-mails need a sender.")
        if urlsplit(self.url).scheme not in {"http", "https"}:
            raise UnsafeSettingError("PORTAL_URL is not set: links in e-mails would lead nowhere.")

    def environment(self) -> dict[str, str]:
        """The same, as the PORTAL_* variables of a process to be started."""
        return {
            "PORTAL_SECRET_KEY": self.secret_key,
            "PORTAL_SECRET_KEY_FALLBACKS": ",".join(self.secret_key_fallbacks),
            "PORTAL_DATABASE_URL": self.database_url,
            "PORTAL_DATA_FOLDER": str(self.data_folder),
            "PORTAL_HTTP_ONLY": "1" if self.http_only else "",
            "PORTAL_ZONE": self.zone,
            "PORTAL_LOCALE": self.locale,
            "PORTAL_URL": self.url,
            "PORTAL_SMTP_URL": self.smtp_url,
            "PORTAL_SMTP_FROM": self.smtp_from,
            "PORTAL_ROBOTS_NEARBY": "1" if self.robots_nearby else "",
        }

    def flask(self) -> dict[str, object]:
        """The same, in the names Flask and its extensions read."""
        return {
            "SECRET_KEY": self.secret_key,
            "SECRET_KEY_FALLBACKS": list(self.secret_key_fallbacks),
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "SESSION_COOKIE_NAME": "bulou" if self.http_only else "__Host-bulou",
            "SESSION_COOKIE_SECURE": not self.http_only,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "PERMANENT_SESSION_LIFETIME": timedelta(days=30),
            "SESSION_REFRESH_EACH_REQUEST": False,
            "WTF_CSRF_TIME_LIMIT": None,  # a token lives as long as the session it belongs to
            "WTF_CSRF_SSL_STRICT": False,  # SameSite cookies and the token itself do this work
            "TRUSTED_HOSTS": list(self.trusted_hosts) or None,
            "MAX_CONTENT_LENGTH": 25 * MEGABYTE,
            "MAX_FORM_MEMORY_SIZE": 2 * MEGABYTE,
            "MAX_FORM_PARTS": 3000,
            "BABEL_DEFAULT_LOCALE": self.locale,
            "BABEL_DEFAULT_TIMEZONE": self.zone,
            "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "portal" / "translations"),
            "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=365),  # file names carry a content hash
        }


def from_environment() -> Settings:
    """Read the settings of this process."""
    values = {**_file(INSTANCE / "portal.env"), **os.environ}

    def text(name: str, default: str = "") -> str:
        return values.get(f"PORTAL_{name}", default)

    if text("DEBUG") and text("BIND", "127.0.0.1") != "127.0.0.1":
        raise UnsafeSettingError(
            "PORTAL_DEBUG is on with a public PORTAL_BIND: turn one of them off."
        )
    return Settings(
        secret_key=text("SECRET_KEY"),
        secret_key_fallbacks=tuple(filter(None, text("SECRET_KEY_FALLBACKS").split(","))),
        database_url=text("DATABASE_URL", Settings.database_url),
        data_folder=Path(text("DATA_FOLDER", str(INSTANCE))),
        http_only=text("HTTP_ONLY") in {"1", "true", "yes"},
        proxy_hops=int(text("PROXY_HOPS", "0")),
        trusted_hosts=tuple(filter(None, text("TRUSTED_HOSTS").split(","))),
        zone=text("ZONE", "Asia/Shanghai"),
        locale=text("LOCALE", "zh"),
        url=text("URL").rstrip("/"),
        smtp_url=text("SMTP_URL"),
        smtp_from=text("SMTP_FROM"),
        robots_nearby=text("ROBOTS_NEARBY") in {"1", "true", "yes"},
    )


def _file(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}
