"""What clients write, and its translation into the module's words."""

from __future__ import annotations

import strawberry

from modules.cart.engine.intake import CartInput
from modules.cart.model import Kind
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


@strawberry.input(description="Lines to be priced as if they were put into an empty cart.")
class QuoteInput:
    lines: list[AddLineInput] = strawberry.field(description="At most 1000.")
    at: DateTime | None = strawberry.field(default=None, description="Another moment, for those who may ask for it.")
