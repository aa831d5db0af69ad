"""The application as installed, or with the mistake that PHONES_BUG names planted in it."""

from __future__ import annotations

import os
from typing import Any

import wsgi
from tests.phones.bugs import BUGS

planted = os.environ.get("PHONES_BUG")
app: Any = BUGS[planted](wsgi.app) if planted else wsgi.app
