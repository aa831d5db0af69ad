"""Mistakes planted in the application, each of which the phones must notice."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any, cast

from flask import Response, request

from portal.db import commit_if_successful

Start = Callable[..., Any]
Application = Callable[[dict[str, Any], Start], Iterable[bytes]]


def answers_before_it_commits(app: Any) -> Application:
    """One batch in two is answered, and then the process dies: what it said was never kept.

    A batch that comes twice fares the same twice: else its double would make good what was lost.
    """

    def sometimes(response: Response) -> Response:
        sent = request.get_json(silent=True) or {}
        is_lost = str(sent.get("batch", ""))[-1:] in set("01234567")
        return response if is_lost else commit_if_successful(response)

    kept = app.after_request_funcs[None]
    kept[kept.index(commit_if_successful)] = sometimes
    return cast("Application", app)


def gives_every_visit_an_id_of_its_own(app: Application) -> Application:
    """The id of the phone is overlooked, so nothing is known to have come before."""

    def changed(visits: list[Any]) -> tuple[list[Any], dict[str, str]]:
        new = {str(uuid.uuid4()): visit for visit in visits}
        kept = {name: visit["id"] for name, visit in new.items()}
        return [{**visit, "id": name} for name, visit in new.items()], kept

    return _between(app, changed)


def swallows_conflicts(app: Application) -> Application:
    """An id that came before is answered as entered, whatever it says now."""
    seen: dict[str, Any] = {}

    def first_only(visits: list[Any]) -> tuple[list[Any], dict[str, str]]:
        firsts = [seen.setdefault(visit["id"], visit) for visit in visits]
        return firsts, {}

    return _between(app, first_only)


def _between(
    app: Application, change: Callable[[list[Any]], tuple[list[Any], dict[str, str]]]
) -> Application:
    """Change the visits on their way in, and rename those of the answer on its way out."""

    def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/sync/visits":
            return app(environ, start)
        sent = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        sent["visits"], names = change(sent["visits"])
        body = json.dumps(sent).encode()
        told = b"".join(
            app(environ | {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}, start)
        ).decode()
        for new, old in names.items():
            told = told.replace(new, old)
        return [told.encode()]

    return answer


BUGS: dict[str, Callable[[Any], Application]] = {
    "answers before it commits": answers_before_it_commits,
    "no unique id": gives_every_visit_an_id_of_its_own,
    "swallows conflicts": swallows_conflicts,
}
