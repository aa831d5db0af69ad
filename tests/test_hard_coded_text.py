"""No text that people read is fixed in a template or in the code: all goes through gettext."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from portal.config import ROOT
from tests.texts import HAN, python_files, shown_texts

LETTER = re.compile(r"[^\W\d_]")
HOLE = "qzq"  # stands for what a template fills in, also as the name of an element
TRANSLATED = frozenset({"_", "gettext", "ngettext", "pgettext", "npgettext"})
# Prose among the arguments of macros: a capitalised word, or words with a space in between.
PROSE = re.compile(r"[A-Z][a-z]+[.:?]?|.*[A-Za-z,.] [A-Za-z].*", re.DOTALL)
CLASSES = re.compile(r"[a-z][a-z0-9-]*( [a-z][a-z0-9-]*)*")

# Where Chinese may stand in the code, each with the reason; nowhere else.
MAY_SPEAK_CHINESE = {
    "portal/dates.py": "the order and signs of a Chinese date",
    "portal/web.py": "each language is offered in its own words",
    "portal/demo/bulletins.py": "a bulletin of an invented community",
    "portal/demo/community.py": "the name of a round in an invented community",
    "portal/demo/homes.py": "names of invented people and estates",
    "portal/demo/people.py": "names of invented people and their duties",
    "portal/demo/shifts.py": "a language and an excuse of an invented community",
    "portal/demo/waiting.py": "what invented people ask for and write",
    "portal/accounts/commands.py": "an example of names of places, in the help of a command",
    "portal/accounts/common_passwords.py": "what people choose as passwords",
    "portal/gaps/forms.py": "what people may write behind the name of a unit",
    "portal/tasks/warning_files.py": "what columns about people are called in files",
    "portal/tasks/pasting.py": "what the police platform writes",
    "portal/tower/cutting.py": "how units are numbered on the doors",
    "portal/tower/models.py": "names of levels and seats a community starts with and may change",
}
READERS = "portal/rosters/"  # what the rosters of strangers say, and so what their readers know

# Functions whose arguments people read: positions and keywords that hold a text.
SAID_FIRST = frozenset({"RuleError", "TooManyError", "ValidationError", "flash", "Advice"})
MESSAGES = frozenset({"message", "label", "description", "said", "text", "title", "reason"})
FIRST_IS_TEXT = re.compile(r"(\w+Field|DataRequired|InputRequired|FileRequired|FileAllowed)$")
SECOND_IS_TEXT = frozenset({"SelectChoice", "EqualTo", "Regexp", "FileAllowed", "Advice"})
# Names of kinds of files are the same in every language.
NAMES = frozenset({"CSV", "Excel"})
BEFORE_ALL = "bootstrap.py"  # speaks English on a terminal before anything else is installed


# Templates ---------------------------------------------------------------------------------------


def test_no_template_says_anything_by_itself() -> None:
    folder = ROOT / "templates"
    found = [
        f"{path.relative_to(folder)}: {text}"
        for path in sorted(folder.rglob("*.html"))
        for text in fixed_texts(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<p>{{ name }} 你好</p>", ["你好"]),
        ('<a title="Up">{{ _("Up") }}</a>', ["Up"]),
        ('<input aria-label="Search" name="q">', ["Search"]),
        ('<input type="submit" value="Go">', ["Go"]),
        ("{% if x %}yes{% else %}{{ _('no') }}{% endif %}", ["yes"]),
        ("<b>{{ 'open' if x else 'closed' }}</b>", ["openclosed"]),
        ("{{ alert('info', 'Nothing was written.') }}", ["Nothing was written."]),
        ("{{ submit('Save') }}", ["Save"]),
    ],
)
def test_a_fixed_text_is_found(source: str, found: list[str]) -> None:
    assert list(fixed_texts(source)) == found


@pytest.mark.parametrize(
    "source",
    [
        "{# Said to those who write templates. #}",
        '<p class="sub">{{ _("Hello") }} · 12 / 30 {{ "✓" if x }}</p>',
        '<td class="door{{ " due" if x else "" }}">{{ ngettext("%(num)s day", "%(num)s d.", n) }}',
        '<{{ tag }} class="tile{{ " speaks" if x else "" }}">{{ text }}</{{ tag }}>',
        '{% if f.type == "RadioField" %}{{ field(f, inputmode="numeric") }}{% endif %}',
        '{{ th_sort(_("Name"), url, class="num rest") }}',
        '<script src="{{ asset("live.js") }}" defer></script>',
    ],
)
def test_what_is_no_text_or_translated_is_left_alone(source: str) -> None:
    assert list(fixed_texts(source)) == []


def fixed_texts(source: str) -> Iterator[str]:
    """The texts of a template that would be the same in every language."""
    tree = jinja2.Environment(autoescape=True).parse(source)
    html = "".join(_as_html(tree))
    for text in shown_texts(html):
        plain = text.replace(HOLE, "").strip()
        if LETTER.search(plain):
            yield plain
    for text in _arguments(tree):
        if HAN.search(text) or (PROSE.fullmatch(text) and not CLASSES.fullmatch(text)):
            yield text


def _as_html(node: nodes.Node) -> Iterator[str]:
    """All branches of a template one after the other, with holes for what is filled in."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.TemplateData):
            yield child.data
        elif isinstance(node, nodes.Output):
            yield "".join(_constants(child)) or HOLE
        else:
            yield from _as_html(child)


