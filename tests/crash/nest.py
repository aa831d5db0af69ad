"""A warm process out of which servers come: it has loaded the portal, so a start takes an instant.

Reads orders from its input, a JSON object a line, and answers each with a line: "start" brings
forth gunicorn with its workers, "kill" ends all of these at once by SIGKILL. It ends, and they do
with it, when its input does; so no server outlives the drill, even if that is killed itself.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn

import gunicorn.workers.gthread  # noqa: F401 - loaded here instead of after each start
import psycopg  # noqa: F401
from gunicorn.app.wsgiapp import WSGIApplication

import portal  # noqa: F401

ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER: workers whose master was killed are reaped here
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
process_control = ctypes.CDLL(None).prctl


def main() -> None:
    process_control(ADOPT_ORPHANS, 1)
    for told in (signal.SIGTERM, signal.SIGINT):  # meant for the drill, whose end is ours
        signal.signal(told, signal.SIG_IGN)
    gc.freeze()
    master = 0
    try:
        for line in sys.stdin:
            order: dict[str, Any] = json.loads(line)
            if order["do"] == "start":
                master = start(order["command"], order["environment"])
            else:
                kill(master)
                master = 0
            sys.stdout.write(f"{master}\n")
            sys.stdout.flush()
    finally:
        if master:
            kill(master)


def start(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """A gunicorn in a process group of its own; the number of both."""
    master = os.fork()
    if not master:
        serve(command, environment)
    with suppress(PermissionError):  # it has done so itself meanwhile
        os.setpgid(master, master)
    return master


def serve(command: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Become gunicorn; never returns."""
    os.setpgid(0, 0)
    process_control(DIE_WITH_PARENT, signal.SIGKILL)
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, signal.SIG_DFL)
    os.environ.update(environment)
    sys.argv = ["gunicorn", *command]
    try:
        WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]").run()
    finally:
        os._exit(1)


def kill(master: int) -> None:
    """SIGKILL for the whole tree, and wait until none of it is left."""
    with suppress(ProcessLookupError):
        os.killpg(master, signal.SIGKILL)
    with suppress(ChildProcessError):
        while True:
            os.wait()


if __name__ == "__main__":
    main()
