"""Promotions in the database: as they are, and as they were."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from modules.kernel.errors import InvalidInput
from modules.kernel.moments import format_moment, from_us
from modules.kernel.names import PromotionId
from modules.pricing.engine import promotion_intake as intake
from modules.pricing.events import PromotionChanged
from modules.pricing.model.promotion_lists import KeptVersion, Listing
from modules.pricing.model.promotions import Promotion, PromotionState
from modules.pricing.store.writing import Writing
from modules.runtime.database import AuditEntry, Database
from modules.runtime.sql import upsert

PAST_US: Final = timedelta(days=30) // timedelta(microseconds=1)
"""For so long a promotion that has ended is known: its codes have expired, rather than never been."""

_log = logging.getLogger(__name__)

_COLUMNS = (
    "id", "version", "state", "public", "valid_from_us", "valid_until_us", "written_at_us", "search", "document",
)  # fmt: skip
_VERSION = ("promotion", "version", "state", "document", "written_by", "written_at_us", "reason")
_SELECT = "SELECT id, version, state, document FROM pricing_promotion"
_SAVE = upsert("pricing_promotion", _COLUMNS, ("id",))
_APPEND = (
    f"INSERT INTO pricing_promotion_version ({', '.join(_VERSION)}) "
    f"VALUES ({', '.join(f':{name}' for name in _VERSION)})"
)
_SELECT_VERSIONS = """
    SELECT promotion, version, state, document, written_by, written_at_us, reason FROM pricing_promotion_version
    WHERE promotion = :id AND version < :before ORDER BY version DESC LIMIT :most
"""
_MATTER = """
    (state IN ('active', 'paused') AND (valid_until_us IS NULL OR valid_until_us > :since))
    OR (state = 'ended' AND written_at_us > :since)
"""
# Of the versions that were there at the moment, the one that no other of them follows.
_SELECT_THEN = """
    SELECT promotion, version, state, document FROM pricing_promotion_version v
    WHERE state <> 'draft' AND written_at_us <= :at AND NOT EXISTS (
        SELECT 1 FROM pricing_promotion_version n
        WHERE n.promotion = v.promotion AND n.version > v.version AND n.written_at_us <= :at
    ) ORDER BY promotion
"""
_TURNS = """
    SELECT DISTINCT written_at_us FROM pricing_promotion_version
    WHERE state <> 'draft' AND written_at_us > :since AND written_at_us < :until ORDER BY written_at_us
"""
_CODED = """
    SELECT id FROM pricing_promotion p WHERE id IN :ids
    AND EXISTS (SELECT 1 FROM pricing_code c WHERE c.promotion = p.id AND c.withdrawn_us IS NULL)
"""
_BEGUN = "(valid_from_us IS NULL OR valid_from_us <= :now)"
_OPEN = "(valid_until_us IS NULL OR valid_until_us > :now)"
_READS: Final[Mapping[PromotionState, str]] = {
    PromotionState.DRAFT: "state = 'draft'",
    PromotionState.PAUSED: "state = 'paused'",
    PromotionState.SCHEDULED: f"state = 'active' AND {_OPEN} AND NOT {_BEGUN}",
    PromotionState.ACTIVE: f"state = 'active' AND {_OPEN} AND {_BEGUN}",
    PromotionState.ENDED: f"(state = 'ended' OR (state = 'active' AND NOT {_OPEN}))",
}
"""How a state reads at a moment, as `lifecycle.state_at` says it."""


class PromotionStore:
    """Reads of one statement, and writings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def current(self, now_us: int | None = None) -> list[Promotion]:
        """Those that matter or lately did, by id: no drafts, and none that ended more than 30 days ago. Without a
        moment the database's clock is asked.

        One whose document a newer program wrote, in words that this one does not know, is left out and logged: it must
        not take the others with it.
        """
        since_us = (await self._database.now_us() if now_us is None else now_us) - PAST_US
        return _readable(await self._database.read(f"{_SELECT} WHERE {_MATTER} ORDER BY id", since=since_us))

    async def then(self, at_us: int) -> list[Promotion]:
        """Those that were no drafts at that moment, as they were, by id."""
        return _readable(await self._database.read(_SELECT_THEN, at=at_us))

    async def turns(self, since_us: int, until_us: int) -> list[int]:
        """The moments between these two at which `then` became another answer, in order."""
        return [at_us for (at_us,) in await self._database.read(_TURNS, since=since_us, until=until_us)]

    async def promotions(self, ids: Sequence[PromotionId]) -> dict[PromotionId, Promotion]:
        """Those that exist, by id, whatever their state."""
        return await read_promotions(self._database.read, ids)

    async def coded(self, ids: Sequence[PromotionId]) -> set[PromotionId]:
        """Those of these that have a code."""
        return {PromotionId(id) for (id,) in await self._database.read(_CODED, ids=list(ids))}

    async def page(self, listing: Listing, most: int) -> list[Promotion]:
        """By id, at most so many."""
        conditions = ["id > :after"]
        values: dict[str, object] = {"after": listing.after, "most": most}
        state = PromotionState.ACTIVE if listing.told_only else listing.state
        if state is not None:
            conditions.append(_READS[state])
            values |= {} if ":now" not in _READS[state] else {"now": listing.now_us}
        if listing.told_only:
            conditions.append("public")
        if listing.text:
            conditions.append("search LIKE :text ESCAPE '!'")
            values["text"] = f"%{_escaped(listing.text.casefold())}%"
        sql = f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY id LIMIT :most"
        return [_promotion(row) for row in await self._database.read(sql, **values)]

    async def versions(self, id: PromotionId, before: int, most: int) -> list[KeptVersion]:
        """What it was, the newest first: at most so many versions below one."""
        found = await self._database.read(_SELECT_VERSIONS, id=id, before=before, most=most)
        return [KeptVersion(_promotion(row[:4]), *row[4:]) for row in found]

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[PromotionWriting]:
        """A transaction; what was saved in it holds when the block ends."""
        async with self._database.transaction() as tx:
            yield PromotionWriting(tx)


