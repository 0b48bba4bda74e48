"""The public price over time, and the points that record it (L-1, L-2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from modules.kernel.names import ChannelId, MarketId
from modules.kernel.policies import PriorPriceRule
from modules.pricing.engine.lowest import prior_price, successor
from modules.pricing.engine.prices import earliest
from modules.pricing.engine.public import (
    HOURS_BACK_US,
    Place,
    PlaceKey,
    PublicPrice,
    Rules,
    Shop,
    Subject,
    edges,
    next_edge,
    price_at,
)
from modules.pricing.engine.schedule import edges_between
from modules.pricing.model.points import NO_REDUCTION, Cause, Piece, PricePoint, PriorPrice, Publication

_OPEN_END: Final = 1 << 62

Held = Mapping[PlaceKey, Sequence[PricePoint]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time for which the history of one sku is to be told: from the moment up to which it is told, until now."""

    since_us: int
    now_us: int
    cause: Cause


def by_place(points: Iterable[PricePoint]) -> Held:
    """Points by where they hold, in order."""
    found: dict[PlaceKey, list[PricePoint]] = defaultdict(list)
    for point in points:
        found[point.place].append(point)
    return found


def places_of(subject: Subject, shop: Shop, rules: Rules, held: Held) -> Sequence[Place]:
    """Where its price is public: every channel, stores with own rows or promotions, and stores that had some."""
    return shop.places(subject.stores | rules.stores | {key[2] for key in held if key[2]})


def pieces(subject: Subject, place: Place, rules: Rules, now_us: int) -> list[Piece]:
    """The public price as a step function up to now, oldest first; neighbours differ or do not touch.

    It begins where the first window of a row begins or ends: a row without a beginning says nothing about the past
    before that. With no window at all it begins now. The last piece is open when the price still holds.
    """
    found: list[Piece] = []
    moments = _edges(subject, place, rules, now_us)
    for since, until in zip(moments, [*moments[1:], None], strict=True):
        price = price_at(subject, place, rules, since)
        if price is None:
            continue
        before = found[-1] if found else None
        if before and before.to_us == since and _shown(before) == _shown(price):
            found[-1] = replace(before, to_us=until)
        else:
            found.append(Piece(price.micros, price.announced, since, until, price.perishable))
    return found


def tell(
    subject: Subject, place: Place, rules: Rules, held: Sequence[PricePoint], stretch: Stretch
) -> list[PricePoint]:
    """The points to write so that the history tells the public price of the stretch (L-1); none when it does already.

    `held` are the points of this sku and place: all of them for an import, otherwise those still open or ending
    later than the stretch begins. A point is written for each moment at which the price became another, at exactly
    that moment, in order. A held point that ends is given again with its end; nothing else of a held point changes,
    but for the promotions behind an open one whose price they leave as it is. An import also tells the past that its
    rows' windows describe, where no point tells it yet and no live one lies before.
    """
    written: dict[int, PricePoint] = {}
    if stretch.cause is Cause.IMPORT:
        known = pieces(subject, place, rules, stretch.now_us)
        written = {piece.from_us: _imported(subject, place, piece, stretch) for piece in _untold(known, held)}
        if any(point.to_us is None for point in written.values()):
            return list(written.values())
    last = next((point for point in held if point.to_us is None), None)
    # A clock that stepped back, or a second change within a microsecond, must not make a piece end before it begins.
    least = max((point.from_us + 1 if point.to_us is None else point.to_us for point in held), default=stretch.since_us)
    for edge in sorted({stretch.since_us, *edges(subject, place, rules, stretch.since_us, stretch.now_us + 1)}):
        price = price_at(subject, place, rules, edge)
        if (price and _shown(price)) == (last and _shown(last)):
            if price and last and tuple(last.promotions) != price.promotions:
                last = written[last.from_us] = replace(last, promotions=price.promotions)
            continue
        moment = max(edge, least)
        if last:
            written[last.from_us] = replace(last, to_us=moment)
        last = _point(subject, place, price, moment, stretch) if price else None
        if last:
            written[moment] = last
        least = moment + 1
    return list(written.values())


def tell_everywhere(subject: Subject, shop: Shop, rules: Rules, held: Held, stretch: Stretch) -> list[PricePoint]:
    """`tell` for every place of the shop."""
    found: list[PricePoint] = []
    for place in places_of(subject, shop, rules, held):
        found += tell(subject, place, rules, held.get(place.key, ()), stretch)
    return found


def next_due(subject: Subject, shop: Shop, rules: Rules, held: Held, now_us: int) -> int | None:
    """The first moment after now at which the history must be told again: an edge, or the end of a chain (3.3)."""
    own = (next_edge(subject, place, rules, now_us) for place in places_of(subject, shop, rules, held))
    chains = (point.prior.until_us for points in held.values() for point in points if point.to_us is None)
    return earliest(*own, *(moment for moment in chains if moment is not None and moment > now_us))


