"""What the features say of their notices: the words, what they are about, who may still hear.

Each feature declares this for the kinds it posts; reading and sending know nothing of the kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flask_babel import LazyString, gettext

from portal.access import Person
from portal.outbox.topics import Topic

Details = Mapping[str, Any]


@dataclass(frozen=True)
class Message:
    """A notice in words of the language at hand; `address` is a local path to go on from."""

    title: str
    text: str
    address: str


@dataclass(frozen=True)
class Sight:
    """Who may hear of something: whoever sees one of the things a notice is about.

    `numbers` finds these in the details; `seen_by` says which of some a person sees now.
    """

    numbers: Callable[[Details], Collection[int]]
    seen_by: Callable[[Person, Collection[int]], Collection[int]]


Words = Callable[[Details], Message]


@dataclass(frozen=True)
class Kind:
    """All that is known of a kind of notice. Without a sight everybody told may hear it again."""

    words: Words
    topic: Topic
    sight: Sight | None


_known: dict[str, Kind] = {}


def tells(kind: str, topic: Topic, sight: Sight | None = None) -> Callable[[Words], Words]:
    """Declare the function that puts the details of a kind of notice into words."""

    def declare(words: Words) -> Words:
        if kind in _known:
            raise ValueError(f"two features word the notice {kind}")
        _known[kind] = Kind(words, topic, sight)
        return words

    return declare


def kinds() -> Mapping[str, Kind]:
    """Every kind of notice there is."""
    return _known


def worded(kind: str, details: Details) -> Message:
    """The notice in words, in the language of this moment (`flask_babel.force_locale`).

    A kind that a former version knew has lost its words, but not its place in the list.
    """
    if kind not in _known:
        return Message(str(gettext("A notice of a former version")), "", "/notices")
    return _known[kind].words(details)


def maybe_topic(kind: str) -> Topic | None:
    """What a kind of notice is about; None for one that only a former version knew."""
    return _known[kind].topic if kind in _known else None


class Told(Protocol):
    """A notice, or what is to be sent of one."""

    @property
    def kind(self) -> str: ...
    @property
    def details(self) -> Any: ...
    @property
    def community_id(self) -> int: ...


def may_hear(person: Person, told: Sequence[Told]) -> list[bool]:
    """Which of their notices a person may hear now: a duty may have ended since they were written.

    Whoever serves nowhere in the community hears nothing of it any more; who serves there hears of
    what they see. One question a sight, however many notices.
    """
    seen = _seen(person, told)
    return [_is_theirs(person, one) and _is_in_sight(one, seen) for one in told]


def _is_theirs(person: Person, one: Told) -> bool:
    return one.community_id in person.community_ids or maybe_topic(one.kind) is Topic.ACCOUNT


def _is_in_sight(one: Told, seen: Mapping[Sight, set[int]]) -> bool:
    sight, numbers = _about(one)
    return sight is None or not seen[sight].isdisjoint(numbers)


def _seen(person: Person, told: Sequence[Told]) -> dict[Sight, set[int]]:
    asked: dict[Sight, set[int]] = {}
    for one in told:
        sight, numbers = _about(one)
        if sight is not None:
            asked.setdefault(sight, set()).update(numbers)
    return {sight: set(sight.seen_by(person, numbers)) for sight, numbers in asked.items()}


def _about(one: Told) -> tuple[Sight | None, Collection[int]]:
    sight = _known[one.kind].sight if one.kind in _known else None
    return sight, sight.numbers(one.details) if sight else ()


# For group chats ---------------------------------------------------------------------------------


Count = Callable[[int], str]
Named = Callable[[Collection[str]], Mapping[str, Message]]


@dataclass(frozen=True)
class GroupKind:
    """A kind that chats hear of: told as a number, or (`named`) each thing by itself.

    What is `offered` is chosen for a chat; the rest comes with something that was.
    """

    label: LazyString
    counted: Count | None
    named: Named | None
    offered: bool


_for_groups: dict[str, GroupKind] = {}


def tells_groups(kind: str, label: LazyString, *, offered: bool = True) -> Callable[[Count], Count]:
    """Declare what so many of a kind are called in a chat; `label` is for who chooses kinds."""

    def declare(words: Count) -> Count:
        _declare_for_groups(kind, GroupKind(label, words, None, offered))
        return words

    return declare


def names_to_groups(
    kind: str, label: LazyString, *, offered: bool = True
) -> Callable[[Named], Named]:
    """Declare how chats are told each thing of a kind, found by its subject.

    A subject that the function leaves out need not be told any more; of the others that stays so
    until the end of the transaction.
    """

    def declare(words: Named) -> Named:
        _declare_for_groups(kind, GroupKind(label, None, words, offered))
        return words

    return declare


def _declare_for_groups(kind: str, declared: GroupKind) -> None:
    if kind in _for_groups:
        raise ValueError(f"two features word {kind} for groups")
    _for_groups[kind] = declared


def group_kinds() -> dict[str, LazyString]:
    """The kinds a group chat may hear of, and what to call each."""
    return {kind: known.label for kind, known in _for_groups.items()}


def offered_kinds() -> dict[str, LazyString]:
    """Those of them that people choose for a chat."""
    return {kind: known.label for kind, known in _for_groups.items() if known.offered}


def is_named(kind: str) -> bool:
    """Whether things of a kind are told each by itself."""
    return kind in _for_groups and _for_groups[kind].named is not None


def named(kind: str, subjects: Collection[str]) -> Mapping[str, Message]:
    """What is told of each of some things, in the language of this moment, by subject."""
    words = _for_groups[kind].named
    return words(subjects) if words else {}


def counted(kind: str, count: int) -> str:
    """So many of a kind, in the language of this moment."""
    words = _for_groups[kind].counted if kind in _for_groups else None
    return words(count) if words else str(count)
