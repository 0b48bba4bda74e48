"""What was done to a cart, as the graph shows it."""

from __future__ import annotations

from typing import Any, Self

import strawberry

from modules.cart import model
from modules.kernel.graph import DateTime, Decimal, PageInfo, decode_cursor, encode_cursor, instant, page_size
from modules.kernel.quantity import format_quantity

strawberry.enum(model.Kind, name="CartOperationKind", description="What an operation does.")

_OWN = {
    "line_id": "line",
    "after": "after",
    "sku": "sku",
    "configuration_id": "configuration",
    "code": "code",
    "note": "text",
    "address_kind": "use",
    "delivery": "method",
    "store": "store",
    "payment": "payment",
    "promotion": "promotion",
    "channel": "channel",
    "undoes": "operation",
}
"""Fields of an operation in the graph, and what they are called in the model's wishes."""


@strawberry.type(description="Something somebody did to a cart. Of addresses and contacts only that they were changed.")
class CartOperation:
    id: strawberry.ID = strawberry.field(description="Made by the client.")
    at: DateTime = strawberry.field(description="The moment it counts at.")
    by: str = strawberry.field(description="A kind of principal, or the name the device gave itself.")
    kind: model.Kind = strawberry.field(description="What it does.")
    undone_by: strawberry.ID | None = strawberry.field(description="The operation that takes it back; null: it counts.")
    line_id: strawberry.ID | None = strawberry.field(
        description="Null: the default line of its product, or the whole cart."
    )
    after: strawberry.ID | None = strawberry.field(description="Of a moved line: behind which; null: to the front.")
    sku: strawberry.ID | None = strawberry.field(description="Of what was added, or of the gift that was chosen.")
    quantity: Decimal | None = strawberry.field(description="Added or set, in the product's unit.")
    configuration_id: strawberry.ID | None = strawberry.field(description="Of what was added.")
    code: str | None = strawberry.field(description="Entered or taken out, as it was typed.")
    note: str | None = strawberry.field(description="As it was set.")
    address_kind: model.AddressUse | None = strawberry.field(description="Which address was set.")
    delivery: strawberry.ID | None = strawberry.field(description="The shipping method that was chosen.")
    store: strawberry.ID | None = strawberry.field(description="Where goods are fetched.")
    payment: str | None = strawberry.field(description="The kind that was chosen.")
    promotion: strawberry.ID | None = strawberry.field(description="Whose gift was chosen.")
    channel: str | None = strawberry.field(description="Where the cart was moved.")
    undoes: strawberry.ID | None = strawberry.field(description="The operation that it takes back.")

    @classmethod
    def of(cls, entry: model.Entry, undone_by: str | None) -> Self:
        """From the model's entry."""
        done = entry.operation
        quantity: Any = getattr(done.wish, "quantity", None)
        return cls(
            id=strawberry.ID(done.id),
            at=instant(entry.at_us),
            by=entry.by,
            kind=done.kind,
            undone_by=strawberry.ID(undone_by) if undone_by else None,
            quantity=None if quantity is None else Decimal(format_quantity(quantity)),
            **{name: getattr(done.wish, own, None) for name, own in _OWN.items()},
        )


@strawberry.type(description="An operation in a list.")
class CartOperationEdge:
    cursor: str = strawberry.field(description="Its place in the history.")
    node: CartOperation = strawberry.field(description="The operation.")

    @classmethod
    def of(cls, entry: model.Entry, undone_by: str | None) -> Self:
        """From the model's entry."""
        return cls(cursor=encode_cursor(entry.place), node=CartOperation.of(entry, undone_by))


@strawberry.type(description="A page of a cart's operations.")
class CartOperationConnection:
    edges: list[CartOperationEdge] = strawberry.field(description="In the order in which they count.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
    total_count: int = strawberry.field(
        description="Operations the cart keeps; those of more than 30 days ago may be known by their outcome only."
    )

    @classmethod
    def of(cls, cart: model.Cart, first: int, after: str | None) -> Self:
        """A page of the history. Raises BadUserInput for a page size or cursor that is none."""
        count, entries = page_size(first), cart.entries
        at_us, id = decode_cursor(after, int, str) if after is not None else (None, None)
        place = (at_us, id) if at_us is not None and id is not None else None
        found = model.page(entries, count, place)
        edges = [CartOperationEdge.of(entry, cart.undone.get(entry.operation.id)) for entry in found]
        page = PageInfo.of(
            [edge.cursor for edge in edges],
            bool(found) and found[-1] is not entries[-1],
            bool(found) and found[0] is not entries[0],
        )
        return cls(edges=edges, page_info=page, total_count=len(entries))
