"""Who finds the words of a notice: the feature that posted it, by its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString, gettext


@dataclass(frozen=True)
class Message:
    """A notice in words of the language at hand; `address` is a local path to go on from."""

    title: str
    text: str
    address: str


Words = Callable[[Mapping[str, Any]], Message]
_known: dict[str, Words] = {}


def tells(kind: str) -> Callable[[Words], Words]:
    """Declare the function that puts the details of a kind of notice into words."""

    def declare(words: Words) -> Words:
        if kind in _known:
            raise ValueError(f"two features word the notice {kind}")
        _known[kind] = words
        return words

    return declare


def worded(kind: str, details: Mapping[str, Any]) -> Message:
    """The notice in words, in the language of this moment (`flask_babel.force_locale`).

    A kind that a former version knew has lost its words, but not its place in the list.
    """
    if kind not in _known:
        return Message(str(gettext("A notice of a former version")), "", "/notices")
    return _known[kind](details)


# For group chats ---------------------------------------------------------------------------------


Count = Callable[[int], str]
_for_groups: dict[str, tuple[LazyString, Count]] = {}


def tells_groups(kind: str, label: LazyString) -> Callable[[Count], Count]:
    """Declare what so many of a kind are called in a chat; `label` is for who chooses kinds."""

    def declare(words: Count) -> Count:
        if kind in _for_groups:
            raise ValueError(f"two features word {kind} for groups")
        _for_groups[kind] = (label, words)
        return words

    return declare


def group_kinds() -> dict[str, LazyString]:
    """The kinds a group chat may hear of, and what to call each."""
    return {kind: label for kind, (label, _) in _for_groups.items()}


def counted(kind: str, count: int) -> str:
    """So many of a kind, in the language of this moment."""
    if kind not in _for_groups:
        return str(count)
    return _for_groups[kind][1](count)
