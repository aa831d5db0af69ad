"""Set-up, demo, tests and the gate: `python3 portal/bootstrap.py COMMAND`, usually through make.

Runs on a bare Python with the standard library alone and never imports the package it lies in.
The syntax stays within Python 3.7, so that an old interpreter answers in a sentence.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    sys.path.pop(0)  # Python puts portal/ first there, and our modules would hide the library's

import argparse
import hashlib
import os
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / "bin" / "python")
LOCKS = {"runtime": ("runtime",), "dev": ("dev", "runtime")}  # dev.txt holds all of runtime.txt
SETTINGS = ROOT / "instance" / "portal.env"
WRITTEN_HERE = "# Written by `make demo`: a demo's settings, not fit for real residents."
POSTGRES = "PORTAL_TEST_POSTGRES_URL"  # where the gate finds a PostgreSQL it may fill and empty
SIDE_BY_SIDE = "--numprocesses=auto --maxprocesses=8 --dist=worksteal"  # a worker a processor
TEST_URL = "PORTAL_TEST_URL"  # the database of one run of the tests; without it they make their own
MINIMUM = (3, 11)
NEWER_NAMES = ("python3.14", "python3.13", "python3.12", "python3.11")

WHEELS_ONLY = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "-r")
PIP_QUIRKS = ("--disable-pip-version-check", "--no-input", "--no-compile")
SERVER = (
    *("--workers=2", "--worker-class=gthread", "--threads=4", "--graceful-timeout=5"),
    *("--no-control-socket", "--log-level=warning"),
)
TRANSLATIONS = "portal/translations"
BABEL = ("-m", "babel.messages.frontend", "--quiet")

NEEDS_PYTHON = """Bulou needs Python {wanted} or newer. This is {found}; the path has no newer one.
  Debian 12, Ubuntu 24.04:  apt install python3 python3-venv
  macOS:                    brew install python@3.13"""
NEEDS_VENV = """This Python cannot make an environment: its module ensurepip is missing.
  Debian, Ubuntu:  apt install python3-venv
Then run the same command again."""
NEEDS_PACKAGES = """The packages could not be installed; the last lines above say why.
Ready-made wheels are locked for Python 3.11 to 3.14 on Linux and macOS (this is {found}).
A package mirror set in pip's own configuration is used; the hashes are checked all the same."""
NEEDS_POSTGRES = f"""The tests did NOT run on PostgreSQL: {POSTGRES} is not set. To have both:
  (eval "$(.ci/postgres start)"; make check; .ci/postgres stop)"""
NOT_OURS = """instance/portal.env was not written by the demo: it may be a real installation's.
The demo fills its database with invented people, so move that file away first."""


class SetupError(Exception):
    """The command cannot go on; the message tells what to do about it."""


class Check(NamedTuple):
    """One step of the gate: what the environment's Python is started with."""

    name: str
    command: str
    postgres: bool = False


CHECKS = (
    Check("formatting", "-m ruff format --check ."),
    Check("lint", "-m ruff check ."),
    Check("templates", "-m djlint templates --lint --quiet"),
    Check("layers", ".venv/bin/lint-imports --no-logo"),
    Check("types", "-m mypy"),
    Check("tests on SQLite", f"-m pytest {SIDE_BY_SIDE}"),
    Check("tests on PostgreSQL", f"-m pytest {SIDE_BY_SIDE} --again", postgres=True),
)


def main() -> None:
    need_python()
    parser = argparse.ArgumentParser(prog="bootstrap.py", description="Set up and run Bulou.")
    parser.add_argument("command", choices=COMMANDS)
    given, arguments = parser.parse_known_args()
    if arguments and given.command not in TAKES_ARGUMENTS:
        parser.error(f"{given.command} takes no {shlex.join(arguments)}")
    os.chdir(ROOT)
    try:
        COMMANDS[given.command](arguments)
    except SetupError as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit("\nStopped.")


def need_python() -> None:
    """Go on with a newer Python from the path when this one is too old."""
    if sys.version_info[:2] >= MINIMUM:
        return
    for name in (PYTHON, *NEWER_NAMES):
        # A name on the path may be a version manager's stand-in for a Python that is not there.
        found = shutil.which(name)
        if found and python_version(found) >= MINIMUM:
            os.execv(found, [found, *sys.argv])  # noqa: S606 - there is nothing here for a shell
    sys.exit(NEEDS_PYTHON.format(wanted=dotted(MINIMUM), found=dotted(sys.version_info[:3])))


# Commands ---------------------------------------------------------------------------------------


def setup(arguments: list[str]) -> None:
    """Make the environment; with --dev also what the tests and the gate need."""
    if arguments not in ([], ["--dev"]):
        raise SetupError(f"setup takes --dev or nothing, not {shlex.join(arguments)}")
    set_up(Steps(3), "dev" if arguments else "runtime")


