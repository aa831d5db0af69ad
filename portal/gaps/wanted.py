"""What somebody asks of the list of doors: the meaning of its filters, without their form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from portal.coverage.states import GAPS, RESULTS, Pending, State
from portal.tower.models import CareTag

KINDS = {"gap": GAPS, "result": RESULTS}  # short names of sets of states, for addresses


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which doors of a round somebody asks for; what is left empty asks nothing.

    `attempts` counts visits without contact, `days` whole calendar days since the door was last
    touched, `due` means that an agreed time is today or past.
    """

    place_id: int | None = None
    states: frozenset[State] = frozenset()
    attempts: int = 0
    days: int = 0
    unit: str = ""
    pending: frozenset[Pending] = frozenset()
    care: CareTag | None = None
    due: bool = False

    @property
    def is_gap(self) -> bool:
        """Whether only households still to do are asked for."""
        return bool(self.states) and self.states <= GAPS

    def pairs(self) -> Iterator[tuple[str, object]]:
        """The same as hidden fields of a form: a name may come several times."""
        for name, value in self.args().items():
            for each in value if isinstance(value, list) else [value]:
                yield name, each

    def args(self) -> dict[str, object]:
        """The same as the values of an address, empty ones left out."""
        values: dict[str, object] = {
            "place": self.place_id,
            "state": state_words(self.states),
            "attempts": self.attempts,
            "days": self.days,
            "unit": self.unit,
            "pending": pending_word(self.pending),
            "care": self.care.value if self.care else "",
            "due": "1" if self.due else "",
        }
        return {name: value for name, value in values.items() if value}


ALL_PENDING = frozenset({Pending.VACANCY, Pending.EXCLUSION})


def state_words(states: frozenset[State]) -> list[str]:
    """The shortest way to name a set of states in an address."""
    for word, kind in KINDS.items():
        if states == kind:
            return [word]
    return [state.value for state in State if state in states]


def pending_word(pending: frozenset[Pending]) -> str:
    if pending == ALL_PENDING:
        return "any"
    return "".join(sorted(pending))
