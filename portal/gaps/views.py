from __future__ import annotations

from flask import Blueprint

from portal.audit import models as models

bp = Blueprint("gaps", __name__)
