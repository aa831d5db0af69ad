from __future__ import annotations

from flask import Blueprint

from portal.accounts import models as models

bp = Blueprint("accounts", __name__)
