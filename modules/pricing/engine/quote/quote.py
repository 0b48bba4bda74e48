"""Basket in, quote out: list price, quantity price, reduction, promotions, gifts, tax, delivery, cash, in this order.

Nothing is changed, nothing is undone: without a promotion the same question gives the cart as if it had never been
there (O-12).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modules.kernel.basket import Basket, DeliveryCost, Notice, Quote, QuoteLine
from modules.kernel.names import LineId
from modules.kernel.stages import Stages, at_once
from modules.kernel.viewer import Viewer
from modules.pricing.engine.answers import Goods
from modules.pricing.engine.case import Circumstances, Promoted
from modules.pricing.engine.promotions import promote
from modules.pricing.engine.quote.claims import code_notices
from modules.pricing.engine.quote.delivery import Carriage, carriage
from modules.pricing.engine.quote.drafts import Find, draft, finds, selections
from modules.pricing.engine.quote.gifts import Chosen, choice_notices, gift_items, gift_notices, spread_gifts, worth
from modules.pricing.engine.quote.identity import digest, valid_until
from modules.pricing.engine.quote.items import Item, items, quote_line, with_tax
from modules.pricing.engine.quote.question import Question, Reckoning, Rules
from modules.pricing.engine.quote.totals import rounding, summaries, total_of
from modules.pricing.engine.tax import Taxable, taxes


def quote(basket: Basket, goods: Goods, viewer: Viewer, rules: Rules | None = None) -> Quote:
    """Prices a basket for a viewer at his moment; the same question always has the same answer.

    `goods` and `rules` hold what the basket names and the gifts that it may earn. A line without article, price or tax
    rate is left out and has a notice, as has every code that has no effect. Never raises for odd goods or wishes.
    """
    return at_once(stages(basket, goods, viewer, rules))


def stages(basket: Basket, goods: Goods, viewer: Viewer, rules: Rules | None = None) -> Stages[Quote]:
    """`quote` in three parts: what the lines cost, what promotions make of it, and the answer with its taxes."""
    question = Question.of(basket, goods, viewer, rules or Rules())
    chosen = selections(question, goods.articles.keys() | {line.sku for line in basket.lines})
    found, missing = finds(question, chosen)
    reckoning = Reckoning.of(question, [find.row.tax_mode for find in found])
    drafts = [draft(find, question, reckoning) for find in found]
    freight, refused = carriage(question, reckoning, drafts)
    yield
    circumstances = _circumstances(question, chosen, reckoning, freight)
    promoted = promote([each.ware() for each in drafts], circumstances, question.rules.book)
    if freight:
        freight = freight.reduced(promoted.reductions, viewer.currency)
    bought = items(drafts, promoted, reckoning, viewer.locale)
    everything = _with_gifts(bought, promoted, question, chosen, reckoning)
    promised = [*code_notices(promoted.claims, promoted.outcomes), *gift_notices(promoted)]
    chosen_gifts = choice_notices(basket.gifts, promoted.gifts)
    yield
    notices = [*missing, *refused, *question.place.notices(), *promised, *chosen_gifts]
    return _answer(question, reckoning, chosen, found, everything, freight, promoted, notices)


def _circumstances(question: Question, chosen: Chosen, reckoning: Reckoning, freight: Carriage | None) -> Circumstances:
    viewer, basket, rules = question.viewer, question.basket, question.rules
    return Circumstances(
        at_us=question.at_us,
        currency=viewer.currency,
        channel=viewer.channel,
        store=viewer.store,
        locale=viewer.locale,
        customer=viewer.customer,
        claims=rules.claims,
        drafts=frozenset(basket.drafts),
        payment=basket.payment,
        freight=freight.freight if freight else None,
        rooms=rules.rooms,
        stock=rules.stock,
        gifts=basket.gifts,
        gift_minor=worth(question, chosen, rules.gifts, reckoning),
    )


def _with_gifts(
    goods: list[Item], promoted: Promoted, question: Question, chosen: Chosen, reckoning: Reckoning
) -> list[Item]:
    gifts = gift_items(promoted.gifts, question, chosen, reckoning)
    if gifts and question.market.policies.gift_spread:
        return spread_gifts(goods, gifts, promoted.outcomes, reckoning)
    return [*goods, *gifts]


def _answer(
    question: Question,
    reckoning: Reckoning,
    chosen: Chosen,
    found: Sequence[Find],
    everything: Sequence[Item],
    freight: Carriage | None,
    promoted: Promoted,
    notices: Sequence[Notice],
) -> Quote:
    """Tax on all of it at once, so that sums hold at every level (T-8); then the totals."""
    viewer, currency = question.viewer, question.currency
    taxables = [each.taxable(reckoning.mode) for each in everything]
    parcels = freight.taxables(taxables, question, reckoning) if freight else []
    due = taxes([*taxables, *parcels], reckoning.terms)
    lines = [quote_line(*pair, reckoning, viewer.locale) for pair in zip(everything, due, strict=False)]
    delivery = _delivery(freight, parcels, due[len(everything) :], question, reckoning)
    subtotal = total_of((line.total for line in lines), currency)
    total = subtotal + delivery.total if delivery else subtotal
    parts = [*(line.total for line in lines), *([delivery.total] if delivery else [])]
    return Quote(
        id=digest(question, found, promoted, parts),
        at=viewer.now,
        valid_until=valid_until(question, chosen, promoted),
        lines=tuple(_in_order(lines, question.basket)),
        taxes=summaries([*taxables, *parcels], due, question, reckoning),
        subtotal=subtotal,
        total=total,
        notices=tuple(notices),
        promotions=promoted.outcomes,
        delivery=delivery,
        rounding=rounding(total.gross, question),
        tax_estimated=question.place.estimated,
    )


def _delivery(
    freight: Carriage | None, parcels: Sequence[Taxable], due: Sequence[int], question: Question, reckoning: Reckoning
) -> DeliveryCost | None:
    if freight is None:
        return None
    parts = (with_tax(parcel.minor, tax, reckoning) for parcel, tax in zip(parcels, due, strict=True))
    return freight.cost(total_of(parts, question.currency), question, reckoning)


def _in_order(lines: Sequence[QuoteLine], basket: Basket) -> list[QuoteLine]:
    """Lines as the basket has them, gifts behind."""
    positions: Mapping[LineId | None, int] = {line.id: index for index, line in enumerate(basket.lines)}
    return sorted(lines, key=lambda line: len(positions) if line.is_gift else positions[line.line])
