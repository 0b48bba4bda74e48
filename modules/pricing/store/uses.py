"""Uses of promotions in the database: a batch of calls is one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

from modules.kernel.errors import IdempotencyConflict
from modules.kernel.names import PromotionId
from modules.pricing.engine.redeeming import Books, Move
from modules.pricing.events import UseChanged
from modules.pricing.model.codes import Code
from modules.pricing.model.promotions import Promotion
from modules.pricing.model.uses import Call, Confirm, Decision, Hold, Identity, Redemption, Sums, Tally, Use, UseState
from modules.pricing.store.codes import CLOCK, SELECT_CODES, code_of, read_moment
from modules.pricing.store.writing import Writing
from modules.runtime.database import AuditEntry, Database, Transaction
from modules.runtime.sql import upsert

Row = tuple[Any, ...]
Read = Callable[..., Awaitable[list[Row]]]
Promotions = Callable[[Read, Sequence[PromotionId]], Awaitable[Mapping[PromotionId, Promotion]]]
"""Reads promotions with what reads: a transaction or the database."""

TOPIC: Final = "uses"
ORDERS: Final = "orders"

_REDEMPTION = ("attempt", "body_hash", "currency", "customer", "email", "cart", "order_id", "created_us")
_USE = ("attempt", "promotion", "code", "wanted_minor", "granted_minor", "state", "expires_us", "version")
_TOTAL = ("promotion", "currency", "held", "confirmed", "held_minor", "confirmed_minor")
_USES = """
    SELECT u.attempt, u.promotion, u.code, r.currency, u.wanted_minor, u.granted_minor, u.state, u.expires_us,
        r.order_id, u.version
    FROM pricing_use u JOIN pricing_redemption r ON r.attempt = u.attempt
"""
_OF_ATTEMPTS = f"{_USES} WHERE u.attempt IN :attempts ORDER BY u.attempt, u.promotion"
_DUE = f"{_USES} WHERE u.promotion IN :promotions AND u.state = 'held' AND u.expires_us <= :now"
_OVERDUE = """
    SELECT DISTINCT t.promotion FROM pricing_use_total t WHERE t.held > 0 AND EXISTS (
        SELECT 1 FROM pricing_use u WHERE u.promotion = t.promotion AND u.state = 'held' AND u.expires_us <= :now
    ) ORDER BY t.promotion LIMIT :most
"""
_REDEMPTIONS = """
    SELECT attempt, currency, customer, email, cart, order_id, body_hash FROM pricing_redemption
    WHERE attempt IN :attempts
"""
_ORDERS = "SELECT order_id, attempt FROM pricing_redemption WHERE order_id IN :orders"
_TOTALS = f"SELECT {', '.join(_TOTAL)} FROM pricing_use_total WHERE promotion IN :promotions"
_COUNTED = """
    SELECT u.promotion, u.attempt, r.customer, r.email FROM pricing_redemption r
    JOIN pricing_use u ON u.attempt = r.attempt
    WHERE (r.customer IN :customers OR r.email IN :emails) AND u.promotion IN :promotions
        AND (u.state IN ('confirmed', 'kept') OR (u.state = 'held' AND u.expires_us > :now))
"""
_BEGIN = f"""
    INSERT INTO pricing_redemption ({", ".join(_REDEMPTION)})
    VALUES ({", ".join(f":{name}" for name in _REDEMPTION)}) ON CONFLICT (attempt) DO NOTHING
"""
_ORDER = "UPDATE pricing_redemption SET order_id = :order_id WHERE attempt = :attempt"
_SAVE_USE = upsert("pricing_use", _USE, ("attempt", "promotion"), ("state", "version"))
_SAVE_TOTAL = upsert("pricing_use_total", _TOTAL, ("promotion", "currency"))
_SAVE_CODE = "UPDATE pricing_code SET held = :held, confirmed = :confirmed WHERE code = :code"
# What was given back or has run out counts for nobody. What was used counts per customer while the promotion may run:
# it has not ended, nor is its window long over, which its author may move.
_SPENT = """
    r.created_us < :line AND NOT EXISTS (
        SELECT 1 FROM pricing_use u LEFT JOIN pricing_promotion p ON p.id = u.promotion
        WHERE u.attempt = r.attempt AND (u.state = 'held' OR (u.state IN ('confirmed', 'kept') AND p.state <> 'ended'
            AND (p.valid_until_us IS NULL OR p.valid_until_us >= :line))))
