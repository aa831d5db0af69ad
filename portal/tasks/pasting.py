"""What a text copied from the police platform says, without what must not be kept.

The text is written by people, so only what is plain is taken: the level of risk, the address, the
method where no other is named, the platform's number, when it came. Everything else is left to
whoever pastes it, who sees the form before it is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from portal.private import hide
from portal.rosters.address import Address, Trouble, read_address
from portal.tasks.steps import Risk
from portal.tasks.warning_models import Method

RISKS = (
    (re.compile("特高|特级|紧急"), Risk.SPECIAL),
    (re.compile("高危|高风险|红色"), Risk.HIGH),
    (re.compile("中危|中风险|橙色|黄色"), Risk.MEDIUM),
    (re.compile("低危|低风险|蓝色"), Risk.LOW),
)
# As the ministry names them, and as people shorten it (domain.md 2.8).
METHODS = {
    Method.BRUSHING: re.compile("刷单|返利"),
    Method.INVESTMENT: re.compile("投资|理财"),
    Method.SHOPPING: re.compile("虚假购物|购物服务|网络购物"),
    Method.FAKE_SERVICE: re.compile("客服|物流|退货|快递"),
    Method.LOAN: re.compile("贷款"),
    Method.CREDIT: re.compile("征信"),
    Method.BOSS_FRIEND: re.compile("冒充领导|冒充熟人|领导熟人"),
    Method.AUTHORITY: re.compile("公检法|冒充公安|冒充警察|冒充政府"),
    Method.ROMANCE: re.compile("婚恋|交友|杀猪盘"),
    Method.GAME: re.compile("游戏"),
}
_NUMBER = re.compile(r"(?:编号|单号|流水号)\s*[:：]?\s*([A-Za-z0-9-]{4,40})")
_WHEN = re.compile(
    r"(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})日?\s*(\d{1,2})\s*[:：时点]\s*(\d{1,2})"
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
    method: Method | None = None
    reference: str = ""
    came: datetime | None = None  # by the clocks here, without a zone


def read(text: str) -> Pasted:
    """Take from a text what a warning needs, and hide what it must not hold."""
    shown, hidden = hide(text)
    number = _NUMBER.search(shown)
    return Pasted(
        risk_in(text),
        address_in(shown),
        shown,
        hidden,
        method=method_in(text),
        reference=number[1] if number else "",
        came=_came(shown),
    )


def _came(text: str) -> datetime | None:
    for match in _WHEN.finditer(text):
        try:
            return datetime(*map(int, match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
        except ValueError:  # the thirtieth of February
            continue
    return None


def risk_in(text: str) -> Risk | None:
    """The level of risk that a text names."""
    return next((risk for pattern, risk in RISKS if pattern.search(text)), None)


def method_in(text: str) -> Method | None:
    """The one method that a text names; of two neither."""
    methods = [method for method, pattern in METHODS.items() if pattern.search(text)]
    return methods[0] if len(methods) == 1 else None


def address_in(text: str) -> Address | None:
    """The first address of a door in a text."""
    for match in _ADDRESS.finditer(text):
        found = read_address("".join(match[0].split()))
        if not isinstance(found, Trouble) and found.building and found.room:
            return found
    return None
