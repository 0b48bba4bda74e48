"""Customers' carts in the graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import strawberry

from modules.cart.engine.merging import Strategy
from modules.cart.graph.carts import Cart, shown
from modules.cart.model import claims
from modules.cart.service import ClaimDone, ClaimService
from modules.kernel.errors import Refused
from modules.kernel.graph import Info, Problem, field, problems
from modules.kernel.graph.problems import common

strawberry.enum(
    Strategy,
    name="CartMergeStrategy",
    description=(
        "What becomes of a line that stands in both carts: quantities are added (SUM), the higher one holds "
        "(KEEP_HIGHEST), or that which was changed last (NEWEST_WINS). Lines of one of them only are kept."
    ),
)


@strawberry.input(description="A guest's cart that is to be the customer's.")
class ClaimCartInput:
    key: str = strawberry.field(description="The owner's.")
    strategy: Strategy = strawberry.field(description="How it meets the cart that the customer has already.")


@strawberry.input(description="Where the customer's cart is looked for.")
class OpenCustomerCartInput:
    channel: str | None = strawberry.field(default=None, description="Without it, the channel of the request.")


@strawberry.type(description="The customer's cart.")
class CustomerCartPayload:
    cart: Cart | None = strawberry.field(description="Null when refused.")
    key: str | None = strawberry.field(
        description="Opens it on every device of the customer: whoever has it has the cart. Null when refused."
    )
    problems: list[Problem] = strawberry.field(description="What was refused, and why.")


@strawberry.federation.type(shareable=True, description="Nobody is known for whom this is asked.")
class CustomerRequired(Problem):
    pass


async def _claim_cart(info: Info, input: ClaimCartInput) -> CustomerCartPayload:
    done = await info.context.use(ClaimService).claim(info.context.viewer, input.key, input.strategy)
    return await _payload(info, done)


async def _open_customer_cart(info: Info, input: OpenCustomerCartInput) -> CustomerCartPayload:
    return await _payload(info, await info.context.use(ClaimService).open(info.context.viewer, input.channel))


async def _customer_carts(info: Info) -> list[Cart]:
    found = await info.context.use(ClaimService).carts(info.context.viewer)
    return [await shown(info, cart) for cart in found]


async def _payload(info: Info, done: ClaimDone) -> CustomerCartPayload:
    cart = await shown(info, done.cart, "cart") if done.cart else None
    return CustomerCartPayload(cart=cart, key=done.key, problems=problems(info.context, done.problems))


@strawberry.type
class ClaimQuery:
    customer_carts: list[Cart] = field(
        _customer_carts,
        description="The open carts of the customer for whom is asked, by channel; none without a customer.",
    )


@strawberry.type
class ClaimMutation:
    claim_cart: CustomerCartPayload = field(
        _claim_cart,
        description=(
            "Makes a guest's cart the customer's or, where the customer has one in its channel, brings its goods into "
            "that. The guest's key and all links end. May be sent again with the same key at any time."
        ),
    )
    open_customer_cart: CustomerCartPayload = field(
        _open_customer_cart,
        description="The customer's cart of a channel, with the same key for every device; made if there is none.",
    )


PROBLEMS: Mapping[type[Refused], Callable[[Any], Problem]] = {
    claims.CustomerRequired: lambda error: CustomerRequired(**common(error))
}
TYPES = (CustomerRequired,)
