"""What a quote is known by, and how long it holds (P-8)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import orjson

from modules.kernel.basket import TaxedMoney
from modules.kernel.moments import from_us
from modules.kernel.names import Sku
from modules.pricing.engine.case import Promoted
from modules.pricing.engine.prices import Selection, earliest
from modules.pricing.engine.quote.configured import changes
from modules.pricing.engine.quote.drafts import Find
from modules.pricing.engine.quote.question import Question

LONGEST: Final = timedelta(hours=24)
"""How long a quote holds when nothing is known to change it earlier (P-8)."""


def valid_until(question: Question, chosen: Mapping[Sku, tuple[Selection, Selection]], promoted: Promoted) -> datetime:
    """The next moment at which a row, a surcharge, a rate, a promotion or a segment of the customer's may change an
    amount; a day from now at most."""
    at_us, place, taxes = question.at_us, question.place, question.goods.taxes
    classes = {article.tax_class for article in question.goods.articles.values()}
    if question.rules.shipping:
        classes.add(question.rules.shipping.tax_class)
    rates = (taxes.next_change(place, tax_class, at_us) for tax_class in classes)
    rows = (selection.until_us for pair in chosen.values() for selection in pair)
    segments = question.viewer.customer.until_us if question.viewer.customer else None
    until = earliest(promoted.until_us, segments, *rates, *rows, *changes(question))
    longest = question.viewer.now + LONGEST
    return longest if until is None else min(from_us(until), longest)


def digest(question: Question, found: Sequence[Find], promoted: Promoted, parts: Sequence[TaxedMoney]) -> str:
    """The same basket, amounts and rules have the same id, whenever they are asked about."""
    basket, viewer = question.basket, question.viewer
    store = viewer.store.id if viewer.store else ""
    rows = [(find.row.id, find.row.version, find.original.id, find.original.version) for find in found]
    rates = [(find.levy.rule.id, find.levy.rule.version, find.levy.code) for find in found]
    shipping = question.rules.shipping
    gifts = [(gift.promotion, gift.sku, gift.quantity) for gift in promoted.gifts]
    wishes = [(line.id, line.sku, line.quantity, line.configuration) for line in basket.lines]
    goal = basket.destination
    document = [
        (basket.id, basket.version, basket.codes, wishes),
        (viewer.channel.id, store, viewer.currency),
        (goal and (goal.country, goal.region, goal.postal_code), basket.payment, basket.delivery),
        shipping and (shipping.id, shipping.version),
        (rows, rates, [cut.promotion for cut in promoted.reductions], gifts),
        [(part.net.minor, part.tax.minor) for part in parts],
    ]
    return hashlib.sha256(orjson.dumps(document)).hexdigest()[:32]
