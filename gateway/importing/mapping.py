"""Mapping: what an integrator wrote, read and checked; see docs/importing.md for the language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Dict, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.importing.conditions import Condition, read_conditions
from gateway.importing.conversions import Conversion, read_conversion
from gateway.importing.documents import constant, read_documents
from gateway.importing.errors import Spot, WrongMapping
from gateway.importing.fields import Field, Means, compile_fields
from gateway.importing.reader import FORMAT_KEYS, Format, open_reader, read_format
from gateway.importing.tables import Table
from gateway.importing.targets import TARGETS, Target
from gateway.importing.values import Value, read_value

TOP_KEYS = ("name", "defaults", "file", "lookup", "step")
CONVERSIONS = ("zone", "date_format", "decimal_comma", "thousands", "true", "false")
"""Conversions that may be set for many fields at once."""
STEP_KEYS = ("target", "name", "file", "rows", "documents", "fields", "where", "gather", *FORMAT_KEYS, *CONVERSIONS)
LOOKUP_KEYS = ("file", "key", "value", "where", *FORMAT_KEYS, *CONVERSIONS)


@dataclass(frozen=True, slots=True)
class Source:
    """A file and how it is written; the path is relative to the data's directory."""

    path: str
    form: Format


@dataclass(frozen=True, slots=True)
class Gather:
    """Rows that follow one another and agree in the columns `by` make one item; the columns of `sum` are added up."""

    by: tuple[str, ...] = ()
    sum: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lookup:
    """A file read into memory once: value by key."""

    name: str
    source: Source
    key: Value
    value: Value
    where: tuple[Condition, ...]
    spot: Spot

    def columns(self) -> list[tuple[str, str]]:
        """The columns it looks at, each with the key of the mapping that names it."""
        named = [("key", column) for column in self.key.columns] + [("value", column) for column in self.value.columns]
        return named + _of_conditions(self.where)


