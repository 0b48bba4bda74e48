"""Article promotions: unconditional reductions of single articles. They are public prices and feed the history (L-2).

The price of one unit and a line in a cart are reduced by the same steps, each line by itself: what an article costs
does not depend on what else lies in the cart. So promotions that exclude one another are decided between per article.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from modules.kernel.money import Rounding, divide
from modules.kernel.names import LineId
from modules.kernel.place import Channel, Store
from modules.kernel.policies import Policies
from modules.kernel.product import Article
from modules.kernel.quantity import ONE
from modules.pricing.engine.actions.base import Act
from modules.pricing.engine.actions.items import ItemAmountOff, ItemPercentOff, is_of_list_price
from modules.pricing.engine.book import Index, PromotionBook, of_article
from modules.pricing.engine.case import Circumstances, Ware
from modules.pricing.engine.combine import Contest
from modules.pricing.engine.conditions.hours import InHours
from modules.pricing.engine.entries import Entry, is_article_promotion
from modules.pricing.engine.ledger import Ledger
from modules.pricing.engine.schedule import edges_between, is_open
from modules.pricing.engine.tax import Terms
from modules.pricing.engine.view import Case, View, percent_of
from modules.pricing.model.prices import Span
from modules.pricing.model.promotions import Condition, Filter, Trigger

__all__ = ["ArticlePlace", "article_edges", "is_article_promotion", "reduced"]

Reach = tuple[Entry, tuple[Act, ...]]
"""An entry and those of its actions that touch the article."""


@dataclass(frozen=True, slots=True)
class ArticlePlace:
    """Where a public price is asked for: a store's own promotions count for that store only (L-2)."""

    channel: Channel
    store: Store | None = None

    def at(self, at_us: int, currency: str) -> Circumstances:
        """The circumstances of anybody there."""
        return Circumstances(at_us, currency, self.channel, self.store)


@dataclass(slots=True)
class Priced:
    """An article's amount as its promotions see it. Amounts are multiples of `grain`; `scale` of them are one minor
    unit of the currency."""

    amount: int
    list_amount: int
    units: int
    currency: str
    rounding: Rounding
    policies: Policies
    grain: int = 1
    scale: int = 1
    floor: int = 0
    is_reduced: bool = False


@dataclass(slots=True)
class Reduced:
    """What article promotions made of an amount."""

    shares: tuple[tuple[Entry, int], ...]
    """In the order in which they applied, each above 0."""
    worth: int
    cut_short: tuple[Entry, ...] = ()
    """Those that would have taken off more than there was room for (O-4, O-10)."""

    def grants(self, entry: Entry) -> bool:
        """Whether this promotion gives anything."""
        return any(one is entry for one, _ in self.shares)


def reduced(
    unit_gross_micros: int,
    article: Article,
    place: ArticlePlace,
    book: PromotionBook,
    at_us: int,
    terms: Terms,
    with_public_codes: bool = False,
    *,
    unit_list_micros: int | None = None,
    is_reduced: bool = False,
    floor_micros: int = 0,
) -> tuple[int, tuple[tuple[str, int], ...]]:
    """What one unit costs after the article promotions that hold, and their ids and versions in order.

    The same discounts as on a cart's line of one unit; a price with more decimals than the currency keeps them. With
    `with_public_codes` promotions count that anybody may use with a code that is no secret (L-2). `unit_list_micros`
    is the list price where another row holds, `is_reduced` says that this row is a public reduction (O-9).
    """
    index = book.articles(place.channel, place.store)
    listed = unit_gross_micros if unit_list_micros is None else unit_list_micros
    reach = sorted(_reaching(index, article, listed, place, at_us, terms, with_public_codes), key=_rank)
    if not reach:
        return unit_gross_micros, ()
    grain = terms.step * terms.minor_micros
    grain = 1 if unit_gross_micros % grain else grain
    priced = Priced(
        unit_gross_micros,
        listed,
        1,
        terms.currency,
        terms.rounding,
        place.channel.market.policies,
        grain=grain,
        scale=terms.minor_micros,
        floor=floor_micros,
        is_reduced=is_reduced,
    )
    result = reduce(priced, reach)
    return unit_gross_micros - result.worth, tuple((one.id, one.promotion.version) for one, _ in result.shares)


