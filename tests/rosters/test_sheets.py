"""Files from strangers: what is opened, what is refused, and that nothing else happens."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rosters.limits import Limits
from portal.rosters.messages import Refusal, Unreadable
from portal.rosters.reading import Reading, read
from portal.rosters.sheets import open_file
from tests.rosters.making import SHEET, csv_file, packed, parts_of, with_sheet_xml, workbook

ROSTER = [["小区", "地址", "姓名"], ["桂香苑", "3-2-501", "王涛"], ["桂香苑", "3-2-502", "李兰"]]


def rows_in(data: bytes, filename: str, **limits: int) -> list[list[list[object]]]:
    """All rows of all sheets."""
    with open_file(data, filename=filename, limits=Limits(**limits)) as file:
        return [[list(row) for row in sheet.rows] for sheet in file.sheets]


def refusal_of(data: bytes, filename: str = "roster.xlsx", **limits: int) -> Refusal:
    """Why the file is refused; its message has every value it names, else `text` fails."""
    with pytest.raises(Unreadable) as refused:
        rows_in(data, filename, **limits)
    assert refused.value.text().endswith(".")
    return refused.value.code


def test_a_workbook_gives_the_rows_of_each_sheet_from_the_first() -> None:
    data = workbook({"甲": [[], [None, "地址"], [None, 3]], "乙": [["x"]]})
    assert rows_in(data, "roster.XLSX") == [[[""], ["地址"], [3.0]], [["x"]]]


def test_a_file_may_be_read_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(csv_file(ROSTER))
    assert read(path, filename="roster.csv").dwelling_count == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_csv_is_read_in_any_usual_form(encoding: str, separator: str, line_end: str) -> None:
    data = csv_file(ROSTER, encoding=encoding, separator=separator, line_end=line_end)
    assert rows_in(data, "roster.csv") == [ROSTER]


def test_csv_may_mix_line_ends_and_hold_line_breaks() -> None:
    data = '地址,备注\r\n3-2-501,"a\nb"\n\r\n3-2-502,x\r3-2-503,y'.encode()
    rows = rows_in(data, "roster.csv")[0]
    assert rows == [
        *(["地址", "备注"], ["3-2-501", "a\nb"], []),
        *(["3-2-502", "x"], ["3-2-503", "y"]),
    ]


def test_rare_characters_survive_gb18030() -> None:
    assert rows_in("地址,姓名\n3-2-501,𠮷野".encode("gb18030"), "a.csv")[0][1][1] == "𠮷野"


@pytest.mark.parametrize(
    ("data", "filename", "code"),
    [
        (b"", "a.csv", Refusal.EMPTY),
        (b" \r\n ", "a.xlsx", Refusal.EMPTY),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "a.csv", Refusal.NOT_A_SPREADSHEET),
        (b"%PDF-1.7", "a.csv", Refusal.NOT_A_SPREADSHEET),
        (b"  <!DOCTYPE html><table>", "a.csv", Refusal.NOT_A_SPREADSHEET),
        (b"\x89PNG\r\n\x1a\n", "a.xlsx", Refusal.NOT_A_SPREADSHEET),
        (b"a,b\n1,2", "a.xlsx", Refusal.NOT_A_SPREADSHEET),
        (b"a,b\n1,2", "a.exe", Refusal.NOT_A_SPREADSHEET),
        (b"a,b\n1,2", "", Refusal.NOT_A_SPREADSHEET),
        (workbook({"a": ROSTER}), "a.csv", Refusal.NOT_A_SPREADSHEET),
        (workbook({"a": ROSTER}), "a.xlsm", Refusal.NOT_A_SPREADSHEET),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", Refusal.OLD_OR_LOCKED),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xlsx", Refusal.OLD_OR_LOCKED),
        (b"a,b\n1,\x002", "a.csv", Refusal.NUL_BYTES),
        ("a,b\n1,\0".encode("utf-16"), "a.csv", Refusal.NUL_BYTES),
        (b"\xff\xfea", "a.csv", Refusal.ENCODING_UNKNOWN),
        (b"a,b\n\xff\xff\xff", "a.csv", Refusal.ENCODING_UNKNOWN),
        (b"PK\x03\x04 and nothing more", "a.xlsx", Refusal.ARCHIVE_BROKEN),
        (workbook({"a": ROSTER})[:-300], "a.xlsx", Refusal.ARCHIVE_BROKEN),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(
    data: bytes, filename: str, code: Refusal
) -> None:
    assert refusal_of(data, filename) is code


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    assert refusal_of(b"a,b\n" * 10, "a.csv", file_bytes=39) is Refusal.FILE_TOO_LARGE
    path = tmp_path / "large"
    path.write_bytes(b"a,b\n" * 10)
    with pytest.raises(Unreadable, match=Refusal.FILE_TOO_LARGE):
        read(path, filename="a.csv", limits=Limits(file_bytes=39))


def test_too_many_rows_columns_and_cells_are_refused() -> None:
    book, text = workbook({"a": ROSTER}), csv_file(ROSTER)
    for data, name in ((book, "a.xlsx"), (text, "a.csv")):
        assert refusal_of(data, name, rows=2) is Refusal.TOO_MANY_ROWS
        assert refusal_of(data, name, columns=2) is Refusal.TOO_MANY_COLUMNS
        assert rows_in(data, name, rows=3, columns=3) == [ROSTER]
    assert refusal_of(book, cells=8) is Refusal.TOO_MANY_CELLS
    assert refusal_of(book, characters=20) is Refusal.TOO_MUCH_TEXT
    assert refusal_of(book, elements=20) is Refusal.TOO_MANY_CELLS


def test_empty_columns_to_the_right_do_no_harm() -> None:
    assert rows_in(b"a,b,,,,\n1,2,,,,", "a.csv", columns=2) == [[["a", "b"], ["1", "2"]]]


def test_a_quotation_mark_that_is_never_closed_is_refused() -> None:
    data = b'a,b\n1,"2' + b"\nx,y" * 60_000
    assert refusal_of(data, "a.csv") is Refusal.CSV_BROKEN


@pytest.mark.parametrize(
    "reference", ["XFD1048576", "ZZZZZ1", "A99999999999", "XFE1", "A0", "1A", "$A$1", "A1A", "Ａ1"]
)
def test_one_cell_far_away_does_not_take_the_memory_between(reference: str) -> None:
    data = with_sheet_xml(f'<row r="1"><c r="A1"><v>1</v></c><c r="{reference}"><v>1</v></c></row>')
    assert refusal_of(data) in {
        *(Refusal.TOO_MANY_ROWS, Refusal.TOO_MANY_COLUMNS, Refusal.XML_BROKEN),
    }


@pytest.mark.parametrize(
    "cell",
    [
        '<x:row xmlns:x="x" r="1"><x:c r="&#88;FD1048576"><x:v>1</x:v></x:c></x:row>',
        "<row r='1'\n><c\nr='XFD1048576'\n><is><t>1</t></is></c></row>",
        '<row r="1048576"><c><v>1</v></c></row>',
        '<row r="1">' + "<c/>" * 16_000 + "<c><v>1</v></c></row>",
    ],
)
def test_a_far_cell_is_found_however_it_is_written(cell: str) -> None:
    assert refusal_of(with_sheet_xml(cell)) in {Refusal.TOO_MANY_ROWS, Refusal.TOO_MANY_COLUMNS}


def test_rows_formatted_down_to_the_last_are_not_counted() -> None:
    """Every fifth row, to be quick; all of them take some five seconds."""
    filled = '<row r="1"><c r="A1" t="inlineStr"><is><t>地址</t></is></c></row>'
    empty = "".join(f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in range(6, 1_048_577, 5))
    data = with_sheet_xml(filled + empty)
    started = time.process_time()  # of this process, so that a busy machine does not fail the test
    assert rows_in(data, "a.xlsx") == [[["地址"]]]
    assert time.process_time() - started < 5


def test_one_long_text_shown_in_many_cells_is_counted_each_time() -> None:
    parts = parts_of(workbook({"a": [["x" * 30_000] * 50] * 40}))
    assert refusal_of(packed(parts), characters=1_000_000) is Refusal.TOO_MUCH_TEXT


def test_texts_in_an_unexpected_part_are_refused() -> None:
    parts = parts_of(workbook({"a": ROSTER}))
    parts["xl/texts.xml"] = parts["xl/sharedStrings.xml"]
    assert refusal_of(packed(parts)) is Refusal.XML_BROKEN


@pytest.mark.parametrize(
    "part",
    [SHEET, "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml", "[Content_Types].xml"],
)
def test_declarations_in_any_part_are_refused(part: str) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>'
    parts = parts_of(workbook({"a": ROSTER}))
    start = parts[part].index(b"?>") + 2
    parts[part] = parts[part][:start] + bomb + parts[part][start:]
    assert refusal_of(packed(parts)) is Refusal.XML_DECLARES_ENTITIES


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_a_part_in_another_encoding_cannot_hide_declarations(encoding: str) -> None:
    parts = parts_of(workbook({"a": ROSTER}))
    text = parts[SHEET].decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
    parts[SHEET] = text.encode(encoding)
    assert refusal_of(packed(parts)) is Refusal.XML_BROKEN


def test_a_broken_part_is_refused() -> None:
    parts = parts_of(workbook({"a": ROSTER}))
    parts[SHEET] = parts[SHEET][:-40]
    assert refusal_of(packed(parts)) is Refusal.XML_BROKEN


def test_a_cell_that_refers_to_no_text_is_refused() -> None:
    data = with_sheet_xml('<row r="1"><c r="A1" t="s"><v>77</v></c></row>')
    assert refusal_of(data) is Refusal.ARCHIVE_BROKEN


def test_what_unpacks_too_far_is_refused() -> None:
    parts = parts_of(workbook({"a": ROSTER}))
    parts["xl/styles.xml"] += b" " * 3_000_000
    assert refusal_of(packed(parts)) is Refusal.RATIO_TOO_HIGH
    assert refusal_of(packed(parts), unpacked_bytes=1_000_000) is Refusal.UNPACKED_TOO_LARGE


def test_sizes_are_counted_again_because_the_directory_can_lie() -> None:
    parts = parts_of(workbook({"a": ROSTER}))
    parts["xl/styles.xml"] += b" " * 3_000_000
    data = bytearray(packed(parts))
    entry = data.rindex(b"xl/styles.xml") - 46
    assert data[entry : entry + 4] == b"PK\x01\x02"
    data[entry + 24 : entry + 28] = struct.pack("<I", 1000)
    assert refusal_of(bytes(data)) in {
        Refusal.RATIO_TOO_HIGH,
        Refusal.XML_BROKEN,
        Refusal.ARCHIVE_BROKEN,
    }


def test_too_many_parts_are_refused() -> None:
    parts = parts_of(workbook({"a": ROSTER}))
    parts |= {f"xl/media/{number}.png": b"" for number in range(300)}
    assert refusal_of(packed(parts)) is Refusal.TOO_MANY_ENTRIES


@pytest.mark.parametrize("name", ["../../x.xml", "/etc/x.xml", "xl\\..\\x.xml", "C:/x.xml"])
def test_a_path_out_of_the_file_is_refused(name: str) -> None:
    target = io.BytesIO(workbook({"a": ROSTER}))
    with zipfile.ZipFile(target, "a") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = name
        archive.writestr(info, b"<x/>")
    assert refusal_of(target.getvalue()) is Refusal.ARCHIVE_UNSAFE


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_part_twice_is_refused() -> None:
    target = io.BytesIO(workbook({"a": ROSTER}))
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(SHEET, b"<worksheet/>")
    assert refusal_of(target.getvalue()) is Refusal.ARCHIVE_UNSAFE


def test_parts_that_overlap_are_refused() -> None:
    """Two names in the directory for the same bytes: the way small files unpack to gigabytes."""
    data = workbook({"a": ROSTER})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        start = archive.start_dir
        entries = archive.infolist()
    directory, end = data[start:-22], bytearray(data[-22:])
    first = 46 + len(entries[0].filename)
    again = bytearray(directory[:first])
    again[46:first] = b"x" * (first - 46 - 4) + b".xml"
    count = len(entries) + 1
    end[8:20] = struct.pack("<HHII", count, count, len(directory) + len(again), start)
    assert refusal_of(data[:start] + directory + again + end) is Refusal.ARCHIVE_UNSAFE


def test_an_encrypted_part_is_refused() -> None:
    data = bytearray(workbook({"a": ROSTER}))
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.index(signature) + offset] |= 1
    assert refusal_of(bytes(data)) is Refusal.OLD_OR_LOCKED


def test_macros_links_and_pictures_never_reach_the_reader() -> None:
    parts = parts_of(workbook({"桂香苑": [["地址"], ["3-2-501"]]}))
    parts["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0 macro"
    parts["xl/externalLinks/externalLink1.xml"] = b"not even xml"
    parts["xl/media/image1.png"] = b"\x89PNG"
    assert rows_in(packed(parts), "a.xlsx") == [[["地址"], ["3-2-501"]]]


def test_hidden_sheets_are_not_read() -> None:
    data = workbook(
        {"桂香苑": [["地址"], ["3-2-501"]], "旧": [["地址"], ["9-9-901"]]}, hidden=["旧"]
    )
    reading = read(data, filename="a.xlsx")
    assert [home.building for home in reading.homes] == ["3"]
    assert reading.ignored_sheets == ["旧"]


def test_merged_cells_are_known_below_the_first() -> None:
    data = workbook(
        {"a": [[None, "地址"], [None, "x"]]}, merged={"a": [(1, 1, 3, 1), (0, 2, 0, 3)]}
    )
    with open_file(data, filename="a.xlsx", limits=Limits()) as file:
        sheet = next(file.sheets)
        merged = sheet.continues([0])
        assert [row for row in range(1, 7) if merged(row)] == [3, 4]


def is_read_or_refused(data: bytes, filename: str) -> bool:
    """Whether there is a reading, or a refusal with a whole message; anything else raises."""
    try:
        return isinstance(read(data, filename=filename), Reading)
    except Unreadable as refused:
        return refused.text().endswith(".")


WHOLE_BOOK = workbook({"桂香苑": ROSTER})


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    data=st.binary(max_size=200)
    | st.binary(max_size=60).map(lambda tail: b"PK\x03\x04" + tail)
    | st.text(max_size=80).map(str.encode),
    ending=st.sampled_from([".csv", ".xlsx", ".xls", ""]),
)
def test_any_bytes_are_read_or_refused(data: bytes, ending: str) -> None:
    assert is_read_or_refused(data, f"roster{ending}")


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    at=st.integers(0, len(WHOLE_BOOK) - 1),
    new=st.binary(min_size=1, max_size=4),
    cut=st.integers(0, 40),
)
def test_a_workbook_with_damaged_bytes_is_read_or_refused(at: int, new: bytes, cut: int) -> None:
    data = WHOLE_BOOK[:at] + new + WHOLE_BOOK[at + cut :]
    assert is_read_or_refused(data, "roster.xlsx")


SHEET_XML = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>地址</t></is></c>'
    '<c r="B1" s="0"><v>1.5</v></c></row>'
)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    at=st.integers(0, len(SHEET_XML) - 1),
    new=st.text(alphabet='<>/="rcvtsAZ019&;! ', max_size=6),
    cut=st.integers(0, 10),
)
def test_a_sheet_with_damaged_xml_is_read_or_refused(at: int, new: str, cut: int) -> None:
    data = with_sheet_xml(SHEET_XML[:at] + new + SHEET_XML[at + cut :])
    assert is_read_or_refused(data, "roster.xlsx")