def demo(_: list[str]) -> None:
    """Serve a believable community on the embedded database until Ctrl-C."""
    port = free_port()
    steps = Steps(6)
    set_up(steps, "runtime")
    steps.begin("Database")
    write_demo_settings()
    quietly("-m", "flask", "--app", "wsgi", "db", "upgrade")
    steps.end("instance/demo.sqlite3 is up to date")
    steps.begin("Community, people and their sign-ins")
    if run("-m", "flask", "--app", "wsgi", "demo", "seed"):
        raise SetupError("The demo community could not be made; the lines above say why.")
    steps.end("ready")
    steps.begin(f"Serving http://127.0.0.1:{port} (Ctrl-C stops it)")
    become("-m", "gunicorn", *SERVER, f"--bind=127.0.0.1:{port}", "wsgi:app")


def test(arguments: list[str]) -> None:
    """Run the tests, on PostgreSQL if its address is set; further arguments go to pytest."""
    steps = Steps(4)
    set_up(steps, "dev")
    on_postgres = bool(os.environ.get(POSTGRES))
    steps.begin(f"Tests on {'PostgreSQL' if on_postgres else 'SQLite'}")
    become("-m", "pytest", *arguments, postgres=on_postgres)


def check(_: list[str]) -> None:
    """The gate: quick looks first, then the tests on both databases; stops at the first failure."""
    checks = [one for one in CHECKS if os.environ.get(POSTGRES) or not one.postgres]
    incomplete = len(checks) < len(CHECKS)
    if incomplete and os.environ.get("CI") == "true":
        raise SetupError(NEEDS_POSTGRES)
    steps = Steps(3 + len(checks))
    set_up(steps, "dev")
    seconds: dict[str, float] = {}
    failed = ""
    for one in checks:
        steps.begin(one.name)
        failed = one.name if run(*shlex.split(one.command), postgres=one.postgres) else ""
        seconds[one.name] = steps.end("FAILED" if failed else "ok")
        if failed:
            break
    print_table(seconds, failed)
    if failed:
        raise SetupError(f"The gate is shut: {failed}.")
    if incomplete:
        print(f"\n{NEEDS_POSTGRES}")


COMMANDS = {"setup": setup, "demo": demo, "test": test, "check": check}
TAKES_ARGUMENTS = {"setup", "test"}


# Setting up -------------------------------------------------------------------------------------


class Steps:
    """Numbered lines that tell what is going on and how long it took."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.number = 0
        self.started = 0.0

    def begin(self, title: str) -> None:
        self.number += 1
        self.started = time.perf_counter()
        print(f"[{self.number}/{self.total}] {title}", flush=True)

    def end(self, outcome: str) -> float:
        """Close the step; the seconds it took."""
        seconds = time.perf_counter() - self.started
        print(f"      {outcome} ({seconds:.1f} s)", flush=True)
        return seconds


def set_up(steps: Steps, lock: str) -> None:
    steps.begin("Python environment .venv")
    steps.end(make_environment())
    steps.begin(f"Packages of requirements/{lock}.txt")
    steps.end(install(lock))
    steps.begin("Translations")
    steps.end(compile_translations())


def make_environment() -> str:
    if python_version() >= MINIMUM:
        return f"Python {dotted(python_version())}, as before"
    uv = shutil.which("uv")
    if uv:
        options = ("venv", "--clear", "--python", sys.executable)
        quietly(*options, str(VENV), program=uv)
    elif has_module("ensurepip", python=sys.executable):
        quietly("-m", "venv", "--clear", str(VENV), program=sys.executable)
    else:
        raise SetupError(NEEDS_VENV)
    return f"made with Python {dotted(python_version())}"


def install(lock: str) -> str:
    """Install a lock's wheels by their hashes, unless these very bytes are installed already."""
    python = dotted(python_version())
    stamps = {VENV / f"bulou-{name}.stamp": f"{python} {digest(name)}" for name in LOCKS[lock]}
    if all(stamp.is_file() and stamp.read_text() == wanted for stamp, wanted in stamps.items()):
        return "as before"
    if not any(watch(installer) for installer in installers(f"requirements/{lock}.txt")):
        raise SetupError(NEEDS_PACKAGES.format(found=python))
    for stamp, wanted in stamps.items():
        stamp.write_text(wanted)
    return "installed"


def installers(lock: str) -> Iterator[list[str]]:
    """Commands to try in turn: uv knows nothing of a mirror set for pip, so pip follows it."""
    uv = shutil.which("uv")
    if uv:
        yield [uv, "pip", "install", "--python", PYTHON, *WHEELS_ONLY, lock]
    if not has_module("pip", python=PYTHON):
        if not has_module("ensurepip", python=PYTHON):
            return
        quietly("-m", "ensurepip")
    yield [PYTHON, "-m", "pip", "install", *PIP_QUIRKS, *WHEELS_ONLY, lock]


