"""What can be wished of a cart: one type for each kind of operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from modules.kernel.address import PostalAddress
from modules.kernel.names import ChannelId, ConfigurationId, LineId, PromotionId, ShippingMethodId, Sku, StoreId
from modules.kernel.quantity import Quantity


class Kind(StrEnum):
    """What an operation does, by its name in the API."""

    ADD_LINE = "addLine"
    SET_QUANTITY = "setQuantity"
    REMOVE_LINE = "removeLine"
    MOVE_LINE = "moveLine"
    SET_NOTE = "setNote"
    ADD_CODE = "addCode"
    REMOVE_CODE = "removeCode"
    SET_ADDRESS = "setAddress"
    SET_CONTACT = "setContact"
    SET_DELIVERY = "setDelivery"
    SET_PAYMENT = "setPayment"
    CHOOSE_GIFT = "chooseGift"
    SET_CHANNEL = "setChannel"
    UNDO = "undo"


class AddressUse(StrEnum):
    """What an address is for."""

    DELIVERY = "DELIVERY"
    BILLING = "BILLING"


@dataclass(frozen=True, slots=True)
class AddLine:
    """More of a product. `line` None: its default line."""

    sku: Sku
    quantity: Quantity
    line: LineId | None = None
    configuration: ConfigurationId | None = None


@dataclass(frozen=True, slots=True)
class SetQuantity:
    """A line's new quantity; 0 removes it."""

    line: LineId
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class RemoveLine:
    """A line's end."""

    line: LineId


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A line's new place: behind another one, or in front of all."""

    line: LineId
    after: LineId | None


@dataclass(frozen=True, slots=True)
class SetNote:
    """What is noted on a line, or on the whole cart; an empty text takes the note off."""

    line: LineId | None
    text: str


@dataclass(frozen=True, slots=True)
class AddCode:
    """A promotion's code, as it was typed."""

    code: str


@dataclass(frozen=True, slots=True)
class RemoveCode:
    """A code taken out, in whatever spelling."""

    code: str


@dataclass(frozen=True, slots=True)
class SetAddress:
    """Where goods or bills go; None: not known any more."""

    use: AddressUse
    address: PostalAddress | None


@dataclass(frozen=True, slots=True)
class SetContact:
    """Where the shopper is written to."""

    email: str | None


@dataclass(frozen=True, slots=True)
class SetDelivery:
    """By which shipping method, and in which store what is picked up waits; both at once."""

    method: ShippingMethodId | None
    store: StoreId | None


@dataclass(frozen=True, slots=True)
class SetPayment:
    """A kind of payment, such as `cash`."""

    payment: str | None


@dataclass(frozen=True, slots=True)
class ChooseGift:
    """Which of a promotion's gifts is wanted; None: no choice."""

    promotion: PromotionId
    sku: Sku | None


@dataclass(frozen=True, slots=True)
class SetChannel:
    """Where the cart is priced from now on."""

    channel: ChannelId


@dataclass(frozen=True, slots=True)
class Undo:
    """Takes another operation back, whichever of the two came first."""

    operation: str


Wish = (
    AddLine
    | SetQuantity
    | RemoveLine
    | MoveLine
    | SetNote
    | AddCode
    | RemoveCode
    | SetAddress
    | SetContact
    | SetDelivery
    | SetPayment
    | ChooseGift
    | SetChannel
    | Undo
)

WISHES: Final[Mapping[Kind, type[Wish]]] = {
    Kind.ADD_LINE: AddLine,
    Kind.SET_QUANTITY: SetQuantity,
    Kind.REMOVE_LINE: RemoveLine,
    Kind.MOVE_LINE: MoveLine,
    Kind.SET_NOTE: SetNote,
    Kind.ADD_CODE: AddCode,
    Kind.REMOVE_CODE: RemoveCode,
    Kind.SET_ADDRESS: SetAddress,
    Kind.SET_CONTACT: SetContact,
    Kind.SET_DELIVERY: SetDelivery,
    Kind.SET_PAYMENT: SetPayment,
    Kind.CHOOSE_GIFT: ChooseGift,
    Kind.SET_CHANNEL: SetChannel,
    Kind.UNDO: Undo,
}
KINDS: Final[Mapping[type[Wish], Kind]] = {wish: kind for kind, wish in WISHES.items()}
