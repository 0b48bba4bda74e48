"""Builders of kernel words for tests: sensible defaults, keywords override."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from modules.kernel.basket import Basket, BasketLine
from modules.kernel.customer import Profile
from modules.kernel.money import Rounding
from modules.kernel.names import ChannelId, LineId, Locale, MarketId, PriceListId, Sku, SourceId, StoreId, TaxClass
from modules.kernel.place import Channel, Market, Store
from modules.kernel.policies import Policies, TaxRounding
from modules.kernel.product import Article
from modules.kernel.quantity import FREE, QuantityRules, parse_quantity
from modules.kernel.viewer import ANONYMOUS, Principal, Viewer

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""A Monday noon; the `now` of every viewer unless told otherwise."""


def a_market(
    id: str = "de",
    *,
    country: str = "DE",
    zone: str = "Europe/Berlin",
    currencies: Sequence[str] = ("EUR",),
    locales: Sequence[str] = ("de", "en"),
    rounding: Rounding = Rounding.HALF_UP,
    tax_rounding: TaxRounding = TaxRounding.LINE,
    line_steps: Sequence[tuple[str, int]] = (),
    policies: Policies | None = None,
) -> Market:
    """Germany, in euros; texts in German and English; the policies of section 7's default column."""
    return Market(
        MarketId(id),
        country,
        ZoneInfo(zone),
        tuple(currencies),
        tuple(Locale(locale) for locale in locales),
        rounding,
        tax_rounding,
        tuple(line_steps),
        policies or Policies(),
    )


def a_channel(
    id: str = "web",
    *,
    market: Market | None = None,
    price_lists: Iterable[str] = ("list",),
    sources: Iterable[str] = ("main",),
    few_left: int = 0,
    shows_figures: bool = True,
) -> Channel:
    """A web shop of `a_market()` with one price list and one source."""
    lists = tuple(PriceListId(name) for name in price_lists)
    places = tuple(SourceId(name) for name in sources)
    return Channel(ChannelId(id), market or a_market(), lists, places, few_left, shows_figures)


def a_store(
    id: str = "berlin", *, name: str = "Berlin Mitte", country: str = "DE", channels: Iterable[str] = ("web",)
) -> Store:
    """A store of the channel `web`."""
    return Store(StoreId(id), name, country, tuple(ChannelId(channel) for channel in channels))


def a_viewer(
    principal: Principal = ANONYMOUS,
    *,
    channel: Channel | None = None,
    store: Store | None = None,
    locale: str | None = None,
    now: datetime = NOW,
    currency: str | None = None,
    customer: Profile | None = None,
) -> Viewer:
    """A stranger in `a_channel()`, in its market's default language and currency. `a_viewer(OPERATOR)` may all."""
    place = channel or a_channel()
    language = Locale(locale) if locale else place.market.locales[0]
    return Viewer(principal, place, store, language, now, currency or place.market.currency, customer)


def an_article(
    sku: str = "A-1",
    *,
    tax_class: str = "standard",
    quantity_scale: int = 0,
    active_from_us: int | None = None,
    active_until_us: int | None = None,
    categories: Iterable[str] = (),
    group: str = "",
    quantities: QuantityRules = FREE,
    weight_grams: int | None = None,
) -> Article:
    """An article sold by the piece, always active."""
    return Article(
        Sku(sku),
        TaxClass(tax_class),
        quantity_scale,
        active_from_us,
        active_until_us,
        frozenset(categories),
        group,
        quantities,
        weight_grams,
    )


def a_basket(
    *lines: tuple[str, int | str] | BasketLine, codes: Iterable[str] = (), id: str = "", version: int = 0
) -> Basket:
    """A basket of `("A-1", 2)`, `("B-1", "0.5")`: lines are called "1", "2"... by place. Without lines: one A-1."""
    wishes = lines or (("A-1", 1),)
    filled = tuple(
        wish if isinstance(wish, BasketLine) else _line(position, *wish) for position, wish in enumerate(wishes, 1)
    )
    return Basket(filled, tuple(codes), id, version)


def _line(position: int, sku: str, quantity: int | str) -> BasketLine:
    return BasketLine(LineId(str(position)), Sku(sku), parse_quantity(str(quantity)))
