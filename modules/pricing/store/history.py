"""The history of public prices in the database: told, corrected, proven, and when it is due."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from modules.kernel.names import PromotionId, Sku
from modules.pricing.model.points import Due, PricePoint, Publication, Standing
from modules.pricing.model.prices import PriceRow
from modules.pricing.store import points
from modules.pricing.store.rows import SELECT, RowWriting, by_sku, row_of
from modules.pricing.store.writing import Writing
from modules.runtime.database import AuditEntry, Database
from modules.runtime.sql import upsert

AT_ONCE: Final = 5_000
"""Skus that one statement enqueues."""

_DUE: Final = "SELECT sku, due_us, asked FROM pricing_due WHERE due_us <= :now ORDER BY due_us, sku LIMIT :most"
_DUE_OF: Final = "SELECT sku, due_us, asked FROM pricing_due WHERE sku IN :skus"
_EARLIER: Final = """
    ON CONFLICT (sku) DO UPDATE SET asked = pricing_due.asked + 1,
    due_us = CASE WHEN pricing_due.due_us < excluded.due_us THEN pricing_due.due_us ELSE excluded.due_us END
"""
_ENQUEUE: Final = f"INSERT INTO pricing_due (sku, due_us, asked) VALUES (:sku, :at, 1) {_EARLIER}"
_ENQUEUE_NEXT: Final = f"""
    INSERT INTO pricing_due (sku, due_us, asked) SELECT sku, CAST(:at AS BIGINT), 1 FROM
    (SELECT DISTINCT sku FROM pricing_price_row WHERE sku > :after ORDER BY sku LIMIT :most) AS page WHERE TRUE
    {_EARLIER} RETURNING sku
"""
# What was asked while the sku was told stays due.
_SET_DUE: Final = """
    INSERT INTO pricing_due (sku, due_us, asked) VALUES (:sku, :due_us, 0)
    ON CONFLICT (sku) DO UPDATE SET due_us = excluded.due_us, asked = 0 WHERE pricing_due.asked = :asked
"""
_SKUS: Final = "SELECT DISTINCT sku FROM pricing_price_row WHERE sku > :after ORDER BY sku LIMIT :most"
_SAME: Final = " AND ".join(f"{{0}}.{name} = p.{name}" for name in points.KEY[:-1])
# Kept: what is younger, the price in force at the line, what a running reduction is measured by (L-3), and the
# history that another sku goes on with.
_PRUNE: Final = f"""
    DELETE FROM pricing_price_point AS p WHERE p.to_us < :line AND p.sku > :after AND p.sku <= :last
    AND EXISTS (
        SELECT 1 FROM pricing_price_point q
        WHERE {_SAME.format("q")} AND q.from_us > p.from_us AND q.from_us < :line
    )
    AND NOT EXISTS (
        SELECT 1 FROM pricing_price_point r WHERE {_SAME.format("r")} AND r.to_us IS NULL
        AND (p.to_us > r.window_from_us OR p.from_us = r.low_from_us)
    )
    AND NOT EXISTS (SELECT 1 FROM pricing_history_link l WHERE l.history_of = p.sku)
"""
_VOID = (*points.KEY, "reason", "voided_by", "voided_at_us")
_SAVE_VOID: Final = f"""
    INSERT INTO pricing_price_void ({", ".join(_VOID)}) VALUES ({", ".join(f":{name}" for name in _VOID)})
"""
_SAVE_LINK: Final = upsert("pricing_history_link", ("sku", "history_of"), ("sku",))
_HEIRS: Final = "SELECT sku, history_of FROM pricing_history_link"
_FOLLOWED: Final = "SELECT cursor FROM pricing_followed WHERE name = :name"
_SAVE_FOLLOWED: Final = upsert("pricing_followed", ("name", "cursor"), ("name",))


Generations = Mapping[int, Sequence[PricePoint]]
"""A sku's own points under 0, those of its predecessors under 1 and on."""


class HistoryStore:
    """Reads the history, and opens what writes it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now_us(self) -> int:
        """The store's clock."""
        return await self._database.now_us()

    async def standing(self, skus: Sequence[Sku], currency: str) -> dict[Sku, Standing]:
        """The open points of these skus in this currency, all places, and when each is due; one statement."""
        found: dict[Sku, tuple[list[PricePoint], int | None]] = {}
        for sku, due_us, *values in await self._database.read(points.OPEN, skus=list(skus), currency=currency):
            held, _ = found.setdefault(Sku(sku), ([], due_us))
            if values[0] is not None:
                held.append(points.point_of(tuple(values)))
        return {sku: Standing(held, due_us) for sku, (held, due_us) in found.items()}

    async def whole(self, skus: Sequence[Sku]) -> dict[Sku, Generations]:
        """All points of these skus and of those they go on with; one statement."""
        return dict(points.generations(await self._database.read(points.WHOLE, skus=list(skus))))

    async def due(self, now_us: int, most: int) -> list[Due]:
        """Skus whose history must be told, the longest due first; one statement."""
        found = await self._database.read(_DUE, now=now_us, most=most)
        return [Due(Sku(sku), due_us, asked) for sku, due_us, asked in found]

    async def next_due(self) -> int | None:
        """When the first sku is due; one statement."""
        ((first,),) = await self._database.read("SELECT min(due_us) FROM pricing_due")
        return None if first is None else int(first)

    async def skus(self, after: str, most: int) -> list[Sku]:
        """Skus that have rows, in order, so many behind `after`; one statement."""
        return [Sku(sku) for (sku,) in await self._database.read(_SKUS, after=after, most=most)]

    async def rows(self, skus: Sequence[Sku]) -> dict[Sku, list[PriceRow]]:
        """All rows of these skus; one statement."""
        return by_sku(map(row_of, await self._database.read(f"{SELECT} WHERE sku IN :skus", skus=list(skus))))

    async def proofs(self, promotion: PromotionId, after: Sequence[str | int] | None, most: int) -> list[Publication]:
        """What a promotion made of prices, by place and time, so many behind a position; one statement."""
        parameters = points.behind(after)
        found = await self._database.read(points.PROOFS, promotion=promotion, most=most, **parameters)
        return [points.publication_of(values) for values in found]

    async def followed(self, name: str) -> str | None:
        """Up to where events of this name have led to tellings."""
        found = await self._database.read(_FOLLOWED, name=name)
        return str(found[0][0]) if found else None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[HistoryWriting]:
        """A transaction; what was saved in it holds when the block ends."""
        async with self._database.transaction() as tx:
            yield HistoryWriting(tx)

    def within(self, writing: Writing) -> HistoryWriting:
        """Writes in a transaction that another has opened."""
        return HistoryWriting(writing.tx)


