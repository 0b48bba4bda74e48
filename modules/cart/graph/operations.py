"""Operations as clients write them, and their translation into the module's words."""

from __future__ import annotations

from typing import Any

import strawberry

from modules.cart.engine.intake import CartInput
from modules.cart.model import AddressUse, Kind
from modules.kernel.address import PostalAddress
from modules.kernel.graph import DateTime, Decimal
from modules.kernel.moments import to_us

strawberry.enum(AddressUse, name="AddressKind", description="What an address is for.")


@strawberry.input(description="More of a product: raises the quantity of its line, or begins one.")
class AddLineInput:
    line_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Made by the client, for a line apart. Without it the same product added again is one line.",
    )
    sku: strawberry.ID = strawberry.field(description="Of the product.")
    quantity: Decimal = strawberry.field(description="In the product's unit, more than 0.")
    configuration_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of a configured product; the quote says whether it can be had."
    )

    def read(self, id: str, at_us: int | None = None) -> CartInput:
        """In the module's words."""
        return CartInput(
            id, Kind.ADD_LINE, at_us, self.line_id, self.sku, self.quantity, configuration=self.configuration_id
        )


@strawberry.input(description="Replaces a line's quantity. No effect on a line that is not there.")
class SetQuantityInput:
    line_id: strawberry.ID = strawberry.field(description="As the cart shows it.")
    quantity: Decimal = strawberry.field(description="In the product's unit; 0 removes the line.")

    def read(self, id: str, at_us: int | None) -> CartInput:
        """In the module's words."""
        return CartInput(id, Kind.SET_QUANTITY, at_us, self.line_id, quantity=self.quantity)


@strawberry.input(description="Removes a line. No effect on a line that is not there.")
class RemoveLineInput:
    line_id: strawberry.ID = strawberry.field(description="As the cart shows it.")

    def read(self, id: str, at_us: int | None) -> CartInput:
        """In the module's words."""
        return CartInput(id, Kind.REMOVE_LINE, at_us, self.line_id)


@strawberry.input(description="Moves a line. No effect where it or the other line is not there.")
class MoveLineInput:
    line_id: strawberry.ID = strawberry.field(description="As the cart shows it.")
    after: strawberry.ID | None = strawberry.field(description="The line it stands behind then; null: in front of all.")

    def read(self, id: str, at_us: int | None) -> CartInput:
        """In the module's words."""
        return CartInput(id, Kind.MOVE_LINE, at_us, self.line_id, after=self.after)


@strawberry.input(description="Replaces a note. No effect on a line that is not there.")
class SetNoteInput:
    line_id: strawberry.ID | None = strawberry.field(default=None, description="Null: the note of the whole cart.")
    text: str = strawberry.field(description="At most 1,000 characters; an empty text takes the note off.")

    def read(self, id: str, at_us: int | None) -> CartInput:
        """In the module's words."""
        return CartInput(id, Kind.SET_NOTE, at_us, self.line_id, text=self.text)


@strawberry.input(description="An address as far as it is known. With the country alone taxes are known already.")
class AddressInput:
    country: str = strawberry.field(description="ISO 3166, two capital letters.")
    name: str = strawberry.field(default="", description="At most 100 characters.")
    company: str = strawberry.field(default="", description="At most 100 characters.")
    lines: list[str] = strawberry.field(
        default_factory=list, description="Street, house number and the like: at most 5 of at most 100 characters."
    )
    postal_code: str = strawberry.field(default="", description="As the carrier reads it, at most 20 characters.")
    city: str = strawberry.field(default="", description="At most 100 characters.")
    region: str = strawberry.field(default="", description='ISO 3166-2: "ES-CN".')
    phone: str = strawberry.field(default="", description="For the carrier, at most 40 characters.")

    def given(self) -> PostalAddress:
        """In the kernel's words, unchecked."""
        return PostalAddress(
            self.country,
            self.name,
            self.company,
            tuple(self.lines),
            self.postal_code,
            self.city,
            self.region,
            self.phone,
        )


@strawberry.input(description="Replaces an address.")
class SetAddressInput:
    kind: AddressUse = strawberry.field(description="Which one.")
    address: AddressInput | None = strawberry.field(description="Null: not known any more.")

    def read(self, id: str, at_us: int | None) -> CartInput:
        """In the module's words."""
        address = self.address.given() if self.address else None
        return CartInput(id, Kind.SET_ADDRESS, at_us, use=self.kind, address=address)


