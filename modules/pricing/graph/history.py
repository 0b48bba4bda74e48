"""The price history: its points, their corrections, and the proof of promotions."""

from __future__ import annotations

from typing import Annotated

import strawberry

from modules.kernel.graph import (
    KEY,
    Behind,
    DateTime,
    First,
    Info,
    Outcome,
    PageInfo,
    UnitPrice,
    decode_cursor,
    encode_cursor,
    field,
    instant,
    page_size,
)
from modules.kernel.money import UnitPrice as Price
from modules.kernel.names import ChannelId, PromotionId, Sku
from modules.pricing.graph.prices import Skus
from modules.pricing.model import points as model
from modules.pricing.model.points import Verdict
from modules.pricing.service.corrections import CorrectionService, position

_REASON = "Why, for the audit log and as proof: 1 to 500 characters."


@strawberry.type(description="What the law on announced reductions says of a price.")
class PriorPrice:
    verdict: Verdict = strawberry.field(description="What may be said of the price.")
    price: UnitPrice | None = strawberry.field(description="The prior price with tax; null: there is none.")
    allowed_percent: int | None = strawberry.field(description="The largest whole percentage; null: none.")
    reduced_from: DateTime | None = strawberry.field(description="When the reduction began.")
    window_from: DateTime | None = strawberry.field(
        description="Where the days before the reduction begin that were looked at; they end at `reducedFrom`."
    )
    lowest_from: DateTime | None = strawberry.field(description="Since when the prior price was asked.")
    lowest_until: DateTime | None = strawberry.field(description="Until when it was asked.")
    outside_window: bool = strawberry.field(
        description="Whether nothing was on sale in those days, so that it is the last price before them."
    )
    exempt: bool = strawberry.field(description="Whether the reduction needs no prior price.")
    rule: str = strawberry.field(description="The market's choices it was found by.")

    @classmethod
    def of(cls, prior: model.PriorPrice, currency: str) -> PriorPrice:
        """From the model's value."""
        return cls(
            verdict=prior.verdict,
            price=_price(prior.micros, currency),
            allowed_percent=prior.allowed_percent,
            reduced_from=instant(prior.reduced_from_us),
            window_from=instant(prior.window_from_us),
            lowest_from=instant(prior.low_from_us),
            lowest_until=instant(prior.low_to_us),
            outside_window=prior.outside_window,
            exempt=prior.exempt,
            rule=prior.rule,
        )


@strawberry.type(description="What anybody paid for one unit somewhere, from a moment on.")
class PricePoint:
    sku: strawberry.ID = strawberry.field(description="Of the product.")
    market: strawberry.ID = strawberry.field(description="Whose rules hold.")
    channel: strawberry.ID = strawberry.field(description="Where it was sold.")
    store: strawberry.ID | None = strawberry.field(description="The store whose own price it is; null: the channel's.")
    gross: UnitPrice = strawberry.field(description="With tax.")
    list_price: UnitPrice | None = strawberry.field(description="The list price with tax beside it; null: not known.")
    from_: DateTime = strawberry.field(name="from", description="Its first moment.")
    until: DateTime | None = strawberry.field(description="The first moment it held no more; null: it still does.")
    announced: bool = strawberry.field(description="Whether it was shown as a reduction.")
    cause: str = strawberry.field(description="manual, import, time or rules: why it was written.")
    voided: bool = strawberry.field(description="Whether it was declared a mistake.")
    recorded_at: DateTime = strawberry.field(description="When it was written.")
    prior: PriorPrice = strawberry.field(description="What was said of it.")

    @classmethod
    def of(cls, point: model.PricePoint) -> PricePoint:
        """From the model's value."""
        currency = point.currency
        return cls(
            sku=strawberry.ID(point.sku),
            market=strawberry.ID(point.market),
            channel=strawberry.ID(point.channel),
            store=strawberry.ID(point.store) if point.store else None,
            gross=UnitPrice.of(Price(point.micros, currency)),
            list_price=_price(point.list_micros, currency),
            from_=instant(point.from_us),
            until=instant(point.to_us),
            announced=point.announced,
            cause=point.cause.value,
            voided=point.voided,
            recorded_at=instant(point.recorded_at_us),
            prior=PriorPrice.of(point.prior, currency),
        )


@strawberry.type(description="What one version of a promotion made of a price: kept for good.")
class PromotionEvidence:
    promotion: strawberry.ID = strawberry.field(description="Of the promotion.")
    version: int = strawberry.field(description="Of the promotion.")
    point: PricePoint = strawberry.field(description="The price as it was published; its end stands in `pricePoints`.")


@strawberry.type(description="An entry and its place.")
class PricePointEdge:
    cursor: str = strawberry.field(description="For `after`.")
    node: PricePoint = strawberry.field(description="The entry.")


@strawberry.type(description="A page of a product's price history.")
class PricePointConnection:
    edges: list[PricePointEdge] = strawberry.field(description="By place, then time.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")


@strawberry.type(description="An entry and its place.")
class PromotionEvidenceEdge:
    cursor: str = strawberry.field(description="For `after`.")
    node: PromotionEvidence = strawberry.field(description="The entry.")


@strawberry.type(description="A page of a promotion's evidence.")
class PromotionEvidenceConnection:
    edges: list[PromotionEvidenceEdge] = strawberry.field(description="By product, place, then time.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")


