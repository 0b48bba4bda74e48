"""The public price: what any consumer pays for one unit somewhere, without personal condition (L-2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Final

from modules.kernel.moments import contains
from modules.kernel.names import PromotionId, Sku, StoreId
from modules.kernel.place import Channel, Store
from modules.kernel.policies import MissingTaxRule
from modules.kernel.product import Article
from modules.pricing.engine.actions.base import as_act
from modules.pricing.engine.articles import ArticlePlace, article_edges, reduced
from modules.pricing.engine.book import PromotionBook, of_article
from modules.pricing.engine.entries import Entry
from modules.pricing.engine.prices import PriceContext, earliest, floor, next_change, select
from modules.pricing.engine.schedule import edges_between
from modules.pricing.engine.tax import TaxBook, TaxPlace, Terms, unit_prices
from modules.pricing.model.points import PromotionVersion
from modules.pricing.model.prices import PriceKind, PriceRow
from modules.pricing.model.promotions import Promotion

PlaceKey = tuple[str, str, str, str]
"""Market, channel, store (empty: none) and currency."""

HOURS_BACK_US: Final = timedelta(days=400) // timedelta(microseconds=1)
"""How far back weekday hours are spelled out (L-3); windows have no such bound."""
FORTNIGHT_US: Final = timedelta(days=15) // timedelta(microseconds=1)


@dataclass(frozen=True)  # without slots, so that what follows from a place is found out once
class Place:
    """Where a public price is recorded: a channel or one of its stores, in one of the market's currencies."""

    channel: Channel
    currency: str
    store: Store | None = None

    @cached_property
    def key(self) -> PlaceKey:
        """How points know it."""
        return self.channel.market.id, self.channel.id, self.store.id if self.store else "", self.currency

    @cached_property
    def taxed(self) -> TaxPlace:
        """Whose tax is in it: the store's country's, otherwise the market's (T-2)."""
        market = self.channel.market
        home = self.store.country if self.store else market.country
        untaxed = market.policies.missing_tax_rule is MissingTaxRule.UNTAXED
        return TaxPlace(home, "", home, untaxed_without_rule=untaxed)

    @cached_property
    def terms(self) -> Terms:
        """How amounts are rounded there."""
        return Terms.of(self.channel.market, self.currency)

    @cached_property
    def articles(self) -> ArticlePlace:
        """Where article promotions are asked for."""
        return ArticlePlace(self.channel, self.store)

    def context(self, at_us: int) -> PriceContext:
        """What decides there between rows at a moment, without personal condition (L-2)."""
        return self._now.at(at_us)

    @cached_property
    def _now(self) -> PriceContext:
        stores = frozenset({self.store.id}) if self.store else frozenset()
        return PriceContext.public(self.channel, self.currency, 0, stores)


@dataclass(frozen=True)
class Shop:
    """All channels with their stores: the places where prices are public."""

    channels: Sequence[tuple[Place, ...]]
    stores: Mapping[StoreId, tuple[Place, ...]]

    @classmethod
    def of(cls, channels: Iterable[tuple[Channel, Sequence[Store]]]) -> Shop:
        """In the order of channels, stores and currencies."""
        whole: list[tuple[Place, ...]] = []
        stores: dict[StoreId, tuple[Place, ...]] = defaultdict(tuple)
        for channel, there in channels:
            currencies = channel.market.currencies
            whole.append(tuple(Place(channel, currency) for currency in currencies))
            for store in there:
                stores[store.id] += tuple(Place(channel, currency, store) for currency in currencies)
        return cls(whole, stores)

    def places(self, stores: Collection[str]) -> Sequence[Place]:
        """Every channel, and these of its stores."""
        if not stores:
            return self._everywhere
        return [*self._everywhere, *(place for name in sorted(stores) for place in self.stores.get(StoreId(name), ()))]

    @cached_property
    def _everywhere(self) -> tuple[Place, ...]:
        return tuple(place for group in self.channels for place in group)


@dataclass(frozen=True, slots=True)
class Subject:
    """An article and its rows that are not personal, in all currencies."""

    article: Article
    rows: Sequence[PriceRow]

    @classmethod
    def of(cls, article: Article, rows: Iterable[PriceRow]) -> Subject:
        """Leaves personal rows out (L-2)."""
        return cls(article, [row for row in rows if not row.is_personal])

    @property
    def stores(self) -> set[str]:
        """Stores with rows of their own: theirs count for them, not for the channel (L-2)."""
        return {value for row in self.rows for name, value in row.keys if name == "store"}

    def rows_of(self, place: Place) -> list[PriceRow]:
        """Those that may hold there."""
        lists = place.channel.price_lists
        return [row for row in self.rows if row.price_list in lists and row.currency == place.currency]


@dataclass(frozen=True, slots=True)
class Rules:
    """What public prices follow from besides articles and rows."""

    taxes: TaxBook
    book: PromotionBook = field(default_factory=PromotionBook)
    stores: frozenset[str] = frozenset()
    """Stores with article promotions of their own."""

    @classmethod
    def of(cls, taxes: TaxBook, book: PromotionBook) -> Rules:
        """What these books say."""
        return cls(taxes, book, book.stores())