class PromotionWriting(Writing):
    """Writes promotions with their versions, audit entries and events."""

    async def promotions(self, ids: Sequence[PromotionId]) -> dict[PromotionId, Promotion]:
        """Those that exist, by id; no other writing changes one of these ids, there or not, until this one ends."""
        await self.lock("promotion", ids)
        return await read_promotions(self.tx.read, ids)

    async def save(
        self, action: str, written: Sequence[Promotion], before: Mapping[PromotionId, Promotion], by: str, reason: str
    ) -> None:
        """Writes these, each in a version that was never there; `before` holds what they replace."""
        if not written:
            return
        now_us = await self.now_us()
        told = {"written_by": by, "written_at_us": now_us, "reason": reason}
        await self.tx.run_many(_SAVE, [{**_row(promotion), "written_at_us": now_us} for promotion in written])
        await self.tx.run_many(_APPEND, [{**_version(promotion), **told} for promotion in written])
        self.audit([_entry(action, promotion, before.get(promotion.id), by, reason) for promotion in written])
        self.emit([_event(promotion) for promotion in written])


async def read_promotions(
    read: Callable[..., Awaitable[list[tuple[Any, ...]]]], ids: Sequence[PromotionId]
) -> dict[PromotionId, Promotion]:
    """Those that exist, by id, in their newest version, whatever their state; one statement of `read`."""
    found = await read(f"{_SELECT} WHERE id IN :ids", ids=list(ids))
    return {promotion.id: promotion for promotion in map(_promotion, found)}


def _readable(rows: Iterable[tuple[Any, ...]]) -> list[Promotion]:
    found: list[Promotion] = []
    for row in rows:
        try:
            found.append(_promotion(row))
        except InvalidInput as problem:
            _log.warning("The promotion %r cannot be read here and does not apply: %s", row[0], problem)
    return found


# What is read twice is the same value: a version never changes, so nothing kept here can be out of date.
@lru_cache(4_096)
def _promotion(row: tuple[Any, ...]) -> Promotion:
    id, version, state, document = row
    read = intake.promotion(json.loads(document), ("pricing_promotion", id))
    return replace(read, state=PromotionState(state), version=version)


def _row(promotion: Promotion) -> dict[str, object]:
    return {
        "id": promotion.id,
        "version": promotion.version,
        "state": promotion.state.value,
        "public": promotion.public,
        "valid_from_us": promotion.valid_from_us,
        "valid_until_us": promotion.valid_until_us,
        "search": "\n".join([promotion.id, *(text for _, text in promotion.names)]).casefold(),
        "document": _document(promotion),
    }


def _version(promotion: Promotion) -> dict[str, object]:
    return {
        "promotion": promotion.id,
        "version": promotion.version,
        "state": promotion.state.value,
        "document": _document(promotion),
    }


def _document(promotion: Promotion) -> str:
    return json.dumps(intake.document(promotion), ensure_ascii=False, separators=(",", ":"))


def _entry(action: str, promotion: Promotion, before: Promotion | None, by: str, reason: str) -> AuditEntry:
    former = _state(before) if before else None
    return AuditEntry(by, f"pricing.{action}", f"promotion:{promotion.id}", former, _state(promotion), reason)


def _state(promotion: Promotion) -> dict[str, Any]:
    return {**intake.document(promotion), "state": promotion.state.value, "version": promotion.version}


def _event(promotion: Promotion) -> PromotionChanged:
    changed = PromotionChanged(
        version=promotion.version,
        promotion=promotion.id,
        state=promotion.state.value,
        public=promotion.public,
    )
    if not promotion.public or promotion.state is PromotionState.DRAFT:
        return changed
    return replace(
        changed,
        labels=dict(promotion.names),
        valid_from=_moment(promotion.valid_from_us),
        valid_until=_moment(promotion.valid_until_us),
    )


def _moment(at_us: int | None) -> str | None:
    return None if at_us is None else format_moment(from_us(at_us))


def _escaped(text: str) -> str:
    for sign in "!%_":
        text = text.replace(sign, f"!{sign}")
    return text