"""
_FIND_SPENT = f"SELECT r.attempt FROM pricing_redemption r WHERE {_SPENT} ORDER BY r.created_us LIMIT :most"
_PROMOTIONS_OF = "SELECT DISTINCT promotion FROM pricing_use WHERE attempt IN :attempts"
_STILL_SPENT = f"SELECT r.attempt FROM pricing_redemption r WHERE r.attempt IN :attempts AND {_SPENT}"
_DROP_SPENT = tuple(f"DELETE FROM pricing_{table} WHERE attempt IN :attempts" for table in ("use", "redemption"))
# Sums hold what is due until somebody writes its expiry; whoever reads takes it off himself.
_TALLIES = """
    WITH moment AS ({clock})
    SELECT promotion, held + confirmed, CASE WHEN currency = :currency THEN held_minor + confirmed_minor ELSE 0 END, 0
    FROM pricing_use_total WHERE promotion IN :promotions
    UNION ALL
    SELECT u.promotion, -1, CASE WHEN r.currency = :currency THEN -u.granted_minor ELSE 0 END, 0
    FROM pricing_use u JOIN pricing_redemption r ON r.attempt = u.attempt
    WHERE u.promotion IN :promotions AND u.state = 'held' AND u.expires_us <= (SELECT now_us FROM moment)
    UNION ALL
    SELECT u.promotion, -1, CASE WHEN r.currency = :currency THEN -u.granted_minor ELSE 0 END, 0
    FROM pricing_redemption r JOIN pricing_use u ON u.attempt = r.attempt
    WHERE (r.cart = :own OR r.attempt = :own) AND u.promotion IN :promotions
        AND u.state = 'held' AND u.expires_us > (SELECT now_us FROM moment)
    UNION ALL
    SELECT u.promotion, 0, 0, 1
    FROM pricing_redemption r JOIN pricing_use u ON u.attempt = r.attempt
    WHERE r.customer = :customer AND u.promotion IN :promotions
        AND (u.state IN ('confirmed', 'kept') OR (u.state = 'held' AND u.expires_us > (SELECT now_us FROM moment)
            AND NOT COALESCE(r.attempt = :own OR r.cart = :own, FALSE)))
"""


class UseStore:
    """Decides batches of calls; reads what is used. `clock` is for tests: None is the store's own (R-3)."""

    def __init__(self, database: Database, promotions: Promotions, clock: Callable[[], int] | None = None) -> None:
        self._database = database
        self._promotions = promotions
        self._clock = clock

    async def decide(self, calls: Sequence[Call]) -> list[Decision]:
        """Decides the calls one after the other and stores what they change; all in one transaction."""
        async with self._database.transaction() as tx:
            writing = _Deciding(tx, self._promotions, self._clock)
            books = await writing.open(calls)
            decisions = [books.decide(call) for call in calls]
            await writing.close(books)
        return decisions

    async def expire(self, most: int) -> int:
        """Notes the end of due holds of so many promotions at most; of how many there were any."""
        now = self._clock() if self._clock else await self._database.now_us()
        overdue = [PromotionId(id) for (id,) in await self._database.read(_OVERDUE, now=now, most=most)]
        if overdue:
            async with self._database.transaction() as tx:
                writing = _Deciding(tx, self._promotions, self._clock)
                await writing.close(await writing.books(overdue, ()))
        return len(overdue)

    async def retire(self, age_us: int, most: int) -> int:
        """Forgets attempts so old that no promotion which may still run counts them, at most so many; how many were
        found. Sums and codes go on counting them."""
        line = (self._clock() if self._clock else await self._database.now_us()) - age_us
        attempts = [attempt for (attempt,) in await self._database.read(_FIND_SPENT, line=line, most=most)]
        if attempts:
            async with self._database.transaction() as tx:
                # HAZARD: one of them may be given back at this moment; its promotions come first.
                promotions = await tx.read(_PROMOTIONS_OF, attempts=attempts)
                await _Deciding(tx, self._promotions, self._clock).books([PromotionId(id) for (id,) in promotions], ())
                spent = [attempt for (attempt,) in await tx.read(_STILL_SPENT, attempts=attempts, line=line)]
                for statement in _DROP_SPENT if spent else ():
                    await tx.run(statement, attempts=spent)
        return len(attempts)

    async def tallies(
        self, promotions: Collection[PromotionId], currency: str, customer: str | None, own: str
    ) -> dict[PromotionId, Tally]:
        """What counts now of these promotions; holds that are due and the asker's own do not. One statement."""
        found = dict.fromkeys(promotions, Tally())
        rows = await self._database.read(
            _TALLIES.format(clock=CLOCK[self._database.dialect]),
            promotions=list(promotions),
            currency=currency,
            customer=customer,
            own=own,
            now=await read_moment(self._database, self._clock),
        )
        for id, uses, minor, by_customer in rows:
            held = found[PromotionId(id)]
            found[PromotionId(id)] = Tally(held.uses + uses, held.minor + minor, held.customer + by_customer)
        return found

    async def redemptions(self, attempts: Collection[str]) -> dict[str, Redemption]:
        """What is stored of these attempts, by attempt; two statements."""
        return await _redemptions(self._database.read, attempts)

    async def totals(self, promotion: PromotionId) -> dict[str, Sums]:
        """The sums over a promotion's uses by currency; holds that are due do not count. Two statements."""
        now = self._clock() if self._clock else await self._database.now_us()
        sums = (await _totals(self._database.read, [promotion])).get(promotion, {})
        for use in await _due(self._database.read, [promotion], now):
            sums[use.currency] = sums[use.currency].plus(use, -1)
        return sums


