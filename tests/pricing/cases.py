"""Cases for promotions: wares, circumstances, and the answer in short."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from modules.kernel.basket import PromotionOutcome, PromotionResult
from modules.kernel.customer import Profile
from modules.kernel.moments import to_us
from modules.kernel.money import MICROS, exponent
from modules.kernel.names import CustomerId, LineId, PromotionId, Sku
from modules.kernel.place import Channel
from modules.kernel.policies import Policies
from modules.kernel.quantity import parse_quantity
from modules.pricing.engine.book import PromotionBook
from modules.pricing.engine.case import Circumstances, CodeClaim, Freight, Promoted, Ware
from modules.pricing.engine.promotions import promote
from modules.pricing.model.promotions import Amounts, Filter, Percent, Promotion
from tests.builders import NOW, a_channel, a_market, an_article


def percent(number: int) -> Percent:
    """So many percent."""
    return Percent(number * 10_000)


def euros(cents: int) -> Amounts:
    """An amount in EUR only."""
    return Amounts((("EUR", cents),))


def only(*skus: str) -> Filter:
    """These skus."""
    return Filter(skus=tuple(Sku(sku) for sku in skus), label=" or ".join(skus))


def a_ware(
    sku: str = "A",
    quantity: int | str = 1,
    minor: int = 1_000,
    *,
    line: str = "",
    list_minor: int | None = None,
    unit_list_micros: int | None = None,
    floor_minor: int = 0,
    is_reduced: bool = False,
    currency: str = "EUR",
    configuration: str = "",
    **article: Any,
) -> Ware:
    """A line that costs `minor` as a whole; its line id is the sku unless told otherwise."""
    micros = parse_quantity(str(quantity))
    listed = minor if list_minor is None else list_minor
    unit = MICROS // 10 ** exponent(currency)
    return Ware(
        LineId(line or sku),
        configuration,
        an_article(sku, **article),
        micros,
        minor,
        listed,
        listed * unit * MICROS // micros if unit_list_micros is None else unit_list_micros,
        is_reduced,
        floor_minor,
    )


def a_place(currency: str = "EUR", step: int = 1, **policies: Any) -> Channel:
    """A web shop in Germany with these policies."""
    market = a_market(currencies=(currency,), line_steps=((currency, step),) if step > 1 else ())
    return a_channel(market=replace(market, policies=Policies(**policies)))


def circumstances(**changes: Any) -> Circumstances:
    """A stranger in the web shop at NOW, paying in EUR; `freight` may be minor units."""
    given: dict[str, Any] = {"at_us": to_us(NOW), "currency": "EUR", "channel": a_place(), **changes}
    if isinstance(given.get("freight"), int):
        given["freight"] = Freight("parcel", given["freight"])
    return Circumstances(**given)


def a_customer(*segments: str, groups: Iterable[str] = (), orders: int = 0) -> Profile:
    """A known customer in these segments."""
    return Profile(CustomerId("c"), frozenset(groups), frozenset(segments), orders=orders)


def a_claim(code: str, promotion: str) -> CodeClaim:
    """A code that was entered and is known."""
    return CodeClaim(code, code, PromotionId(promotion))


def apply(*promotions: Promotion, to: Iterable[Ware], **circumstance: Any) -> Promoted:
    """What these promotions do to the wares."""
    return promote(tuple(to), circumstances(**circumstance), PromotionBook.of(promotions))


def left(wares: Iterable[Ware], promoted: Promoted) -> dict[str, int]:
    """What each line costs afterwards, by line id; the freight's discount is left out."""
    given = list(wares)
    cost = {ware.line: ware.minor for ware in given}
    for reduction in promoted.reductions:
        for index, minor in reduction.shares:
            if index is not None:
                cost[given[index].line] -= minor
    return {str(line): minor for line, minor in cost.items()}


def off(promoted: Promoted) -> int:
    """All that was taken off, freight included."""
    return sum(minor for reduction in promoted.reductions for _, minor in reduction.shares)


def outcomes(promoted: Promoted) -> dict[str, PromotionResult]:
    """What became of each promotion that is spoken of."""
    return {str(outcome.promotion[0]): outcome.outcome for outcome in promoted.outcomes}


def outcome(promoted: Promoted, id: str = "spring") -> PromotionOutcome:
    """What became of one promotion."""
    return next(one for one in promoted.outcomes if one.promotion[0] == id)


def rooms(**by_promotion: Any) -> Mapping[PromotionId, Any]:
    """What is left of limits."""
    return {PromotionId(id): room for id, room in by_promotion.items()}
