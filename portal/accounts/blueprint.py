"""The one blueprint of the accounts; its views lie in two files."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("accounts", __name__)