class HistoryWriting(RowWriting):
    """Writes points, corrections, proof, and when the history is due."""

    def afterwards(self, act: Callable[[], None]) -> None:
        """Called right after the commit, if there is one."""
        self.tx.afterwards(act)

    async def latest(self, skus: Sequence[Sku], since_us: int) -> dict[Sku, list[PricePoint]]:
        """Points of these skus that are open or end later than `since_us`."""
        return points.grouped(await self.tx.read(points.LATEST, skus=list(skus), since=since_us))

    async def whole(self, skus: Sequence[Sku]) -> dict[Sku, Generations]:
        """All points of these skus and of those they go on with."""
        return dict(points.generations(await self.tx.read(points.WHOLE, skus=list(skus))))

    async def save_points(self, found: Sequence[PricePoint], proofs: Sequence[Publication] = ()) -> None:
        """Adds points; of one that is there only its end is written, and while it is open what is said of it. Proof
        that is there stays as it is."""
        if found:
            await self.tx.run_many(points.SAVE, [points.values_of(point) for point in found])
        if proofs:
            await self.tx.run_many(points.PROVE, [points.proof_of(proof) for proof in proofs])

    async def due(self, now_us: int, most: int) -> list[Due]:
        """Skus whose history must be told, the longest due first."""
        found = await self.tx.read(_DUE, now=now_us, most=most)
        return [Due(Sku(sku), due_us, asked) for sku, due_us, asked in found]

    async def due_of(self, skus: Sequence[Sku]) -> dict[Sku, Due]:
        """When these are due, as far as it is known."""
        found = await self.tx.read(_DUE_OF, skus=list(skus))
        return {Sku(sku): Due(Sku(sku), due_us, asked) for sku, due_us, asked in found}

    async def set_due(self, due: Iterable[Due]) -> None:
        """When these are due next; `asked` is what was seen, and one asked for since stays as it is."""
        rows = sorted(due, key=lambda one: one.sku)
        if rows:
            values = [{"sku": one.sku, "due_us": one.due_us, "asked": one.asked} for one in rows]
            await self.tx.run_many(_SET_DUE, values)

    async def enqueue(self, skus: Iterable[Sku], at_us: int) -> None:
        """Rules have changed for these at this moment."""
        rows = [{"sku": sku, "at": at_us} for sku in sorted(set(skus))]
        if rows:
            await self.tx.run_many(_ENQUEUE, rows)

    async def enqueue_all(self, at_us: int, at_once: int = AT_ONCE) -> None:
        """Rules have changed for every sku that has a row; statements of bounded size."""
        after = ""
        while found := await self.tx.read(_ENQUEUE_NEXT, at=at_us, after=after, most=at_once):
            after = max(sku for (sku,) in found)

    async def prune(self, line_us: int, after: str, last: str) -> int:
        """Drops what ended before the line, of skus behind `after` up to `last`, and nothing that is needed (L-3)."""
        return await self.tx.run(_PRUNE, line=line_us, after=after, last=last)

    async def void(self, found: Sequence[PricePoint], by: str, reason: str, now_us: int) -> None:
        """Declares these points mistakes; they stay."""
        more = {"reason": reason, "voided_by": by, "voided_at_us": now_us}
        await self.tx.run_many(_SAVE_VOID, [{**_key(point), **more} for point in found])
        self.tx.audit(
            [AuditEntry(by, "pricing.void_point", f"point:{point.sku}", None, _key(point), reason) for point in found]
        )

    async def links(self) -> dict[Sku, Sku]:
        """All skus that go on with another's history, and whose."""
        return {Sku(sku): Sku(of) for sku, of in await self.tx.read(_HEIRS)}

    async def save_links(self, links: Mapping[Sku, Sku], before: Mapping[Sku, Sku], by: str, reason: str) -> None:
        """Writes links by their skus."""
        await self.tx.run_many(_SAVE_LINK, [{"sku": sku, "history_of": of} for sku, of in sorted(links.items())])
        self.tx.audit(
            [
                AuditEntry(by, "pricing.link_history", f"product:{sku}", _link(before.get(sku)), _link(of), reason)
                for sku, of in links.items()
            ]
        )

    async def save_followed(self, name: str, cursor: str) -> None:
        """Up to where events of this name have led to tellings."""
        await self.tx.run(_SAVE_FOLLOWED, name=name, cursor=cursor)


def _key(point: PricePoint) -> dict[str, object]:
    values = points.values_of(point)
    return {name: values[name] for name in points.KEY}


def _link(history_of: Sku | None) -> dict[str, object] | None:
    return {"history_of": history_of} if history_of else None
