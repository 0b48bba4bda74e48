"""Uses of promotions: held, confirmed and given back by whoever takes orders."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry

from modules.kernel import money
from modules.kernel.graph import DateTime, Decimal, Info, Money, Problem, field, instant, problems
from modules.kernel.names import PromotionId
from modules.pricing.model import uses as model
from modules.pricing.model.uses import UseRefused, UseState
from modules.pricing.service.uses import PromotionUses as Uses, UseService

strawberry.enum(
    UseState,
    name="PromotionUseState",
    description="HELD by a checkout, CONFIRMED with an order, EXPIRED as its time ran out, RETURNED, or KEPT: the "
    "order was cancelled, and the promotion gives nothing back.",
)


@strawberry.type(description="A promotion's use by an attempt at an order.")
class PromotionUse:
    promotion: strawberry.ID = strawberry.field(description="Of the promotion.")
    code: str | None = strawberry.field(description="In small letters; null where it applies by itself.")
    state: UseState = strawberry.field(description="What has become of it.")
    wanted: Money = strawberry.field(description="The discount that was asked for.")
    granted: Money = strawberry.field(
        description="What the order may take off: less than wanted only where the market cuts to the rest of a budget."
    )
    expires_at: DateTime = strawberry.field(description="When a hold runs out.")

    @classmethod
    def of(cls, use: model.Use) -> Self:
        """From the model's value."""
        return cls(
            promotion=strawberry.ID(use.promotion),
            code=use.code or None,
            state=use.state,
            wanted=Money.of(money.Money(use.wanted_minor, use.currency)),
            granted=Money.of(money.Money(use.granted_minor, use.currency)),
            expires_at=instant(use.expires_us),
        )


@strawberry.type(description="What has become of an attempt at an order.")
class PromotionRedemption:
    attempt: strawberry.ID = strawberry.field(description="As the client named it.")
    order: strawberry.ID | None = strawberry.field(description="That it was confirmed with.")
    uses: list[PromotionUse] = strawberry.field(description="By promotion.")

    @classmethod
    def of(cls, found: model.Redemption) -> Self:
        """From the model's value."""
        order = strawberry.ID(found.order) if found.order is not None else None
        uses = [PromotionUse.of(use) for use in found.uses]
        return cls(attempt=strawberry.ID(found.attempt), order=order, uses=uses)


@strawberry.federation.type(shareable=True, description="A promotion cannot be used as asked; nothing was held.")
class PromotionUseRefused(Problem):
    promotion: strawberry.ID = strawberry.field(description="Which one.")
    left: Money | None = strawberry.field(description="Of its budget, where that does not suffice.")


def use_refused(error: UseRefused) -> PromotionUseRefused:
    return PromotionUseRefused(
        code=error.code,
        message=error.message,
        path=list(error.path),
        promotion=strawberry.ID(error.promotion),
        left=Money.of(error.left) if error.left else None,
    )


@strawberry.input(description="A promotion that the order wants to use.")
class PromotionUseInput:
    promotion: strawberry.ID = strawberry.field(description="As the quote names it.")
    amount: Decimal = strawberry.field(description="The discount by the quote, not below 0.")
    code: str | None = strawberry.field(default=None, description="Which code gave it; null where none did.")


@strawberry.input(description="An attempt at an order: all its promotions are held, or none.")
class HoldPromotionUsesInput:
    attempt: strawberry.ID = strawberry.field(
        description="Made by the client, 1 to 200 characters; the same attempt and input: the same outcome, for good."
    )
    currency: str = strawberry.field(description="ISO 4217, of all amounts.")
    uses: list[PromotionUseInput] = strawberry.field(description="1 to 100, each promotion once.")
    customer: strawberry.ID | None = strawberry.field(default=None, description="Who orders; null: a guest.")
    email: str | None = strawberry.field(
        default=None, description="The customer's address, by which a guest is known again; kept as a keyed hash only."
    )
    cart: strawberry.ID | None = strawberry.field(
        default=None, description="The cart's id: its own quotes go on showing what it holds."
    )
    ttl_seconds: int = strawberry.field(default=900, description="How long it is held; at most a day.")

    def attempted(self) -> model.HoldInput:
        """As the service takes it."""
        uses = [model.WishInput(use.promotion, use.amount, use.code) for use in self.uses]
        return model.HoldInput(**{**vars(self), "uses": uses})


