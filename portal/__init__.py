"""Assemble the application."""

from __future__ import annotations

import hashlib
import importlib.resources
from types import ModuleType

from flask import Blueprint, Flask
from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import access, cli, clock, db, frame, jobs, logs, navigation, once, pages, sending, web
from portal.accounts import views as accounts
from portal.accounts.sign_in_queries import whoever_asks
from portal.config import ROOT, Settings, from_environment
from portal.cookies import KeptCookies, KeptTokens
from portal.coverage import views as coverage
from portal.gaps import views as gaps
from portal.notices import views as notices
from portal.pace import Pace
from portal.paper import views as paper
from portal.public import views as public
from portal.relay import views as relay
from portal.reports import views as reports
from portal.revisits import Revisits
from portal.robots import views as robots
from portal.rosters import views as rosters
from portal.shifts import views as shifts
from portal.tasks import views as tasks
from portal.teams import views as teams
from portal.tower import views as tower
from portal.troubles import views as troubles

FEATURES: tuple[ModuleType, ...] = (
    accounts,
    notices,
    robots,
    troubles,
    tower,
    rosters,
    teams,
    relay,
    coverage,
    paper,
    shifts,
    tasks,
    gaps,
    reports,
    public,
)


def create_app(settings: Settings | None = None, **config: object) -> Flask:
    """The application; refuses unsafe settings and views nobody has decided about."""
    settings = settings or from_environment()
    app = Flask(
        __name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static")
    )
    app.config.from_mapping(settings.flask())
    app.config.from_mapping(SETTINGS=settings, RELEASE=_release(settings))
    app.config.from_mapping(config)
    app.jinja_environment = pages.PageEnvironment
    clock.use_zone(settings.zone)
    settings.data_folder.mkdir(parents=True, exist_ok=True)

    db.init_app(app)
    Migrate(app, db.db, directory=str(ROOT / "migrations"), render_as_batch=True)
    access.init_app(app)
    app.session_interface = KeptCookies(app)
    csrf = KeptTokens()
    csrf.init_app(app)
    csrf.exempt("portal.public.views.create")  # its mark needs no cookie
    csrf.exempt("portal.public.views.look_up")  # it only reads
    Babel(app, locale_selector=web.choose_locale)
    pages.init_app(app)
    jobs.init_app(app)
    logs.init_app(app)
    sending.init_app(app)
    web.init_app(app)
    frame.init_app(app, nav=navigation.entries)
    once.init_app(app)
    app.before_request(db.begin_to_write)  # the last of these
    _load_people(app)
    _serve_htmx(app)
    for feature in FEATURES:
        app.register_blueprint(feature.bp)
    cli.init_app(app)
    _hurry(app)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
    access.check_declared(app)
    return app


def _hurry(app: Flask) -> None:
    """Put before the application what answers without it, and what keeps requests in line."""
    with app.app_context():
        app.wsgi_app = Revisits(app.wsgi_app, db.db.engines)  # type: ignore[assignment, method-assign]
        if db.is_embedded():
            app.wsgi_app = Pace(app.wsgi_app)  # type: ignore[assignment, method-assign]


def _release(settings: Settings) -> str:
    """A word for all that pages are made of, the same in every worker and on every server."""
    digest = hashlib.sha256(settings.zone.encode())
    for folder in (ROOT / "portal", ROOT / "templates"):
        for file in sorted(folder.rglob("*")):
            if file.suffix in {".py", ".html", ".mo"}:
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _load_people(app: Flask) -> None:
    login = LoginManager(app)
    login.session_protection = None  # phones change their address on every stair
    login.user_loader(whoever_asks)


def _serve_htmx(app: Flask) -> None:
    """htmx comes as a wheel made for Django, because it is the one that carries nothing else."""
    folder = importlib.resources.files("js_lib_htmx") / "static" / "htmx"
    vendor = Blueprint("vendor", __name__, static_folder=str(folder), static_url_path="/vendor")
    app.register_blueprint(vendor)
    access.public(app.view_functions["vendor.static"])
