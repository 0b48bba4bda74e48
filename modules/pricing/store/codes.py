"""Codes, batches of codes and tries in the database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from typing import Any, Final

from modules.kernel.names import PromotionId
from modules.pricing.engine.codes import Found, Tries
from modules.pricing.model.codes import Code, CodeBatch
from modules.pricing.store.writing import Writing
from modules.runtime.database import AuditEntry, Database
from modules.runtime.sql import upsert

Row = tuple[Any, ...]

CLOCK: Final = {
    "sqlite": "SELECT CAST(:now AS BIGINT) AS now_us",
    "postgresql": "SELECT COALESCE(CAST(:now AS BIGINT), "
    "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)) AS now_us",
}
"""The store's moment within a statement, unless `:now` names another one."""
HOUR_US: Final = 3_600_000_000
DAY_US: Final = 24 * HOUR_US

_CODE = (
    "code", "shown", "promotion", "batch", "max_uses", "valid_from_us", "valid_until_us", "withdrawn_us", "held",
    "confirmed",
)  # fmt: skip
_BATCH = (
    "id", "promotion", "prefix", "length", "count", "made", "valid_from_us", "valid_until_us", "created_us",
    "withdrawn_us",
)  # fmt: skip
# A batch is withdrawn in one row, however many codes it has.
_COLUMNS = """c.code, c.shown, c.promotion, c.batch, c.max_uses, c.valid_from_us, c.valid_until_us,
    COALESCE(c.withdrawn_us, b.withdrawn_us), c.held, c.confirmed"""
SELECT_CODES: Final = f"SELECT {_COLUMNS} FROM pricing_code c LEFT JOIN pricing_code_batch b ON b.id = c.batch"
_ASKED = f"""
    WITH moment AS ({{clock}})
    SELECT {_COLUMNS}, CASE WHEN c.max_uses IS NULL THEN 0 ELSE c.held + c.confirmed - (
            SELECT COUNT(*) FROM pricing_use u JOIN pricing_redemption r ON r.attempt = u.attempt
            WHERE u.code = c.code AND u.state = 'held' AND (u.expires_us <= (SELECT now_us FROM moment)
                OR COALESCE(r.attempt = :own OR r.cart = :own, FALSE))
        ) END, CAST(NULL AS BOOLEAN)
    FROM pricing_code c LEFT JOIN pricing_code_batch b ON b.id = c.batch
    WHERE c.code IN :codes AND (:most < 0 OR :most > (
        SELECT COUNT(*) FROM pricing_code_try t
        WHERE t.who = :who AND NOT t.good AND t.at_us > (SELECT now_us FROM moment) - {HOUR_US}
    ))
    UNION ALL
    SELECT t.code, '', '', NULL, NULL, NULL, NULL, NULL, 0, 0, 0, t.good
    FROM pricing_code_try t
    WHERE (t.who = :who OR (t.who = :cart AND t.good))
        AND t.at_us > (SELECT now_us FROM moment) - CASE WHEN t.good THEN {DAY_US} ELSE {HOUR_US} END
"""
_TRIED = """
    INSERT INTO pricing_code_try (who, code, good, at_us) VALUES (:who, :code, :good, :at_us)
    ON CONFLICT (who, code) DO UPDATE SET good = excluded.good, at_us = excluded.at_us
"""
_FORGET = "DELETE FROM pricing_code_try WHERE at_us <= :line"
_PAGE = f"{SELECT_CODES} WHERE c.promotion = :promotion AND c.code > :after ORDER BY c.code LIMIT :most"
_OF_BATCH = f"""{SELECT_CODES}
    WHERE c.promotion = :promotion AND c.batch = :batch AND c.code > :after ORDER BY c.code LIMIT :most"""
