"""What a text copied from the police platform says, without what must not be kept.

The text is written by people, so only what is plain is taken: the level of risk, the address, the
method. Everything else is left to whoever pastes it, who sees the form before it is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from portal.private import hide
from portal.rosters.address import Address, Trouble, read_address
from portal.tasks.steps import Risk

RISKS = (
    (re.compile("特高|特级|紧急"), Risk.SPECIAL),
    (re.compile("高危|高风险|红色"), Risk.HIGH),
    (re.compile("中危|中风险|橙色|黄色"), Risk.MEDIUM),
    (re.compile("低危|低风险|蓝色"), Risk.LOW),
)
_ADDRESS = re.compile(
    r"[\u4e00-\u9fff]{1,12}[苑里村园区城庭]?\s*\d{1,3}\s*(?:栋|幢|号楼|座)\s*"
    r"(?:\d{1,2}\s*(?:单元|门栋|门)\s*)?\d{3,4}\s*室?"
)


@dataclass(frozen=True)
class Pasted:
    """What was understood of a text; `text` is without numbers of persons, cards and telephones."""

    risk: Risk | None
    address: Address | None
    text: str
    hidden: int


def read(text: str) -> Pasted:
    """Take from a text what a warning needs, and hide what it must not hold."""
    risk = next((risk for pattern, risk in RISKS if pattern.search(text)), None)
    shown, hidden = hide(text)
    return Pasted(risk, _address(shown), shown, hidden)


def _address(text: str) -> Address | None:
    for match in _ADDRESS.finditer(text):
        found = read_address("".join(match[0].split()))
        if not isinstance(found, Trouble) and found.building and found.room:
            return found
    return None
