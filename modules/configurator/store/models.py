"""Masters, revisions and contents in the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final, TypeVar

from modules.configurator.model.bundles import Bundle
from modules.configurator.model.changes import AnyMaster, Kind, fold_id
from modules.configurator.model.characteristics import Characteristic
from modules.configurator.model.contents import Content
from modules.configurator.model.families import Family
from modules.configurator.model.revisions import Part, Revision
from modules.configurator.model.snapshots import Snapshot
from modules.configurator.store import bundles, documents
from modules.configurator.store.documents import master, rows_of
from modules.configurator.store.selections import (
    CONTENTS,
    FAMILIES_OF,
    HASHES,
    HOMES,
    MOMENTS,
    OF_FAMILIES,
    OF_KIND,
    OF_PARTS,
    PAGE,
)
from modules.configurator.store.writing import ModelWriting
from modules.kernel.names import Sku
from modules.runtime.database import Database

T = TypeVar("T")
ContentKey = tuple[Sku, int, int]
"""A part, the number of its revision, a content version."""
LARGE: Final = 500_000
"""Characters of documents from which on they are read beside the event loop."""


class ModelStore:
    """Reads, one statement for each kind of thing, and the transaction that writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def bundle(self, family: str) -> Bundle | None:
        """All masters of a family and the characteristics it has; None for an unknown one."""
        return (await self.bundles([family])).get(fold_id(family))

    async def bundles(self, families: Iterable[str]) -> dict[str, Bundle]:
        """Those families that exist, whole, by their folded ids; two statements."""
        return dict((await self.snapshot(families)).bundles)

    async def snapshot(
        self,
        families: Iterable[str],
        characteristics: Iterable[str] = (),
        edited: Iterable[str] = (),
        parts: Iterable[str] = (),
    ) -> Snapshot:
        """These families whole, with those of the `edited` characteristics and of these parts, and these
        characteristics besides, each with the state it was in; one statement for each kind of thing."""
        holders, homes = await self.families_of(edited), await self._homes(parts)
        folded = {fold_id(family) for family in families}.union(*holders.values())
        wanted = sorted(folded.union(home for home in homes.values() if home))
        rows = rows_of(await self._database.read(OF_FAMILIES, families=wanted))
        names = {fold_id(name) for name in (*characteristics, *holders)} | bundles.members(rows)
        read = await self._database.read(OF_KIND, kind=Kind.CHARACTERISTIC.value, folded=sorted(names))
        known = rows_of(read)
        size = sum(len(row.document) for row in (*rows, *known))
        found = await _beside(size, lambda: bundles.snapshot(rows, known, wanted, names))
        kept = {name: frozenset(those) for name, those in holders.items()}
        return replace(found, holders=kept, parts=homes)

    async def _homes(self, parts: Iterable[str]) -> dict[str, str | None]:
        found: dict[str, str | None] = dict.fromkeys(parts)
        if found:
            found.update(await self._database.read(HOMES, parts=list(found)))
        return found

    async def families_of(self, characteristics: Iterable[str]) -> dict[str, set[str]]:
        """Which families, by their folded ids, have each of these characteristics; by folded id."""
        found: dict[str, set[str]] = {fold_id(name): set() for name in characteristics}
        for family, name in await self._database.read(FAMILIES_OF, folded=sorted(found)) if found else ():
            found[name].add(family)
        return found

    async def characteristics(self, ids: Sequence[str]) -> list[Characteristic | None]:
        """Each of these, in order; None where there is none."""
        return await self._some(Kind.CHARACTERISTIC, [fold_id(id) for id in ids])

    async def parts(self, skus: Sequence[Sku]) -> list[Part | None]:
        """Each of these, in order; None for what is not configured."""
        return await self._some(Kind.PART, skus)

    async def families(self, ids: Sequence[str]) -> list[Family | None]:
        """Each of these, in order; None where there is none."""
        return await self._some(Kind.FAMILY, [fold_id(id) for id in ids])

    async def page(self, kind: Kind, after: str, most: int) -> list[AnyMaster]:
        """Characteristics, families or parts behind a folded id, by their folded ids; at most so many."""
        assert kind in (Kind.CHARACTERISTIC, Kind.FAMILY, Kind.PART)
        found = await self._database.read(PAGE, kind=kind.value, after=after, most=most)
        return [master(row) for row in rows_of(found)]

    async def revisions(self, parts: Sequence[Sku]) -> dict[Sku, list[Revision]]:
        """All revisions of each of these parts, by number."""
        found: dict[Sku, list[Any]] = {part: [] for part in parts}
        for row in rows_of(await self._database.read(OF_PARTS, parts=list(found))) if found else ():
            found[Sku(row.within)].append(master(row))
        return {part: sorted(those, key=lambda one: one.number) for part, those in found.items()}

    async def contents(self, keys: Sequence[ContentKey]) -> list[Content | None]:
        """These contents, in order; None where there is none.

        That of a revision which is TENTATIVE or TEST is as it is now: other edits may follow under the same version.
        """
        found = await self._keyed(CONTENTS, keys)
        size = sum(len(document) for (document,) in found.values())
        wanted = [found.get(key, (None,))[0] for key in keys]
        pairs = list(zip(wanted, keys, strict=True))
        return await _beside(size, lambda: [text and documents.content(text, key[2]) for text, key in pairs])

    async def hashes(self, keys: Sequence[ContentKey]) -> list[str | None]:
        """By what each of these contents is known, in order: equal hashes, equal contents; None where there is none."""
        found = await self._keyed(HASHES, keys)
        return [found.get(key, (None,))[0] for key in keys]

    async def since(self, keys: Sequence[ContentKey]) -> list[int | None]:
        """When each of these contents was written, in microseconds since 1970, in order; None where there is none."""
        found = await self._keyed(MOMENTS, keys)
        return [found.get(key, (None,))[0] for key in keys]

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[ModelWriting]:
        """A transaction; what was written in it holds when the block ends."""
        async with self._database.transaction() as tx:
            yield ModelWriting(tx)

    async def _some(self, kind: Kind, folded: Sequence[str]) -> list[Any]:
        found = rows_of(await self._database.read(OF_KIND, kind=kind.value, folded=list(folded))) if folded else []
        by_id = {row.folded: master(row) for row in found}
        return [by_id.get(one) for one in folded]

    async def _keyed(self, sql: str, keys: Sequence[ContentKey]) -> dict[ContentKey, tuple[Any, ...]]:
        """By key what the statement selects behind it; the cross product of all three is read and sifted."""
        if not keys:
            return {}
        parts, revisions, versions = (sorted(set(column)) for column in zip(*keys, strict=True))
        found = await self._database.read(sql, parts=parts, revisions=revisions, versions=versions)
        return {row[:3]: row[3:] for row in found if row[:3] in set(keys)}


async def _beside(size: int, read: Callable[[], T]) -> T:
    """Reads much in another thread, little at once."""
    return await asyncio.to_thread(read) if size > LARGE else read()