_SELECT_BATCH = f"SELECT {', '.join(_BATCH)} FROM pricing_code_batch"
_SAVE_CODE = upsert(
    "pricing_code", _CODE, ("code",), ("shown", "max_uses", "valid_from_us", "valid_until_us", "withdrawn_us")
)
_SAVE_BATCH = upsert("pricing_code_batch", _BATCH, ("id",), ("made", "withdrawn_us"))
_EACH = {
    "sqlite": "json_each(:endings)",
    "postgresql": "json_array_elements_text(CAST(:endings AS JSON)) AS each (value)",
}
# SQLite takes an ON behind a SELECT without WHERE for that of a join.
_MAKE = """
    INSERT INTO pricing_code (code, shown, promotion, batch, max_uses, valid_from_us, valid_until_us, held, confirmed)
    SELECT :folded || LOWER(value), :prefix || value, :promotion, :batch, 1, :valid_from_us, :valid_until_us, 0, 0
    FROM {each} WHERE TRUE ON CONFLICT (code) DO NOTHING
"""
_WITHDRAW = "UPDATE pricing_code SET withdrawn_us = :now WHERE code IN :codes AND withdrawn_us IS NULL"


class CodeStore:
    """Reads of one statement, and writings. `clock` is for tests: None is the store's own."""

    def __init__(self, database: Database, clock: Callable[[], int] | None = None) -> None:
        self._database = database
        self._clock = clock

    async def asked(
        self, codes: Collection[str], who: str, most: int | None, own: str, cart: str = ""
    ) -> tuple[dict[str, Found], Tries]:
        """Those of the codes that exist, and what the asker has tried; one statement.

        Without a try left no code is looked up: the first answer is empty. Holds that are due, and those of the cart
        or attempt `own`, are no uses. What was good in the cart marked `cart` is good for this asker.
        """
        rows = await self._database.read(
            _ASKED.format(clock=CLOCK[self._database.dialect]),
            codes=list(codes),
            who=who,
            most=-1 if most is None else most,
            own=own,
            cart=cart,
            now=await read_moment(self._database, self._clock),
        )
        found = {row[0]: Found(code_of(row[:10]), row[10]) for row in rows if row[11] is None}
        tried = {row[0]: bool(row[11]) for row in rows if row[11] is not None}
        good = frozenset(mark for mark, is_good in tried.items() if is_good)
        return found, Tries(frozenset(tried) - good, good, most)

    async def remember(self, tried: Mapping[str, tuple[Sequence[str], Sequence[str]]], forget: bool) -> None:
        """Keeps what askers have tried, as marks: unknown codes and good ones; forgets what is older than a day when
        told so."""
        async with self._database.transaction() as tx:
            now_us = self._clock() if self._clock else await tx.now_us()
            rows = [
                {"who": who, "code": mark, "good": is_good, "at_us": now_us}
                for who, pair in sorted(tried.items())
                for is_good, marks in zip((False, True), pair, strict=True)
                for mark in sorted(marks)
            ]
            await tx.run_many(_TRIED, rows)
            if forget:
                await tx.run(_FORGET, line=now_us - DAY_US)

    async def page(self, promotion: PromotionId, after: str, most: int, batch: str | None = None) -> list[Code]:
        """Codes of a promotion, or of a batch of it, behind one in the order of their compared form."""
        sql = _PAGE if batch is None else _OF_BATCH
        values = {} if batch is None else {"batch": batch}
        rows = await self._database.read(sql, promotion=promotion, after=after, most=most, **values)
        return [code_of(row) for row in rows]

    async def batches(self, promotion: PromotionId) -> list[CodeBatch]:
        """A promotion's batches, by id."""
        rows = await self._database.read(
            f"{_SELECT_BATCH} WHERE promotion = :promotion ORDER BY id", promotion=promotion
        )
        return [_batch(row) for row in rows]

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[CodeWriting]:
        """A transaction; what was saved in it holds when the block ends."""
        async with self._database.transaction() as tx:
            yield CodeWriting(tx)


