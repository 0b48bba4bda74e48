"""What a promotion would have done to the baskets of the past."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry

from modules.kernel.graph import DateTime, Decimal, Info, Money, Product, field, instant
from modules.kernel.names import ChannelId, PromotionId
from modules.kernel.quantity import format_quantity
from modules.pricing.model import campaigns as model
from modules.pricing.service.campaigns import CampaignService


@strawberry.input(description="A promotion, and the time whose baskets it is tried on.")
class ReplayPromotionInput:
    promotion: strawberry.ID = strawberry.field(description="In its newest saved version, a draft or not.")
    since: DateTime = strawberry.field(name="from", description="The first moment; baskets are kept for 90 days.")
    until: DateTime = strawberry.field(description="The first moment after it.")
    channel: strawberry.ID | None = strawberry.field(default=None, description="Null: the baskets of all channels.")

    def read(self) -> model.ReplayInput:
        """In the module's words."""
        channel = ChannelId(self.channel) if self.channel is not None else None
        return model.ReplayInput(PromotionId(self.promotion), self.since, self.until, channel)


@strawberry.type(description="So much of a product in a basket of the past.")
class SeenLine:
    product: Product = strawberry.field(description="As it is now.")
    quantity: Decimal = strawberry.field(description="In the product's unit.")


@strawberry.type(description="A basket that the promotion changes. Who filled it is not known to anybody.")
class ReplayExample:
    at: DateTime = strawberry.field(description="When it was quoted.")
    channel: str = strawberry.field(description="Where it was quoted.")
    lines: list[SeenLine] = strawberry.field(description="What was in it.")
    without: Money = strawberry.field(description="Due without the promotion: goods and delivery, tax included.")
    with_it: Money = strawberry.field(name="with", description="Due with it.")
    gift_worth: Money = strawberry.field(description="What the gifts it adds cost otherwise.")

    @classmethod
    def of(cls, found: model.Trial) -> Self:
        """From the model's value."""
        lines = [
            SeenLine(product=Product(sku=strawberry.ID(sku)), quantity=Decimal(format_quantity(quantity)))
            for sku, quantity, _ in found.basket.lines
        ]
        return cls(
            at=instant(found.basket.at_us),
            channel=found.basket.channel,
            lines=lines,
            without=Money.of(found.without),
            with_it=Money.of(found.with_it),
            gift_worth=Money.of(found.gift_worth),
        )


@strawberry.type(description="What a promotion would have done to the baskets of a time.")
class PromotionReplay:
    version: int = strawberry.field(description="Of the promotion that was tried.")
    baskets: int = strawberry.field(description="Looked at: a sample of those quoted, at most 2,000.")
    left_out: int = strawberry.field(description="Of channels, stores or currencies that are gone.")
    has_more: bool = strawberry.field(
        description="Whether that time holds more baskets than were looked at; the earliest ones were."
    )
    uses: int = strawberry.field(description="Baskets in which it applies.")
    cost: list[Money] = strawberry.field(description="The sum of what customers pay less, by currency.")
    gift_worth: list[Money] = strawberry.field(description="What the gifts it adds cost otherwise, by currency.")
    worse: int = strawberry.field(description="Baskets that become dearer, as it keeps a better promotion out.")
    examples: list[ReplayExample] = strawberry.field(
        description="At most 10 that it changes most; those that become dearer first."
    )

    @classmethod
    def of(cls, found: model.Replay) -> Self:
        """From the model's value."""
        return cls(
            version=found.promotion[1],
            baskets=found.baskets,
            left_out=found.left_out,
            has_more=found.has_more,
            uses=found.uses,
            cost=[Money.of(amount) for amount in found.cost],
            gift_worth=[Money.of(amount) for amount in found.gift_worth],
            worse=found.worse,
            examples=[ReplayExample.of(example) for example in found.examples],
        )


Replayed = Annotated[ReplayPromotionInput, strawberry.argument(description="Which, and on which time.")]


async def _replay_promotion(info: Info, input: Replayed) -> PromotionReplay:
    found = await info.context.use(CampaignService).replay_promotion(info.context.viewer, input.read())
    replay = PromotionReplay.of(found)
    products = [line.product for example in replay.examples for line in example.lines]
    await info.context.prefetch(info, products, "examples", "lines", "product")
    return replay


@strawberry.type
class CampaignQuery:
    replay_promotion: PromotionReplay = field(
        _replay_promotion,
        description=(
            "What a promotion would have done to baskets of the past; needs the scope promotions:read. "
            "Its window is not looked at, no limit is reached, every gift is in stock. Nothing is changed."
        ),
    )