@strawberry.input(description="Replaces how the shopper is reached.")
class SetContactInput:
    email: str | None = strawberry.field(description="At most 254 characters; null: not known any more.")

    def read(self, id: str, at_us: int | None) -> CartInput:
        """In the module's words."""
        return CartInput(id, Kind.SET_CONTACT, at_us, email=self.email)


@strawberry.input(description="Replaces how goods get to the shopper, both at once; the quote says what it costs.")
class SetDeliveryInput:
    method: strawberry.ID | None = strawberry.field(description="A shipping method; null: not chosen yet.")
    store: strawberry.ID | None = strawberry.field(
        default=None,
        description="Where they are fetched, for a method that is pick-up: it decides prices and taxes then.",
    )

    def read(self, id: str, at_us: int | None) -> CartInput:
        """In the module's words."""
        return CartInput(id, Kind.SET_DELIVERY, at_us, method=self.method, store=self.store)


@strawberry.input(description="Replaces how it is paid.")
class SetPaymentInput:
    kind: str | None = strawberry.field(
        description='A kind of payment such as "cash", which is rounded to what can be paid; null: not chosen yet.'
    )

    def read(self, id: str, at_us: int | None) -> CartInput:
        """In the module's words."""
        return CartInput(id, Kind.SET_PAYMENT, at_us, payment=self.kind)


@strawberry.input(description="Replaces which gift of a promotion is wished.")
class ChooseGiftInput:
    promotion: strawberry.ID = strawberry.field(description="As the quote names it.")
    sku: strawberry.ID | None = strawberry.field(description="One of its gifts; null: no choice.")

    def read(self, id: str, at_us: int | None) -> CartInput:
        """In the module's words."""
        return CartInput(id, Kind.CHOOSE_GIFT, at_us, promotion=self.promotion, gift=self.sku)


@strawberry.input(description="Prices the cart in another channel from now on, in that one's currency.")
class SetChannelInput:
    channel: str = strawberry.field(description="One that there is; otherwise the problem UNKNOWN_CHANNEL.")

    def read(self, id: str, at_us: int | None) -> CartInput:
        """In the module's words."""
        return CartInput(id, Kind.SET_CHANNEL, at_us, channel=self.channel)


@strawberry.input(description="Takes another operation back, as if it had never been; an undo too.")
class UndoInput:
    operation: strawberry.ID = strawberry.field(
        description="Its id. Whichever comes first; no effect until the operation is there."
    )

    def read(self, id: str, at_us: int | None) -> CartInput:
        """In the module's words."""
        return CartInput(id, Kind.UNDO, at_us, undone=self.operation)


def _member(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(one_of=True, description="Exactly one of these.")
class CartOperationInput:
    add_line: AddLineInput | None = _member("Puts in.")
    set_quantity: SetQuantityInput | None = _member("Changes.")
    remove_line: RemoveLineInput | None = _member("Takes out.")
    move_line: MoveLineInput | None = _member("Changes the order of lines.")
    set_note: SetNoteInput | None = _member("Notes something on a line or on the cart.")
    add_code: str | None = _member(
        "Enters a promotion's code, 1 to 64 characters; entered twice it is kept once.",
    )
    remove_code: str | None = _member("Takes a code out, in whatever spelling; no effect on one not there.")
    set_address: SetAddressInput | None = _member("Says where goods or bills go.")
    set_contact: SetContactInput | None = _member("Says how the shopper is reached.")
    set_delivery: SetDeliveryInput | None = _member("Chooses how goods get to the shopper.")
    set_payment: SetPaymentInput | None = _member("Chooses how it is paid.")
    choose_gift: ChooseGiftInput | None = _member("Chooses among a promotion's gifts.")
    set_channel: SetChannelInput | None = _member("Moves the cart to another channel.")
    undo: UndoInput | None = _member("Takes an operation back.")

    def read(self, id: str, at_us: int | None) -> CartInput:
        """In the module's words."""
        given: Any = next(member for member in vars(self).values() if member is not strawberry.UNSET)
        if not isinstance(given, str):
            read: CartInput = given.read(id, at_us)
            return read
        kind = Kind.ADD_CODE if given is self.add_code else Kind.REMOVE_CODE
        return CartInput(id, kind, at_us, code=given)


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
        return self.operation.read(self.id, to_us(self.at) if self.at else None)
