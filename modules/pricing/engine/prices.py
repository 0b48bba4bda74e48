"""Which price row holds (P-2 to P-6), and what no promotion may go below (O-10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from modules.kernel.moments import contains, to_us
from modules.kernel.names import PriceListId, Sku
from modules.kernel.place import Channel
from modules.kernel.policies import PricePolicy, TierScope
from modules.kernel.viewer import Viewer
from modules.pricing.engine import schedule
from modules.pricing.model.prices import PriceKind, PriceRow

_NEVER: Final = 1 << 62
NEAREST: Final = 3
"""How many failed rows a missing price is explained by."""


class WhyNot(StrEnum):
    """Why a row does not hold."""

    OTHER_CURRENCY = "OTHER_CURRENCY"
    OTHER_PRICE_LIST = "OTHER_PRICE_LIST"
    OTHER_MARKET = "OTHER_MARKET"
    OTHER_CHANNEL = "OTHER_CHANNEL"
    OTHER_STORE = "OTHER_STORE"
    NOT_STARTED = "NOT_STARTED"
    EXPIRED = "EXPIRED"
    OUT_OF_SCHEDULE = "OUT_OF_SCHEDULE"


@dataclass(frozen=True, slots=True)
class PriceContext:
    """All that decides between rows, besides the rows.

    `lists` gives each price list of the channel its position, the most important 0. `names` holds the values that a
    row's keys may have; a customer may be in several segments and groups (P-3). A key without values matches no row.
    """

    at_us: int
    currency: str
    zone: ZoneInfo
    lists: Mapping[PriceListId, int]
    names: Mapping[str, frozenset[str]]
    policy: PricePolicy = PricePolicy.SPECIFIC

    @classmethod
    def of(cls, viewer: Viewer) -> PriceContext:
        """Where and when the viewer asks, and for which customer."""
        stores = frozenset({viewer.store.id}) if viewer.store else frozenset()
        context = cls.public(viewer.channel, viewer.currency, to_us(viewer.now), stores)
        customer = viewer.customer
        if customer is None:
            return context
        personal = {
            "customer": frozenset({customer.id}),
            "customer_group": customer.groups,
            "segment": customer.segments,
            "contract": customer.contracts,
        }
        return replace(context, names={**context.names, **personal})

    @classmethod
    def public(cls, channel: Channel, currency: str, at_us: int, stores: frozenset[str] = frozenset()) -> PriceContext:
        """Where anybody asks, without personal condition (L-2)."""
        lists = {name: position for position, name in enumerate(channel.price_lists)}
        names = {"market": frozenset({channel.market.id}), "channel": frozenset({channel.id}), "store": stores}
        return cls(at_us, currency, channel.market.zone, lists, names, channel.market.policies.price_policy)

    def at(self, at_us: int) -> PriceContext:
        """The same at another moment."""
        return PriceContext(at_us, self.currency, self.zone, self.lists, self.names, self.policy)


@dataclass(slots=True)
class Selection:
    """The row that holds and the one whose price is the list price (P-5): the same unless this is a reduction.

    `until_us` is the next moment at which another row may win or the winner ends; also told when no row holds.
    """

    row: PriceRow | None
    original: PriceRow | None
    until_us: int | None


_NO_ROW: Final = Selection(None, None, None)


def select(rows: Iterable[PriceRow], context: PriceContext) -> Selection:
    """Decides by P-4 among the rows of one sku; floors are no prices."""
    ranked = [row for row in rows if _suits(row, context) and row.kind is not PriceKind.FLOOR]
    if len(ranked) > 1:
        ranked.sort(key=lambda row: _rank(row, context))
    winner, until = _first_holding(ranked, context)
    if winner is None or winner.kind is not PriceKind.SALE:
        return Selection(winner, winner, until)
    original, original_until = _first_holding([row for row in ranked if row.kind is PriceKind.BASE], context)
    return Selection(winner, original or winner, earliest(until, original_until))


def floor(rows: Iterable[PriceRow], context: PriceContext) -> Selection:
    """What no promotion may take a unit of this sku below, in the row's own tax mode (O-10); no row: no floor.

    Of several the more specific holds, whatever the market's price policy.
    """
    ranked = [row for row in rows if row.kind is PriceKind.FLOOR and _suits(row, context)]
    if not ranked:
        return _NO_ROW
    order = replace(context, policy=PricePolicy.SPECIFIC)
    ranked.sort(key=lambda row: _rank(row, order))
    row, until = _first_holding(ranked, order)
    return Selection(row, row, until)


def tallies(lines: Sequence[tuple[Sku, int]], scope: TierScope) -> list[tuple[int, int]]:
    """For each line of (sku, quantity), in order: how much of its row stands before it, and how much counts (P-2).

    These are `before` and `counted` of `PriceRow.cost`. Lines of one sku share their row, as a viewer has one.
    """
    if scope is TierScope.LINE:
        return [(0, quantity) for _, quantity in lines]
    sums: dict[Sku, int] = defaultdict(int)
    before = []
    for sku, quantity in lines:
        before.append(sums[sku])
        sums[sku] += quantity
    return [(earlier, sums[sku]) for earlier, (sku, _) in zip(before, lines, strict=True)]


def explain(rows: Iterable[PriceRow], context: PriceContext) -> list[tuple[PriceRow, tuple[WhyNot, ...]]]:
    """The rows that came nearest, fewest reasons first, and why each failed (P-6).

    Personal rows are left out: a hint must not reveal who else gets a price.
    """
    priced = (row for row in rows if row.kind is not PriceKind.FLOOR and not row.is_personal)
    failed = [(row, _reasons(row, context)) for row in priced]
    failed.sort(key=lambda pair: (len(pair[1]), pair[0].id))
    return failed[:NEAREST]


def earliest(*moments: int | None) -> int | None:
    """The first of those that are known."""
    return min((moment for moment in moments if moment is not None), default=None)


def _suits(row: PriceRow, context: PriceContext) -> bool:
    if row.currency != context.currency or row.price_list not in context.lists:
        return False
    return not row.keys or all(value in context.names.get(name, ()) for name, value in row.keys)


def _rank(row: PriceRow, context: PriceContext) -> tuple[int, int, int, bool, int, int, str]:
    """P-4 step by step; the smallest wins. A row without a beginning counts as the oldest.

    Amounts are compared as the rows state them, without looking at tiers or tax modes.
    """
    since = row.valid_from_us
    undated = since is None and row.valid_until_us is None
    newest_first = _NEVER if since is None else -since
    cheapest_first = row.micros if context.policy is PricePolicy.LOWEST else 0
    place = context.lists[row.price_list]
    return place, cheapest_first, -row.specificity, undated, newest_first, row.micros, row.id


def _first_holding(ranked: Sequence[PriceRow], context: PriceContext) -> tuple[PriceRow | None, int | None]:
    until: int | None = None
    for row in ranked:
        if row.valid_from_us is None and row.valid_until_us is None and not row.schedule:
            return row, until
        change = next_change(row, context.at_us, context.zone)
        if until is None or (change is not None and change < until):
            until = change
        if holds(row, context.at_us, context.zone):
            return row, until
    return None, until


def holds(row: PriceRow, at_us: int, zone: ZoneInfo) -> bool:
    """Whether window and schedule contain the instant."""
    return contains(row.valid_from_us, row.valid_until_us, at_us) and schedule.is_open(row.schedule, at_us, zone)


def next_change(row: PriceRow, at_us: int, zone: ZoneInfo) -> int | None:
    """The first moment after the instant at which its window or schedule begins or ends."""
    since, until = row.valid_from_us, row.valid_until_us
    if until is not None and until <= at_us:
        return None
    if since is not None and since > at_us:
        return since
    if not row.schedule:
        return until
    return earliest(until, schedule.next_change(row.schedule, at_us, zone))


def _reasons(row: PriceRow, context: PriceContext) -> tuple[WhyNot, ...]:
    keys = dict(row.keys)
    found = {
        WhyNot.OTHER_CURRENCY: row.currency != context.currency,
        WhyNot.OTHER_PRICE_LIST: row.price_list not in context.lists,
        WhyNot.OTHER_MARKET: _differs("market", keys, context),
        WhyNot.OTHER_CHANNEL: _differs("channel", keys, context),
        WhyNot.OTHER_STORE: _differs("store", keys, context),
        WhyNot.NOT_STARTED: row.valid_from_us is not None and context.at_us < row.valid_from_us,
        WhyNot.EXPIRED: row.valid_until_us is not None and context.at_us >= row.valid_until_us,
        WhyNot.OUT_OF_SCHEDULE: not schedule.is_open(row.schedule, context.at_us, context.zone),
    }
    return tuple(reason for reason, applies in found.items() if applies)


def _differs(name: str, keys: Mapping[str, str], context: PriceContext) -> bool:
    return name in keys and keys[name] not in context.names.get(name, ())
