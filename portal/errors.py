"""Refusals that people can read."""

from __future__ import annotations


class RuleError(Exception):
    """A person asked for something the rules forbid; the message is for them to read (409)."""


class NotFoundError(Exception):
    """Nothing by that name where this person may look (404): absent and out of scope look alike."""


class TooManyError(RuleError):
    """Too many tries in a short time (429); `wait` is how many seconds to wait."""

    def __init__(self, text: str, *, wait: int) -> None:
        super().__init__(text)
        self.wait = wait
