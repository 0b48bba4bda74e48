"""Value: one text out of a row, from a column, a constant, a template or the first column that has one.

What happens to it, in this order: strip, empty, case, values, lookup, default.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.importing.errors import BadValue, Spot, WrongMapping
from gateway.importing.tables import Raw, Table, scalar

Row = Mapping[str, str]
"""A line of a file: text by column."""

SOURCES = ("column", "constant", "template", "first")
CHANGES = ("strip", "empty", "case", "values", "otherwise", "lookup", "optional", "default")
VALUE_KEYS = (*SOURCES, *CHANGES)
CASES = ("upper", "lower", "slug")
_HOLE = re.compile(r"\{([^{}]+)\}")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class Scope:
    """What values may look at besides their row."""

    lookups: Mapping[str, Mapping[str, str]]
    now: datetime


@dataclass(frozen=True, slots=True)
class Value:
    """See the module's docstring; made by `read_value`."""

    columns: tuple[str, ...] = ()
    constant: str | None = None
    template: str | None = None
    strip: bool = True
    empty: frozenset[str] = frozenset()
    case: str | None = None
    values: Mapping[str, str] | None = None
    otherwise: str | None = None
    lookups: tuple[str, ...] = ()
    optional: bool = False
    default: str | None = None

    def text(self, row: Row, scope: Scope) -> str | None:
        """The text, or None when there is none. Raises BadValue: not in `values`, or not found by a look-up."""
        found = self._source(row)
        if found is not None and self.strip:
            found = found.strip()
        if not found or found in self.empty:
            return self.default
        if self.case:
            found = _cased(found, self.case)
        if self.values is not None:
            found = self._translated(found)
        return self._looked_up(found, scope) if self.lookups else found

    def _source(self, row: Row) -> str | None:
        if self.template is not None:
            return _filled(self.template, row, self.columns)
        if self.constant is not None:
            return self.constant
        for column in self.columns:
            if row[column].strip():
                return row[column]
        return None

    def _translated(self, text: str) -> str:
        assert self.values is not None
        found = self.values.get(text, self.otherwise)
        if found is None:
            raise BadValue(f"{text!r} is not among the mapping's values: {', '.join(self.values)}")
        return found

    def _looked_up(self, text: str, scope: Scope) -> str | None:
        for name in self.lookups:
            found = scope.lookups[name].get(text)
            if found is None:
                if self.default is None and not self.optional:
                    raise BadValue(f"the look-up {name!r} does not know {text!r}")
                return self.default
            text = found
        return text


def slug(text: str) -> str:
    """Small letters, digits and hyphens: "Bottles and Cages" is "bottles-and-cages", "Höhe" is "hoehe"."""
    spelled = unicodedata.normalize("NFKD", text.casefold().translate(_UMLAUTS))
    plain = "".join(sign for sign in spelled if not unicodedata.combining(sign))
    return _NOT_SLUG.sub("-", plain).strip("-")


def _cased(text: str, case: str) -> str:
    if case == "slug":
        return slug(text)
    return text.upper() if case == "upper" else text.lower()


def _filled(template: str, row: Row, columns: Sequence[str]) -> str | None:
    parts = {column: row[column].strip() for column in columns}
    return _HOLE.sub(lambda hole: parts[hole[1]], template) if all(parts.values()) else None


def read_value(raw: Raw, spot: Spot, lookups: Sequence[str], also: Sequence[str] = ()) -> Value:
    """A value as the mapping writes it: a column's name, or a table with one source; keys of `also` are left alone."""
    if isinstance(raw, str):
        return Value(columns=(raw,))
    table = Table(raw, spot)
    table.only((*VALUE_KEYS, *also))
    sources = [key for key in SOURCES if key in table]
    if len(sources) != 1:
        raise WrongMapping(spot, f"exactly one of {', '.join(SOURCES)} is needed")
    for key, needs in (("otherwise", "values"), ("optional", "lookup")):
        if key in table and needs not in table:
            raise WrongMapping(spot.at(key), f"{key!r} stands beside {needs!r} only")
    return Value(
        columns=_columns(table, sources[0]),
        constant=scalar(table.raw("constant"), spot.at("constant")) if "constant" in table else None,
        template=table.text("template"),
        strip=table.truth("strip", True),
        empty=frozenset(table.texts("empty")),
        case=table.choice("case", CASES),
        values=_values(table),
        otherwise=_scalar_of(table, "otherwise"),
        lookups=_lookups(table, lookups),
        optional=table.truth("optional", False),
        default=_scalar_of(table, "default"),
    )


def _columns(table: Table, source: str) -> tuple[str, ...]:
    if source == "template":
        return tuple(dict.fromkeys(_HOLE.findall(table.text("template") or "")))
    if source == "column":
        return (table.text("column") or "",)
    return table.texts("first")


def _values(table: Table) -> Mapping[str, str] | None:
    if "values" not in table:
        return None
    inner = table.table("values")
    return {key: scalar(inner.raw(key), inner.spot.at(key)) for key in inner}


def _scalar_of(table: Table, key: str) -> str | None:
    return scalar(table.raw(key), table.spot.at(key)) if key in table else None


def _lookups(table: Table, known: Sequence[str]) -> tuple[str, ...]:
    names = table.texts("lookup")
    for name in names:
        if name not in known:
            raise WrongMapping.unknown(table.spot.at("lookup"), "look-up", name, known)
    return names