@dataclass(frozen=True, slots=True)
class Step:
    """Rows of one file, or rows written into the mapping or into a JSON file, into one target."""

    number: int
    name: str
    target: Target
    source: Source | None
    fields: Dict[str, Field]
    where: tuple[Condition, ...]
    gather: Gather
    conversion: Conversion
    rows: tuple[Dict[str, Field], ...]
    documents: str | None
    """A JSON file that holds the rows, relative to the data's directory."""
    spot: Spot

    def columns(self) -> list[tuple[str, str]]:
        """The columns it looks at, each with the key of the mapping that names it."""
        named = [(f"fields.{name}", column) for name, field in self.fields.items() for column in field.columns()]
        gathered = [("gather.by", column) for column in self.gather.by]
        summed = [("gather.sum", column) for column in self.gather.sum]
        return named + gathered + summed + _of_conditions(self.where)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping file: look-ups first, then the steps in their order."""

    path: str
    name: str
    lookups: tuple[Lookup, ...]
    steps: tuple[Step, ...]


def _of_conditions(where: Sequence[Condition]) -> list[tuple[str, str]]:
    return [(f"where.{index}", column) for index, one in enumerate(where) for column in one.columns()]


def load_mapping(path: Path) -> Mapping:
    """Reads a mapping file. Raises WrongMapping: not there, not TOML, or not in the language."""
    spot = Spot(path.name)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongMapping(spot, f"{path} cannot be read: {error}") from None
    return read_mapping(text, path.name)


def read_mapping(text: str, name: str = "mapping.toml") -> Mapping:
    """A mapping from its TOML text; raises WrongMapping."""
    spot = Spot(name)
    try:
        # Numbers stay text: 0.19 must not become the float nearest to it.
        document = tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as error:
        raise WrongMapping(spot, f"not TOML: {error}") from None
    top = Table(document, spot)
    top.only(TOP_KEYS)
    return _Reading(top).mapping()


class _Reading:
    """Holds what parts of a mapping share while it is read."""

    def __init__(self, top: Table) -> None:
        self._top = top
        defaults = top.table("defaults")
        defaults.only((*FORMAT_KEYS, *CONVERSIONS))
        self._form = read_format(defaults, Format())
        self._conversion = read_conversion(defaults, Conversion())
        self._files = self._declared_files(top.table("file"))
        self._lookups: dict[str, Lookup] = {}

    def mapping(self) -> Mapping:
        lookups = self._top.table("lookup")
        for name in lookups:
            self._lookups[name] = self._lookup(name, lookups.table(name))
        steps = self._top.tables("step")
        if not steps:
            raise WrongMapping(self._top.spot.at("step"), "a mapping has at least one [[step]]")
        read = tuple(self._step(number, table) for number, table in enumerate(steps, 1))
        title = self._top.text("name") or Path(self._top.spot.file).stem
        return Mapping(self._top.spot.file, title, tuple(self._lookups.values()), read)

    def _declared_files(self, files: Table) -> dict[str, Source]:
        found = {}
        for name in files:
            table = files.table(name)
            table.only(("path", *FORMAT_KEYS))
            found[name] = Source(table.text("path", name) or name, read_format(table, self._form))
        return found

    def _source(self, table: Table) -> Source:
        name = table.text("file")
        if not name:
            raise WrongMapping(table.spot.at("file"), "a file is needed")
        declared = self._files.get(name, Source(name, self._form))
        return Source(declared.path, read_format(table, declared.form))

    def _lookup(self, name: str, table: Table) -> Lookup:
        spot = Spot(table.spot.file, f"look-up {name!r}")
        table = Table({key: table.raw(key) for key in table}, spot)
        table.only(LOOKUP_KEYS)
        for needed in ("key", "value"):
            if needed not in table:
                raise WrongMapping(spot.at(needed), "a look-up needs a key and a value")
        before = tuple(self._lookups)
        return Lookup(
            name,
            self._source(table),
            read_value(table.raw("key"), spot.at("key"), before),
            read_value(table.raw("value"), spot.at("value"), before),
            read_conditions(table, before, read_conversion(table, self._conversion)),
            spot,
        )

    def _step(self, number: int, table: Table) -> Step:
        target = self._target(number, table)
        file = table.text("file") or table.text("documents")
        spot = Spot(table.spot.file, f"step {number} ({target.name}, {file or 'rows'})")
        table = Table({key: table.raw(key) for key in table}, spot)
        table.only(STEP_KEYS)
        _check_source(table, target)
        conversion = read_conversion(table, self._conversion)
        inline = "file" not in table
        return Step(
            number,
            table.text("name") or (f"{target.name} from {file}" if file else target.name),
            target,
            None if inline else self._source(table),
            {} if inline else self._fields(table, target, conversion),
            () if inline else read_conditions(table, tuple(self._lookups), conversion),
            self._gather(table),
            conversion,
            tuple(_row(row, target, conversion) for row in table.tables("rows")),
            table.text("documents"),
            spot,
        )

    def _target(self, number: int, table: Table) -> Target:
        spot = Spot(table.spot.file, f"step {number}", ("target",))
        name = table.raw("target")
        if not isinstance(name, str) or name not in TARGETS:
            raise WrongMapping.unknown(spot, "target", name, TARGETS)
        return TARGETS[name]

    def _fields(self, table: Table, target: Target, conversion: Conversion) -> Dict[str, Field]:
        means = Means(tuple(self._lookups), conversion)
        return compile_fields(table.table("fields"), target.shapes, means)

    def _gather(self, table: Table) -> Gather:
        inner = table.table("gather")
        inner.only(("by", "sum"))
        by, added = inner.texts("by"), inner.texts("sum")
        if "gather" in table and not by:
            raise WrongMapping(inner.spot.at("by"), "the columns that belong to one item are needed")
        return Gather(by, added)


def _check_source(table: Table, target: Target) -> None:
    """Raises WrongMapping unless a step names one source of rows, and only what belongs to that."""
    sources = [key for key in ("file", "rows", "documents") if key in table]
    if len(sources) != 1:
        raise WrongMapping(table.spot, "either a file, rows or documents are needed, one of them")
    if sources == ["file"] and target.whole:
        raise WrongMapping(table.spot.at("file"), f"{target.name} are filled by documents or rows")
    for key in ("fields", "where", "gather"):
        if key in table and sources != ["file"]:
            raise WrongMapping(table.spot.at(key), "it belongs to a file; rows are taken as they stand")


def _row(row: Table, target: Target, conversion: Conversion) -> Dict[str, Field]:
    if target.whole:
        return {name: constant(row.raw(name), conversion) for name in row}
    return compile_fields(row, target.shapes, Means((), conversion, literal=True))


def with_documents(step: Step, directory: Path) -> Step:
    """The step with the rows of its JSON file, where it has one. Raises WrongMapping."""
    if step.documents is None:
        return step
    found = read_documents(directory / step.documents, step.spot.at("documents"))
    return replace(step, rows=tuple(_row(row, step.target, step.conversion) for row in found))


def check_files(mapping: Mapping, directory: Path) -> None:
    """Whether every file is there and has the columns the mapping names; raises WrongMapping. Reads headers only."""
    for lookup in mapping.lookups:
        _check_columns(lookup.source, lookup.columns(), directory, lookup.spot)
    for step in mapping.steps:
        if step.source is not None:
            _check_columns(step.source, step.columns(), directory, step.spot)
        with_documents(step, directory)


def _check_columns(source: Source, named: Sequence[tuple[str, str]], directory: Path, spot: Spot) -> None:
    binary, reader = open_reader(directory / source.path, source.form, spot.at("file"))
    with binary:
        for key, column in named:
            if column not in reader.columns:
                raise WrongMapping.unknown(spot.at(*key.split(".")), "column", column, reader.columns)
