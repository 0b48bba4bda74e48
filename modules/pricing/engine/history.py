"""The public price over time, and the points that record it (L-1, L-2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from modules.kernel.moments import contains
from modules.kernel.place import Channel
from modules.kernel.product import Article
from modules.pricing.engine.prices import PriceContext, select
from modules.pricing.engine.schedule import edges_between
from modules.pricing.engine.tax import TaxBook, Terms, unit_prices
from modules.pricing.model.points import Cause, PricePoint
from modules.pricing.model.prices import PriceRow

SCHEDULES_BACK_US: Final = timedelta(days=400) // timedelta(microseconds=1)
"""How far back weekday hours are spelled out when history is taken in (L-3); windows have no such bound."""


_OPEN_END: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Place:
    """Where a public price is recorded: a channel, in one of its market's currencies."""

    channel: Channel
    currency: str


@dataclass(frozen=True, slots=True)
class Piece:
    """The public price of a time [from_us, to_us); `to_us` None: until now and on."""

    micros: int
    announced: bool
    from_us: int
    to_us: int | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """An article and its rows that are not personal, in all currencies."""

    article: Article
    rows: Sequence[PriceRow]

    @classmethod
    def of(cls, article: Article, rows: Iterable[PriceRow]) -> Subject:
        """Leaves personal rows out (L-2)."""
        return cls(article, [row for row in rows if not row.is_personal])


def places(channels: Iterable[Channel]) -> list[Place]:
    """All places of the shop, in the order of channels and currencies."""
    return [Place(channel, currency) for channel in channels for currency in channel.market.currencies]


def price_at(subject: Subject, place: Place, taxes: TaxBook, at_us: int) -> tuple[int, bool] | None:
    """What any consumer pays for one unit then, gross, in millionths, and whether it is announced as a reduction.

    None when the article is not on sale, or has no price or tax rate there: then nobody can buy it. A store's own
    rows count for the store, not for the channel (L-2).
    """
    article, market = subject.article, place.channel.market
    if not contains(article.active_from_us, article.active_until_us, at_us):
        return None
    selection = select(subject.rows, PriceContext.public(place.channel, place.currency, at_us))
    rule = taxes.rule(market.country, article.tax_class, at_us)
    if rule is None or selection.row is None or selection.original is None:
        return None
    terms = Terms.of(market, place.currency)
    gross, listed = (
        unit_prices(row.micros, row.tax_mode, rule.rate_micros, terms)[1] for row in (selection.row, selection.original)
    )
    return gross, listed > gross


def pieces(subject: Subject, place: Place, taxes: TaxBook, now_us: int) -> list[Piece]:
    """The public price as a step function up to now, oldest first; neighbours differ or do not touch.

    It begins where the first window of a row begins or ends: a row without a beginning says nothing about the past
    before that. With no window at all it begins now. The last piece is open when the price still holds.
    """
    found: list[Piece] = []
    edges = _edges(subject, place, taxes, now_us)
    for since, until in zip(edges, [*edges[1:], None], strict=True):
        price = price_at(subject, place, taxes, since)
        if price is None:
            continue
        before = found[-1] if found else None
        if before and before.to_us == since and (before.micros, before.announced) == price:
            found[-1] = replace(before, to_us=until)
        else:
            found.append(Piece(*price, since, until))
    return found


def _edges(subject: Subject, place: Place, taxes: TaxBook, now_us: int) -> list[int]:
    """All moments up to now at which the price may have changed; now itself when there is none."""
    channel, article = place.channel, subject.article
    rows = [row for row in subject.rows if row.price_list in channel.price_lists and row.currency == place.currency]
    found = {edge for row in rows for edge in (row.valid_from_us, row.valid_until_us) if edge is not None}
    for row in rows:
        found.update(edges_between(row.schedule, now_us - SCHEDULES_BACK_US, now_us, channel.market.zone))
    first = min(found, default=now_us)
    found.update(taxes.edges(channel.market.country, article.tax_class))
    found.update(edge for edge in (article.active_from_us, article.active_until_us) if edge is not None)
    return sorted({edge for edge in found if first <= edge <= now_us}) or [now_us]


def points_everywhere(
    subject: Subject, shop: Iterable[Place], taxes: TaxBook, held: Iterable[PricePoint], now_us: int, cause: Cause
) -> list[PricePoint]:
    """`points` for every place of the shop; `held` are those of all places."""
    by_place: dict[tuple[str, str, str], list[PricePoint]] = defaultdict(list)
    for point in held:
        by_place[point.market, point.channel, point.currency].append(point)
    found: list[PricePoint] = []
    for place in shop:
        key = place.channel.market.id, place.channel.id, place.currency
        found += points(subject, place, taxes, by_place[key], now_us, cause)
    return found


def points(
    subject: Subject, place: Place, taxes: TaxBook, held: Sequence[PricePoint], now_us: int, cause: Cause
) -> list[PricePoint]:
    """The points to write so that the history tells today's public price (L-1); none when it does already.

    `held` are the points of this sku and place: all of them for an import, otherwise those still open or ending
    later than now. A held point that ends now is given again with its end; nothing else of a held point changes.
    An import also tells the past that its rows' windows describe, where no point tells it yet and no live one lies
    before.
    """
    written: list[PricePoint] = []
    if cause is Cause.IMPORT:
        known = pieces(subject, place, taxes, now_us)
        written = [_point(subject, place, piece, now_us, cause) for piece in _untold(known, held)]
        if written and written[-1].to_us is None:
            return written
    current = price_at(subject, place, taxes, now_us)
    last = next((point for point in held if point.to_us is None), None)
    if current == (last and (last.micros, last.announced)):
        return written
    # A clock that stepped back, or a second change within a microsecond, must not make a piece end before it begins.
    moment = max([now_us, *(point.from_us + 1 if point.to_us is None else point.to_us for point in held)])
    if last:
        written.append(replace(last, to_us=moment))
    if current:
        written.append(_point(subject, place, Piece(*current, moment), now_us, cause))
    return written


def _point(subject: Subject, place: Place, piece: Piece, now_us: int, cause: Cause) -> PricePoint:
    return PricePoint(
        sku=subject.article.sku,
        market=place.channel.market.id,
        channel=place.channel.id,
        currency=place.currency,
        micros=piece.micros,
        from_us=piece.from_us,
        to_us=piece.to_us,
        announced=piece.announced,
        cause=cause,
        recorded_at_us=now_us,
    )


def _untold(known: Iterable[Piece], held: Sequence[PricePoint]) -> Iterator[Piece]:
    """The parts of the pieces that no held point covers and that lie before the first live one."""
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
