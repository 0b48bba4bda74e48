"""Rows and what they hold: masters and contents as documents, read once and kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, NamedTuple

import orjson

from modules.configurator.engine.language import Scope
from modules.configurator.formats.codec import dump, load
from modules.configurator.formats.expressions import parser
from modules.configurator.model.changes import CLASSES, AnyMaster, Key, Kind
from modules.configurator.model.characteristics import Characteristic
from modules.configurator.model.contents import Content
from modules.configurator.model.masters import Master
from modules.configurator.model.trees import ResultType

LARGE: Final = 500_000
"""Characters of a document from which on few are kept, and it is read beside the event loop."""
_STAMPS: Final = ("version", "created_us", "changed_us")


class Row(NamedTuple):
    """A master as the database has it."""

    kind: str
    within: str
    folded: str
    id: str
    family: str
    version: int
    created_us: int
    changed_us: int
    document: str

    @property
    def key(self) -> Key:
        """What it is known by."""
        return Key(Kind(self.kind), self.id, self.within)


@dataclass(frozen=True, slots=True)
class Words:
    """A scope by what it depends on, so that what was read in it may be kept."""

    digest: str
    scope: Scope

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Words) and other.digest == self.digest


def words(characteristics: Mapping[str, Characteristic], rows: Iterable[Row]) -> Words:
    """What the expressions of a family may name: these characteristics, and the formulas and tables among its rows."""
    gives: dict[str, dict[str, ResultType]] = {Kind.FORMULA: {}, Kind.TABLE: {}}
    for row in rows:
        if row.kind in gives:
            gives[row.kind][row.id] = _gives(row.document)
    known = [(id, one.version, one.changed_us) for id, one in sorted(characteristics.items())]
    told = json.dumps([known, *(sorted(those.items()) for those in gives.values())])
    return Words(_digest(told), Scope(characteristics, gives[Kind.FORMULA], gives[Kind.TABLE]))


@lru_cache(maxsize=20_000)
def _gives(document: str) -> ResultType:
    return ResultType(orjson.loads(document).get("result_type", ResultType.NUMBER.value))


_NOTHING: Final = Words("", Scope())


def master(row: Row, within: Words = _NOTHING) -> AnyMaster:
    """What a row holds, with its version and moments. Rows without expressions need no words."""
    read = _read_large if len(row.document) > LARGE else _read
    found: Any = read(row.kind, row.document, within if Kind(row.kind) in _SPEAKING else _NOTHING)
    if isinstance(found, Master):
        stamps = {"version": row.version, "created_us": row.created_us, "changed_us": row.changed_us}
        return replace(found, **stamps)  # type: ignore[return-value, arg-type]
    return replace(found, version=row.version)  # type: ignore[no-any-return]


_SPEAKING: Final = frozenset((Kind.FORMULA, Kind.TEMPLATE, Kind.RULE, Kind.STRUCTURE, Kind.ROUTING, Kind.PRICE))


@lru_cache(maxsize=20_000)
def _read(kind: str, document: str, within: Words) -> AnyMaster:
    return load(CLASSES[Kind(kind)], orjson.loads(document), parser(within.scope))


_read_large = lru_cache(maxsize=4)(_read.__wrapped__)


def document_of(one: AnyMaster) -> str:
    """What is kept of a master: all but its version and moments."""
    plain: Any = dump(one)
    for name in _STAMPS:
        plain.pop(name, None)
    return _text(plain)


def content_document(content: Content) -> str:
    """All of a content but its version, in one order always: equal contents, equal documents."""
    plain: Any = dump(content)
    plain.pop("version", None)
    return _text(plain)


def hash_of(document: str) -> str:
    """SHA-256 in hexadecimal."""
    return _digest(document)


def content(document: str, version: int) -> Content:
    """The content back; equal documents of one version are one object as long as they are kept.

    Its expressions are read with its own characteristics, formulas and tables.
    """
    return (_read_large_content if len(document) > LARGE else _read_content)(document, version)


@lru_cache(maxsize=500)
def _read_content(document: str, version: int) -> Content:
    plain = orjson.loads(document)
    known: dict[str, Characteristic] = {
        id: load(Characteristic, one, parser(Scope())) for id, one in plain.get("characteristics", {}).items()
    }
    formulas, tables = (_results(plain.get(name, {})) for name in ("formulas", "tables"))
    read = load(Content, plain, parser(Scope(known, formulas, tables)))
    return replace(read, version=version)


_read_large_content = lru_cache(maxsize=4)(_read_content.__wrapped__)


def _results(plain: Mapping[str, Mapping[str, Any]]) -> dict[str, ResultType]:
    return {id: ResultType(one.get("result_type", ResultType.NUMBER.value)) for id, one in plain.items()}


def rows_of(found: Sequence[tuple[Any, ...]]) -> list[Row]:
    """Rows as they were selected, in the order of `Row`."""
    return [Row(*row) for row in found]


def _text(plain: object) -> str:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
