"""The one blueprint of the rota; its views lie in several files."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("shifts", __name__)