@dataclass(frozen=True, slots=True)
class PublicPrice:
    """What any consumer pays for one unit, gross, in millionths, and the list price beside it."""

    micros: int
    list_micros: int
    promotions: tuple[PromotionVersion, ...] = ()
    perishable: bool = False

    @property
    def announced(self) -> bool:
        """Whether it is shown as a reduction."""
        return self.list_micros > self.micros


def goods_of(promotions: Iterable[Promotion]) -> list[Sku] | None:
    """The skus that article promotions may reduce; None: any."""
    found: set[Sku] = set()
    for action in (action for promotion in promotions for action in promotion.actions):
        anchors = as_act(action).required()
        if not anchors or any(kind != "sku" for kind, _ in anchors):
            return None
        found.update(Sku(name) for _, name in anchors)
    return sorted(found)


def price_at(subject: Subject, place: Place, rules: Rules, at_us: int) -> PublicPrice | None:
    """The public price then.

    None when the article is not on sale, or has no price or tax rate there: then nobody can buy it. A store's own
    rows count for the store, not for the channel; promotions count whose code is advertised to everybody, unless the
    market leaves those out (L-2, choice 17).
    """
    article, market = subject.article, place.channel.market
    if not contains(article.active_from_us, article.active_until_us, at_us):
        return None
    context = place.context(at_us)
    selection = select(subject.rows, context)
    levy = rules.taxes.levy(place.taxed, article.tax_class, at_us)
    row, original = selection.row, selection.original
    if levy is None or row is None or original is None:
        return None
    terms, rate = place.terms, levy.rule.rate_micros
    gross = listed = unit_prices(row.micros, row.tax_mode, rate, terms)[1]
    if original is not row:
        listed = unit_prices(original.micros, original.tax_mode, rate, terms)[1]
    least = floor(subject.rows, context).row
    micros, promotions = reduced(
        gross,
        article,
        place.articles,
        rules.book,
        at_us,
        terms,
        market.policies.prior_price.public_codes,
        unit_list_micros=listed,
        is_reduced=row.kind is PriceKind.SALE,
        floor_micros=unit_prices(least.micros, least.tax_mode, rate, terms)[1] if least else 0,
    )
    versions = tuple((PromotionId(id), version) for id, version in promotions)
    return PublicPrice(micros, max(listed, gross), versions, _perishable(versions, rules.book))


def edges(subject: Subject, place: Place, rules: Rules, from_us: int, until_us: int) -> set[int]:
    """All moments within [from, until) at which the public price may change by itself."""
    article, zone = subject.article, place.channel.market.zone
    found: set[int] = set()
    for row in subject.rows_of(place):
        found.update(edge for edge in (row.valid_from_us, row.valid_until_us) if edge is not None)
        found.update(edges_between(row.schedule, max(from_us, until_us - HOURS_BACK_US), until_us, zone))
    found.update(rules.taxes.edges(place.taxed.country, article.tax_class))
    found.update(edge for edge in (article.active_from_us, article.active_until_us) if edge is not None)
    since = max(from_us, until_us - HOURS_BACK_US)
    found.update(article_edges(article, place.articles, rules.book, since, until_us, True))
    found.update(_windows(article, place, rules.book))
    return {edge for edge in found if from_us <= edge < until_us}


def next_edge(subject: Subject, place: Place, rules: Rules, at_us: int) -> int | None:
    """The first moment after the instant at which the public price may change by itself."""
    article, zone = subject.article, place.channel.market.zone
    rows = [next_change(row, at_us, zone) for row in subject.rows_of(place) if not row.is_timeless]
    rate = rules.taxes.next_change(place.taxed, article.tax_class, at_us)
    life = [edge for edge in (article.active_from_us, article.active_until_us) if edge is not None and edge > at_us]
    return earliest(*rows, *life, rate, next_promotion(article, place, rules.book, at_us, True))


def next_promotion(article: Article, place: Place, book: PromotionBook, at_us: int, public_codes: bool) -> int | None:
    """The first moment after the instant at which article promotions may make another price of this article."""
    index = book.articles(place.channel, place.store)
    if index.is_empty:
        return None
    entries = list(index.everything(of_article(article)))
    windows = (edge for entry in entries for edge in _window(entry) if edge > at_us)
    if not any(entry.promotion.schedule or entry.promotion.condition for entry in entries):
        return min(windows, default=None)
    # Hours come again every week, but for the hour that is missing in spring.
    hours = article_edges(article, place.articles, book, at_us + 1, at_us + FORTNIGHT_US, public_codes)
    return earliest(*windows, *hours[:1])


def _windows(article: Article, place: Place, book: PromotionBook) -> Iterator[int]:
    """When promotions of this article begin and end."""
    for entry in book.articles(place.channel, place.store).everything(of_article(article)):
        yield from _window(entry)


def _window(entry: Entry) -> Iterator[int]:
    window = entry.promotion.valid_from_us, entry.promotion.valid_until_us
    return (edge for edge in window if edge is not None)


def _perishable(versions: Iterable[PromotionVersion], book: PromotionBook) -> bool:
    entries = (book.entry(promotion) for promotion, _ in versions)
    return any(entry is not None and entry.promotion.perishable for entry in entries)
