"""The one blueprint of the tasks; its views lie in several files."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("tasks", __name__)
