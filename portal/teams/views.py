from __future__ import annotations

from flask import Blueprint

from portal.teams import models as models

bp = Blueprint("teams", __name__)
