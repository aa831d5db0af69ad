"""A device is called what people call it."""

from __future__ import annotations

import pytest

from portal.accounts.devices import describe

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            f"Mozilla/5.0 (Linux; Android 12; V2046A Build/SP1A; wv) {WEBKIT} MicroMessenger/8.0",
            "WeChat · Android (V2046A)",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/120 Mobile Safari/537.36",
            "Chrome · Android",
        ),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) {WEBKIT} Safari/604.1",
            "Safari · iPhone",
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/120 Safari/537 Edg/120",
            "Edge · Windows",
        ),
        (f"Mozilla/5.0 (Phone; OpenHarmony 5.0) {WEBKIT} ArkWeb/4.1", "Huawei Browser · HarmonyOS"),
        ("curl/8.0", ""),
        ("", ""),
    ],
)
def test_a_browser_and_what_it_runs_on(user_agent: str, words: str) -> None:
    assert describe(user_agent) == words
