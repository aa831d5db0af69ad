"""Zhou reads her notices, and says how she wants to be told."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.accounts.models import User
from portal.clock import now
from portal.db import db
from portal.notices import queries
from portal.notices.timing import ByMail
from portal.notices.words import TOPICS
from portal.outbox.models import Notice
from portal.outbox.topics import Topic
from tests.conftest import HTMX, browser, counted_queries
from tests.gaps.factory import text
from tests.notices.conftest import tell

CHOICE = {
    "email": "zhou@example.org",
    **dict.fromkeys(map(str, TOPICS), "daily"),
    "warnings": "never",
    "digest_at": "17:30",
    "quiet_from": "20:00",
    "quiet_until": "09:00",
}


def test_zhou_sees_how_many_are_new_on_every_page_and_opens_one(app: Flask, zhou: User) -> None:
    notice = tell(zhou)
    client = browser(app, zhou)
    assert '<b class="count" aria-label="1 unread">1</b>' in client.get("/").text
    page = client.get("/notices").text
    assert "A trial" in page
    assert '<span class="badge">new</span>' in page
    answer = client.post(f"/notices/{notice.id}/reading")
    assert (answer.status_code, answer.location) == (303, "/me/notices")
    assert 'class="count"' not in client.get("/").text
    assert "A trial" in client.get("/notices").text


def test_with_htmx_opening_leads_on_as_well(app: Flask, zhou: User) -> None:
    answer = browser(app, zhou).post(f"/notices/{tell(zhou).id}/reading", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/me/notices")


def test_what_is_not_due_yet_or_stale_counts_as_nothing_new(app: Flask, zhou: User) -> None:
    tell(zhou, "a", due_at=now().replace(year=2099))
    tell(zhou, "b", stale_at=now())
    client = browser(app, zhou)
    assert 'class="count"' not in client.get("/").text
    assert client.get("/notices").text.count("<h2>A trial") == 1


def test_a_hundred_new_ones_are_not_counted_on(app: Flask, zhou: User) -> None:
    for number in range(101):
        tell(zhou, f"shift/{number}")
    assert ">99+</b>" in browser(app, zhou).get("/").text


def test_all_are_marked_as_read_but_not_what_came_meanwhile(app: Flask, zhou: User) -> None:
    seen = tell(zhou, "a")
    later = tell(zhou, "b", due_at=now())
    client = browser(app, zhou)
    assert client.post(f"/notices/{seen.id}/readings").location == "/notices"
    assert [n.id for n in db.session.query(Notice).filter_by(read_at=None)] == [later.id]


def test_a_long_list_goes_on_where_it_ended(app: Flask, zhou: User) -> None:
    ids = [tell(zhou, f"shift/{number}").id for number in range(queries.NOTICES_A_PAGE + 3)]
    client = browser(app, zhou)
    first = client.get("/notices").text
    edge = ids[3]
    assert f"/notices?before={edge}" in first
    second = client.get(f"/notices?before={edge}").text
    assert second.count('/reading"') == 3
    assert client.get("/notices?before=x").status_code == 400


def test_many_notices_take_as_many_queries_as_one(app: Flask, zhou: User, chen: User) -> None:
    def asked(user: User, count: int) -> int:
        for number in range(count):
            tell(user, f"shift/{number}")
        client = browser(app, user)
        with counted_queries() as seen:
            client.get("/notices")
        return len(seen)

    assert asked(zhou, 1) == asked(chen, 200)


def test_the_number_in_the_header_costs_no_query(app: Flask, zhou: User) -> None:
    client = browser(app, zhou)

    def asked() -> int:
        with counted_queries() as seen:
            client.get("/me/notices")
        return len(seen)

    before = asked()
    tell(zhou)
    assert asked() == before


def test_nobody_reads_the_notices_of_another(app: Flask, zhou: User, wu: User) -> None:
    notice = tell(zhou)
    client = browser(app, wu)
    assert "A trial" not in client.get("/notices").text
    assert client.post(f"/notices/{notice.id}/reading").status_code == 404
    assert client.post(f"/notices/{notice.id}/readings").status_code == 404
    assert client.get(f"/notices?before={notice.id}").status_code == 404
    assert browser(app).get("/notices").status_code == 302


# How to be told ----------------------------------------------------------------------------------


def test_zhou_chooses_a_digest_and_quiet_hours(app: Flask, zhou: User) -> None:
    client = browser(app, zhou)
    assert client.post("/me/notices", data=CHOICE).location == "/me/notices"
    page = client.get("/me/notices").text
    assert "zhou@example.org" in page
    assert 'value="17:30"' in page
    assert "zhou@example.org: not confirmed yet" in client.get("/me").text
    kept = queries.wishes_of([zhou.id])[zhou.id]
    chosen = kept.by_mail(Topic.SHIFTS), kept.by_mail(Topic.WARNINGS)
    assert chosen == (ByMail.DAILY, ByMail.NEVER)
    assert str(kept.quiet_from) == "20:00:00"
    assert text(page).count("In the e-mail of the day") == len(TOPICS) - 1, (
        "no warning waits for it"
    )


def test_an_address_can_be_taken_back(app: Flask, zhou: User) -> None:
    client = browser(app, zhou)
    client.post("/me/notices", data=CHOICE)
    client.post("/me/notices", data=CHOICE | {"email": ""})
    kept = db.session.get_one(User, zhou.id)
    assert (kept.email, kept.new_email) == (None, None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"email": "zhou@nowhere"}, "This is no e-mail address."),
        ({"email": "zhou@example.org\nBcc: a@b.org"}, "This is no e-mail address."),
        ({"email": "周@example.org"}, "This is no e-mail address."),
        ({"quiet_from": "25:00"}, "Not a valid time value."),
        ({"digest_at": ""}, "Please give an hour"),
        ({"shifts": "hourly"}, "Not a valid choice."),
        ({"warnings": "daily"}, "Not a valid choice."),
    ],
)
def test_what_cannot_be_kept_is_explained(
    app: Flask, zhou: User, changes: dict[str, str], said: str
) -> None:
    answer = browser(app, zhou).post("/me/notices", data=CHOICE | changes)
    assert answer.status_code == 422
    assert said in answer.text
    assert db.session.get_one(User, zhou.id).email is None


def test_a_trial_comes_once_a_minute(app: Flask, zhou: User) -> None:
    client = browser(app, zhou)
    client.post("/me/notices/trial")
    client.post("/me/notices/trial")
    assert 1 <= db.session.query(Notice).filter_by(user_id=zhou.id).count() <= 2
