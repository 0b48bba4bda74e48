"""Reads a family's document: all that is wrong with it at once, each with its place and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar, cast

from modules.configurator.engine.language import Scope
from modules.configurator.formats import tables, words
from modules.configurator.formats.codec import Parse, load
from modules.configurator.formats.expressions import parser
from modules.configurator.formats.families import FORMAT
from modules.configurator.formats.plain import unknown, wrong
from modules.configurator.formats.texts import lines_of, read_text
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.cases import ConfigurationCase
from modules.configurator.model.changes import AnyMaster, Key, RevisionKey, key_of
from modules.configurator.model.characteristics import Characteristic
from modules.configurator.model.errors import BadDocument
from modules.configurator.model.families import Family
from modules.configurator.model.formulas import CombinationTable, Formula
from modules.configurator.model.prices import PriceEntry
from modules.configurator.model.revisions import Part, Revision
from modules.configurator.model.rules import FrontRule, RuleTemplate
from modules.configurator.model.structures import Routing, Structure
from modules.configurator.model.trees import Expression, ResultType
from modules.kernel.errors import Refused
from modules.kernel.names import Sku

M = TypeVar("M")
Place = tuple[str, ...]
_IN_PART: Final = ("revisions", "structures", "routings")
_IN_REVISION: Final = ("rules", "cases")
_SECTIONS: Final = ("format", "family", "characteristics", "formulas", "tables", "templates", "parts", "prices")


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a document; `line` is None where a line cannot be told."""

    error: Refused
    line: int | None

    def __str__(self) -> str:
        place = " ".join(self.error.path)
        return f"{f'Line {self.line}, ' if self.line else ''}{place or 'document'}: {self.error.message}"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a document says. Whoever has `flaws` before them has no use for the `bundle`, which lacks what is wrong."""

    bundle: Bundle | None
    flaws: tuple[Flaw, ...] = ()


def read_family(text: str) -> Draft:
    """The family that a YAML or JSON document describes; versions and moments are 0.

    Every master is read by itself, so that one flaw does not hide the next. Expressions whose names have a flaw of
    their own are looked at once that is mended.
    """
    try:
        plain = read_text(text)
    except BadDocument as error:
        return Draft(None, (Flaw(error, None),))
    reading = _Document(plain)
    bundle = reading.bundle()
    lines = lines_of(text, [error.path for error in reading.errors]) if reading.errors else []
    return Draft(bundle, tuple(map(Flaw, reading.errors, lines)))


class _Document:
    """One document on its way to a bundle."""

    def __init__(self, plain: Any) -> None:
        self.errors: list[Refused] = []
        self._plain: dict[str, Any] = plain if isinstance(plain, dict) else {}
        self._keys: set[Key] = set()
        self._parse: Parse = _unparsed
        self._check(plain)
        found = self._read(Characteristic, ("characteristics",), self._plain.get("characteristics"))
        self._characteristics = {one.id: one for _, _, one in found}
        self._parse = parser(Scope(self._characteristics, self._types("formulas"), self._types("tables")))

    def bundle(self) -> Bundle | None:
        """What could be read; None without a family."""
        families = list(self._read(Family, (), [self._plain["family"]] if "family" in self._plain else None))
        if not families:
            return None
        family = families[0][2]
        return replace(
            Bundle(family=family, characteristics=self._characteristics),
            formulas={one.id: one for one in self._own(Formula, "formulas", family)},
            tables={one.id: one for one in self._own(CombinationTable, "tables", family)},
            templates={one.id: one for one in self._own(RuleTemplate, "templates", family)},
            prices=tuple(self._own(PriceEntry, "prices", family)),
            **self._parts(family),
        )

    def _check(self, plain: Any) -> None:
        if not isinstance(plain, dict):
            self.errors.append(wrong("a mapping with format, family and more", plain))
        elif plain.get("format") != FORMAT:
            self._note(BadDocument(f"A family's document begins with 'format: {FORMAT}'.", allowed=FORMAT), ("format",))
        elif "family" not in plain:
            self._note(BadDocument("The document has no family."), ("family",))
        for section in self._plain:
            if section not in _SECTIONS:
                self._note(unknown("section", section, _SECTIONS), (section,))

    def _note(self, error: Refused, place: Place) -> None:
        error.path = (*place, *error.path)
        self.errors.append(error)

    def _types(self, section: str) -> dict[str, ResultType]:
        """What formulas or tables give, before they are read: their expressions may name one another."""
        given = self._plain.get(section)
        every = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
        told = {str(one.get("id")): str(one.get("result_type", ResultType.NUMBER)) for one in every}
        return {id: ResultType(type) for id, type in told.items() if type in set(ResultType)}

    def _own(self, kind: type[M], section: str, family: Family) -> list[M]:
        return [one for _, _, one in self._read(kind, (section,), self._plain.get(section), {"family": family.id})]

    def _parts(self, family: Family) -> dict[str, Any]:
        parts: dict[Sku, Part] = {}
        found: dict[str, Any] = {"parts": parts, "revisions": {}, "rules": {}, "cases": {}}
        structures: list[Structure] = []
        routings: list[Routing] = []
        every = self._read(Part, ("parts",), self._plain.get("parts"), {"family": family.id}, _IN_PART)
        for place, plain, part in every:
            parts[part.id] = part
            own = {"part": part.id}
            self._revisions((*place, "revisions"), plain.get("revisions"), own, found)
            given = (plain.get("structures"), plain.get("routings"))
            structures += (one for _, _, one in self._read(Structure, (*place, "structures"), given[0], own))
            routings += (one for _, _, one in self._read(Routing, (*place, "routings"), given[1], own))
        return {**found, "structures": tuple(structures), "routings": tuple(routings)}

    def _revisions(self, place: Place, given: Any, own: Mapping[str, Any], found: dict[str, Any]) -> None:
        for there, plain, revision in self._read(Revision, place, given, own, _IN_REVISION):
            key = RevisionKey(revision.part, revision.number)
            found["revisions"][key] = revision
            rules = self._read(FrontRule, (*there, "rules"), plain.get("rules"), of=key)
            cases = self._read(ConfigurationCase, (*there, "cases"), plain.get("cases"), of=key)
            found["rules"][key] = tuple(rule for _, _, rule in rules)
            found["cases"][key] = tuple(case for _, _, case in cases)

    def _read(
        self,
        kind: type[M],
        place: Place,
        given: Any,
        implied: Mapping[str, Any] | None = None,
        apart: tuple[str, ...] = (),
        of: RevisionKey | None = None,
    ) -> Iterator[tuple[Place, dict[str, Any], M]]:
        """Each master of a list with its place and what stands there; `apart` is read by itself."""
        if given is not None and not isinstance(given, list):
            self._note(wrong("a list", given), place)
            return
        for number, plain in enumerate(given or ()):
            there = (*place, str(number)) if place else ("family",)
            try:
                master = self._master(kind, plain, implied or {}, apart)
                self._once(key_of(cast(AnyMaster, master), of))
            except Refused as error:
                self._note(error, there)
            else:
                yield there, plain, master

    def _master(self, kind: type[M], plain: Any, implied: Mapping[str, Any], apart: tuple[str, ...]) -> M:
        if not isinstance(plain, dict):
            raise wrong("a mapping", plain)
        for key in plain.keys() & implied.keys():
            raise BadDocument(f"{key!r} follows from where this stands: leave it out.", path=(key,))
        own = words.hidden({key: value for key, value in plain.items() if key not in apart})
        table = kind is CombinationTable
        own = tables.hidden(own) if table else own
        try:
            return load(kind, {**own, **implied}, self._parse)
        except Refused as error:
            raise (tables.placed(error) if table else words.spoken(error)) from None

    def _once(self, key: Key) -> None:
        folded = replace(key, id=key.folded)
        if folded in self._keys:
            raise BadDocument(f"The {key.name} stands here twice.")
        self._keys.add(folded)


def _unparsed(source: str, gives: ResultType | None) -> Expression:
    raise AssertionError("characteristics hold no expression")
