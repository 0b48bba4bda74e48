"""Which baskets are kept and as what, how they are asked about again, and what became of them: pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from modules.kernel.basket import Basket, BasketLine, Destination, PromotionResult, Quote
from modules.kernel.configuration import Surcharge, Surcharges, Unpriced
from modules.kernel.moments import from_us, to_us
from modules.kernel.money import Money
from modules.kernel.names import LineId, PromotionId
from modules.kernel.place import Channel, Store
from modules.kernel.viewer import ANONYMOUS, Viewer
from modules.pricing.engine.case import CodeClaim, CodeResult
from modules.pricing.model.campaigns import MOST_EXAMPLES, Replay, SeenBasket, SeenLine, Trial


def seen(
    id: str,
    basket: Basket,
    viewer: Viewer,
    claims: Iterable[CodeClaim],
    surcharges: Mapping[LineId, Surcharges | Unpriced] = MappingProxyType({}),
) -> SeenBasket:
    """What is kept of a basket. A configured line that nobody could price is none of it."""
    named = (claim.promotion for claim in claims if claim.promotion and claim.result is CodeResult.ACCEPTED)
    return SeenBasket(
        id=id,
        at_us=to_us(viewer.now),
        channel=viewer.channel.id,
        currency=viewer.currency,
        lines=tuple(_seen_lines(basket, surcharges)),
        store=viewer.store.id if viewer.store else None,
        country=basket.destination.country if basket.destination else "",
        delivery=basket.delivery,
        payment=basket.payment,
        promotions=tuple(dict.fromkeys(named)),
        gifts=basket.gifts,
    )


def _seen_lines(basket: Basket, surcharges: Mapping[LineId, Surcharges | Unpriced]) -> Iterator[SeenLine]:
    for line in basket.lines:
        found = surcharges.get(line.id)
        if not isinstance(found, Unpriced):
            yield SeenLine(line.sku, line.quantity, tuple(step.micros for step in found.steps) if found else ())


def asked_again(basket: SeenBasket) -> Basket:
    """The basket as a quote takes it; what configurations added is `charged_again`."""
    lines = tuple(BasketLine(LineId(str(index)), one.sku, one.quantity) for index, one in enumerate(basket.lines, 1))
    goal = Destination(basket.country) if basket.country else None
    return Basket(lines, destination=goal, delivery=basket.delivery, payment=basket.payment, gifts=basket.gifts)


def charged_again(basket: SeenBasket) -> dict[LineId, Surcharges | Unpriced]:
    """What configurations added to the lines of `asked_again`."""
    return {
        LineId(str(index)): Surcharges(tuple(Surcharge("", micros) for micros in line.extras))
        for index, line in enumerate(basket.lines, 1)
        if line.extras
    }


def claimed_again(basket: SeenBasket) -> tuple[CodeClaim, ...]:
    """Its codes, as far as they were kept: which promotions they stand for."""
    return tuple(CodeClaim("", "", promotion) for promotion in basket.promotions)


def stranger(basket: SeenBasket, channel: Channel, store: Store | None) -> Viewer:
    """Whoever asked: somebody unknown, there and then."""
    return Viewer(ANONYMOUS, channel, store, channel.market.locales[0], from_us(basket.at_us), basket.currency)


def trial(basket: SeenBasket, promotion: PromotionId, without: Quote, with_it: Quote) -> Trial:
    """The two answers side by side."""
    outcomes = (outcome for outcome in with_it.promotions if outcome.promotion[0] == promotion)
    applied = any(outcome.outcome is PromotionResult.APPLIED for outcome in outcomes)
    return Trial(basket, without.total.gross, with_it.total.gross, applied, _gifts(with_it) - _gifts(without))


def _gifts(quote: Quote) -> Money:
    currency = quote.total.gross.currency
    return Money(sum(line.steps[0].amount.minor for line in quote.lines if line.is_gift), currency)


def replay(promotion: tuple[str, int], trials: Sequence[Trial], left_out: int, has_more: bool) -> Replay:
    """All trials in one answer."""
    changed = [found for found in trials if found.cost.minor or found.gift_worth.minor]
    changed.sort(key=lambda found: (found.cost.minor >= 0, -abs(found.cost.minor), -found.gift_worth.minor))
    return Replay(
        promotion=promotion,
        baskets=len(trials),
        left_out=left_out,
        has_more=has_more,
        uses=sum(found.applied for found in trials),
        cost=_sums(found.cost for found in trials),
        gift_worth=_sums(found.gift_worth for found in trials),
        worse=sum(found.cost.minor < 0 for found in trials),
        examples=tuple(changed[:MOST_EXAMPLES]),
    )


def _sums(amounts: Iterable[Money]) -> tuple[Money, ...]:
    sums: dict[str, int] = defaultdict(int)
    for amount in amounts:
        sums[amount.currency] += amount.minor
    return tuple(Money(minor, currency) for currency, minor in sorted(sums.items()))
