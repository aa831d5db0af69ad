"""People from the command line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from flask_babel import refresh

from portal.access import Role
from portal.accounts.models import User
from portal.accounts.queries import duties, maybe_user
from portal.db import db
from tests.accounts.conftest import PASSWORD, sign_in
from tests.conftest import Tower, browser, make_user

ADD = {
    "--phone": "138 1111 2222",
    "--name": "Sun Li",
    "--duty": "leader",
    "--place": "百川社区/和风苑/3",
}


@pytest.fixture
def add(app: Flask) -> Callable[..., Result]:
    """`flask accounts add` with some options changed, the password on standard input."""

    def run(*flags: str, password: str | None = PASSWORD, **changes: str) -> Result:
        options = ADD | {f"--{name}": value for name, value in changes.items()}
        args = [text for pair in options.items() for text in pair]
        args += ["--password-stdin"] if password is not None else []
        runner = app.test_cli_runner()
        return runner.invoke(args=["accounts", "add", *args, *flags], input=f"{password}\n")

    return run


def test_the_first_person_of_a_community(
    app: Flask, tower: Tower, add: Callable[..., Result]
) -> None:
    result = add()
    assert result.exit_code == 0
    assert result.output == "Added Sun Li (138****2222): Building leader at 百川社区/和风苑/3.\n"
    sun = maybe_user("13811112222")
    assert sun is not None
    assert sun.locale == "zh"
    (duty,) = duties([sun.id])[sun.id]
    assert (duty.role, duty.path) == (Role.LEADER, tower.building.path)
    assert sign_in(browser(app), phone="13811112222").status_code == 303


def test_running_it_twice_says_so(app: Flask, tower: Tower, add: Callable[..., Result]) -> None:
    add()
    result = add()
    assert result.exit_code == 0
    assert (
        "Nothing to do: Sun Li (138****2222) is Building leader at 百川社区/和风苑/3 already."
        in result.output
    )


def test_an_account_gets_a_second_duty_and_keeps_its_password(
    app: Flask, tower: Tower, add: Callable[..., Result]
) -> None:
    add()
    result = add(place="百川社区", duty="admin", password="quite another one")
    assert result.exit_code == 0
    assert "had an account already and is now Administrator at 百川社区." in result.output
    assert sign_in(browser(app), phone="13811112222").status_code == 303


def test_a_new_community_begins_with_its_coordinator(
    app: Flask, tower: Tower, add: Callable[..., Result]
) -> None:
    result = add("--new-community", "--locale", "en", place="西湖社区", duty="coordinator")
    assert result.output == "Added Sun Li (138****2222): Coordinator at 西湖社区.\n"
    client = browser(app)
    sign_in(client, phone="13811112222")
    assert "Load a roster first" in client.get("/").text
    assert "西湖社区" in client.get("/rosters").text


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("百川社区", "There is a community of this name already."),
        ("西湖社区/和风苑", "A new community has one name of at most 60 characters."),
        ("西" * 61, "A new community has one name of at most 60 characters."),
    ],
)
def test_a_community_is_begun_once_and_by_one_name(
    app: Flask, tower: Tower, add: Callable[..., Result], place: str, said: str
) -> None:
    result = add("--new-community", place=place, duty="coordinator")
    assert result.exit_code == 1
    assert said in result.output
    assert maybe_user("13811112222") is None


def test_without_a_password_one_is_made(
    app: Flask, tower: Tower, add: Callable[..., Result]
) -> None:
    result = add("--locale", "en", password=None)
    made = result.output.strip().rpartition(" ")[2]
    assert sign_in(browser(app), phone="13811112222", password=made).status_code == 303
    assert maybe_user("13811112222").locale == "en"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"place": "西湖社区/和风苑"}, "No such community: “西湖社区”. To begin it"),
        ({"place": "百川社区/梅苑/3"}, "No such place: “百川社区/梅苑”."),
        ({"place": "百川社区/和风苑/9"}, "No such place: “百川社区/和风苑/9”."),
        ({"place": " / "}, "No place given."),
        ({"duty": "king"}, "No such duty: “king”. There are admin, coordinator, leader"),
        ({"phone": "12"}, "Not a phone number: “12”."),
        ({"name": " "}, "A name has 1 to 60 characters."),
        ({"password": "12345678"}, "This password cannot be taken. This one is easy to guess."),
        ({"password": ""}, "At least 8 characters"),
    ],
)
def test_what_cannot_be_done_is_named(
    app: Flask, tower: Tower, add: Callable[..., Result], changes: dict[str, str], said: str
) -> None:
    result = add(**changes)
    assert result.exit_code == 1
    assert said in result.output
    assert maybe_user("13811112222") is None


def test_a_rule_refuses_a_command_too(
    app: Flask, tower: Tower, lin: User, add: Callable[..., Result]
) -> None:
    add()
    sun = maybe_user("13811112222")
    assert sun is not None
    browser(app, lin).post(f"/people/{sun.id}/disable")
    result = add(duty="volunteer")
    assert result.exit_code == 1
    assert "This account is blocked" in result.output


def test_the_list_masks_phones(app: Flask, tower: Tower, zhou: User) -> None:
    make_user("Idle", phone="13811112222")
    result = app.test_cli_runner().invoke(args=["accounts", "list"])
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "138****2222\tIdle\tno duty",
        f"100****{zhou.phone[-4:]}\tZhou\tBuilding leader 和风苑, Building 3",
    ]


def test_all_devices_of_somebody_are_signed_out(app: Flask, li: User) -> None:
    client = browser(app, li)
    runner = app.test_cli_runner()
    result = runner.invoke(args=["accounts", "end-sessions", "--phone", li.phone])
    assert result.output == "Li: 1 device signed out.\n"
    db.session.expire_all()
    assert client.get("/me").status_code == 302
    result = runner.invoke(args=["accounts", "end-sessions", "--phone", "13899999999"])
    assert result.exit_code == 1
    assert "138****9999" in result.output


@pytest.mark.parametrize(
    ("command", "english", "chinese"),
    [
        ("accounts list", "100****0000\tZhou\tBuilding leader", "Zhou\t楼栋长 和风苑 3栋"),
        ("ledger verify", "0 rounds, 0 doors, 0 differences", "轮次 0 个，住户 0 户，不一致 0 处"),
        ("ledger digest 9", "There is no round 9.", "没有第 9 号轮次。"),
        ("roster export --community 无", "no community named", "没有名为“无”的社区"),
    ],
)
def test_commands_speak_the_language_of_the_installation(
    app: Flask,
    tower: Tower,
    zhou: User,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    english: str,
    chinese: str,
) -> None:
    zhou.phone = "10000000000"
    db.session.commit()
    runner = app.test_cli_runner()
    assert english in runner.invoke(args=command.split()).output
    monkeypatch.setitem(app.config, "BABEL_DEFAULT_LOCALE", "zh")
    refresh()
    assert chinese in runner.invoke(args=command.split()).output
