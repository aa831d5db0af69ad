"""Settings that must not be used are refused before anything is served."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from portal import config
from portal.config import Settings, UnsafeSettingError, from_environment

GOOD = secrets.token_hex(32)


@pytest.mark.parametrize("key", ["", "short", "change-me", "a" * 40, "abcabc" * 8])
def test_a_missing_short_or_sample_key_stops_the_start(key: str) -> None:
    with pytest.raises(UnsafeSettingError, match="PORTAL_SECRET_KEY"):
        Settings(secret_key=key)


def test_debug_on_a_public_address_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY", GOOD)
    monkeypatch.setenv("PORTAL_DEBUG", "1")
    monkeypatch.setenv("PORTAL_BIND", "0.0.0.0")  # noqa: S104 - the very thing that is refused
    with pytest.raises(UnsafeSettingError, match="PORTAL_DEBUG"):
        from_environment()


def test_the_environment_wins_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "portal.env").write_text(
        f"# by the set-up\nPORTAL_SECRET_KEY={GOOD}\nPORTAL_ZONE=Asia/Urumqi\nPORTAL_PROXY_HOPS=2\n"
    )
    monkeypatch.setattr(config, "INSTANCE", tmp_path)
    for name in ("SECRET_KEY", "ZONE", "PROXY_HOPS"):
        monkeypatch.delenv(f"PORTAL_{name}", raising=False)
    monkeypatch.setenv("PORTAL_ZONE", "Asia/Shanghai")
    settings = from_environment()
    assert (settings.secret_key, settings.zone, settings.proxy_hops) == (GOOD, "Asia/Shanghai", 2)


def test_a_started_process_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(secret_key=GOOD, http_only=True, database_url="sqlite:///x.sqlite3")
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert from_environment() == settings


def test_cookies_are_bound_to_the_host_unless_the_machine_is_alone() -> None:
    public, alone = Settings(secret_key=GOOD).flask(), Settings(secret_key=GOOD, http_only=True)
    assert public["SESSION_COOKIE_NAME"] == "__Host-bulou"
    assert public["SESSION_COOKIE_SECURE"] is True
    assert alone.flask()["SESSION_COOKIE_SECURE"] is False


def test_commands_speak_chinese_or_english() -> None:
    assert Settings(secret_key=GOOD, locale="en").flask()["BABEL_DEFAULT_LOCALE"] == "en"
    with pytest.raises(UnsafeSettingError, match="PORTAL_LOCALE"):
        Settings(secret_key=GOOD, locale="fr")
