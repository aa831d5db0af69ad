from __future__ import annotations

from flask import Blueprint

from portal.rosters import models as models

bp = Blueprint("rosters", __name__)
