"""What clients write, and its translation into the module's words."""

from __future__ import annotations

import strawberry

from modules.kernel.graph import DateTime, Decimal
from modules.kernel.moments import to_us
from modules.wishlists.engine.intake import GoodsInput, WishlistInput
from modules.wishlists.model.access import Access
from modules.wishlists.model.lists import Kind

OWNED = "Of the list's owner, or of a link to it; without one the lists of `Cogwerk-Customer` are meant."
LIST = "The list's; a link's key needs none beside it."

strawberry.enum(
    Access,
    name="WishlistAccess",
    description="READ sees a list; EDIT changes its items and name; OWNER also shares, watches, orders and deletes it.",
)


@strawberry.input(description="A product that is wished for.")
class WishedProductInput:
    sku: strawberry.ID = strawberry.field(description="Of the product.")
    quantity: Decimal = strawberry.field(default=Decimal("1"), description="In the product's unit, more than 0.")
    configuration_id: strawberry.ID | None = strawberry.field(default=None, description="Of a configured product.")
    note: str | None = strawberry.field(default=None, description="At most 1,000 characters; empty for none.")

    def read(self) -> GoodsInput:
        """In the module's words."""
        return GoodsInput(self.sku, self.quantity, self.configuration_id, self.note)


@strawberry.input(description="Replaces what is given of an item. No effect on one that is not there.")
class SetWishlistItemInput:
    item_id: strawberry.ID = strawberry.field(description="As the list shows it.")
    quantity: Decimal | None = strawberry.field(default=None, description="Of a product, in its unit, more than 0.")
    note: str | None = strawberry.field(default=None, description="At most 1,000 characters; empty takes it away.")
    text: str | None = strawberry.field(default=None, description="Of a line of text.")


@strawberry.input(description="Puts an item behind another. No effect where one of them is not there.")
class MoveWishlistItemInput:
    item_id: strawberry.ID = strawberry.field(description="As the list shows it.")
    after: strawberry.ID | None = strawberry.field(default=None, description="Behind which item; null: to the front.")


@strawberry.input(one_of=True, description="Exactly one of these.")
class WishlistOperationInput:
    rename: str | None = strawberry.field(default=strawberry.UNSET, description="Another name, 1 to 100 characters.")
    add_items: list[WishedProductInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Puts products at the end, at most 100. One that is there keeps its place and takes the quantity.",
    )
    add_text: str | None = strawberry.field(
        default=strawberry.UNSET,
        description='A line of text, 1 to 1,000 characters; its item id is "t-" and the id of this operation.',
    )
    set_item: SetWishlistItemInput | None = strawberry.field(default=strawberry.UNSET, description="Changes an item.")
    move_item: MoveWishlistItemInput | None = strawberry.field(default=strawberry.UNSET, description="Orders.")
    remove_item: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Takes an item off. No effect on one that is not there."
    )


@strawberry.input(description="An operation with its id.")
class WishlistOperationEnvelope:
    id: strawberry.ID = strawberry.field(
        description=(
            "Made by the client, 1 to 64 printable ASCII characters; the same id is applied once, however often it "
            "arrives within 60 days."
        )
    )
    at: DateTime | None = strawberry.field(
        default=None,
        description=(
            "When the person did it, by the client's clock, for what is sent later than done; at most 30 days ago "
            "(TOO_LATE). A time to come counts as now, as does none."
        ),
    )
    operation: WishlistOperationInput = strawberry.field(description="What to do.")

    def read(self) -> WishlistInput:
        """In the module's words."""
        at_us, given = to_us(self.at) if self.at else None, self.operation
        # An empty text must reach the check that refuses it.
        if isinstance(given.rename, str):
            return WishlistInput(self.id, Kind.RENAME, at_us, text=given.rename)
        if isinstance(given.add_text, str):
            return WishlistInput(self.id, Kind.ADD_TEXT, at_us, text=given.add_text)
        if isinstance(given.add_items, list):
            return WishlistInput(self.id, Kind.ADD_ITEMS, at_us, tuple(item.read() for item in given.add_items))
        if given.set_item:
            item = given.set_item
            return WishlistInput(self.id, Kind.SET_ITEM, at_us, (), item.item_id, item.text, item.quantity, item.note)
        if given.move_item:
            move = given.move_item
            return WishlistInput(self.id, Kind.MOVE_ITEM, at_us, item=move.item_id, after=move.after)
        return WishlistInput(self.id, Kind.REMOVE_ITEM, at_us, item=given.remove_item or "")


