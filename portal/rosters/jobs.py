"""Uploads that wait, and the jobs that check and apply them: `flask roster work ID`.

A large roster takes longer than a page may.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
from collections.abc import Callable, Collection
from pathlib import Path
from typing import IO

from flask import current_app

from portal import jobs
from portal.clock import now
from portal.config import Settings

ORPHAN = 3600  # seconds after which a file that no import needs is removed
CHUNK = 1024 * 1024
READING = "reading"  # the stage of a job that counts rows; afterwards it counts homes
Start = Callable[[int], object]


def start(import_id: int) -> None:
    """Let what the import's stage asks for be done beside this request.

    `ROSTER_JOBS` of the application's configuration may name another way to do it.
    """
    how: Start = current_app.config.get("ROSTER_JOBS", in_a_process)
    how(import_id)


def in_a_process(import_id: int) -> subprocess.Popen[bytes]:
    """Do it in a process of its own."""
    settings: Settings = current_app.config["SETTINGS"]
    Desk(settings.data_folder).expect(import_id)
    return jobs.in_a_process("roster", "work", str(import_id))


class Desk(jobs.Desk):
    """Where uploads wait, one file an import, readable by this user only."""

    def __init__(self, data_folder: Path) -> None:
        super().__init__(data_folder, "rosters")

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
        """The names and phones in it are removed, by `drop`, once they are needed no longer."""
        return self.folder / f"{import_id}.upload"

    def sweep(self, needed: Collection[int]) -> None:
        """Remove what a request left behind that broke off between the file and its import."""
        for path in self.folder.glob("*.*"):
            name = path.stem
            is_needed = name.isdecimal() and int(name) in needed
            if not is_needed and now().timestamp() - path.stat().st_mtime > ORPHAN:
                path.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """The digest of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
