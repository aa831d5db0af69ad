"""The one blueprint of coverage; its views lie in two files."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("coverage", __name__)
