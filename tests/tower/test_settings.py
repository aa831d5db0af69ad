"""Settings of a community: names, seats, how groups are cut."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.db import db
from portal.tower import queries
from portal.tower.cutting import Policy
from portal.tower.models import DEFAULT_SEAT_NAMES
from tests.conftest import Tower, browser
from tests.tower.factory import homes, housed, numbers


def wishes(**changes: Any) -> dict[str, Any]:
    """The form as it stands in a new community, but for `changes`."""
    form = {"most": 30, "policy": "fewest_groups"}
    form |= {f"zh_{n}": name for n, name in enumerate(["社区", "苑", "楼栋", "小组"], 1)}
    form |= {
        f"en_{n}": name for n, name in enumerate(["Community", "Estate", "Building", "Group"], 1)
    }
    for language, seats in DEFAULT_SEAT_NAMES.items():
        form |= {f"seat_{language}_{n}": name for n, name in enumerate(seats, 1)}
    return form | changes


def test_the_page_shows_what_is_set(app: Flask, tower: Tower, head: User) -> None:
    answer = browser(app, head).get(f"/places/{tower.community.id}/settings")
    assert answer.status_code == 200
    for value in ("社区民警", "Estate", "楼栋", 'value="30"'):
        assert value in answer.text
    assert "Changing this moves nobody" in answer.text
    assert f"/places/{tower.community.id}/cut" in answer.text


def test_names_change_wherever_they_stand(app: Flask, tower: Tower, head: User) -> None:
    client = browser(app, head)
    form = wishes(en_3="Block", seat_en_1="Officer")
    answer = client.post(f"/places/{tower.community.id}/settings", data=form)
    assert answer.status_code == 303
    assert "Saved." in client.get(answer.location).text
    assert "Block" in client.get(f"/places/{tower.estate.id}").text
    assert queries.settings_of(tower.community.id).seat_names["en"][0] == "Officer"
    event = db.session.query(AuditEvent).filter_by(action="settings.changed").one()
    assert event.details["changed"] == "level_names, seat_names"
    assert event.person_id == head.id


def test_another_size_moves_nobody_before_a_cut(app: Flask, tower: Tower, head: User) -> None:
    building = housed(tower.estate, "9", homes(units=2, floors=7, doors=3))
    before = numbers(building)
    client = browser(app, head)
    form = wishes(most=20, policy="whole_staircases")
    answer = client.post(f"/places/{tower.community.id}/settings", data=form)
    assert answer.location.endswith(f"/places/{tower.community.id}/cut")
    assert "Nobody has moved yet" in client.get(answer.location).text
    assert numbers(building) == before
    assert queries.rule_of(tower.community.id) == (20, Policy.WHOLE_STAIRCASES)


def test_nothing_changed_leaves_no_trace(app: Flask, tower: Tower, head: User) -> None:
    client = browser(app, head)
    answer = client.post(f"/places/{tower.community.id}/settings", data=wishes())
    assert "Nothing was changed." in client.get(answer.location).text
    assert db.session.query(AuditEvent).count() == 0


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"most": 4}, "Write a whole number between 5 and 60."),
        ({"most": 61}, "Write a whole number between 5 and 60."),
        ({"most": ""}, "Write a whole number between 5 and 60."),
        ({"zh_2": "  "}, "A name of at most 12 characters."),
        ({"en_1": "x" * 25}, "A name of at most 24 characters."),
        ({"seat_zh_2": "社区民警"}, "This name stands there twice."),
        ({"en_2": "Group"}, "This name stands there twice."),
        ({"policy": "none"}, "Not a valid choice"),
    ],
)
def test_wrong_settings_are_named(
    app: Flask, tower: Tower, head: User, changes: dict[str, Any], text: str
) -> None:
    form = wishes(**changes)
    answer = browser(app, head).post(f"/places/{tower.community.id}/settings", data=form)
    assert answer.status_code == 422
    assert text in answer.text
    assert queries.rule_of(tower.community.id).most == 30


def test_settings_belong_to_those_above_the_community(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User, head: User
) -> None:
    url = f"/places/{tower.community.id}/settings"
    assert browser(app, lin).get(url).status_code == 404
    assert browser(app, lin).post(url, data=wishes()).status_code == 404
    assert browser(app, head).get(f"/places/{tower.elsewhere.id}/settings").status_code == 404
    assert browser(app, head).get(f"/places/{tower.estate.id}/settings").status_code == 404
    for person in (zhou, chen):
        assert browser(app, person).get(url).status_code == 403
    assert browser(app).get(url).status_code == 302
