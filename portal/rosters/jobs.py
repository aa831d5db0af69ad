"""Checking and applying run beside the request: a large roster takes longer than a page may.

A job is a process of its own (`flask roster work ID`), so that it survives the worker that started
it. It reports progress in a small file beside the upload, because while it writes, nobody else can
write to the embedded database.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from flask import current_app

from portal.clock import now
from portal.config import ROOT, Settings

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock: there only silence tells
    fcntl = None  # type: ignore[assignment]

STARTING = 20  # seconds a process may take until it is at work
LOOKING = 1.0  # seconds for which somebody may only be looking whether a job is alive
ORPHAN = 3600  # seconds after which a file that no import needs is removed
CHUNK = 1024 * 1024
Start = Callable[[int], object]


@dataclass(frozen=True)
class Progress:
    """How far a job has come: `done` of `total` rows or, once these are read, homes."""

    done: int = 0
    total: int = 0
    is_reading: bool = True
    alive: bool = False


def start(import_id: int) -> None:
    """Let what the import's stage asks for be done beside this request.

    `ROSTER_JOBS` of the application's configuration may name another way to do it.
    """
    how: Start = current_app.config.get("ROSTER_JOBS", in_a_process)
    how(import_id)


def in_a_process(import_id: int) -> subprocess.Popen[bytes]:
    """Do it in a process of its own, which complains where this one does."""
    settings: Settings = current_app.config["SETTINGS"]
    Desk(settings.data_folder).expect(import_id)
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "roster", "work", str(import_id)]
    process = subprocess.Popen(  # noqa: S603 - our own command, no shell, a number as argument
        command,
        cwd=ROOT,
        env={**os.environ, **settings.environment()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    threading.Thread(target=process.wait, daemon=True).start()  # else it stays as a zombie
    return process


class Desk:
    """Where uploads wait, one file an import, readable by this user only."""

    def __init__(self, data_folder: Path) -> None:
        self.folder = data_folder / "rosters"

    # Uploads

    def receive(self, upload: IO[bytes]) -> Path:
        """Take a file in; it has no import yet."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"{secrets.token_hex(8)}.new"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            while chunk := upload.read(CHUNK):
                file.write(chunk)
        return path

    def keep(self, path: Path, import_id: int) -> None:
        """Let a file that was taken in wait for its import."""
        path.replace(self.upload(import_id))

    def upload(self, import_id: int) -> Path:
        return self.folder / f"{import_id}.upload"

    def drop(self, import_id: int) -> None:
        """Remove an upload: it holds names and phones, and is needed no longer."""
        for path in self.folder.glob(f"{import_id}.*"):
            path.unlink(missing_ok=True)

    def sweep(self, needed: Collection[int]) -> None:
        """Remove what a request left behind that broke off between the file and its import."""
        for path in self.folder.glob("*.*"):
            name = path.stem
            is_needed = name.isdecimal() and int(name) in needed
            if not is_needed and now().timestamp() - path.stat().st_mtime > ORPHAN:
                path.unlink(missing_ok=True)

    # Progress

    def expect(self, import_id: int) -> None:
        """A process is about to work on an import."""
        self._lock_file(import_id).unlink(missing_ok=True)
        self.note(import_id, Progress())

    @contextmanager
    def at_work(self, import_id: int) -> Iterator[bool]:
        """Be the one who works on an import; False if somebody is at it already."""
        with self._lock_file(import_id).open("ab") as file:
            deadline = time.monotonic() + LOOKING
            while not (mine := _locked(file)) and time.monotonic() < deadline:
                time.sleep(LOOKING / 20)
            yield mine

    def note(self, import_id: int, progress: Progress) -> None:
        """Say how far a job has come."""
        path = self._progress_file(import_id)
        fresh = path.with_suffix(".now")
        fresh.write_text(json.dumps([progress.done, progress.total, progress.is_reading]))
        fresh.replace(path)

    def progress(self, import_id: int) -> Progress:
        """How far a job has come; dead when nobody is at work on it, nor about to be."""
        path = self._progress_file(import_id)
        try:
            done, total, is_reading = json.loads(path.read_text())
            silent = now().timestamp() - path.stat().st_mtime
        except (FileNotFoundError, ValueError):
            return Progress()
        is_at_work = self._is_worked_on(import_id)
        alive = silent < STARTING if is_at_work is None else is_at_work
        return Progress(done, total, is_reading, alive)

    def _is_worked_on(self, import_id: int) -> bool | None:
        """Whether somebody is at work; None before anybody was, or where nothing can be locked."""
        path = self._lock_file(import_id)
        if not hasattr(fcntl, "flock") or not path.exists():
            return None
        with path.open("rb") as file:
            return not _locked(file)

    def _progress_file(self, import_id: int) -> Path:
        return self.folder / f"{import_id}.progress"

    def _lock_file(self, import_id: int) -> Path:
        return self.folder / f"{import_id}.work"


def sha256(path: Path) -> str:
    """The digest of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _locked(file: IO[bytes]) -> bool:
    """Lock a file until it is closed, unless somebody else has."""
    if not hasattr(fcntl, "flock"):
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
