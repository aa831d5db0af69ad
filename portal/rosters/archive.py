"""Workbooks from strangers: checked as archives and as XML before any reader may see them.

An .xlsx file is a ZIP archive of XML parts. Everything a reader would use is unpacked here once, in
pieces, while its real size is counted (declared sizes can lie); each part is parsed for entity
declarations and for the size of its sheets; and only what passed is packed again for the reader.
So the reader never sees macros, links, pictures, or bytes that this check has not seen: two ZIP
readers may disagree about a crafted file, and the reader of workbooks takes memory for the whole
rectangle of cells at once, which a few bytes can make larger than any machine.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

from portal.rosters.limits import MEGABYTE, Limits
from portal.rosters.messages import Refusal, Unreadable
from portal.rosters.xmlparts import PartChecker

_PIECE = 64 * 1024
_ENTRY_SIGNATURE = b"PK\x01\x02"
_LOCAL_HEADER = 30  # bytes, before the name
_ENCRYPTED = 0x1
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
)
_SMALL = MEGABYTE  # below this no ratio is suspicious: an empty sheet packs very well
# Parts that hold no cells: never handed to the reader.
_USELESS_FOLDERS = {
    *("activeX", "charts", "chartsheets", "comments", "ctrlProps", "customXml", "customUI"),
    *("docProps", "drawings", "embeddings", "externalLinks", "media", "persons", "pivotCache"),
    *("pivotTables", "printerSettings", "queryTables", "slicers", "tables", "theme"),
    *("threadedComments", "webExtensions"),
}


def write_checked_copy(data: bytes, target: IO[bytes], limits: Limits) -> int:
    """Write the harmless parts of a workbook to `target` as a new one; return its number of rows.

    Raises `Unreadable` for anything that breaks a limit or that no spreadsheet program writes.
    """
    # Counted first: the directory of a crafted archive may list hundreds of thousands of entries.
    if data.count(_ENTRY_SIGNATURE) > limits.entries:
        raise Unreadable(Refusal.TOO_MANY_ENTRIES, most=limits.entries)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source:
            _check_directory(source, limits)
            return _copy(source, target, limits)
    except _DAMAGE as error:
        raise Unreadable(Refusal.ARCHIVE_BROKEN) from error


def _check_directory(source: zipfile.ZipFile, limits: Limits) -> None:
    entries = source.infolist()
    if len(entries) > limits.entries:
        raise Unreadable(Refusal.TOO_MANY_ENTRIES, most=limits.entries)
    names = [entry.filename.lower() for entry in entries]
    if len(set(names)) < len(names):
        raise Unreadable(Refusal.ARCHIVE_UNSAFE, found="the same part twice")
    for entry in entries:
        _check_entry(entry)
    if sum(entry.file_size for entry in entries) > limits.unpacked_bytes:
        raise _unpacked_too_large(limits)
    _check_overlap(entries, source.start_dir)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    path = PurePosixPath(entry.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename:
        raise Unreadable(Refusal.ARCHIVE_UNSAFE, found="a path outside the file")
    if entry.flag_bits & _ENCRYPTED:
        raise Unreadable(Refusal.OLD_OR_LOCKED)
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Unreadable(Refusal.ARCHIVE_UNSAFE, found="an unusual compression")


def _check_overlap(entries: list[zipfile.ZipInfo], directory: int) -> None:
    """Entries that share bytes turn a small file into gigabytes: each must have its own."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise Unreadable(Refusal.ARCHIVE_UNSAFE, found="parts that overlap")
        name = len(entry.orig_filename.encode("utf-8", "replace"))
        end = entry.header_offset + _LOCAL_HEADER + name + entry.compress_size
    if end > directory:
        raise Unreadable(Refusal.ARCHIVE_UNSAFE, found="parts that overlap")


def _copy(source: zipfile.ZipFile, target: IO[bytes], limits: Limits) -> int:
    checker = PartChecker(limits)
    unpacked = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as copy:
        for entry in sorted(filter(_is_useful, source.infolist()), key=_shared_texts_first):
            with source.open(entry) as packed, copy.open(entry.filename, "w") as part:
                checker.start(entry.filename)
                size = 0
                for piece in _pieces(packed):
                    size += len(piece)
                    unpacked += len(piece)
                    if unpacked > limits.unpacked_bytes:
                        raise _unpacked_too_large(limits)
                    if size > _SMALL and size > limits.ratio * entry.compress_size:
                        raise Unreadable(Refusal.RATIO_TOO_HIGH, most=limits.ratio)
                    checker.feed(piece)
                    part.write(piece)
                checker.finish()
    return checker.rows


def _pieces(packed: IO[bytes]) -> Iterator[bytes]:
    while piece := packed.read(_PIECE):
        yield piece


def _is_useful(entry: zipfile.ZipInfo) -> bool:
    folders = set(PurePosixPath(entry.filename).parts)
    return entry.filename.lower().endswith((".xml", ".rels")) and not _USELESS_FOLDERS & folders


def _shared_texts_first(entry: zipfile.ZipInfo) -> bool:
    """Sheets refer to the shared texts, so their lengths must be known before."""
    return "sharedstrings" not in entry.filename.lower()


def _unpacked_too_large(limits: Limits) -> Unreadable:
    return Unreadable(Refusal.UNPACKED_TOO_LARGE, most=limits.unpacked_bytes // MEGABYTE)
