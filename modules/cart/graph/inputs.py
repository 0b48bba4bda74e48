"""What clients write, and its translation into the module's words."""

from __future__ import annotations

from dataclasses import replace

import strawberry

from modules.cart.engine.terms import Wishes
from modules.cart.graph.operations import AddLineInput, OperationEnvelope
from modules.kernel.basket import Destination
from modules.kernel.graph import DateTime


@strawberry.input(description="A wish for a cart.")
class CreateCartInput:
    idempotency_key: str = strawberry.field(
        description="16 to 200 characters, made anew for each cart: a UUID. Keep it secret like the cart's key."
    )
    channel: str | None = strawberry.field(default=None, description="Without it, the channel of the request.")


@strawberry.input(description="What was done to a cart.")
class ApplyCartOperationsInput:
    key: str = strawberry.field(description="The cart's.")
    operations: list[OperationEnvelope] = strawberry.field(
        description="At most 100. Those without `at` count in the order of the list."
    )
    device: str | None = strawberry.field(
        default=None,
        description='What others see as `by`, 1 to 40 characters: "till 3". Without it, a kind of principal, whose '
        "names no device may have.",
    )


@strawberry.input(description="Where goods go, as far as it is known: it decides which tax is due.")
class DestinationInput:
    country: str = strawberry.field(description="ISO 3166, two capital letters.")
    region: str = strawberry.field(default="", description='ISO 3166-2 where its tax differs: "ES-CN".')
    postal_code: str = strawberry.field(default="", description="As the carrier reads it.")


@strawberry.input(description="Which gift of a promotion is wished, where there is a choice.")
class GiftChoiceInput:
    promotion: strawberry.ID = strawberry.field(description="As the quote names it.")
    sku: strawberry.ID = strawberry.field(description="One of its gifts.")


@strawberry.input(description="What a price depends on besides the goods; all of it may be unknown.")
class QuoteTermsInput:
    at: DateTime | None = strawberry.field(
        default=None, description="Another moment, past or future; needs the scope time:travel. Without it, now."
    )
    destination: DestinationInput | None = strawberry.field(
        default=None,
        description="Without it a cart's delivery address, else the tax of the store or market, marked as estimated.",
    )
    delivery: strawberry.ID | None = strawberry.field(
        default=None, description="A shipping method. Without it the cart's, else delivery costs are not known yet."
    )
    payment: str | None = strawberry.field(
        default=None,
        description='A kind of payment such as "cash", which is rounded to what can be paid. Without it, the cart\'s.',
    )
    gifts: list[GiftChoiceInput] = strawberry.field(
        default_factory=list, description="At most 20, beside those that the cart has for other promotions."
    )
    customer: strawberry.ID | None = strawberry.field(
        default=None, description="For whom it is asked; needs the scope customers:act."
    )
    drafts: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description=(
            "Promotions judged as they are drafted, beside the active ones and instead of their own active version, "
            "at most 20; needs the scope promotions:read."
        ),
    )

    def terms(self) -> Wishes:
        """In the module's words."""
        place = self.destination
        return Wishes(
            at=self.at,
            destination=Destination(place.country, place.region, place.postal_code) if place else None,
            delivery=self.delivery,
            payment=self.payment,
            gifts=tuple((gift.promotion, gift.sku) for gift in self.gifts),
            customer=self.customer,
            drafts=tuple(self.drafts),
        )


@strawberry.input(description="Lines to be priced as if they were put into an empty cart, and on which terms.")
class QuoteInput(QuoteTermsInput):
    lines: list[AddLineInput] = strawberry.field(description="At most 1000.")
    codes: list[str] = strawberry.field(default_factory=list, description="At most 20, in the order of entering.")

    def terms(self) -> Wishes:
        """In the module's words."""
        return replace(super().terms(), codes=tuple(self.codes))
