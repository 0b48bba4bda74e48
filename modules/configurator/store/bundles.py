"""Rows put together: families whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from modules.configurator.model.bundles import Bundle
from modules.configurator.model.changes import Kind, RevisionKey, fold_id
from modules.configurator.model.characteristics import Characteristic
from modules.configurator.model.families import Family
from modules.configurator.model.revisions import Status
from modules.configurator.model.snapshots import Head, Place, Snapshot
from modules.configurator.store.documents import Row, master, words
from modules.kernel.names import Sku


def members(rows: Iterable[Row]) -> set[str]:
    """The folded ids of the characteristics that the families among these rows have."""
    families: list[Any] = [master(row) for row in rows if row.kind == Kind.FAMILY]
    return {fold_id(member.characteristic) for family in families for member in family.members}


def snapshot(rows: Sequence[Row], known: Sequence[Row], families: Iterable[str], names: Iterable[str]) -> Snapshot:
    """Of the rows of families, and of those of the characteristics they have and of others."""
    characteristics: dict[str, Any] = {row.folded: master(row) for row in known}
    by_family: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_family[row.family].append(row)
    found = {folded: bundle(those, characteristics) for folded, those in by_family.items()}
    return Snapshot(
        families=frozenset(families),
        names=frozenset(names),
        bundles={folded: one for folded, one in found.items() if one is not None},
        characteristics=characteristics,
        heads=heads([*rows, *known]),
    )


def heads(rows: Iterable[Row]) -> dict[Place, Head]:
    """In which state each of these rows is."""
    return {
        Place(Kind(row.kind), row.within, row.folded): Head(row.version, row.changed_us, row.created_us) for row in rows
    }


def bundle(rows: Sequence[Row], known: Mapping[str, Characteristic]) -> Bundle | None:
    """One family of its rows; None where the family itself is not among them."""
    family: Any = next((master(row) for row in rows if row.kind == Kind.FAMILY), None)
    if family is None:
        return None
    characteristics = _characteristics(family, known)
    within = words(characteristics, rows)
    closed = {f"{row.within}#{row.id}" for row in rows if row.kind == Kind.REVISION and _is_obsolete(row)}
    open_rows = [row for row in rows if row.within not in closed or row.kind not in (Kind.RULE, Kind.CASE)]
    found: dict[Kind, list[tuple[Row, Any]]] = {kind: [] for kind in Kind}
    for row in open_rows:
        found[Kind(row.kind)].append((row, master(row, within)))
    return Bundle(
        family=family,
        characteristics=characteristics,
        formulas=_by_id(found[Kind.FORMULA]),
        tables=_by_id(found[Kind.TABLE]),
        templates=_by_id(found[Kind.TEMPLATE]),
        parts={Sku(row.id): one for row, one in found[Kind.PART]},
        revisions={RevisionKey(one.part, one.number): one for _, one in found[Kind.REVISION]},
        rules=_by_revision(found[Kind.RULE]),
        cases=_by_revision(found[Kind.CASE]),
        structures=tuple(one for _, one in found[Kind.STRUCTURE]),
        routings=tuple(one for _, one in found[Kind.ROUTING]),
        prices=tuple(one for _, one in found[Kind.PRICE]),
    )


def _is_obsolete(row: Row) -> bool:
    revision: Any = master(row)
    return revision.status is Status.OBSOLETE


def _characteristics(family: Family, known: Mapping[str, Characteristic]) -> dict[str, Characteristic]:
    names = [fold_id(member.characteristic) for member in family.members]
    return {known[name].id: known[name] for name in names if name in known}


def _by_id(found: Iterable[tuple[Row, Any]]) -> dict[str, Any]:
    return {one.id: one for _, one in found}


def _by_revision(found: Iterable[tuple[Row, Any]]) -> dict[RevisionKey, tuple[Any, ...]]:
    grouped: dict[RevisionKey, list[Any]] = defaultdict(list)
    for row, one in found:
        grouped[RevisionKey.of(row.within)].append(one)
    return {key: tuple(sorted(those, key=lambda one: one.id)) for key, those in grouped.items()}