def judged(point: PricePoint, told: Sequence[Piece], rule: PriorPriceRule, place: Place, now_us: int) -> PricePoint:
    """The point with what may be said of it: when it began, or now for the open one. `told` is the whole history of
    its sku and place, with this point in it."""
    if not point.announced:
        return replace(point, prior=NO_REDUCTION)
    at_us = point.from_us if point.to_us is not None else max(now_us, point.from_us)
    return replace(point, prior=prior_price(told, at_us, rule, place.channel.market.zone))


def lineage(whole: Mapping[int, Iterable[PricePoint]], place: PlaceKey) -> list[Piece]:
    """The whole history of one sku in a place: its own points under 0, its predecessors' under 1 and on (history_of).

    A store's begins with its channel's, which was what people paid there until it had a price of its own (L-2).
    """
    market, channel, _, currency = place
    found: list[Piece] = []
    for depth in sorted(whole, reverse=True):
        points = by_place(whole[depth])
        for key in dict.fromkeys(((market, channel, "", currency), place)):
            own = sorted(points.get(key, ()), key=lambda point: point.from_us)
            found = successor(found, [point.piece for point in own])
    return found


def prior_then(
    subject: Subject,
    place: Place,
    rules: Rules,
    whole: Mapping[int, Sequence[PricePoint]],
    due_us: int | None,
    at_us: int,
) -> PriorPrice:
    """What may be said of the public price of a moment, past or to come, by the whole history of its sku.

    From the moment that is due it is carried on by the rules as they stand; until then the points tell it.
    """
    if due_us is not None and due_us <= at_us:
        whole = carried(subject, place, rules, whole, Stretch(due_us, at_us, Cause.TIME))
    market = place.channel.market
    return prior_price(lineage(whole, place.key), at_us, market.policies.prior_price, market.zone)


def carried(
    subject: Subject, place: Place, rules: Rules, whole: Mapping[int, Sequence[PricePoint]], stretch: Stretch
) -> dict[int, Sequence[PricePoint]]:
    """The history of a sku with what the rules make of its price in a place in this stretch."""
    own = [point for point in whole.get(0, ()) if point.place == place.key]
    return {**whole, 0: latest([*whole.get(0, ()), *tell(subject, place, rules, own, stretch)])}


def latest(points: Iterable[PricePoint]) -> list[PricePoint]:
    """Each point of a sku as it was given last."""
    return list({(point.place, point.from_us): point for point in points}.values())


def publications(point: PricePoint) -> list[Publication]:
    """The point as proof of each promotion in it."""
    return [Publication(promotion, version, point) for promotion, version in point.promotions]


def _edges(subject: Subject, place: Place, rules: Rules, now_us: int) -> list[int]:
    """All moments up to now at which the price may have changed; now itself when there is none.

    The past begins with the first window of a row: what tax rules and promotions say of the time before is nothing.
    """
    zone, rows = place.channel.market.zone, subject.rows_of(place)
    begins = [edge for row in rows for edge in (row.valid_from_us, row.valid_until_us) if edge is not None]
    for row in rows:
        begins += edges_between(row.schedule, now_us - HOURS_BACK_US, now_us, zone)
    if not begins:
        return [now_us]
    return sorted(edges(subject, place, rules, min(begins), now_us + 1)) or [now_us]


def _untold(known: Iterable[Piece], held: Sequence[PricePoint]) -> Iterator[Piece]:
    """The parts of the pieces that no held point covers and that lie before the first live one."""
    if not held:
        yield from known
        return
    told = [(point.from_us, _OPEN_END if point.to_us is None else point.to_us) for point in held]
    told += [(point.from_us, _OPEN_END) for point in held if point.cause is not Cause.IMPORT]
    told.sort()
    for piece in known:
        since, end = piece.from_us, _OPEN_END if piece.to_us is None else piece.to_us
        for told_from, told_to in told:
            if since < told_from < end:
                yield replace(piece, from_us=since, to_us=told_from)
            if told_from < end and told_to > since:
                since = max(since, told_to)
        if since < end:
            yield replace(piece, from_us=since)


def _shown(price: PublicPrice | PricePoint | Piece) -> tuple[int, bool, bool]:
    """What makes a price another one to the public."""
    return price.micros, price.announced, price.perishable


def _point(subject: Subject, place: Place, price: PublicPrice, from_us: int, stretch: Stretch) -> PricePoint:
    market, channel, store, currency = place.key
    return PricePoint(
        sku=subject.article.sku,
        market=MarketId(market),
        channel=ChannelId(channel),
        store=store,
        currency=currency,
        micros=price.micros,
        from_us=from_us,
        announced=price.announced,
        list_micros=price.list_micros,
        promotions=price.promotions,
        perishable=price.perishable,
        cause=stretch.cause,
        recorded_at_us=stretch.now_us,
    )


def _imported(subject: Subject, place: Place, piece: Piece, stretch: Stretch) -> PricePoint:
    market, channel, store, currency = place.key
    return PricePoint(
        sku=subject.article.sku,
        market=MarketId(market),
        channel=ChannelId(channel),
        store=store,
        currency=currency,
        micros=piece.micros,
        from_us=piece.from_us,
        to_us=piece.to_us,
        announced=piece.announced,
        perishable=piece.perishable,
        cause=stretch.cause,
        recorded_at_us=stretch.now_us,
    )
