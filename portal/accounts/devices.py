"""What to call a device by what its browser says of itself."""

from __future__ import annotations

import re

# The first that fits wins: browsers name their relatives too, so the particular comes first.
_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("ArkWeb", "Huawei Browser"),
    ("MiuiBrowser", "Xiaomi Browser"),
    ("HeyTapBrowser", "OPPO Browser"),
    ("VivoBrowser", "vivo Browser"),
    ("MQQBrowser", "QQ Browser"),
    ("UCBrowser", "UC Browser"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("OpenHarmony", "HarmonyOS"),
    ("HarmonyOS", "HarmonyOS"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
_MODEL = re.compile(r"Android [\d.]+; (?:[a-z]{2}[-_][a-zA-Z]{2}; )?([\w .+-]{2,30}?)(?: Build|\))")


def describe(user_agent: str) -> str:
    """A few words such as "WeChat · Android (V2046A)"; empty when nothing is recognised."""
    system = _first(_SYSTEMS, user_agent)
    if system == "Android" and (model := _MODEL.search(user_agent)) and len(model[1]) > 2:
        system = f"Android ({model[1]})"
    return " · ".join(filter(None, (_first(_BROWSERS, user_agent), system)))


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for sign, name in names if sign in user_agent), "")
