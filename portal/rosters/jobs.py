"""Checking and applying run beside the request: a large roster takes longer than a page may.

Each job is a process of its own (`flask roster work ID`), so that it survives the worker that
started it. It reports progress in a small file beside the upload, because while it writes, nobody
else can write to the embedded database.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from portal.config import ROOT, Settings

STALE = 60  # seconds without a sign of life, after which a job counts as stopped


@dataclass(frozen=True)
class Progress:
    """How far a job has come: `done` of `total` rows or buildings; silent too long is dead."""

    done: int = 0
    total: int = 0
    alive: bool = True


class Desk:
    """Where uploads wait, one file an import, readable by this user only."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder = settings.data_folder / "rosters"

    def path(self, import_id: int) -> Path:
        return self.folder / f"{import_id}.upload"

    def keep(self, import_id: int, data: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.path(import_id), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)

    def drop(self, import_id: int) -> None:
        """Remove an upload: it holds names and phones, and is needed no longer."""
        for path in (self.path(import_id), self._progress_path(import_id)):
            path.unlink(missing_ok=True)

    def note(self, import_id: int, done: int, total: int) -> None:
        """Say how far a job has come."""
        path = self._progress_path(import_id)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps([done, total]))
        fresh.replace(path)

    def progress(self, import_id: int) -> Progress:
        path = self._progress_path(import_id)
        try:
            done, total = json.loads(path.read_text())
            age = time.time() - path.stat().st_mtime
        except (FileNotFoundError, ValueError):
            return Progress(alive=False)
        return Progress(done, total, alive=age < STALE)

    def start(self, import_id: int) -> None:
        """Let a process of its own do what the import's stage asks for."""
        self.note(import_id, 0, 0)
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "roster", "work"]
        subprocess.Popen(  # noqa: S603 - our own command, no shell, a number as argument
            [*command, str(import_id)],
            cwd=ROOT,
            env={**os.environ, **self.settings.environment()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _progress_path(self, import_id: int) -> Path:
        return self.folder / f"{import_id}.progress"