@strawberry.input(description="The order of an attempt.")
class ConfirmPromotionUsesInput:
    attempt: strawberry.ID = strawberry.field(description="That was held.")
    order: strawberry.ID = strawberry.field(description="Its order, 1 to 200 characters.")


@strawberry.input(description="An attempt that came to nothing, or whose order is cancelled.")
class RevertPromotionUsesInput:
    attempt: strawberry.ID = strawberry.field(description="That was held.")


@strawberry.type(description="What has become of the attempt.")
class PromotionUsesPayload:
    redemption: PromotionRedemption | None = strawberry.field(description="Null where nothing is held.")
    problems: list[Problem] = strawberry.field(description="Why nothing was done: all that stands against it.")

    @classmethod
    def of(cls, info: Info, done: model.Decision) -> Self:
        """From the model's value."""
        redemption = PromotionRedemption.of(done.redemption) if done.redemption else None
        return cls(redemption=redemption, problems=problems(info.context, done.problems))


@strawberry.type(description="What is used of a promotion's budget.")
class PromotionSpending:
    held: Money = strawberry.field(description="By checkouts.")
    confirmed: Money = strawberry.field(description="By orders.")


@strawberry.type(description="What is used of a promotion now.")
class PromotionUses:
    promotion: strawberry.ID = strawberry.field(description="Which one.")
    held: int = strawberry.field(description="Uses that checkouts hold.")
    confirmed: int = strawberry.field(description="Uses of orders.")
    spending: list[PromotionSpending] = strawberry.field(description="Discounts granted, one entry a currency.")

    @classmethod
    def of(cls, found: Uses) -> Self:
        """From the service's value."""
        spending = [
            PromotionSpending(
                held=Money.of(money.Money(sums.held_minor, currency)),
                confirmed=Money.of(money.Money(sums.confirmed_minor, currency)),
            )
            for currency, sums in sorted(found.sums.items())
        ]
        return cls(
            promotion=strawberry.ID(found.promotion), held=found.held, confirmed=found.confirmed, spending=spending
        )


async def _hold(info: Info, input: HoldPromotionUsesInput) -> PromotionUsesPayload:
    done = await info.context.use(UseService).hold(info.context.viewer, input.attempted())
    return PromotionUsesPayload.of(info, done)


async def _confirm(info: Info, input: ConfirmPromotionUsesInput) -> PromotionUsesPayload:
    done = await info.context.use(UseService).confirm(info.context.viewer, input.attempt, input.order)
    return PromotionUsesPayload.of(info, done)


async def _revert(info: Info, input: RevertPromotionUsesInput) -> PromotionUsesPayload:
    done = await info.context.use(UseService).revert(info.context.viewer, input.attempt)
    return PromotionUsesPayload.of(info, done)


async def _redemption(
    info: Info, attempt: Annotated[strawberry.ID, strawberry.argument(description="As the client named it.")]
) -> PromotionRedemption | None:
    found = await info.context.use(UseService).redemption(info.context.viewer, attempt)
    return PromotionRedemption.of(found) if found else None


async def _uses(
    info: Info, promotion: Annotated[strawberry.ID, strawberry.argument(description="Which one.")]
) -> PromotionUses:
    found = await info.context.use(UseService).promotion_uses(info.context.viewer, PromotionId(promotion))
    return PromotionUses.of(found)


@strawberry.type
class UseQuery:
    promotion_uses: PromotionUses = field(
        _uses, description="What is used of a promotion now; needs the scope promotions:read."
    )
    promotion_redemption: PromotionRedemption | None = field(
        _redemption,
        description="What has become of an attempt, null for an unknown one: to be asked when the outcome of a call is "
        "not known. Needs the scope redemptions:write.",
    )


@strawberry.type
class UseMutation:
    hold_promotion_uses: PromotionUsesPayload = field(
        _hold,
        description="Holds uses of promotions when checkout begins, all or none; needs the scope redemptions:write.",
    )
    confirm_promotion_uses: PromotionUsesPayload = field(
        _confirm,
        description="Makes them the order's; a hold that ran out is taken anew where there is room for all of it. "
        "Needs the scope redemptions:write.",
    )
    revert_promotion_uses: PromotionUsesPayload = field(
        _revert, description="Gives them back, as far as the promotions allow; needs the scope redemptions:write."
    )