class CodeWriting(Writing):
    """Writes codes and batches."""

    async def codes(self, names: Collection[str]) -> dict[str, Code]:
        """Those that exist, by compared form; nobody else changes them until this ends."""
        # In one order always, or two who change the same codes would wait for each other.
        sql = f"{SELECT_CODES} WHERE c.code IN :codes ORDER BY c.code{self._locked(' OF c')}"
        return {code.code: code for code in map(code_of, await self.tx.read(sql, codes=sorted(names)))}

    async def save(self, codes: Sequence[Code], before: Mapping[str, Code], by: str, reason: str) -> None:
        """Writes named codes; their uses stay as they are."""
        await self.tx.run_many(_SAVE_CODE, [asdict(code) for code in codes])
        self.audit([_entry("upsert_code", code, before.get(code.code), by, reason) for code in codes])

    async def withdraw(self, codes: Sequence[Code], by: str, reason: str) -> None:
        """Lets nobody use these any more."""
        now_us = await self.now_us()
        await self.tx.run(_WITHDRAW, codes=[code.code for code in codes], now=now_us)
        self.audit([_entry("withdraw_code", replace(code, withdrawn_us=now_us), code, by, reason) for code in codes])

    async def batch(self, id: str) -> CodeBatch | None:
        """A batch; nobody else goes on with it until this ends."""
        rows = await self.tx.read(f"{_SELECT_BATCH} WHERE id = :id{self._locked()}", id=id)
        return _batch(rows[0]) if rows else None

    async def begin_batch(self, batch: CodeBatch, by: str, reason: str) -> CodeBatch:
        """Keeps a new batch, nothing of it made yet."""
        begun = replace(batch, created_us=await self.now_us())
        await self.tx.run(_SAVE_BATCH, **asdict(begun))
        self.audit([AuditEntry(by, "pricing.generate_codes", f"code_batch:{begun.id}", None, asdict(begun), reason)])
        return begun

    async def make(self, batch: CodeBatch, folded_prefix: str, endings: Sequence[str]) -> CodeBatch:
        """Adds codes with these endings to a batch; those that are there already are left out and not counted."""
        added = await self.tx.run(
            _MAKE.format(each=_EACH[self.tx.database.dialect]),
            folded=folded_prefix,
            prefix=batch.prefix,
            promotion=batch.promotion,
            batch=batch.id,
            valid_from_us=batch.valid_from_us,
            valid_until_us=batch.valid_until_us,
            endings=json.dumps(sorted(endings)),
        )
        done = replace(batch, made=batch.made + added)
        await self.tx.run(_SAVE_BATCH, **asdict(done))
        return done

    async def withdraw_batch(self, batch: CodeBatch, by: str, reason: str) -> None:
        """Lets nobody use any code of the batch, in one row however many they are."""
        gone = replace(batch, withdrawn_us=await self.now_us())
        await self.tx.run(_SAVE_BATCH, **asdict(gone))
        target = f"code_batch:{batch.id}"
        self.audit([AuditEntry(by, "pricing.withdraw_codes", target, asdict(batch), asdict(gone), reason)])

    def _locked(self, of: str = "") -> str:
        return f" FOR UPDATE{of}" if self.tx.database.dialect == "postgresql" else ""


async def read_moment(database: Database, clock: Callable[[], int] | None) -> int | None:
    """What `:now` is in a statement with CLOCK: None where the store fills it in by itself."""
    if clock is not None:
        return clock()
    return None if database.dialect == "postgresql" else await database.now_us()


def code_of(row: Row) -> Code:
    """A code from the columns of SELECT_CODES."""
    code, shown, promotion, batch, max_uses, since, until, withdrawn, held, confirmed = row
    return Code(
        code=code,
        shown=shown,
        promotion=PromotionId(promotion),
        batch=batch,
        max_uses=max_uses,
        valid_from_us=since,
        valid_until_us=until,
        withdrawn_us=withdrawn,
        held=held,
        confirmed=confirmed,
    )


def _batch(row: Row) -> CodeBatch:
    return CodeBatch(**dict(zip(_BATCH, row, strict=True)))


def _entry(action: str, code: Code, before: Code | None, by: str, reason: str) -> AuditEntry:
    former = None if before is None else _told(before)
    return AuditEntry(by, f"pricing.{action}", f"code:{code.code}", former, _told(code), reason)


def _told(code: Code) -> dict[str, object]:
    """What an author states of a code."""
    return {
        name: value for name, value in asdict(code).items() if name not in ("held", "confirmed") and value is not None
    }
