"""flask commands."""

from __future__ import annotations

from flask import Flask

from portal import tick
from portal.accounts import commands as accounts
from portal.coverage import commands as ledger
from portal.demo import commands as demo
from portal.rosters import commands as rosters
from portal.shifts import commands as rota
from portal.shifts import duty_commands as duties


def init_app(app: Flask) -> None:
    """Register the commands of all features."""
    for feature in (accounts, rosters, ledger, rota, duties, tick, demo):
        feature.register(app)
