"""A form whose fields are put together once holds what each request has sent, and nothing else."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from flask import Flask
from wtforms import IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal.accounts.models import User
from portal.fields import QuickForm
from tests.conftest import browser


class Order(QuickForm):
    what = StringField("What", validators=[InputRequired("Say what.")])
    amount = IntegerField("How many", default=1)
    size = SelectField("Size", choices=[SelectChoice("s", "Small"), SelectChoice("l", "Large")])


class LargeOrder(Order):
    amount = IntegerField("How many hundreds", default=2)


def sent(app: Flask, form: type[QuickForm], **data: Any) -> QuickForm:
    with app.test_request_context(method="POST", data=data):
        made = form()
        made.validate()
        return made


def test_nothing_of_one_request_is_left_in_the_next(app: Flask) -> None:
    bad = sent(app, Order, amount="many", size="x")
    good = sent(app, Order, what="tea", size="l")
    assert (good.what.data, good.amount.data, good.size.data) == ("tea", 1, "l")
    assert not good.errors
    assert set(bad.errors) == {"what", "amount", "size"}
    assert (good.what.raw_data, bad.what.raw_data) == (["tea"], [])


def test_what_one_form_changes_of_its_fields_is_its_own(app: Flask) -> None:
    with app.test_request_context():
        one = Order()
        one.size.choices = [SelectChoice("m", "Middle")]
        one.what.errors = ["No."]
        other = Order()
        assert [choice.value for choice in other.size.choices] == ["s", "l"]
        assert not other.what.errors
        assert other.what.meta is other.meta is not one.meta


def test_forms_that_share_fields_and_forms_with_a_prefix_keep_theirs_apart(app: Flask) -> None:
    with app.test_request_context():
        assert (Order().amount.data, LargeOrder().amount.data) == (1, 2)
        assert LargeOrder().what.label.text == "What"
        assert Order(prefix="first").what.name == "first-what"
        assert Order().what.name == "what"


def test_the_token_is_looked_at_before_any_form(app: Flask, zhou: User) -> None:
    """The forms themselves ask for none, so this must hold for every address."""
    strict = dict(app.config, WTF_CSRF_ENABLED=True)
    client = browser(app, zhou)
    with patch.dict(app.config, strict):
        assert client.post("/rounds/1/doors/1/visits", data={"outcome": "met"}).status_code == 400