def article_edges(
    article: Article,
    place: ArticlePlace,
    book: PromotionBook,
    from_us: int,
    until_us: int,
    with_public_codes: bool = False,
) -> list[int]:
    """The moments within [from, until) at which `reduced` may begin to say something else, sorted, each once."""
    market = place.channel.market
    edges: set[int] = set()
    for entry in book.articles(place.channel, place.store).everything(of_article(article)):
        promotion = entry.promotion
        if promotion.trigger is Trigger.AUTOMATIC or with_public_codes:
            window = (promotion.valid_from_us, promotion.valid_until_us)
            edges.update(edge for edge in window if edge is not None and from_us <= edge < until_us)
            for spans in (promotion.schedule, *_hours(promotion.condition)):
                edges.update(edges_between(spans, from_us, until_us, market.zone))
    return sorted(edges)


def reduce(priced: Priced, reach: Sequence[Reach]) -> Reduced:
    """Applies these promotions, which stand by rank, to one article, those that exclude one another as the market's
    policy says (O-8)."""
    if len(reach) == 1 or not any(entry.is_exclusive or entry.promotion.exclusion_group for entry, _ in reach):
        return _apply(priced, reach)
    acts = dict(reach)
    contest = Contest(
        [entry for entry, _ in reach],
        lambda one, other: (
            bool(one.promotion.exclusion_group) and one.promotion.exclusion_group == other.promotion.exclusion_group
        ),
        lambda entries: _apply(priced, [(entry, acts[entry]) for entry in entries]),
        priced.policies.exclusivity,
    )
    return contest.settle().result


def _rank(reach: Reach) -> tuple[int, str]:
    return reach[0].rank


def _apply(priced: Priced, reach: Iterable[Reach]) -> Reduced:
    amount, groups = priced.amount, set()
    shares, cut_short = [], []
    for entry, acts in reach:
        group = entry.promotion.exclusion_group
        untouched = not priced.is_reduced and amount == priced.amount
        if (group and group in groups) or not (untouched or entry.promotion.applies_to_reduced):
            continue
        before, is_cut = amount, False
        for act in acts:
            room = max(amount - priced.floor, 0) // priced.grain * priced.grain
            wish = _discount(act, amount, priced)
            amount -= min(wish, room)
            is_cut |= wish > room
        cut_short += [entry] if is_cut else []
        if before > amount:
            shares.append((entry, before - amount))
            groups.add(group)
    return Reduced(tuple(shares), priced.amount - amount, tuple(cut_short))


def _discount(act: Act, amount: int, priced: Priced) -> int:
    if isinstance(act, ItemPercentOff):
        policies = priced.policies
        base = priced.list_amount if is_of_list_price(act.basis, policies) else amount
        return percent_of(base, act.percent, priced.grain, priced.rounding, policies.percent_rounding)
    assert isinstance(act, ItemAmountOff)
    each = (act.amount.of(priced.currency) or 0) * priced.scale
    return divide(each, priced.grain, priced.rounding) * priced.grain * priced.units


def _reaching(
    index: Index,
    article: Article,
    unit_list_micros: int,
    place: ArticlePlace,
    at_us: int,
    terms: Terms,
    with_public_codes: bool,
) -> Iterator[Reach]:
    if index.is_empty:
        return
    circumstances = place.at(at_us, terms.currency)
    found, _ = index.candidates(of_article(article), circumstances)
    if not found:
        return
    ware = Ware(LineId(""), "", article, ONE, 0, 0, unit_list_micros)
    case = Case.of((ware,), circumstances)
    ledger = Ledger([0], [None], [1], [False])
    for entry in found:
        promotion = entry.promotion
        if promotion.trigger is Trigger.CODE and not with_public_codes:
            continue
        if is_open(promotion.schedule, at_us, place.channel.market.zone):
            view = View(case, ledger, promotion)
            acts = tuple(act for _, acts in entry.acts for act in acts if case.lines(goods_of(act)))
            if acts and (entry.condition is None or entry.condition.judge(view).met):
                yield entry, acts


def goods_of(act: Act) -> Filter:
    """The one filter of an action that reduces articles."""
    (goods,) = act.filters()
    return goods


def _hours(condition: Condition | None) -> Iterator[tuple[Span, ...]]:
    if isinstance(condition, InHours):
        yield condition.spans
    for part in getattr(condition, "conditions", ()):
        yield from _hours(part)
