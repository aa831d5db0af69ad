"""What a person would read: in pages, in templates and in the catalogues of translations."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from portal.config import ROOT

CATALOGUES = ROOT / "portal" / "translations"
HAN = re.compile(r"[\u3400-\u9fff]")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}")

# Attributes that are read out or shown; data-* are those that scripts and style sheets show.
READ = frozenset({"title", "aria-label", "placeholder", "alt", "label"}) | frozenset(
    {"data-l", "data-count", "data-offline", "data-failed"}
)
UNREAD = frozenset({"script", "style"})
BUTTONS = frozenset({"submit", "button", "reset"})


# Catalogues --------------------------------------------------------------------------------------


@cache
def catalogue(locale: str = "zh") -> Catalog:
    """The texts of a language, from the file that people edit."""
    with (CATALOGUES / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=locale)


@cache
def gathered() -> Catalog:
    """The texts of code and templates, gathered as `make translations` does."""
    found = Catalog()
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["babel"]
    for mapping in mappings["mappings"]:
        options = {name: text for name, text in mapping.items() if name not in MAPPING}
        folder, _, pattern = mapping["pattern"].partition("/")
        for _, _, text, _, context in extract_from_dir(
            ROOT / folder,
            method_map=[(pattern, mapping["method"])],
            options_map={pattern: options},
            keywords=DEFAULT_KEYWORDS | _keywords(),
        ):
            found.add(text, context=context)
    return found


MAPPING = frozenset({"method", "pattern"})


def _keywords() -> dict[str, object]:
    """What else marks a text, beside gettext and its kin: told to Babel in the Makefile."""
    return dict(parse_keywords(re.findall(r"-k (\S+)", (ROOT / "Makefile").read_text("utf-8"))))


def compile_catalogues() -> None:
    """Compile the catalogues that were edited since, so that pages read as the files do."""
    for source in CATALOGUES.glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            texts = read_po(file)
        fresh = target.with_name(f"{os.getpid()}.part")
        with fresh.open("wb") as file:
            write_mo(file, texts)
        fresh.replace(target)  # at once: other tests may be reading it


# Pages -------------------------------------------------------------------------------------------


def shown_texts(html: str) -> list[str]:
    """The pieces of text that a page shows or reads out; without those marked as English."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.texts


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._skipped = ""  # the element, marked as English or not for reading, that we are in

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        english = given.get("lang") == "en" and tag != "html"
        if not self._skipped and (tag in UNREAD or english):
            self._skipped = tag
        if self._skipped:
            return
        read = READ | {"value"} if given.get("type") in BUTTONS and tag == "input" else READ
        read = read | {"content"} if given.get("name") == "description" else read
        for name in read & given.keys():
            self._take(given[name])

    def handle_endtag(self, tag: str) -> None:
        if tag == self._skipped:
            self._skipped = ""

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self._take(data)

    def _take(self, text: str) -> None:
        if text := " ".join(text.split()):
            self.texts.append(text)


WORD = re.compile(r"(?<![\w/@.-])[A-Za-z]{2,}(?![\w/@-]|\.\w)")


def english_left_over(html: str) -> list[str]:
    """The texts of a Chinese page that hold English words of the catalogue.

    Names of people and files are told apart only by not being words of the catalogue, so give
    people Chinese names where you use it.
    """
    words = _english_words()
    return [
        text
        for text in shown_texts(html)
        if any(word.lower() in words for word in WORD.findall(text))
    ]


@cache
def _english_words() -> frozenset[str]:
    """All words of the English texts that no Chinese text needs."""
    english: set[str] = set()
    needed: set[str] = set()
    for message in catalogue():
        ids, strings = as_tuple(message.id), as_tuple(message.string)
        english |= {
            word.lower() for text in ids for word in WORD.findall(PLACEHOLDER.sub(" ", text))
        }
        needed |= {word.lower() for text in strings for word in WORD.findall(text)}
    return frozenset(english - needed)


def as_tuple(text: object) -> tuple[str, ...]:
    """A text of a catalogue with its plural forms, however many there are."""
    return (text,) if isinstance(text, str) else tuple(text or ())  # type: ignore[arg-type]


def python_files() -> Iterator[Path]:
    """The code of the product."""
    return (ROOT / "portal").rglob("*.py")
