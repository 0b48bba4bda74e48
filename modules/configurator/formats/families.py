"""A family as one document: its characteristics, packages, formulas, tables, rules, parts, structures, prices.

format           cogwerk-family/1
family           with categories, members and packages
characteristics  all that the family uses, whole: other families may share them
formulas, tables, templates, prices
parts            each with its revisions (their members, rules and test cases), structures and routings

What the store keeps for itself is not in it: versions, moments, and whether a formula is usable. Everything is in
the order of its id or sequence, so that equal families give equal documents.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from modules.configurator.formats import tables, words
from modules.configurator.formats.codec import Plain, dump
from modules.configurator.formats.layout import yaml_of
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.changes import RevisionKey
from modules.configurator.model.revisions import Part, Revision

FORMAT: Final = "cogwerk-family/1"


def document_of(bundle: Bundle) -> dict[str, Plain]:
    """The family's document as plain values."""
    document: dict[str, Plain] = {
        "format": FORMAT,
        "family": _bare(bundle.family),
        "characteristics": _all(bundle.characteristics),
        "formulas": _all(bundle.formulas, "family"),
        "tables": [tables.shown(table) for table in _all(bundle.tables, "family") if isinstance(table, dict)],
        "templates": _all(bundle.templates, "family"),
        "parts": [_part(bundle, part) for _, part in sorted(bundle.parts.items())],
        "prices": [_bare(one, "family") for one in sorted(bundle.prices, key=lambda one: one.id)],
    }
    return {section: plain for section, plain in document.items() if plain}


def as_yaml(bundle: Bundle) -> str:
    """The family's document as text to review; the same for equal families."""
    return yaml_of(document_of(bundle))


def as_json(bundle: Bundle) -> str:
    """The same document in JSON; numbers that are not whole are texts in it, or {"number": "1.5"}."""
    return json.dumps(document_of(bundle), ensure_ascii=False, indent=1) + "\n"


def _all(masters: Mapping[str, Any], *implied: str) -> list[Plain]:
    return [_bare(master, *implied) for _, master in sorted(masters.items())]


def _part(bundle: Bundle, part: Part) -> Plain:
    revisions = sorted((one for one in bundle.revisions.values() if one.part == part.id), key=lambda one: one.number)
    within: dict[str, Plain] = {
        "revisions": [_revision(bundle, revision) for revision in revisions],
        "structures": _dated(bundle.structures, part),
        "routings": _dated(bundle.routings, part),
    }
    return {**_bare(part, "family"), **{section: plain for section, plain in within.items() if plain}}


def _dated(every: Iterable[Any], part: Part) -> list[Plain]:
    own = sorted((one for one in every if one.part == part.id), key=lambda one: one.revision)
    return [_bare(one, "part") for one in own]


def _revision(bundle: Bundle, revision: Revision) -> Plain:
    key = RevisionKey(revision.part, revision.number)
    rules = sorted(bundle.rules.get(key, ()), key=lambda rule: (rule.sequence, rule.id))
    cases = sorted(bundle.cases.get(key, ()), key=lambda case: case.id)
    within: dict[str, Plain] = {"rules": [_bare(rule) for rule in rules], "cases": [_bare(case) for case in cases]}
    return {**_bare(revision, "part"), **{section: plain for section, plain in within.items() if plain}}


def _bare(master: Any, *implied: str) -> dict[str, Plain]:
    """Without what the document says by where it stands."""
    plain = words.shown(dump(master))
    return {key: value for key, value in plain.items() if key not in implied}