def watch(installer: list[str]) -> bool:
    """Run an installer, showing which package it is at; its last lines only if it fails."""
    last: deque[str] = deque(maxlen=15)
    count = 0
    with subprocess.Popen(installer, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        for raw in process.stdout or ():
            line = raw.decode(errors="replace").rstrip()
            last.append(line)
            package = re.match(r"(?:Collecting|Processing| \+) (?:\S*/)?(\S+)", line)
            if package:
                count += 1
                show_progress(f"{count} {package[1][:50]}", lasting=count % 10 == 0)
            elif line.startswith("Installing"):
                show_progress(f"installing {count} packages", lasting=True)
    show_progress("", lasting=False)
    if process.returncode:
        print("\n".join(last), flush=True)
    return process.returncode == 0


def show_progress(text: str, *, lasting: bool) -> None:
    """One line that rewrites itself; where nobody watches, only the lasting ones."""
    if sys.stdout.isatty():
        print(f"\r\033[K      {text}" if text else "\r\033[K", end="", flush=True)
    elif lasting:
        print(f"      {text}", flush=True)


def compile_translations() -> str:
    """Compile the catalogues whose text is newer than their compiled form."""
    catalogues = (ROOT / TRANSLATIONS).glob("*/LC_MESSAGES/*.po")
    if not any(map(is_stale, catalogues)):
        return "as before"
    quietly(*BABEL, "compile", "-d", TRANSLATIONS)
    return "compiled"


def is_stale(catalogue: Path) -> bool:
    compiled = catalogue.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < catalogue.stat().st_mtime


# The demo ---------------------------------------------------------------------------------------


def free_port() -> int:
    wish = os.environ.get("PORT", "8000")
    if not wish.isdecimal() or not 0 < int(wish) < 65536:
        raise SetupError(f"PORT={wish} is not a port: choose a number from 1024 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(wish)))
        except OSError as error:
            raise SetupError(
                f"Port {wish} cannot be used ({error.strerror}); perhaps a demo runs already.\n"
                f"Choose another one: make demo PORT={int(wish) % 65535 + 1}"
            ) from error
    return int(wish)


def write_demo_settings() -> None:
    """Settings that commands beside the demo read too; the key is made once and stays private."""
    known = SETTINGS.read_text("utf-8") if SETTINGS.exists() else WRITTEN_HERE
    if not known.startswith(WRITTEN_HERE):
        raise SetupError(NOT_OURS)
    key = re.search(r"^PORTAL_SECRET_KEY=(\S+)$", known, re.MULTILINE)
    lines = (
        WRITTEN_HERE,
        f"PORTAL_SECRET_KEY={key[1] if key else secrets.token_urlsafe(48)}",
        f"PORTAL_DATABASE_URL=sqlite:///{SETTINGS.with_name('demo.sqlite3')}",
        "PORTAL_HTTP_ONLY=1",
        "",
    )
    SETTINGS.parent.mkdir(mode=0o700, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=SETTINGS.parent, delete=False) as file:
        file.write("\n".join(lines))  # a temporary file is born with mode 600
    Path(file.name).replace(SETTINGS)


# Programs and answers ---------------------------------------------------------------------------


def run(*arguments: str, postgres: bool = False) -> int:
    """Run the environment's Python in full view; its exit status."""
    with subprocess.Popen([PYTHON, *arguments], env=environment(postgres=postgres)) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # the terminal told the program as well: let it tidy up


def become(*arguments: str, postgres: bool = False) -> None:
    """Hand this process, its terminal and its signals over to the environment's Python."""
    sys.stdout.flush()
    os.execve(PYTHON, [PYTHON, *arguments], environment(postgres=postgres))  # noqa: S606


def quietly(*arguments: str, program: str = PYTHON) -> None:
    """Run a program whose output matters only when it fails."""
    done = subprocess.run(
        [program, *arguments],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        said = done.stdout.decode(errors="replace").strip()
        raise SetupError(f"{said}\n\nThis failed: {shlex.join([Path(program).name, *arguments])}")


def environment(*, postgres: bool = False) -> dict[str, str]:
    """The shell's variables less its PORTAL_* settings: everywhere the same demo and tests.

    Each of the many processes of a gate would compile all modules anew where the shell forbids to
    keep what was compiled, or the packages, which are installed uncompiled; .venv keeps it all.
    """
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PORTAL_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    kept["PYTHONPYCACHEPREFIX"] = str(VENV / "compiled")
    return {**kept, TEST_URL: os.environ[POSTGRES]} if postgres else kept


def python_version(python: str = PYTHON) -> tuple[int, ...]:
    """The (major, minor) of a Python, by default .venv's; () where there is none that works."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ()
    return tuple(map(int, done.stdout.split()))


def has_module(name: str, *, python: str) -> bool:
    code = f"import importlib.util as u, sys; sys.exit(u.find_spec({name!r}) is None)"
    return subprocess.run([python, "-c", code], check=False).returncode == 0


def digest(lock: str) -> str:
    return hashlib.sha256((ROOT / "requirements" / f"{lock}.txt").read_bytes()).hexdigest()


def dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def print_table(seconds: dict[str, float], failed: str) -> None:
    print(f"\n{'check':<22}{'result':<10}{'seconds':>8}")
    for one in CHECKS:
        if one.name in seconds:
            result = "FAILED" if one.name == failed else "ok"
            print(f"{one.name:<22}{result:<10}{seconds[one.name]:>8.1f}")
        else:
            print(f"{one.name:<22}{'not run':<10}{'-':>8}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
