"""The liaison pastes what the platform says; what must not be held is left out."""

from __future__ import annotations

from datetime import datetime

import pytest

from portal.private import HIDDEN, hide
from portal.tasks.pasting import read
from portal.tasks.steps import Risk
from portal.tasks.warning_models import Method

TEXT = """【预警】高危 刷单返利
当事人 张某，身份证 420106199003071234，电话 138 0013 8000，
银行卡 6222 0212 3456 7890 123，地址：百川社区和风苑3栋2单元501室。请立即核查。"""


def test_risk_and_address_are_understood_and_numbers_are_left_out() -> None:
    found = read(TEXT)
    assert found.risk is Risk.HIGH
    assert found.address is not None
    assert (found.address.building, found.address.unit, found.address.room) == ("3", "2", "501")
    assert found.hidden == 3
    for number in ("420106199003071234", "0013", "6222"):
        assert number not in found.text
    assert found.text.count(HIDDEN) == 3


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("特高危预警", Risk.SPECIAL),
        ("高风险", Risk.HIGH),
        ("中危", Risk.MEDIUM),
        ("低危", Risk.LOW),
        ("预警", None),
    ],
)
def test_the_level_of_risk_is_read(text: str, risk: Risk | None) -> None:
    assert read(text).risk is risk


def test_method_number_and_hour_are_read_where_they_are_plain() -> None:
    found = read("预警编号：WH-2026-0042 预警时间 2026年4月30日 9:12 刷单返利 和风苑3栋2单元501室")
    assert found.method is Method.BRUSHING
    assert found.reference == "WH-2026-0042"
    assert found.came == datetime(2026, 4, 30, 9, 12)  # noqa: DTZ001 - by the clocks here


@pytest.mark.parametrize("text", ["冒充客服办理贷款", "预警", "2026年2月30日 9:12", "编号 ＊＊＊"])
def test_of_two_methods_none_is_taken_and_no_such_day_is_left_out(text: str) -> None:
    found = read(text)
    assert (found.method, found.reference, found.came) == (None, "", None)


@pytest.mark.parametrize("text", ["", "nothing", "2026年4月30日 21:15", "3栋", "和风苑"])
def test_what_is_not_plain_is_left_to_the_liaison(text: str) -> None:
    assert read(text).address is None


@pytest.mark.parametrize("text", ["2026-04-30 09:12", "3栋2单元501", "损失16000元", "96110"])
def test_ordinary_numbers_stay(text: str) -> None:
    assert hide(text) == (text, 0)
