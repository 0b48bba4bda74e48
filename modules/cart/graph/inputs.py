"""What clients write, and its translation into the module's words."""

from __future__ import annotations

from dataclasses import replace

import strawberry

from modules.cart.engine.intake import CartInput
from modules.cart.engine.terms import Wishes
from modules.cart.model import Kind
from modules.kernel.basket import Destination
from modules.kernel.graph import DateTime, Decimal
from modules.kernel.moments import to_us


@strawberry.input(description="More of a product: raises the quantity of its line, or begins one.")
class AddLineInput:
    line_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Made by the client, for a line apart. Without it the same product added again is one line.",
    )
    sku: strawberry.ID = strawberry.field(description="Of the product.")
    quantity: Decimal = strawberry.field(description="In the product's unit, more than 0.")

    def read(self, id: str, at_us: int | None = None) -> CartInput:
        """In the module's words."""
        return CartInput(id, Kind.ADD_LINE, at_us, self.line_id, self.sku, self.quantity)


@strawberry.input(description="Replaces a line's quantity. No effect on a line that is not there.")
class SetQuantityInput:
    line_id: strawberry.ID = strawberry.field(description="As the cart shows it.")
    quantity: Decimal = strawberry.field(description="In the product's unit; 0 removes the line.")


@strawberry.input(description="Removes a line. No effect on a line that is not there.")
class RemoveLineInput:
    line_id: strawberry.ID = strawberry.field(description="As the cart shows it.")


@strawberry.input(one_of=True, description="Exactly one of these.")
class CartOperationInput:
    add_line: AddLineInput | None = strawberry.field(default=strawberry.UNSET, description="Puts in.")
    set_quantity: SetQuantityInput | None = strawberry.field(default=strawberry.UNSET, description="Changes.")
    remove_line: RemoveLineInput | None = strawberry.field(default=strawberry.UNSET, description="Takes out.")
    add_code: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Enters a promotion's code, 1 to 64 characters; entered twice it is kept once.",
    )
    remove_code: str | None = strawberry.field(
        default=strawberry.UNSET, description="Takes a code out, in whatever spelling; no effect on one not there."
    )


@strawberry.input(description="An operation with its id.")
class OperationEnvelope:
    id: strawberry.ID = strawberry.field(
        description=(
            "Made by the client, 1 to 64 printable ASCII characters; the same id is applied once, "
            "whenever and however often it arrives."
        )
    )
    at: DateTime | None = strawberry.field(
        default=None,
        description=(
            "When the person did it, by the client's clock, for what is sent later than done. Without it, now. "
            "A time in the future or more than a year back counts as none."
        ),
    )
    operation: CartOperationInput = strawberry.field(description="What to do.")

    def read(self) -> CartInput:
        """In the module's words."""
        at_us = to_us(self.at) if self.at else None
        given = self.operation
        # An empty code must reach the check that refuses it.
        if isinstance(given.add_code, str):
            return CartInput(self.id, Kind.ADD_CODE, at_us, code=given.add_code)
        if isinstance(given.remove_code, str):
            return CartInput(self.id, Kind.REMOVE_CODE, at_us, code=given.remove_code)
        if given.add_line:
            return given.add_line.read(self.id, at_us)
        if given.set_quantity:
            line, quantity = given.set_quantity.line_id, given.set_quantity.quantity
            return CartInput(self.id, Kind.SET_QUANTITY, at_us, line, quantity=quantity)
        assert given.remove_line
        return CartInput(self.id, Kind.REMOVE_LINE, at_us, given.remove_line.line_id)


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
        description='What others see as `by`, 1 to 40 characters: "till 3". Without it, a kind of principal.',
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
        default=None, description="Without it the tax of the store or market is taken and marked as estimated."
    )
    delivery: strawberry.ID | None = strawberry.field(
        default=None, description="A shipping method. Without it delivery costs are not known yet."
    )
    payment: str | None = strawberry.field(
        default=None, description='A kind of payment such as "cash", which is rounded to what can be paid.'
    )
    gifts: list[GiftChoiceInput] = strawberry.field(default_factory=list, description="At most 20.")
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
