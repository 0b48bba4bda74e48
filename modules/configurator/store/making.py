"""Work centres, supplies, overheads, costs, and what was handed over, in the database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import orjson

from modules.configurator.engine.language import Scope
from modules.configurator.events import ConfigurationHandedOver
from modules.configurator.formats.codec import dump, load
from modules.configurator.formats.expressions import parser
from modules.configurator.model.assemblies import Configured, Identity
from modules.configurator.model.breakdowns import Override, PriceBreakdown
from modules.configurator.model.handing import HandedOver
from modules.configurator.model.works import (
    CostKey,
    Costs,
    Floor,
    FloorMaster,
    Overhead,
    StoredCost,
    Supply,
    WorkCentre,
    place_of,
)
from modules.configurator.store.selections import EDITION
from modules.configurator.store.specifications import assign
from modules.kernel.names import ConfigurationId, Sku
from modules.runtime.change import Change
from modules.runtime.database import AuditEntry, Database
from modules.runtime.sql import upsert

_CLASSES: Final[Mapping[str, type[FloorMaster]]] = {"centre": WorkCentre, "supply": Supply, "overhead": Overhead}
_KINDS: Final = {kind: name for name, kind in _CLASSES.items()}
_FLOOR: Final = (
    "SELECT kind, id, version, changed_us, document FROM configurator_works WHERE kind <> 'supply' OR id IN :parts"
)
_NAMED: Final = "SELECT kind, id, version, document FROM configurator_works WHERE id IN :ids"
_COSTS: Final = (
    "SELECT part, configuration, micros, inputs, changed_us FROM configurator_cost"
    " WHERE currency = :currency AND part IN :parts"
)
_SAVE: Final = upsert("configurator_works", ("kind", "id", "version", "changed_us", "document"), ("kind", "id"))
_COST: Final = upsert(
    "configurator_cost",
    ("part", "configuration", "currency", "micros", "inputs", "changed_us"),
    ("part", "configuration", "currency"),
)
_HANDED: Final = "SELECT key, line, number, created_us, document FROM configurator_hand_over"
_OF_LINE: Final = f"{_HANDED} WHERE line = :line ORDER BY number"
_IDS: Final = "SELECT part, hash, name FROM configurator_specification WHERE hash IN :hashes AND name IS NOT NULL"
_OF_KEY: Final = f"{_HANDED} WHERE key = :key"
_LINE: Final = (
    "INSERT INTO configurator_hand_over_line (line, last) VALUES (:line, 0)"
    " ON CONFLICT (line) DO UPDATE SET last = configurator_hand_over_line.last RETURNING last"
)
_RAISE: Final = "UPDATE configurator_hand_over_line SET last = :number WHERE line = :line"
_HAND: Final = (
    "INSERT INTO configurator_hand_over (key, line, number, created_us, document)"
    " VALUES (:key, :line, :number, :now, :document)"
)


class MakingStore:
    """Reads of one statement each, and the transaction that writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def revision(self) -> int:
        """How often models were written: the same number, the same models."""
        rows = await self._database.read(EDITION)
        return int(rows[0][0]) if rows else 0

    async def floor(self, parts: Iterable[Sku]) -> Floor:
        """All work centres and overheads, and the supplies of these parts."""
        rows = await self._database.read(_FLOOR, parts=sorted(set(parts)))
        found = [_master(kind, document, version, changed) for kind, _, version, changed, document in rows]
        return Floor(
            centres={one.id: one for one in found if isinstance(one, WorkCentre)},
            supplies={one.part: one for one in found if isinstance(one, Supply)},
            overheads={one.level: one for one in found if isinstance(one, Overhead)},
        )

    async def costs(self, parts: Iterable[Sku], currency: str) -> list[StoredCost]:
        """All that is kept for these parts in this currency, by part and configuration."""
        rows = await self._database.read(_COSTS, parts=sorted(set(parts)), currency=currency)
        found = [StoredCost(CostKey(Sku(part), of), micros, inputs, at) for part, of, micros, inputs, at in rows]
        return sorted(found, key=lambda one: (one.key.part, one.key.configuration))

    async def ids(self, wanted: Iterable[Identity]) -> dict[Identity, ConfigurationId]:
        """The ids of those of these configurations that have one."""
        rows = await self._database.read(_IDS, hashes=sorted({hash for _, hash in wanted}))
        return {(Sku(part), hash): ConfigurationId(name) for part, hash, name in rows}

    async def handed_over(self, line: str) -> list[HandedOver]:
        """A line's documents, the first first."""
        return [_handed(row) for row in await self._database.read(_OF_LINE, line=line)]

    @asynccontextmanager
    async def change(self) -> AsyncIterator[MakingChange]:
        """A transaction; what was saved in it holds when the block ends."""
        async with self._database.transaction() as tx:
            yield MakingChange(tx)


