"""The one blueprint of what residents write; its views lie in several files."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("public", __name__)
