"""Price rows and tax rules with sensible defaults, keywords override."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from modules.kernel.customer import Profile
from modules.kernel.errors import Unavailable
from modules.kernel.moments import to_us
from modules.kernel.money import parse_micros
from modules.kernel.names import CustomerId, PriceListId, SegmentId, Sku, TaxClass
from modules.kernel.place import Channel, Store
from modules.kernel.policies import TaxMode
from modules.kernel.product import Article
from modules.kernel.quantity import parse_quantity, pieces
from modules.kernel.stock import Availability, AvailabilityState
from modules.kernel.viewer import Viewer
from modules.pricing.engine.answers import Goods
from modules.pricing.engine.conditions import CustomerSegment
from modules.pricing.engine.tax import TaxBook
from modules.pricing.model.lists import Derivation, Ending, ExchangeRates, PriceList, Rate
from modules.pricing.model.prices import PriceKind, PriceRow, PriceRowInput, Span, Tier
from modules.pricing.model.promotions import Action, Promotion, PromotionState
from modules.pricing.model.taxes import TaxKind, TaxRule
from tests.builders import a_store, an_article


def a_row(
    amount: str = "10.00",
    *,
    id: str = "row",
    sku: str = "A-1",
    currency: str = "EUR",
    tax_mode: TaxMode = TaxMode.GROSS,
    price_list: str = "list",
    kind: PriceKind = PriceKind.BASE,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    schedule: Sequence[Span] = (),
    tiers: Sequence[tuple[str, str]] = (),
    version: int = 1,
    **keys: str,
) -> PriceRow:
    """A gross list price without any key."""
    return PriceRow(
        id=id,
        sku=Sku(sku),
        currency=currency,
        micros=parse_micros(amount),
        tax_mode=tax_mode,
        price_list=PriceListId(price_list),
        kind=kind,
        keys=tuple(keys.items()),
        valid_from_us=to_us(valid_from) if valid_from else None,
        valid_until_us=to_us(valid_until) if valid_until else None,
        schedule=tuple(schedule),
        tiers=tuple(Tier(parse_quantity(least), parse_micros(price)) for least, price in tiers),
        version=version,
    )


def a_derived_list(
    id: str = "us",
    *,
    source: str = "list",
    rates: str = "ecb",
    pair: tuple[str, str] = ("EUR", "USD"),
    ending: Ending | None = None,
) -> PriceList:
    """Dollars out of the euros of `list`."""
    return PriceList(id=PriceListId(id), derivation=Derivation(PriceListId(source), rates, *pair, ending), version=1)


def some_rates(id: str = "ecb", *rates: tuple[str, str, str], version: int = 1) -> ExchangeRates:
    """Of one day, each (from, to, decimal rate)."""
    found = tuple(sorted(Rate(source, target, parse_micros(text)) for source, target, text in rates))
    return ExchangeRates(id=id, day=date(2026, 3, 2), rates=found, version=version)


def a_tax_rule(
    rate: str = "0.19",
    *,
    id: str | None = None,
    country: str = "DE",
    region: str = "",
    tax_class: str = "standard",
    kind: TaxKind = TaxKind.STANDARD,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> TaxRule:
    """Nineteen per cent on everything standard in Germany."""
    return TaxRule(
        id=id or f"{region or country}-{tax_class}-{rate}",
        country=country,
        region=region,
        tax_class=TaxClass(tax_class),
        rate_micros=parse_micros(rate),
        kind=kind,
        valid_from_us=to_us(valid_from) if valid_from else None,
        valid_until_us=to_us(valid_until) if valid_until else None,
        version=1,
    )


def some_goods(
    *rows: PriceRow, rules: Iterable[TaxRule] | None = None, articles: Iterable[Article] | None = None
) -> Goods:
    """Rows with their standard articles and one tax rule, unless told otherwise."""
    found: dict[Sku, list[PriceRow]] = {}
    for row in rows:
        found.setdefault(row.sku, []).append(row)
    known = articles if articles is not None else [an_article(sku) for sku in found]
    return Goods(
        {article.sku: article for article in known}, found, TaxBook([a_tax_rule()] if rules is None else rules)
    )


def a_row_input(**changes: Any) -> PriceRowInput:
    """10.00 EUR gross for A-1 on the list of `a_channel()`."""
    given: dict[str, Any] = {
        "sku": "A-1",
        "price_list": "list",
        "currency": "EUR",
        "amount": "10.00",
        "tax_mode": TaxMode.GROSS,
    }
    return PriceRowInput(**{**given, **changes})


def a_promotion(*actions: Action, **changes: Any) -> Promotion:
    """An active one without conditions, called "spring"."""
    given: dict[str, Any] = {
        "id": "spring",
        "names": (("de", "Frühling"), ("en", "Spring")),
        "state": PromotionState.ACTIVE,
        "version": 1,
    }
    return Promotion(**{**given, **changes}, actions=actions)


class ArticlesInMemory:
    """The port Articles over a dict."""

    def __init__(self, *articles: Article) -> None:
        self.held = {article.sku: article for article in articles}
        self.calls = 0

    async def articles(self, skus: Sequence[Sku]) -> list[Article | None]:
        self.calls += 1
        return [self.held.get(sku) for sku in skus]

    async def nearest(self, skus: Sequence[str]) -> list[list[Sku]]:
        return [[held for held in self.held if held[:1] == sku[:1]][:3] for sku in skus]

    async def categories(self, ids: Sequence[str]) -> frozenset[str]:
        return frozenset(ids) & {name for held in self.held.values() for name in held.categories}

    async def groups(self, ids: Sequence[str]) -> frozenset[str]:
        return frozenset(ids) & {held.group for held in self.held.values()}


class ChannelsInMemory:
    """The port Channels over a list."""

    def __init__(self, *channels: Channel) -> None:
        self.held = list(channels)

    def channels(self) -> Sequence[Channel]:
        return self.held

    def stores(self, channel: Channel) -> Sequence[Store]:
        return [a_store("berlin")] if channel in self.held else []


class StockInMemory:
    """The port Stock over a dict of pieces; what is not in it nobody counts. It may be down."""

    def __init__(self, **pieces_by_sku: int) -> None:
        self.held = pieces_by_sku
        self.calls = 0
        self.answers = True

    async def availability(self, skus: Sequence[Sku], viewer: Viewer) -> list[Availability]:
        self.calls += 1
        if not self.answers:
            raise Unavailable("Inventory")
        return [self._answer(sku) for sku in skus]

    def _answer(self, sku: Sku) -> Availability:
        if sku not in self.held:
            return Availability(sku, AvailabilityState.UNKNOWN, None, None, ())
        return Availability(sku, AvailabilityState.IN_STOCK, pieces(self.held[sku]), None, ())


class CustomersInMemory:
    """The port Customers over a dict."""

    def __init__(self, *profiles: Profile) -> None:
        self.held = {profile.id: profile for profile in profiles}

    async def profiles(self, ids: Sequence[CustomerId], at: datetime) -> list[Profile | None]:
        return [self.held.get(id) for id in ids]

    def segment_ids(self) -> Collection[str]:
        return {segment for profile in self.held.values() for segment in profile.segments}


def in_segment(*names: str) -> CustomerSegment:
    """The customer is in one of these segments."""
    return CustomerSegment(tuple(SegmentId(name) for name in names))
