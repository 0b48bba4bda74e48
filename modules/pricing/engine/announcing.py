"""Announcing: which reductions may be advertised with a percentage, judged before they hold (L-4, 3.3)."""

from __future__ import annotations

from collections.abc import Sequence

from modules.kernel.errors import Refused
from modules.kernel.moments import format_moment, from_us
from modules.kernel.outcome import Path
from modules.pricing.model.forecasts import Forecast
from modules.pricing.model.points import Verdict
from modules.pricing.model.promotions import Promotion


class NotAReduction(Refused):
    """The percentage may not be announced for this sku: it is held against the lowest price of the window (3.3).

    Prices are gross decimal strings; `allowed_percent` is the largest that might be announced, None for none at all.
    `lowest_from` and `lowest_until` say when the prior price was asked.
    """

    code = "OMNIBUS_NOT_A_REDUCTION"

    def __init__(self, forecast: Forecast, announced: int, path: Path) -> None:
        prior = forecast.prior
        self.sku, self.channel, self.store = str(forecast.sku), str(forecast.channel), forecast.store
        self.currency = forecast.currency
        self.price = forecast.gross.amount
        self.prior_price = forecast.prior_gross.amount if forecast.prior_gross else None
        self.announced_percent = announced
        self.allowed_percent = prior.allowed_percent
        self.lowest_from, self.lowest_until = _moment(prior.low_from_us), _moment(prior.low_to_us)
        allowed = "no reduction" if not prior.allowed_percent else f"at most {prior.allowed_percent} percent"
        super().__init__(
            f"{announced} percent may not be announced for {forecast.sku!r} in {forecast.channel!r}: {self.price} is "
            f"{allowed} against its prior price {self.prior_price} {forecast.currency}.",
            path,
        )


class NoPriorPrice(Refused):
    """Nothing may be announced for this sku: it was never sold there before (3.3, step 6)."""

    code = "OMNIBUS_NO_PRIOR_PRICE"

    def __init__(self, forecast: Forecast, path: Path) -> None:
        self.sku, self.channel, self.store = str(forecast.sku), str(forecast.channel), forecast.store
        self.currency = forecast.currency
        super().__init__(f"{forecast.sku!r} was never sold in {forecast.channel!r}: nothing may be announced.", path)


def objections(promotion: Promotion, forecasts: Sequence[Forecast], path: Path) -> list[Refused]:
    """A refusal for each forecast against which the announced percentage may not be advertised, in their order; none
    for a promotion that announces nothing."""
    announced = promotion.announced_percent
    if announced is None:
        return []
    found = (_objection(forecast, announced, path) for forecast in forecasts)
    return [problem for problem in found if problem is not None]


def _objection(forecast: Forecast, announced: int, path: Path) -> Refused | None:
    prior = forecast.prior
    if prior.verdict is Verdict.NO_PRIOR_PRICE:
        return NoPriorPrice(forecast, path)
    too_much = prior.allowed_percent is not None and announced > prior.allowed_percent
    if prior.verdict is Verdict.NOT_A_REDUCTION or (prior.verdict is Verdict.ANNOUNCEABLE and too_much):
        return NotAReduction(forecast, announced, path)
    return None


def _moment(at_us: int | None) -> str | None:
    return None if at_us is None else format_moment(from_us(at_us))