class _Deciding(Writing):
    """A transaction that has the uses of some promotions to itself."""

    def __init__(self, tx: Transaction, promotions: Promotions, clock: Callable[[], int] | None) -> None:
        super().__init__(tx)
        self._promotions = promotions
        self._clock = clock

    async def open(self, calls: Sequence[Call]) -> Books:
        """The books of all promotions that the calls are about."""
        attempts = sorted({call.id for call in calls})
        rows = await self.tx.read("SELECT DISTINCT promotion FROM pricing_use WHERE attempt IN :ids", ids=attempts)
        named = {wish.promotion for call in calls if isinstance(call, Hold) for wish in call.attempt.wishes}
        return await self.books({PromotionId(id) for (id,) in rows} | named, calls)

    async def books(self, promotions: Collection[PromotionId], calls: Sequence[Call]) -> Books:
        """The books, read behind the locks; what is due has ended in them."""
        ids = sorted(promotions)
        orders = sorted({call.order for call in calls if isinstance(call, Confirm)})
        await self.lock(TOPIC, ids)
        await self.lock(ORDERS, {_lock_of(order) for order in orders})
        # HAZARD: a moment taken before the locks would be older than what those who had them have written.
        now_us = self._clock() if self._clock else await self.now_us()
        stored = await _redemptions(self.tx.read, {call.id for call in calls})
        # HAZARD: an attempt held since its promotions were looked up may have some that are not locked here. To this
        # transaction it is unknown, as if its call had come first.
        redemptions = {
            attempt: redemption
            for attempt, redemption in stored.items()
            if all(use.promotion in promotions for use in redemption.uses)
        }
        books = Books(
            now_us,
            await self._promotions(self.tx.read, ids) if calls else {},
            await _totals(self.tx.read, ids),
            redemptions=redemptions,
            orders=dict(await self.tx.read(_ORDERS, orders=orders)) if orders else {},
        )
        due = await _due(self.tx.read, ids, now_us)
        books.codes = await self._codes(calls, redemptions.values(), due)
        books.counted = await self._counted(calls, redemptions.values(), ids, now_us)
        books.expire(due)
        return books

    async def close(self, books: Books) -> None:
        """Stores what has changed, with its events and audit entries."""
        if not books.moves:
            return
        await self._begin(books)
        last = {(move.after.attempt, move.after.promotion): move.after for move in books.moves}
        await self.tx.run_many(_SAVE_USE, [_use_values(use) for use in last.values()])
        touched = {(use.promotion, use.currency) for use in last.values()}
        totals = [_total_values(*key, books.sums[key[0]][key[1]]) for key in sorted(touched)]
        await self.tx.run_many(_SAVE_TOTAL, totals)
        codes = [books.codes[code] for code in sorted({use.code for use in last.values()} & books.codes.keys())]
        counts = [{"code": code.code, "held": code.held, "confirmed": code.confirmed} for code in codes]
        await self.tx.run_many(_SAVE_CODE, counts)
        self.emit([_event(use) for use in last.values()])
        self.audit([_entry(move) for move in books.moves])

    async def _begin(self, books: Books) -> None:
        """New attempts, and orders of known ones. Raises IdempotencyConflict for an attempt that another transaction
        has begun meanwhile with other promotions: with the same ones it would have waited for us."""
        begun = [books.redemptions[attempt] for attempt in sorted(books.begun)]
        if begun:
            await self.tx.run_many(_BEGIN, [_redemption_values(redemption, books.now_us) for redemption in begun])
            stored = await _redemptions(self.tx.read, [redemption.attempt for redemption in begun])
            for redemption in begun:
                if stored[redemption.attempt].body_hash != redemption.body_hash:
                    raise IdempotencyConflict(redemption.attempt, ("input", "attempt"))
        known = {move.after.attempt: move.after.order for move in books.moves if move.after.order is not None}
        orders = [{"attempt": attempt, "order_id": order} for attempt, order in known.items()]
        await self.tx.run_many(_ORDER, orders)

    async def _codes(
        self, calls: Sequence[Call], redemptions: Iterable[Redemption], due: Iterable[Use]
    ) -> dict[str, Code]:
        names = {wish.code for call in calls if isinstance(call, Hold) for wish in call.attempt.wishes}
        names |= {use.code for redemption in redemptions for use in redemption.uses} | {use.code for use in due}
        names.discard("")
        if not names:
            return {}
        found = await self.tx.read(f"{SELECT_CODES} WHERE c.code IN :codes", codes=sorted(names))
        return {code.code: code for code in map(code_of, found)}

    async def _counted(
        self, calls: Sequence[Call], redemptions: Iterable[Redemption], ids: Sequence[str], now_us: int
    ) -> dict[PromotionId, dict[str, Identity]]:
        who = [call.attempt.who for call in calls if isinstance(call, Hold)]
        who += [redemption.who for redemption in redemptions]
        customers = {one.customer for one in who if one.customer is not None}
        emails = {one.email for one in who if one.email is not None}
        counted: dict[PromotionId, dict[str, Identity]] = {}
        if not customers and not emails:
            return counted
        rows = await self.tx.read(
            _COUNTED, customers=sorted(customers), emails=sorted(emails), promotions=list(ids), now=now_us
        )
        for promotion, attempt, customer, email in rows:
            counted.setdefault(PromotionId(promotion), {})[attempt] = Identity(customer, email)
        return counted