def _constants(shown: nodes.Node) -> Iterator[str]:
    """The fixed texts that an expression may come to."""
    if isinstance(shown, nodes.Const):
        yield str(shown.value)
    elif isinstance(shown, nodes.CondExpr):
        yield from _constants(shown.expr1)
        yield from _constants(shown.expr2) if shown.expr2 else ()
    elif isinstance(shown, nodes.Concat):
        for part in shown.nodes:
            yield from _constants(part)
    elif isinstance(shown, nodes.BinExpr):
        yield from _constants(shown.left)
        yield from _constants(shown.right)
    elif isinstance(shown, nodes.Filter) and shown.node is not None:
        yield from _constants(shown.node)


def _arguments(node: nodes.Node) -> Iterator[str]:
    """Texts handed to macros, filters and variables, which may show them."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Const) and isinstance(child.value, str):
            if not isinstance(node, nodes.Output):
                yield child.value
        elif not _is_translation(child):
            yield from _arguments(child)


def _is_translation(node: nodes.Node) -> bool:
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.node, nodes.Name)
        and node.node.name in TRANSLATED
    )


# Code --------------------------------------------------------------------------------------------


def test_chinese_stands_in_the_code_only_where_it_is_data() -> None:
    speaking = {
        path.relative_to(ROOT).as_posix()
        for path in python_files()
        if any(HAN.search(text) for text in literals(path))
    }
    assert {path for path in speaking if not path.startswith(READERS)} == set(MAY_SPEAK_CHINESE)


def literals(path: Path) -> list[str]:
    """The texts in a file of code, without its docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]


def test_what_the_code_tells_people_goes_through_gettext() -> None:
    fixed = [
        f"{path.relative_to(ROOT)}:{line} {text}"
        for path in python_files()
        if path.name != BEFORE_ALL
        for line, text in said_without_gettext(path.read_text("utf-8"))
    ]
    assert fixed == []


@pytest.mark.parametrize(
    "code",
    [
        'raise RuleError("No.")',
        'raise TooManyError(f"Wait {n} minutes.", wait=n)',
        'raise ValidationError("No such place.")',
        'flash("Saved.")',
        'done("x.html", otherwise=url, said="Saved.")',
        'StringField("Name")',
        'IntegerField(label="Floor")',
        'InputRequired("Say why.")',
        'Length(max=9, message="Too long.")',
        'SelectChoice("a", "All")',
    ],
)
def test_a_text_said_without_gettext_is_found(code: str) -> None:
    assert len(list(said_without_gettext(code))) == 1


@pytest.mark.parametrize(
    "code",
    [
        'raise RuleError(gettext("No."))',
        'StringField(lazy_gettext("Name"))',
        'SelectChoice("csv", "CSV")',
        "raise RuleError(reason)",
        'SelectField(choices=[("a", word)])',
    ],
)
def test_a_text_said_through_gettext_is_left_alone(code: str) -> None:
    assert list(said_without_gettext(code)) == []


def said_without_gettext(code: str) -> Iterator[tuple[int, str]]:
    """(line, text) of every fixed text handed to what people read."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        said = [keyword.value for keyword in node.keywords if keyword.arg in MESSAGES]
        if name in SAID_FIRST or FIRST_IS_TEXT.match(name):
            said += node.args[:1]
        if name in SECOND_IS_TEXT:
            said += node.args[1:2]
        for value in said:
            text = ast.get_source_segment(code, value) or ""
            if _is_fixed(value) and text.strip("'\"") not in NAMES:
                yield node.lineno, text


def _is_fixed(value: ast.expr) -> bool:
    """Whether an argument is a text with letters, written out or with holes."""
    if isinstance(value, ast.JoinedStr):
        return any(map(_is_fixed, value.values))
    return (
        isinstance(value, ast.Constant)
        and isinstance(value.value, str)
        and bool(LETTER.search(value.value))
    )
