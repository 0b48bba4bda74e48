"""Forecasts: the public price and what may be said of it, if a promotion held (L-4, L-5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from modules.kernel.product import Article
from modules.pricing.engine.book import PromotionBook, of_article
from modules.pricing.engine.history import Stretch, by_place, carried, lineage, places_of
from modules.pricing.engine.lowest import allowed, prior_price
from modules.pricing.engine.public import FORTNIGHT_US, Place, PublicPrice, Rules, Shop, Subject, edges, price_at
from modules.pricing.model.forecasts import Forecast
from modules.pricing.model.points import Cause, Piece, PricePoint, PriorPrice, Verdict
from modules.pricing.model.promotions import Promotion, PromotionState

_LOOKED_AT: Final = 50
"""Moments after its beginning that are looked at for the first at which a promotion applies."""


def planned(rules: Rules, promotions: Iterable[Promotion], promotion: Promotion) -> Rules:
    """The rules as they would be with this promotion active, in place of its held version."""
    others = [one for one in promotions if one.id != promotion.id]
    active = replace(promotion, state=PromotionState.ACTIVE)
    return Rules.of(rules.taxes, PromotionBook.of([*others, active]))


def reaches(article: Article, shop: Shop, then: Rules, promotion: Promotion) -> bool:
    """Whether the promotion may reduce this article anywhere."""
    return any(
        entry.id == promotion.id
        for place in shop.places(then.stores)
        for entry in then.book.articles(place.channel, place.store).everything(of_article(article))
    )


def forecasts(
    subject: Subject,
    shop: Shop,
    rules: tuple[Rules, Rules],
    promotion: Promotion,
    whole: Mapping[int, Sequence[PricePoint]],
    now_us: int,
) -> Iterator[Forecast]:
    """One for each place where the promotion would make a public price of this sku, at the moment from which it would.

    `rules` are those that hold and those with the promotion; `whole` is the sku's history.
    """
    before, then = rules
    begin = max(now_us, promotion.valid_from_us or 0)
    for place in places_of(subject, shop, then, by_place(whole.get(0, ()))):
        found = _first_price(subject, place, then, promotion, begin)
        if found is None:
            continue
        at_us, price = found
        prior = _prior(subject, place, before, price, whole, (now_us, at_us))
        yield Forecast(
            sku=subject.article.sku,
            market=place.channel.market.id,
            channel=place.channel.id,
            store=place.key[2],
            currency=place.currency,
            micros=price.micros,
            prior=prior,
            warning=is_loss(prior, promotion.announced_percent),
        )


def is_loss(prior: PriorPrice, announced_percent: int | None) -> bool:
    """Whether the percentage that is planned for the badge may not be announced, or nothing at all may."""
    if prior.verdict in (Verdict.NOT_A_REDUCTION, Verdict.NO_PRIOR_PRICE):
        return True
    return (
        announced_percent is not None
        and prior.allowed_percent is not None
        and announced_percent > prior.allowed_percent
    )


def over_channels(found: Sequence[tuple[int, PriorPrice]]) -> PriorPrice | None:
    """What may be announced over several channels at once, from the price in each and what is said of it there: the
    lowest prior price of them, and a percentage that is true in each (L-5). None where no channel has a reduction.

    Nothing may be announced over a channel in which nothing may.
    """
    reduced = [(micros, prior) for micros, prior in found if prior.verdict is not Verdict.NO_REDUCTION]
    measured = [(micros, prior) for micros, prior in reduced if not prior.exempt]
    if not reduced or not measured:
        return reduced[0][1] if reduced else None
    never = next((prior for _, prior in measured if prior.micros is None), None)
    if never:
        return never
    lowest = min((prior for _, prior in measured), key=lambda prior: prior.micros or 0)
    verdict, percent = allowed(lowest.micros or 0, max(micros for micros, _ in measured))
    return replace(lowest, verdict=verdict, allowed_percent=percent)


def _first_price(
    subject: Subject, place: Place, then: Rules, promotion: Promotion, begin_us: int
) -> tuple[int, PublicPrice] | None:
    """The first moment at which the promotion is in the price, and that price."""
    later = sorted(edges(subject, place, then, begin_us + 1, begin_us + FORTNIGHT_US))
    for at_us in (begin_us, *islice(later, _LOOKED_AT)):
        price = price_at(subject, place, then, at_us)
        if price and any(id == promotion.id for id, _ in price.promotions):
            return at_us, price
    return None


def _prior(
    subject: Subject,
    place: Place,
    before: Rules,
    price: PublicPrice,
    whole: Mapping[int, Sequence[PricePoint]],
    stretch: tuple[int, int],
) -> PriorPrice:
    """The history, carried on by the rules that hold until the price begins, then by the price."""
    now_us, at_us = stretch
    if at_us > now_us:
        whole = carried(subject, place, before, whole, Stretch(now_us, at_us - 1, Cause.TIME))
    told = lineage(whole, place.key)
    begin = max([at_us, *(piece.from_us + 1 if piece.to_us is None else piece.to_us for piece in told)])
    told = [piece if piece.to_us is not None else replace(piece, to_us=begin) for piece in told]
    if told and _same(told[-1], price) and told[-1].to_us == begin:
        told[-1] = replace(told[-1], to_us=None)
    else:
        told.append(Piece(price.micros, price.announced, begin, None, price.perishable))
    market = place.channel.market
    return prior_price(told, begin, market.policies.prior_price, market.zone)


def _same(piece: Piece, price: PublicPrice) -> bool:
    return (piece.micros, piece.announced, piece.perishable) == (price.micros, price.announced, price.perishable)
