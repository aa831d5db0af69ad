"""Chinese and English: complete, alike, chosen by the person, then the browser, else Chinese."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale, gettext, ngettext

from portal.access import Role
from portal.accounts.models import User
from portal.config import Settings
from portal.dates import moment
from portal.rosters.messages import TEXTS, Code, Message
from portal.web import LOCALE_COOKIE
from tests.conftest import Tower, browser, make_user
from tests.coverage.factory import make_round
from tests.texts import (
    HAN,
    PLACEHOLDER,
    as_tuple,
    catalogue,
    english_left_over,
    gathered,
    shown_texts,
)

ENGLISH_BROWSER = {"Accept-Language": "en-GB,en;q=0.9"}
# What a Chinese text may say in letters: kinds of files, units, names of programs and commands.
LETTERS = re.compile(
    r"\b(A4|PDF|Excel|CSV|xlsx?|MB|UTF-8|GBK|SHA-256|https|SEC|Bulou|PORTAL_\w+"
    r"|flask --app wsgi [a-z]+(?: [a-z]+)?)\b"
)
# Of points, league tables and orders the product knows nothing (product.md, "refuses to do").
UNWANTED = re.compile(r"打卡|积分|排名|排行|考核|达标|务必|严禁|必须|责令|[!！]|敬请|该项|该字段")
HALF_WIDTH = re.compile(r"[\u3400-\u9fff][,.;:?!()]|[,;:?!()][\u3400-\u9fff]")


# The catalogue -----------------------------------------------------------------------------------


def test_every_text_of_the_code_is_in_the_catalogue_and_no_other() -> None:
    code = {(m.context, m.id if isinstance(m.id, str) else m.id[0]) for m in gathered() if m.id}
    kept = {(m.context, m.id if isinstance(m.id, str) else m.id[0]) for m in catalogue() if m.id}
    assert sorted(map(str, code - kept)) == [], "run `make translations` and translate these"
    assert sorted(map(str, kept - code)) == [], "no longer said: run `make translations`"


def test_every_text_is_translated() -> None:
    unsaid = [m.id for m in catalogue() if m.id and (m.fuzzy or not all(as_tuple(m.string)))]
    assert unsaid == []


def test_plural_texts_agree_with_the_code() -> None:
    wrong = [m.id for m in gathered() if m.id and _kept(m.id) != as_tuple(m.id)]
    assert wrong == []


def _kept(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    message = catalogue().get(text)
    return as_tuple(message.id) if message else ()


def test_a_translation_keeps_the_placeholders_of_its_text() -> None:
    wrong = []
    for message in catalogue():
        wanted = sorted(PLACEHOLDER.findall(as_tuple(message.id)[-1])) if message.id else []
        said = [sorted(PLACEHOLDER.findall(text)) for text in as_tuple(message.string)]
        if message.id and said != [wanted]:
            wrong.append((message.id, message.string))
    assert wrong == []


def test_chinese_is_written_as_chinese() -> None:
    wrong = []
    for message in catalogue():
        for text in as_tuple(message.string) if message.id else ():
            plain = LETTERS.sub("", PLACEHOLDER.sub("", text))
            if re.search(r"[A-Za-z]", plain) or HALF_WIDTH.search(text) or UNWANTED.search(text):
                wrong.append(text)
    assert wrong == []


def test_a_word_or_sentence_ends_alike_in_both_languages() -> None:
    wrong = [
        (message.id, message.string)
        for message in catalogue()
        if message.id
        and as_tuple(message.id)[0].endswith(".") != as_tuple(message.string)[0].endswith("。")
    ]
    assert wrong == []


def test_chinese_counts_with_measure_words(app: Flask) -> None:
    with app.test_request_context(), force_locale("zh"):
        text = ngettext("%(num)s household moves", "%(num)s households move", 2)
        assert text == "2 户换组"
        assert ngettext("%(num)s person told", "%(num)s people told", 3) == "已告知 3 人"


def test_messages_about_rosters_are_looked_up_when_they_are_shown(app: Flask) -> None:
    assert {text for text in TEXTS.values() if not catalogue().get(text)} == set()
    message = Message("", 4, Code.BAD_COUNT, {"found": "两三"})
    with app.test_request_context(), force_locale("zh"):
        assert message.text(gettext).startswith("人数：“两三”不是人数")


# Which language ----------------------------------------------------------------------------------


def test_a_stranger_reads_chinese_whatever_the_browser_prefers(app: Flask) -> None:
    page = browser(app).get("/sign-in", headers=ENGLISH_BROWSER)
    assert '<html lang="zh-CN"' in page.text
    assert english_left_over(page.text) == []


def test_the_browser_remembers_a_choice_until_somebody_with_another_signs_in(
    app: Flask, tower: Tower
) -> None:
    stranger = browser(app)
    stranger.set_cookie(LOCALE_COOKIE, "en")
    assert '<html lang="en"' in stranger.get("/sign-in").text
    zhou = make_user("周阿姨", (Role.LEADER, tower.building), locale="zh")
    reader = browser(app, zhou)
    reader.set_cookie(LOCALE_COOKIE, "en")
    assert '<html lang="zh-CN"' in reader.get("/me").text


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>登录</p><h1>Sign in</h1>", ["Sign in"]),
        ('<button aria-label="Undo">撤销</button>', ["Undo"]),
        ('<button lang="en">English</button><p>导出 Excel</p><p>WeChat · roster.xlsx</p>', []),
        ("<script>undo()</script><style>.told { color: red }</style>", []),
    ],
)
def test_english_left_over_in_a_chinese_page_is_found(html: str, found: list[str]) -> None:
    assert english_left_over(html) == found


def test_an_unknown_language_is_chinese(app: Flask) -> None:
    stranger = browser(app)
    stranger.set_cookie(LOCALE_COOKIE, "xx")
    assert '<html lang="zh-CN"' in stranger.get("/sign-in").text


def test_the_other_language_is_offered_in_its_own_words(app: Flask) -> None:
    stranger = browser(app)
    assert re.search(r'<button[^>]*lang="en"[^>]*>English</button>', stranger.get("/sign-in").text)
    stranger.set_cookie(LOCALE_COOKIE, "en")
    assert re.search(r'<button[^>]*lang="zh-CN"[^>]*>中文</button>', stranger.get("/sign-in").text)


def test_an_english_page_has_no_chinese_but_the_offer(app: Flask) -> None:
    stranger = browser(app)
    stranger.set_cookie(LOCALE_COOKIE, "en")
    texts = shown_texts(stranger.get("/sign-in").text)
    assert [text for text in texts if HAN.search(text)] == ["中文"]


def test_an_installation_speaks_chinese_where_nobody_asks() -> None:
    settings = Settings(secret_key="0123456789abcdef0123456789ABCDEF")
    assert settings.flask()["BABEL_DEFAULT_LOCALE"] == "zh"


# Everything that is said -------------------------------------------------------------------------


@pytest.fixture
def shen(tower: Tower) -> User:
    """Coordinates the whole community, in Chinese."""
    return make_user("沈书记", (Role.COORDINATOR, tower.community), locale="zh")


def test_a_refused_form_says_why_in_chinese(app: Flask, shen: User) -> None:
    form = {"name": "很" * 81, "place_id": "999999", "care_tag": ""}
    answer = browser(app, shen).post("/rounds", data=form)
    assert answer.status_code == 422
    assert "80 个字符" in answer.text  # said by WTForms, from its own catalogue
    assert english_left_over(answer.text) == []


def test_a_broken_rule_and_a_wrong_address_are_told_in_chinese(
    app: Flask, shen: User, tower: Tower
) -> None:
    opened = make_round(tower.building)
    reader = browser(app, shen)
    refused = reader.post(f"/rounds/{opened.id}/closure")
    assert refused.status_code == 409
    missing = reader.get("/nowhere")
    assert missing.status_code == 404
    assert "没有找到" in missing.text
    assert english_left_over(refused.text) + english_left_over(missing.text) == []


def test_dates_are_written_as_people_write_them(app: Flask) -> None:
    evening = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)  # half past six in Wuhan
    with app.test_request_context(), force_locale("zh"):
        assert moment(evening) == "11月24日 周二 18:30"
    with app.test_request_context(), force_locale("en"):
        assert moment(evening) == "Tue 24 Nov 18:30"


def test_the_day_after_midnight_in_wuhan_is_the_next_day(app: Flask) -> None:
    late = datetime(2026, 11, 24, 10, 30, tzinfo=UTC) + timedelta(hours=6)
    with app.test_request_context(), force_locale("zh"):
        assert moment(late) == "11月25日 周三 00:30"


def test_a_list_of_doors_is_exported_in_the_language_of_the_page(
    app: Flask, shen: User, tower: Tower
) -> None:
    opened = make_round(tower.building)
    answer = browser(app, shen).post(f"/rounds/{opened.id}/exports", data={"kind": "csv"})
    heading, first, *_ = csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")))
    assert heading[:7] == ["苑", "楼栋", "小组", "单元", "楼层", "房号", "状态"]
    assert "未访" in first


def test_a_command_speaks_chinese_of_a_file_it_cannot_read(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "BABEL_DEFAULT_LOCALE", "zh")
    roster = tmp_path / "empty.csv"
    roster.touch()
    command = ["roster", "import", str(roster), "--community", "百川社区", "--dry-run"]
    answer = app.test_cli_runner().invoke(args=command)
    assert answer.exit_code == 1
    assert "文件：是空的。请选择花名册文件。" in answer.output
