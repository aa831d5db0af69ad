from __future__ import annotations

from flask import Blueprint

from portal.coverage import models as models

bp = Blueprint("coverage", __name__)
