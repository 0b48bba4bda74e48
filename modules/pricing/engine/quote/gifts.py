"""Gifts: lines that promotions add, and what they mean for the taxable amounts (T-10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from modules.kernel.basket import GiftChoice, Notice, PromotionOutcome, PromotionResult
from modules.kernel.names import LineId, Sku
from modules.kernel.quantity import ONE
from modules.pricing.engine.case import Gift, Promoted
from modules.pricing.engine.prices import Selection
from modules.pricing.engine.quote.drafts import amount, levy_of, unit
from modules.pricing.engine.quote.items import Item, Move
from modules.pricing.engine.quote.labels import label
from modules.pricing.engine.quote.question import Question, Reckoning
from modules.pricing.engine.tax import Levy, gift_spread
from modules.pricing.model.taxes import TaxKind, TaxRule

Chosen = Mapping[Sku, tuple[Selection, Selection]]


def worth(question: Question, chosen: Chosen, skus: Iterable[Sku], reckoning: Reckoning) -> dict[Sku, int]:
    """What one unit of each gift costs otherwise, in minor units: it counts when promotions are compared (O-8)."""
    return {sku: _price(sku, ONE, question, chosen, reckoning)[1] for sku in skus}


def gift_items(gifts: Sequence[Gift], question: Question, chosen: Chosen, reckoning: Reckoning) -> list[Item]:
    """One line for each gift: its list price, and a discount of the same size. A gift without a price costs nothing
    otherwise; without an article there is none."""
    return [_item(gift, question, chosen, reckoning) for gift in gifts if gift.sku in question.goods.articles]


def _item(gift: Gift, question: Question, chosen: Chosen, reckoning: Reckoning) -> Item:
    article = question.goods.articles[gift.sku]
    levy = levy_of(question, gift.sku) or _untaxed(question, gift.sku)
    micros, minor, rule = _price(gift.sku, gift.quantity, question, chosen, reckoning)
    listed = Move("list_price", label("list_price", question.viewer.locale), minor, minor, rule)
    given = Move("promotion", gift.label, -minor, 0, gift.promotion)
    return Item(None, article, gift.quantity, levy, micros, minor, 0, last=(listed, given), gift_of=gift.promotion)


def _price(
    sku: Sku, quantity: int, question: Question, chosen: Chosen, reckoning: Reckoning
) -> tuple[int, int, tuple[str, int] | None]:
    """A unit in millionths, so much of it in minor units, and the row behind it."""
    row, levy = chosen[sku][0].original if sku in chosen else None, levy_of(question, sku)
    if row is None or levy is None:
        return 0, 0, None
    micros = unit(row, row.micros, levy, reckoning)
    return micros, amount(row, row.micros, quantity, levy, reckoning), (row.id, row.version)


def _untaxed(question: Question, sku: Sku) -> Levy:
    """On nothing there is no tax, whether or not a rate is known."""
    tax_class, country = question.goods.articles[sku].tax_class, question.place.country
    rule = TaxRule(id="", country=country, tax_class=tax_class, rate_micros=0, kind=TaxKind.ZERO)
    return Levy(rule, rule)


def gift_notices(promoted: Promoted) -> list[Notice]:
    """GIFT_OUT_OF_STOCK for each promotion the shopper may know of whose gift was earned and cannot be had."""
    return [
        Notice("GIFT_OUT_OF_STOCK", f"The gift of {one.label!r} is out of stock.", data={"promotion": one.promotion[0]})
        for one in (promoted.outcomes if promoted.lacks_gifts else ())
        if one.outcome is PromotionResult.OUT_OF_STOCK
    ]


def choice_notices(choices: Sequence[GiftChoice], gifts: Sequence[Gift]) -> list[Notice]:
    """GIFT_CHOICE_NOT_GIVEN for each choice of the shopper's whose promotion gives something else: it does not offer
    that, or that cannot be had."""
    given: dict[str, list[str]] = defaultdict(list)
    for gift in gifts:
        given[gift.promotion[0]].append(gift.sku)
    content = {choice.promotion for choice in choices if choice.sku in given.get(choice.promotion, ())}
    return [
        Notice(
            "GIFT_CHOICE_NOT_GIVEN",
            f"{choice.sku!r} cannot be the gift; it is {', '.join(map(repr, instead))}.",
            data={"promotion": choice.promotion, "sku": choice.sku, "given": instead},
        )
        for choice in choices
        if (instead := given.get(choice.promotion)) and choice.promotion not in content
    ]


def spread_gifts(
    goods: Sequence[Item], gifts: Sequence[Item], outcomes: Sequence[PromotionOutcome], reckoning: Reckoning
) -> list[Item]:
    """Goods and gifts behind them when what is paid is spread over both, promotion by promotion; the sum stays.

    The goods of a promotion are the lines whose units it used; where it used none, all lines.
    """
    items = [*goods, *gifts]
    used = {outcome.promotion: frozenset(each.line for each in outcome.units) for outcome in outcomes}
    for promotion in dict.fromkeys(gift.gift_of for gift in gifts):
        lines = used.get(promotion, frozenset()) if promotion else frozenset[LineId]()
        members = [index for index, item in enumerate(items) if _belongs(item, promotion, lines)]
        _spread(items, members, promotion, reckoning)
    return items


def _belongs(item: Item, promotion: tuple[str, int] | None, lines: frozenset[LineId]) -> bool:
    if item.gift_of is not None:
        return item.gift_of == promotion and bool(item.levy.rule.id)
    return not lines or item.line in lines


def _spread(items: list[Item], members: Sequence[int], promotion: tuple[str, int] | None, reckoning: Reckoning) -> None:
    lines, terms = [items[index] for index in members], reckoning.terms
    parts = gift_spread(
        [item.minor for item in lines],
        [item.list_minor for item in lines],
        [item.article.tax_class for item in lines],
        terms.step,
    )
    name = next((item.last[-1].label for item in lines if item.gift_of), "")
    for index, part in zip(members, parts, strict=True):
        if change := part - items[index].minor:
            items[index] = items[index].moved(change, "promotion", name, promotion)