class MakingChange(Change):
    """An open transaction."""

    async def masters(self, ids: Iterable[str]) -> dict[tuple[str, str], int]:
        """The versions of these work centres, supplies and overheads, by kind and id."""
        rows = await self.tx.read(_NAMED, ids=sorted(set(ids)))
        return {(kind, id): version for kind, id, version, _ in rows}

    async def save(self, masters: Sequence[FloorMaster], versions: Mapping[tuple[str, str], int]) -> None:
        """Writes these, each over its version."""
        now = await self.now_us()
        rows = []
        for one in masters:
            kind, id = place_of(one)
            version = versions.get((kind, id), 0) + 1
            rows.append({"kind": kind, "id": id, "version": version, "changed_us": now, "document": _document(one)})
        await self.tx.run_many(_SAVE, rows)

    async def save_costs(self, costs: Costs, inputs: str = "") -> int:
        """Writes unit costs; `inputs` is the hash of what they were rolled up from. When that was, in microseconds."""
        now = await self.now_us()
        await self.tx.run_many(
            _COST,
            [
                {"part": key.part, "configuration": key.configuration, "currency": costs.currency, "micros": micros}
                | {"inputs": inputs, "changed_us": now}
                for key, micros in costs.units.items()
            ],
        )
        return now

    async def identify(
        self, configurations: Mapping[Identity, Configured], fingerprints: Mapping[Sku, str]
    ) -> dict[Identity, ConfigurationId]:
        """Their ids; those that have none yet get one. `fingerprints` are the hashes of their parts' contents."""
        found: dict[Identity, ConfigurationId] = {}
        for (part, hash), one in sorted(configurations.items()):
            pin = (part, one.revision, one.content_version)
            found[part, hash] = (await assign(self.tx, pin, one.text, fingerprints[part])).name
        return found

    async def hand_over(
        self, key: str, line: str, document: Callable[[int], Mapping[str, Any]]
    ) -> tuple[HandedOver, bool]:
        """The document of this key, and whether it is new: then it has the line's next number and its event goes out
        with it, once. One that was sent before is answered as it was."""
        ((last,),) = await self.tx.read(_LINE, line=line)  # whoever hands over for the same line waits here
        if rows := await self.tx.read(_OF_KEY, key=key):
            return _handed(rows[0]), False
        number, now = last + 1, await self.now_us()
        written = document(number)
        text = json.dumps(written, ensure_ascii=False, separators=(",", ":"))
        await self.tx.run(_RAISE, line=line, number=number)
        await self.tx.run(_HAND, key=key, line=line, number=number, now=now, document=text)
        self.tx.emit([ConfigurationHandedOver(version=number, line=line, document_key=key, document=dict(written))])
        return HandedOver(key, line, number, now, written), True

    def audit_overrides(self, principal: str, line: str, price: PriceBreakdown, overrides: Sequence[Override]) -> None:
        """Who changed which amounts for a line, from what and why; kept with the commit."""
        before = {one.characteristic: one.before for one in price.contributions if one.before is not None}
        self.tx.audit(
            [
                AuditEntry(
                    principal,
                    "overridePrice",
                    f"{line}/{wish.characteristic}",
                    {"minor": before.get(wish.characteristic), "currency": price.currency},
                    {"minor": wish.minor, "currency": price.currency},
                    wish.reason or None,
                )
                for wish in overrides
            ]
        )

    def audit_floor(self, principal: str, masters: Sequence[FloorMaster], reason: str) -> None:
        """Who wrote which masters; kept with the commit."""
        self.tx.audit(
            [
                AuditEntry(
                    principal, "upsertWorks", "/".join(place_of(one)), None, orjson.loads(_document(one)), reason
                )
                for one in masters
            ]
        )

    def audit_costs(self, principal: str, costs: Mapping[CostKey, int], reason: str) -> None:
        """Who wrote which costs; kept with the commit."""
        self.tx.audit(
            [
                AuditEntry(principal, "setCosts", f"{key.part}/{key.configuration}", None, {"micros": micros}, reason)
                for key, micros in costs.items()
            ]
        )


def _document(one: FloorMaster) -> str:
    plain: Any = dump(one)
    for stamp in ("version", "created_us", "changed_us"):
        plain.pop(stamp, None)
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _master(kind: str, document: str, version: int, changed_us: int) -> FloorMaster:
    plain = orjson.loads(document)
    if kind != "overhead":
        plain["version"] = version
    return load(_CLASSES[kind], plain, parser(Scope()))


def _handed(row: tuple[Any, ...]) -> HandedOver:
    key, line, number, created_us, document = row
    return HandedOver(key, line, number, created_us, orjson.loads(document))
