"""Written by `python -m clients.generate` from the schema and the documents; not by hand."""

from __future__ import annotations

from typing import Final, Literal, NotRequired, TypedDict

APPLY_CART_OPERATIONS: Final = """\
# The cart itself is not asked for: who follows it has it already on the way.
mutation ApplyCartOperations($key: String!, $operations: [OperationEnvelope!]!, $device: String) {
  applyCartOperations(input: { key: $key, operations: $operations, device: $device }) {
    applied
    cart {
      version
    }
    problems {
      code
      message
      path
    }
  }
}
"""

CART_CHANGED: Final = """\
subscription CartChanged($key: String!, $after: String) {
  cartChanged(key: $key, after: $after) {
    kind
    cursor
    by
    what
    cart {
      id
      channel
      version
      changedAt
      lines {
        id
        quantity
        product {
          sku
          title
        }
      }
      codes
      quote {
        total {
          gross {
            amount
            currency
          }
        }
        notices {
          code
          message
          lineId
        }
      }
    }
  }
}
"""

CREATE_CART: Final = """\
mutation CreateCart($idempotencyKey: String!) {
  createCart(input: { idempotencyKey: $idempotencyKey }) {
    key
    problems {
      code
      message
      path
    }
  }
}
"""


class AddLineInput(TypedDict):
    lineId: NotRequired[str | None]
    sku: str
    quantity: str
    configurationId: NotRequired[str | None]


class SetQuantityInput(TypedDict):
    lineId: str
    quantity: str


class RemoveLineInput(TypedDict):
    lineId: str


class MoveLineInput(TypedDict):
    lineId: str
    after: NotRequired[str | None]


class SetNoteInput(TypedDict):
    lineId: NotRequired[str | None]
    text: str


AddressKind = Literal["DELIVERY", "BILLING"]


class AddressInput(TypedDict):
    country: str
    name: NotRequired[str]
    company: NotRequired[str]
    lines: NotRequired[list[str]]
    postalCode: NotRequired[str]
    city: NotRequired[str]
    region: NotRequired[str]
    phone: NotRequired[str]


class SetAddressInput(TypedDict):
    kind: AddressKind
    address: NotRequired[AddressInput | None]


class SetContactInput(TypedDict):
    email: NotRequired[str | None]


class SetDeliveryInput(TypedDict):
    method: NotRequired[str | None]
    store: NotRequired[str | None]


class SetPaymentInput(TypedDict):
    kind: NotRequired[str | None]


class ChooseGiftInput(TypedDict):
    promotion: str
    sku: NotRequired[str | None]


class SetChannelInput(TypedDict):
    channel: str


class UndoInput(TypedDict):
    operation: str


class CartOperationInput(TypedDict):
    addLine: NotRequired[AddLineInput]
    setQuantity: NotRequired[SetQuantityInput]
    removeLine: NotRequired[RemoveLineInput]
    moveLine: NotRequired[MoveLineInput]
    setNote: NotRequired[SetNoteInput]
    addCode: NotRequired[str]
    removeCode: NotRequired[str]
    setAddress: NotRequired[SetAddressInput]
    setContact: NotRequired[SetContactInput]
    setDelivery: NotRequired[SetDeliveryInput]
    setPayment: NotRequired[SetPaymentInput]
    chooseGift: NotRequired[ChooseGiftInput]
    setChannel: NotRequired[SetChannelInput]
    undo: NotRequired[UndoInput]


class OperationEnvelope(TypedDict):
    id: str
    at: NotRequired[str | None]
    operation: CartOperationInput


class ApplyCartOperationsCart(TypedDict):
    version: int


class ApplyCartOperationsProblems(TypedDict):
    code: str
    message: str
    path: list[str]


class ApplyCartOperations(TypedDict):
    applied: list[str]
    cart: ApplyCartOperationsCart | None
    problems: list[ApplyCartOperationsProblems]


class ApplyCartOperationsData(TypedDict):
    applyCartOperations: ApplyCartOperations


ChangeKind = Literal["SNAPSHOT", "CHANGE", "RESYNC"]


class CartChangedCartLinesProduct(TypedDict):
    sku: str
    title: str | None


class CartChangedCartLines(TypedDict):
    id: str
    quantity: str
    product: CartChangedCartLinesProduct


class CartChangedCartQuoteTotalGross(TypedDict):
    amount: str
    currency: str


class CartChangedCartQuoteTotal(TypedDict):
    gross: CartChangedCartQuoteTotalGross


class CartChangedCartQuoteNotices(TypedDict):
    code: str
    message: str
    lineId: str | None


class CartChangedCartQuote(TypedDict):
    total: CartChangedCartQuoteTotal
    notices: list[CartChangedCartQuoteNotices]


class CartChangedCart(TypedDict):
    id: str
    channel: str
    version: int
    changedAt: str | None
    lines: list[CartChangedCartLines]
    codes: list[str]
    quote: CartChangedCartQuote | None


class CartChanged(TypedDict):
    kind: ChangeKind
    cursor: str
    by: str | None
    what: list[str]
    cart: CartChangedCart


class CartChangedData(TypedDict):
    cartChanged: CartChanged


class CreateCartProblems(TypedDict):
    code: str
    message: str
    path: list[str]


class CreateCart(TypedDict):
    key: str | None
    problems: list[CreateCartProblems]


class CreateCartData(TypedDict):
    createCart: CreateCart