@strawberry.input(description="A wish for a list.")
class CreateWishlistInput:
    idempotency_key: str = strawberry.field(
        description="16 to 200 characters, made anew for each list: a UUID. Keep it secret like the key."
    )
    name: str = strawberry.field(description="1 to 100 characters.")
    key: str | None = strawberry.field(
        default=None,
        description="Of the guest whose list it is. Without it, the customer's; without one, a new guest's first.",
    )


@strawberry.input(description="What was done to a list.")
class ApplyWishlistOperationsInput:
    key: str | None = strawberry.field(default=None, description=OWNED)
    id: strawberry.ID | None = strawberry.field(default=None, description=LIST)
    operations: list[WishlistOperationEnvelope] = strawberry.field(
        description="At most 100. Those without `at` count in the order of the list."
    )
    device: str | None = strawberry.field(
        default=None, description="What others see as `by`, 1 to 40 characters. Without it, a kind of principal."
    )


@strawberry.input(description="The order of an owner's lists.")
class OrderWishlistsInput:
    key: str | None = strawberry.field(default=None, description=OWNED)
    ids: list[strawberry.ID] = strawberry.field(description="The first first; those not named stay behind them.")


@strawberry.input(description="A list that goes.")
class DeleteWishlistInput:
    key: str | None = strawberry.field(default=None, description=OWNED)
    id: strawberry.ID = strawberry.field(description="The list's.")


@strawberry.input(description="A link for others.")
class CreateWishlistLinkInput:
    idempotency_key: str = strawberry.field(description="16 to 200 characters, made anew for each link: a UUID.")
    key: str | None = strawberry.field(default=None, description=OWNED)
    id: strawberry.ID = strawberry.field(description="The list's.")
    access: Access = strawberry.field(description="READ or EDIT.")
    expires_at: DateTime | None = strawberry.field(default=None, description="The first moment it opens nothing.")
    label: str = strawberry.field(default="", description="For whom, at most 100 characters; shown to the owner.")


@strawberry.input(description="A link that ends.")
class RevokeWishlistLinkInput:
    key: str | None = strawberry.field(default=None, description=OWNED)
    id: strawberry.ID = strawberry.field(description="The list's.")
    link: strawberry.ID = strawberry.field(description="As `Wishlist.links` shows it.")


@strawberry.input(description="A guest's lists that become a customer's.")
class ClaimWishlistsInput:
    key: str = strawberry.field(description="The guest's.")


@strawberry.input(description="Wishes that are to be bought.")
class MoveWishlistToCartInput:
    idempotency_key: str = strawberry.field(
        description="16 to 200 characters, made anew for each move. Send the same again when an answer was lost."
    )
    key: str | None = strawberry.field(default=None, description=OWNED)
    id: strawberry.ID | None = strawberry.field(default=None, description=LIST)
    cart: str = strawberry.field(description="The cart's key.")
    items: list[strawberry.ID] | None = strawberry.field(default=None, description="Null: all products.")
    keep: bool = strawberry.field(default=False, description="True: they stay on the list, too.")


@strawberry.input(description="What is to be told of an item.")
class WatchItemInput:
    item_id: strawberry.ID = strawberry.field(description="An item with a product.")
    back_in_stock: bool = strawberry.field(default=True, description="When it can be had again.")
    cheaper: bool = strawberry.field(default=True, description="When it costs less than when it was wished for.")
    below: Decimal | None = strawberry.field(
        default=None,
        description="CHEAPER is told at this gross price of one unit and under it, in the viewer's currency.",
    )


@strawberry.input(description="Items to be watched, in the viewer's channel and currency.")
class WatchWishlistItemsInput:
    key: str | None = strawberry.field(default=None, description="Of the list's owner.")
    id: strawberry.ID = strawberry.field(description="The list's.")
    items: list[WatchItemInput] = strawberry.field(description="At most 500. One that is watched is watched like this.")
    mail: str | None = strawberry.field(
        default=None,
        description="Where news are mailed, too, once whoever reads there has said yes. Kept while it is needed.",
    )


@strawberry.input(description="Items that are watched no more.")
class UnwatchWishlistItemsInput:
    key: str | None = strawberry.field(default=None, description="Of the list's owner.")
    id: strawberry.ID = strawberry.field(description="The list's.")
    items: list[strawberry.ID] = strawberry.field(description="At most 500.")


@strawberry.input(description="What a link in a mail holds.")
class MailTokenInput:
    token: str = strawberry.field(description="The last part of the link.")
