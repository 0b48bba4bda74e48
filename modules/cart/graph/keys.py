"""What keys and links look like in the graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

import strawberry

from modules.cart.model import keys
from modules.cart.model.keys import Right
from modules.kernel.errors import Refused
from modules.kernel.graph import DateTime, Problem, instant
from modules.kernel.graph.problems import common

strawberry.enum(Right, name="CartRight", description="How far a key opens a cart; each may what those before it may.")


@strawberry.type(description="A further key of a cart, given to others by its owner. The key is not kept.")
class CartLink:
    id: strawberry.ID = strawberry.field(description="For revokeCartLink; it opens nothing.")
    right: Right = strawberry.field(description="READ or EDIT.")
    label: str | None = strawberry.field(description="The owner's own word for it.")
    created_at: DateTime = strawberry.field(description="When it was made.")
    expires_at: DateTime | None = strawberry.field(description="From then on it opens nothing. Null: until revoked.")

    @classmethod
    def of(cls, link: keys.Link) -> Self:
        """From the model's link."""
        return cls(
            id=strawberry.ID(link.id),
            right=link.right,
            label=link.label or None,
            created_at=instant(link.created_us),
            expires_at=instant(link.expires_us),
        )


@strawberry.federation.type(shareable=True, description="The key opens the cart, but not so far; nothing was done.")
class CartRightRequired(Problem):
    right: Right = strawberry.field(description="What it takes.")


@strawberry.federation.type(shareable=True, description="The cart has as many links as it may.")
class CartLinkLimit(Problem):
    pass


@strawberry.federation.type(shareable=True, description="The cart has had no link of this id.")
class CartLinkNotFound(Problem):
    pass


@strawberry.federation.type(shareable=True, description="So many links were mailed that no more are for an hour.")
class CartMailLimit(Problem):
    pass


PROBLEMS: Mapping[type[Refused], Callable[[Any], Problem]] = {
    keys.CartRightRequired: lambda error: CartRightRequired(**common(error), right=error.right),
    keys.CartLinkLimit: lambda error: CartLinkLimit(**common(error)),
    keys.CartMailLimit: lambda error: CartMailLimit(**common(error)),
    keys.CartLinkNotFound: lambda error: CartLinkNotFound(**common(error)),
}
TYPES = (CartRightRequired, CartLinkLimit, CartMailLimit, CartLinkNotFound)