async def _price_points(
    info: Info,
    sku: Annotated[strawberry.ID, strawberry.argument(description="Whose history.")],
    first: First = 24,
    after: Behind = None,
) -> PricePointConnection:
    service, size = info.context.use(CorrectionService), page_size(first)
    place = None if after is None else decode_cursor(after, str, str, str, str, int)
    found = await service.points(info.context.viewer, Sku(sku), size + 1, place)
    edges = [PricePointEdge(cursor=encode_cursor(position(point)), node=PricePoint.of(point)) for point in found[:size]]
    page = PageInfo.of([edge.cursor for edge in edges], len(found) > size, after is not None)
    return PricePointConnection(edges=edges, page_info=page)


async def _promotion_evidence(
    info: Info,
    promotion: Annotated[strawberry.ID, strawberry.argument(description="Of the promotion.")],
    first: First = 24,
    after: Behind = None,
) -> PromotionEvidenceConnection:
    service, size = info.context.use(CorrectionService), page_size(first)
    place = None if after is None else decode_cursor(after, str, str, str, str, str, int, int)
    found = await service.evidence(info.context.viewer, PromotionId(promotion), size + 1, place)
    edges = [
        PromotionEvidenceEdge(
            cursor=encode_cursor(proof.position),
            node=PromotionEvidence(
                promotion=strawberry.ID(proof.promotion), version=proof.version, point=PricePoint.of(proof.point)
            ),
        )
        for proof in found[:size]
    ]
    page = PageInfo.of([edge.cursor for edge in edges], len(found) > size, after is not None)
    return PromotionEvidenceConnection(edges=edges, page_info=page)


async def _announcements(
    info: Info,
    skus: Skus,
    channels: Annotated[list[strawberry.ID], strawberry.argument(description="Over which it is announced.")],
) -> list[PriorPrice | None]:
    viewer = info.context.viewer
    names = [ChannelId(channel) for channel in channels]
    found = await info.context.use(CorrectionService).announcements(viewer, [Sku(sku) for sku in skus], names)
    return [PriorPrice.of(prior, viewer.currency) if prior else None for prior in found]


@strawberry.type
class HistoryQuery:
    price_points: PricePointConnection = field(
        _price_points, description="The public prices of a product over time; needs the scope prices:write."
    )
    promotion_evidence: PromotionEvidenceConnection = field(
        _promotion_evidence,
        description="What a promotion made of prices and what was said of them; needs the scope promotions:read.",
    )
    announcements: list[PriorPrice | None] = field(
        _announcements,
        description="What may be announced over several channels at once, in the asker's currency, per product in"
        " order: by the lowest prior price; null: no reduction. Needs the scope promotions:read.",
    )


@strawberry.input(description="A price point that was a mistake.")
class VoidPricePointInput:
    sku: strawberry.ID = strawberry.field(description="Of the product.")
    channel: strawberry.ID = strawberry.field(description="Where the price was public.")
    currency: str = strawberry.field(description="ISO 4217.")
    from_: DateTime = strawberry.field(name="from", description="Its first moment, as `pricePoints` tells it.")
    store: strawberry.ID | None = strawberry.field(default=None, description="The store whose own price it was.")


@strawberry.input(description="At most 1,000 price points.")
class VoidPricePointsInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reason: str = strawberry.field(description=_REASON)
    points: list[VoidPricePointInput] = strawberry.field(description="At most 1,000, each once.")


@strawberry.type(description="What became of the points; one that was voided before is unchanged.")
class VoidPricePointsPayload(Outcome):
    pass


@strawberry.input(description="A product that goes on with the price history of another one.")
class PriceHistoryLinkInput:
    sku: strawberry.ID = strawberry.field(description="The new sku of the article.")
    history_of: strawberry.ID = strawberry.field(description="Its former sku.")


@strawberry.input(description="At most 1,000 links.")
class LinkPriceHistoryInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reason: str = strawberry.field(description=_REASON)
    links: list[PriceHistoryLinkInput] = strawberry.field(description="At most 1,000, each new sku once.")


@strawberry.type(description="What became of the links.")
class LinkPriceHistoryPayload(Outcome):
    pass


async def _void(info: Info, input: VoidPricePointsInput) -> VoidPricePointsPayload:
    points = [
        model.VoidInput(sku=one.sku, channel=one.channel, currency=one.currency, from_=one.from_, store=one.store or "")
        for one in input.points
    ]
    service, viewer = info.context.use(CorrectionService), info.context.viewer
    done = await service.void_points(viewer, points, input.reason, input.idempotency_key)
    return VoidPricePointsPayload.of(info, done)


async def _link(info: Info, input: LinkPriceHistoryInput) -> LinkPriceHistoryPayload:
    links = [model.LinkInput(sku=one.sku, history_of=one.history_of) for one in input.links]
    service, viewer = info.context.use(CorrectionService), info.context.viewer
    done = await service.link_history(viewer, links, input.reason, input.idempotency_key)
    return LinkPriceHistoryPayload.of(info, done)


@strawberry.type
class HistoryMutation:
    void_price_points: VoidPricePointsPayload = field(
        _void,
        description="Declares public prices of the past mistakes; they stay, and count unless the market's law lets"
        " them out. Needs the scope prices:write.",
    )
    link_price_history: LinkPriceHistoryPayload = field(
        _link, description="Lets products go on with others' price history; needs the scope prices:write."
    )


def _price(micros: int | None, currency: str) -> UnitPrice | None:
    return None if micros is None else UnitPrice.of(Price(micros, currency))
