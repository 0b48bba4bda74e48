"""What a promotion would do to public prices, before it does: `promotionDryRun`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from modules.kernel.errors import BadUserInput
from modules.kernel.graph import Behind, DateTime, First, Info, PageInfo, UnitPrice, field, instant, page_size
from modules.pricing.graph.promotion_forms import PromotionInput, document
from modules.pricing.graph.verdicts import Verdict
from modules.pricing.model import forecasts as model
from modules.pricing.service.promotions import PromotionService


@strawberry.type(description="One product in one place and currency, from when the promotion would apply there.")
class PromotionForecast:
    sku: strawberry.ID = strawberry.field(description="Of the product.")
    market: strawberry.ID = strawberry.field(description="Whose rules hold.")
    channel: strawberry.ID = strawberry.field(description="Where it is sold.")
    store: strawberry.ID | None = strawberry.field(description="The store whose own price it is; null: the channel's.")
    gross: UnitPrice = strawberry.field(description="The public price of one unit that would hold.")
    prior: UnitPrice | None = strawberry.field(description="What it would be held against; null: nothing.")
    verdict: Verdict = strawberry.field(description="Whether a reduction might be announced.")
    allowed_percent: int | None = strawberry.field(description="The largest percentage that might; null: none.")
    lowest_from: DateTime | None = strawberry.field(description="Since when the prior price was asked.")
    lowest_until: DateTime | None = strawberry.field(description="Until when it was asked; null: it still is.")
    warning: bool = strawberry.field(description="Whether what is planned may not be announced.")

    @classmethod
    def of(cls, forecast: model.Forecast) -> PromotionForecast:
        """From the model's value."""
        prior = forecast.prior_gross
        return cls(
            sku=strawberry.ID(forecast.sku),
            market=strawberry.ID(forecast.market),
            channel=strawberry.ID(forecast.channel),
            store=strawberry.ID(forecast.store) if forecast.store else None,
            gross=UnitPrice.of(forecast.gross),
            prior=UnitPrice.of(prior) if prior else None,
            verdict=forecast.prior.verdict,
            allowed_percent=forecast.prior.allowed_percent,
            lowest_from=instant(forecast.prior.low_from_us),
            lowest_until=instant(forecast.prior.low_to_us),
            warning=forecast.warning,
        )


@strawberry.type(description="A page of forecasts.")
class PromotionDryRun:
    forecasts: list[PromotionForecast] = strawberry.field(description="By product, then place.")
    looked_at: int = strawberry.field(description="Products that were looked at for this page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


Kept = Annotated[strawberry.ID | None, strawberry.argument(description="Of a promotion that exists, or give a draft.")]
Draft = Annotated[PromotionInput | None, strawberry.argument(description="One that need not exist, or give an id.")]


async def _dry_run(
    info: Info, id: Kept = None, draft: Draft = None, first: First = 24, after: Behind = None
) -> PromotionDryRun | None:
    if (id is None) == (draft is None):
        raise BadUserInput("Either an id or a draft is looked at.", "id", "exactly one of: id, draft")
    service, given = info.context.use(PromotionService), str(id) if draft is None else document(draft)
    found = await service.dry_run(info.context.viewer, given, page_size(first), after)
    return None if found is None else _page(found, after)


def _page(found: model.DryRun, after: str | None) -> PromotionDryRun:
    page = PageInfo(
        has_next_page=found.has_next_page, has_previous_page=bool(after), start_cursor=None, end_cursor=found.end_cursor
    )
    forecasts = [PromotionForecast.of(forecast) for forecast in found.forecasts]
    return PromotionDryRun(forecasts=forecasts, looked_at=found.looked_at, page_info=page)


@strawberry.type
class DryRunQuery:
    promotion_dry_run: PromotionDryRun | None = field(
        _dry_run,
        description="Prior prices and percentages that a promotion would lead to if it were activated; null for an "
        "unknown id. Needs the scope promotions:read.",
    )
