"""Work that takes longer than a page may: done beside the request, in a process of its own.

A process survives the worker that started it. It reports progress in a small file, because while
it writes, nobody else can write to the embedded database.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

from flask import Flask, current_app, g
from sqlalchemy.exc import OperationalError

from portal.clock import now
from portal.config import ROOT, Settings
from portal.db import BusyError, db, writes

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock: there only silence tells
    fcntl = None  # type: ignore[assignment]

STARTING = 20  # seconds a process may take until it is at work
LOOKING = 1.0  # seconds for which somebody may only be looking whether a job is alive
TRIES = 60  # each waits for a lock as long as a request would: eight seconds
PAUSE = 0.5  # seconds between two tries
Begun = TypeVar("Begun")


@dataclass(frozen=True)
class Progress:
    """How far a job has come: `done` of `total` things of its `stage`."""

    done: int = 0
    total: int = 0
    stage: str = ""
    alive: bool = False


class Desk:
    """Where the jobs of one kind say how far they are, readable by this user only."""

    def __init__(self, data_folder: Path, name: str) -> None:
        self.folder = data_folder / name

    def expect(self, job: int) -> None:
        """A process is about to work on something."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock_file(job).unlink(missing_ok=True)
        self.note(job, Progress())

    @contextmanager
    def at_work(self, job: int) -> Iterator[bool]:
        """Be the one who works on something; False if somebody is at it already."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock_file(job).open("ab") as file:
            deadline = time.monotonic() + LOOKING
            while not (mine := _locked(file)) and time.monotonic() < deadline:
                time.sleep(LOOKING / 20)
            yield mine

    def note(self, job: int, progress: Progress) -> None:
        """Say how far a job has come."""
        path = self._progress_file(job)
        fresh = path.with_suffix(".now")
        fresh.write_text(json.dumps([progress.done, progress.total, progress.stage]))
        fresh.replace(path)

    def progress(self, job: int) -> Progress:
        """How far a job has come; dead when nobody is at work on it, nor about to be."""
        path = self._progress_file(job)
        try:
            done, total, stage = json.loads(path.read_text())
            silent = now().timestamp() - path.stat().st_mtime
        except (FileNotFoundError, ValueError):
            return Progress()
        is_at_work = self._is_worked_on(job)
        alive = silent < STARTING if is_at_work is None else is_at_work
        return Progress(done, total, stage, alive)

    def drop(self, job: int) -> None:
        """Remove everything that was kept for a job."""
        for path in self.folder.glob(f"{job}.*"):
            path.unlink(missing_ok=True)

    def _is_worked_on(self, job: int) -> bool | None:
        """Whether somebody is at work; None before anybody was, or where nothing can be locked."""
        path = self._lock_file(job)
        if not hasattr(fcntl, "flock") or not path.exists():
            return None
        with path.open("rb") as file:
            return not _locked(file)

    def _progress_file(self, job: int) -> Path:
        return self.folder / f"{job}.progress"

    def _lock_file(self, job: int) -> Path:
        return self.folder / f"{job}.work"


def _locked(file: IO[bytes]) -> bool:
    """Lock a file until it is closed, unless somebody else has."""
    if not hasattr(fcntl, "flock"):
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


# Starting ----------------------------------------------------------------------------------------


def in_a_process(*command: str) -> subprocess.Popen[bytes]:
    """Run a flask command in a process of its own, which complains where this one does."""
    settings: Settings = current_app.config["SETTINGS"]
    process = subprocess.Popen(  # noqa: S603 - our own command, no shell, words we wrote
        [sys.executable, "-m", "flask", "--app", "wsgi", *command],
        cwd=ROOT,
        env={**os.environ, **settings.environment()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    threading.Thread(target=process.wait, daemon=True).start()  # else it stays as a zombie
    return process


def once_kept(start: Callable[[], object]) -> None:
    """Start something as soon as what this request does has been kept."""
    g.setdefault("jobs", []).append(start)


def init_app(app: Flask) -> None:
    app.teardown_request(_start)


def _start(error: BaseException | None) -> None:
    for start in g.pop("jobs", []):
        if error is None:
            start()


# Transactions of a job ---------------------------------------------------------------------------


@contextmanager
def reading_only() -> Iterator[None]:
    """A transaction that keeps nobody from writing; whatever it did is thrown away."""
    token = writes.set(False)
    try:
        yield
    finally:
        db.session.rollback()
        writes.reset(token)


def patiently(begin: Callable[[], Begun]) -> Begun:
    """Begin a transaction that writes, however long another job holds it up.

    Nobody stands at a door waiting for this one, so it tries again where a request would say that
    the system is busy.
    """
    for _ in range(TRIES - 1):
        try:
            return _begun(begin)
        except (BusyError, OperationalError):
            db.session.rollback()
            time.sleep(PAUSE)
    return _begun(begin)


def _begun(begin: Callable[[], Begun]) -> Begun:
    db.session.connection()  # SQLite gives the turn to write to the transaction, not to a lock
    return begin()