def _lock_of(order: str) -> str:
    """One of 256 locks, which orders share: one of its own for each would stay behind for ever."""
    return blake2b(order.encode(), digest_size=1).hexdigest()


async def _redemptions(read: Read, attempts: Collection[str]) -> dict[str, Redemption]:
    names = sorted(attempts)
    rows = await read(_REDEMPTIONS, attempts=names) if names else []
    uses: dict[str, list[Use]] = {}
    for row in await read(_OF_ATTEMPTS, attempts=names) if rows else []:
        uses.setdefault(row[0], []).append(_use(row))
    return {
        attempt: Redemption(
            attempt=attempt,
            currency=currency,
            who=Identity(customer, email),
            cart=cart,
            order=order,
            body_hash=body_hash,
            uses=tuple(uses.get(attempt, ())),
        )
        for attempt, currency, customer, email, cart, order, body_hash in rows
    }


async def _due(read: Read, promotions: Sequence[str], now_us: int) -> list[Use]:
    return [_use(row) for row in await read(_DUE, promotions=list(promotions), now=now_us)]


async def _totals(read: Read, promotions: Sequence[str]) -> dict[PromotionId, dict[str, Sums]]:
    found: dict[PromotionId, dict[str, Sums]] = {}
    for promotion, currency, *numbers in await read(_TOTALS, promotions=list(promotions)):
        found.setdefault(PromotionId(promotion), {})[currency] = Sums(*numbers)
    return found


def _use(row: Row) -> Use:
    attempt, promotion, code, currency, wanted, granted, state, expires, order, version = row
    return Use(
        attempt=attempt,
        promotion=PromotionId(promotion),
        code=code or "",
        currency=currency,
        wanted_minor=wanted,
        granted_minor=granted,
        state=UseState(state),
        expires_us=expires,
        order=order,
        version=version,
    )


def _use_values(use: Use) -> dict[str, object]:
    return {
        "attempt": use.attempt,
        "promotion": use.promotion,
        "code": use.code or None,
        "wanted_minor": use.wanted_minor,
        "granted_minor": use.granted_minor,
        "state": use.state.value,
        "expires_us": use.expires_us,
        "version": use.version,
    }


def _redemption_values(redemption: Redemption, now_us: int) -> dict[str, object]:
    return {
        "attempt": redemption.attempt,
        "body_hash": redemption.body_hash,
        "currency": redemption.currency,
        "customer": redemption.who.customer,
        "email": redemption.who.email,
        "cart": redemption.cart,
        "order_id": redemption.order,
        "created_us": now_us,
    }


def _total_values(promotion: PromotionId, currency: str, sums: Sums) -> dict[str, object]:
    values = (promotion, currency, sums.held, sums.confirmed, sums.held_minor, sums.confirmed_minor)
    return dict(zip(_TOTAL, values, strict=True))


def _event(use: Use) -> UseChanged:
    return UseChanged(
        version=use.version,
        attempt=use.attempt,
        promotion=use.promotion,
        state=use.state.value,
        currency=use.currency,
        granted_minor=use.granted_minor,
        order=use.order,
        expires_us=use.expires_us,
    )


def _entry(move: Move) -> AuditEntry:
    before, after = move.before, move.after
    target = f"promotion_use:{after.attempt}@{after.promotion}"
    former = None if before is None else _told(before)
    return AuditEntry(move.by, f"pricing.{after.state.value}_use", target, former, _told(after))


def _told(use: Use) -> dict[str, object]:
    """What the audit log may know: no code, nobody's address."""
    return {
        "state": use.state.value,
        "currency": use.currency,
        "granted_minor": use.granted_minor,
        "order": use.order,
        "version": use.version,
    }
