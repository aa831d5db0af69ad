"""The one blueprint of the bulletins; its views lie in several files."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("relay", __name__)
