"""How promotions are handed in, activated, paused, resumed and ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import strawberry

from modules.kernel.errors import Refused
from modules.kernel.graph import KEY, REASON, DateTime, Decimal, Info, Notice, Outcome, Problem, field, problems
from modules.kernel.moments import parse_moment
from modules.kernel.outcome import MOST_ITEMS, Upserted
from modules.pricing.engine import announcing, lifecycle
from modules.pricing.engine.lifecycle import Step
from modules.pricing.graph.promotion_forms import PromotionInput, document
from modules.pricing.graph.promotions import Promotion
from modules.pricing.model.promotions import PromotionState
from modules.pricing.service.promotion_reader import PromotionReader
from modules.pricing.service.promotions import PromotionService


@strawberry.input(description="At most 1,000 promotions.")
class UpsertPromotionsInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reason: str = strawberry.field(description=REASON)
    promotions: list[PromotionInput] = strawberry.field(description="Each once.")


@strawberry.input(description="Promotions by their ids, at most 1,000.")
class PromotionIdsInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reason: str = strawberry.field(description=REASON)
    ids: list[strawberry.ID] = strawberry.field(description="Of promotions, each once.")


@strawberry.type(description="What became of promotions.")
class PromotionsPayload(Outcome):
    promotions: list[Promotion] = strawberry.field(
        description="Those named that exist and that the viewer may see, as they are now."
    )
    notices: list[Notice] = strawberry.field(
        description="What hinders nothing yet: EXCLUSIVE_TIE, where exclusive promotions of the same priority may meet."
    )


@strawberry.federation.type(shareable=True, description="A promotion in this state cannot be taken this step.")
class PromotionStateConflict(Problem):
    promotion: strawberry.ID = strawberry.field(description="Which one.")
    state: PromotionState = strawberry.field(description="Its state.")
    steps: list[str] = strawberry.field(description="What may be done: edit, activate, pause, resume, end.")


@strawberry.federation.type(shareable=True, description="There is no promotion of this id.")
class UnknownPromotion(Problem):
    promotion: strawberry.ID = strawberry.field(description="As it was given.")


@strawberry.federation.type(
    shareable=True,
    description="The percentage may not be announced: it is held against the lowest price of the days before.",
)
class OmnibusNotAReduction(Problem):
    sku: strawberry.ID = strawberry.field(description="Of the product.")
    channel: strawberry.ID = strawberry.field(description="Where it is sold.")
    store: strawberry.ID | None = strawberry.field(description="The store whose own price it is; null: the channel's.")
    currency: str = strawberry.field(description="ISO 4217, of both prices.")
    price: Decimal = strawberry.field(description="What a unit would cost, gross.")
    prior_price: Decimal | None = strawberry.field(description="The lowest price of one unit before, gross.")
    announced_percent: int = strawberry.field(description="What was to be announced.")
    allowed_percent: int | None = strawberry.field(description="The largest that may be; null: none.")
    lowest_from: DateTime | None = strawberry.field(description="Since when the prior price was asked.")
    lowest_until: DateTime | None = strawberry.field(description="Until when it was asked; null: it still is.")


@strawberry.federation.type(
    shareable=True, description="The product was never sold there, so no reduction of it may be announced."
)
class OmnibusNoPriorPrice(Problem):
    sku: strawberry.ID = strawberry.field(description="Of the product.")
    channel: strawberry.ID = strawberry.field(description="Where it is sold.")
    store: strawberry.ID | None = strawberry.field(description="The store whose own price it is; null: the channel's.")
    currency: str = strawberry.field(description="ISO 4217.")


async def _upsert(info: Info, input: UpsertPromotionsInput) -> PromotionsPayload:
    documents = [document(promotion) for promotion in input.promotions]
    service = info.context.use(PromotionService)
    done = await service.upsert(info.context.viewer, documents, input.reason, input.idempotency_key)
    return await _payload(info, done, [promotion["id"] for promotion in documents])


def _step(step: Step) -> Callable[[Info, PromotionIdsInput], Awaitable[PromotionsPayload]]:
    async def resolve(info: Info, input: PromotionIdsInput) -> PromotionsPayload:
        service = info.context.use(PromotionService)
        done = await service.step(info.context.viewer, step, input.ids, input.reason, input.idempotency_key)
        return await _payload(info, done, input.ids)

    return resolve


async def _payload(info: Info, done: Upserted, ids: Sequence[str]) -> PromotionsPayload:
    viewer, wished = info.context.viewer, list(dict.fromkeys(ids))[:MOST_ITEMS]
    found = await info.context.use(PromotionReader).promotions(viewer, wished)
    notices = await info.context.use(PromotionService).notices(wished)
    return PromotionsPayload(
        changed=done.changed,
        unchanged=done.unchanged,
        problems=problems(info.context, done.problems),
        promotions=[Promotion.of(promotion, viewer) for promotion in found if promotion],
        notices=[Notice.of(notice) for notice in notices],
    )


def state_conflict(error: lifecycle.PromotionStateConflict) -> PromotionStateConflict:
    return PromotionStateConflict(
        code=error.code,
        message=error.message,
        path=list(error.path),
        promotion=strawberry.ID(error.promotion),
        state=PromotionState(error.state),
        steps=list(error.allowed),
    )


def unknown_promotion(error: lifecycle.UnknownPromotion) -> UnknownPromotion:
    promotion = strawberry.ID(error.promotion)
    return UnknownPromotion(code=error.code, message=error.message, path=list(error.path), promotion=promotion)


def not_a_reduction(error: announcing.NotAReduction) -> OmnibusNotAReduction:
    return OmnibusNotAReduction(
        code=error.code,
        message=error.message,
        path=list(error.path),
        sku=strawberry.ID(error.sku),
        channel=strawberry.ID(error.channel),
        store=strawberry.ID(error.store) if error.store else None,
        currency=error.currency,
        price=Decimal(error.price),
        prior_price=Decimal(error.prior_price) if error.prior_price else None,
        announced_percent=error.announced_percent,
        allowed_percent=error.allowed_percent,
        lowest_from=_moment(error.lowest_from),
        lowest_until=_moment(error.lowest_until),
    )


def no_prior_price(error: announcing.NoPriorPrice) -> OmnibusNoPriorPrice:
    return OmnibusNoPriorPrice(
        code=error.code,
        message=error.message,
        path=list(error.path),
        sku=strawberry.ID(error.sku),
        channel=strawberry.ID(error.channel),
        store=strawberry.ID(error.store) if error.store else None,
        currency=error.currency,
    )


def _moment(text: str | None) -> DateTime | None:
    return None if text is None else DateTime(parse_moment(text))


TYPES = (PromotionStateConflict, UnknownPromotion, OmnibusNotAReduction, OmnibusNoPriorPrice)
PROBLEMS: Mapping[type[Refused], Callable[[Any], Any]] = {
    lifecycle.PromotionStateConflict: state_conflict,
    lifecycle.UnknownPromotion: unknown_promotion,
    announcing.NotAReduction: not_a_reduction,
    announcing.NoPriorPrice: no_prior_price,
}
_NEEDS = "Needs the scope promotions:write."


@strawberry.type
class PromotionMutation:
    upsert_promotions: PromotionsPayload = field(
        _upsert,
        description="Writes promotions wholly: new ones as drafts, others in their next version and the state they "
        f"have. {_NEEDS}",
    )
    activate_promotions: PromotionsPayload = field(
        _step(Step.ACTIVATE),
        description="Makes drafts active; they apply within their windows. What they announce is held against prior "
        f"prices first. {_NEEDS}",
    )
    pause_promotions: PromotionsPayload = field(
        _step(Step.PAUSE), description=f"Lets active promotions not apply until they are resumed. {_NEEDS}"
    )
    resume_promotions: PromotionsPayload = field(
        _step(Step.RESUME), description=f"Makes paused promotions active again, as if they were activated. {_NEEDS}"
    )
    end_promotions: PromotionsPayload = field(_step(Step.END), description=f"Ends promotions for good. {_NEEDS}")
