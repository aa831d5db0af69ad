"""The one blueprint of the tower; its views lie in two files."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("tower", __name__)
