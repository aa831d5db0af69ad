from __future__ import annotations

from flask import Blueprint

from portal.tower import models as models

bp = Blueprint("tower", __name__)
