"""Fields of a JSON file, read one at a time; what is wrong is said with the name of the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any, cast

from portal.shifts.problem import Name

N_ = str  # marks a text for the translators; it is translated where it is shown


class FieldError(ValueError):
    """A field that cannot be read: where it stands, what is wrong, and the value found there."""

    def __init__(self, where: str, text: str, **values: object) -> None:
        super().__init__(where, text, values)
        self.where, self.text, self.values = where, text, values

    def said(self, translate: Callable[..., object] | None = None) -> str:
        """The whole message, in English if there is nobody to translate."""
        text = translate(self.text, **self.values) if translate else self.text % self.values
        return f"{self.where}: {text}"

    def __str__(self) -> str:
        return self.said()


class Row:
    """One object of the file. `where` is its own name, such as volunteers[3]."""

    __slots__ = ("data", "list", "number_in_list")

    def __init__(self, data: Mapping[str, Any], list_name: str, number: int = -1) -> None:
        self.data, self.list, self.number_in_list = data, list_name, number

    @property
    def where(self) -> str:
        return self.list if self.number_in_list < 0 else f"{self.list}[{self.number_in_list}]"

    def fault(self, key: str, text: str, **values: object) -> FieldError:
        """What to raise about a field of this row."""
        return FieldError(f"{self.where}.{key}" if self.where else key, text, **values)

    def get(self, key: str) -> Any:
        return self.data.get(key)

    def row(self, key: str) -> Row:
        """A field that is an object; an empty one if it is not there."""
        found = self.data.get(key)
        if found is None:
            found = {}
        if not isinstance(found, dict):
            raise self.fault(key, N_("must be an object"))
        return Row(found, f"{self.where}.{key}" if self.where else key)

    def rows(self, key: str, *, optional: bool = False) -> list[Row]:
        """A field that is a list of objects."""
        found = self._list(key, optional=optional)
        for number, data in enumerate(found):
            if not isinstance(data, dict):
                raise FieldError(f"{key}[{number}]", N_("must be an object"))
        return [Row(data, key, number) for number, data in enumerate(found)]

    def _list(self, key: str, *, optional: bool = False) -> list[Any]:
        found = self.data.get(key)
        if found is None and optional:
            return []
        if found is None:
            raise self.fault(key, N_("is missing"))
        if not isinstance(found, list):
            raise self.fault(key, N_("must be a list"))
        return found

    def name(self, key: str) -> Name:
        """An id."""
        found = self.data.get(key)
        if type(found) is not str and type(found) is not int:
            raise self._wrong(key, N_("must be an id (a text or a whole number)"))
        return found

    def counts(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers from 0 on; none if it is not there."""
        found = self._list(key, optional=True)
        for number, count in enumerate(found):
            if type(count) is not int or count < 0:
                raise self.fault(f"{key}[{number}]", N_("must be a whole number"))
        return tuple(found)

    def names(self, key: str, *, optional: bool = False) -> list[Name]:
        """A list of ids."""
        found = self._list(key, optional=optional)
        for number, name in enumerate(found):
            if type(name) is not str and type(name) is not int:
                text = N_("must be an id (a text or a whole number)")
                raise self.fault(f"{key}[{number}]", text)
        return found

    def known(self, key: str, names: Mapping[Name, int]) -> int:
        """An id that must be one of those known."""
        found = self.name(key)
        if found not in names:
            raise self.fault(key, N_("there is no %(name)s"), name=found)
        return names[found]

    def all_known(self, key: str, names: Mapping[Name, int]) -> list[int]:
        """A list of ids that must be known."""
        found = self.names(key)
        for number, name in enumerate(found):
            if name not in names:
                raise self.fault(f"{key}[{number}]", N_("there is no %(name)s"), name=name)
        return [names[name] for name in found]

    def mask(self, key: str, bit: Mapping[Name, int], *, optional: bool = False) -> int:
        """A list of slots, as a set of bits."""
        found, mask = self._list(key, optional=optional), 0
        try:
            for name in found:
                mask |= bit[name]
        except (KeyError, TypeError):
            self.all_known(key, bit)
            raise  # pragma: no cover
        return mask

    def number(self, key: str, *, otherwise: float | None = None, least: float = -1e9) -> float:
        """A number; `otherwise` if it is not there."""
        found = self.data.get(key)
        if found is None and otherwise is not None:
            return otherwise
        if (type(found) is not int and type(found) is not float) or not isfinite(found):
            raise self._wrong(key, N_("must be a number"))
        if found < least:
            raise self.fault(key, N_("must be at least %(least)s"), least=least)
        return found

    def maybe_number(self, key: str, *, least: float = -1e9) -> float | None:
        """A number or null."""
        return None if self.data.get(key) is None else self.number(key, least=least)

    def whole(self, key: str, *, otherwise: int | None = None, least: int = 0) -> int:
        """A whole number; `otherwise` if it is not there."""
        found = self.data.get(key)
        if found is None and otherwise is not None:
            return otherwise
        if type(found) is not int:
            raise self._wrong(key, N_("must be a whole number"))
        if found < least:
            raise self.fault(key, N_("must be at least %(least)s"), least=least)
        return found

    def maybe_whole(self, key: str, *, absent: int, null: int) -> int:
        """A whole number, or null for no limit."""
        if key in self.data and self.data[key] is None:
            return null
        return self.whole(key, otherwise=absent)

    def texts(self, key: str, *, otherwise: Sequence[str]) -> Sequence[str]:
        """A list of texts."""
        found = self.data.get(key)
        if found is None:
            return otherwise
        if not isinstance(found, list) or set(map(type, found)) - {str}:
            raise self.fault(key, N_("must be a list of texts"))
        return cast("list[str]", found)

    def choice(self, key: str, choices: Sequence[str]) -> str:
        """One of several words; the first if it is not there."""
        found = self.data.get(key)
        if found is None:
            return choices[0]
        if found not in choices:
            raise self.fault(key, N_("must be one of: %(choices)s"), choices=", ".join(choices))
        return cast("str", found)

    def flag(self, key: str) -> bool:
        """True or false; false if it is not there."""
        found = self.data.get(key, False)
        if not isinstance(found, bool):
            raise self.fault(key, N_("must be true or false"))
        return found

    def _wrong(self, key: str, text: str) -> FieldError:
        return self.fault(key, text if self.data.get(key) is not None else N_("is missing"))


def row_of(data: object, where: str) -> Row:
    """The file itself as a row."""
    if not isinstance(data, dict):
        raise FieldError(where or "file", N_("must be an object"))
    return Row(data, where)


def unique(names: Sequence[Name], where: str) -> dict[Name, int]:
    """The place of every name; no name may stand twice."""
    found: dict[Name, int] = {}
    for number, name in enumerate(names):
        if name in found:
            raise FieldError(f"{where}[{number}].id", N_("this id is used twice"))
        found[name] = number
    return found
