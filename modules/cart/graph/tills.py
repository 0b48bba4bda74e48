"""Carts at the till in the graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

import strawberry

from modules.cart.graph.carts import Cart, shown
from modules.cart.model import tills
from modules.cart.service import TillDone, TillService
from modules.kernel.errors import Refused
from modules.kernel.graph import DateTime, Info, Problem, field, instant, problems
from modules.kernel.graph.problems import common

_ATTEMPT = "16 to 200 characters, made anew for each attempt: a UUID. With it the call may be sent again."


@strawberry.input(description="A cart that is to be opened at a till.")
class ShowCartCodeInput:
    key: str = strawberry.field(description="The owner's.")


@strawberry.input(description="A code that a customer shows.")
class OpenCartByCodeInput:
    code: str = strawberry.field(description="As it is shown; small letters, blanks and hyphens do not matter.")
    idempotency_key: str = strawberry.field(description=_ATTEMPT)


@strawberry.input(description="The end of a till's, or another link's, work on a cart.")
class ReleaseCartInput:
    key: str = strawberry.field(description="The one that is to end.")


@strawberry.input(description="A cart that is to wait in the store of the request.")
class ParkCartInput:
    key: str = strawberry.field(description="One that may edit the cart; unless it is the owner's it ends.")
    label: str = strawberry.field(description='1 to 40 characters: "lady with the blue hat".')


@strawberry.input(description="A cart that waits in the store of the request.")
class ResumeCartInput:
    id: strawberry.ID = strawberry.field(description="As parkedCarts shows it.")
    idempotency_key: str = strawberry.field(description=_ATTEMPT)


@strawberry.type(description="A code that opens a cart at a till, once.")
class ShowCartCodePayload:
    code: str | None = strawberry.field(description="Six signs without look-alikes. Null when refused.")
    expires_at: DateTime | None = strawberry.field(description="From then on it opens nothing; five minutes.")
    problems: list[Problem] = strawberry.field(description="What was refused, and why.")


@strawberry.type(description="A cart at a till.")
class TillCartPayload:
    cart: Cart | None = strawberry.field(description="Null when refused.")
    key: str | None = strawberry.field(description="The till's own, to edit the cart, for 12 hours. Null when refused.")
    problems: list[Problem] = strawberry.field(description="What was refused, and why.")


@strawberry.type(description="What became of a cart that a till puts down.")
class PutDownCartPayload:
    problems: list[Problem] = strawberry.field(description="What was refused, and why; none when it is done.")


@strawberry.type(description="A cart that waits in a store.")
class ParkedCart:
    id: strawberry.ID = strawberry.field(description="The cart's, for resumeCart.")
    label: str = strawberry.field(description="The associate's own word for it.")
    parked_at: DateTime = strawberry.field(description="Since when.")

    @classmethod
    def of(cls, parked: tills.ParkedCart) -> Self:
        """From the model's."""
        return cls(id=strawberry.ID(parked.id), label=parked.label, parked_at=instant(parked.parked_us))


@strawberry.federation.type(shareable=True, description="This is done in a store, and none was named.")
class StoreRequired(Problem):
    pass


@strawberry.federation.type(shareable=True, description="The code was mistyped, has ended or was used.")
class CartCodeUnknown(Problem):
    pass


@strawberry.federation.type(shareable=True, description="Too many wrong codes within an hour; none is looked up now.")
class CartCodeTries(Problem):
    pass


@strawberry.federation.type(shareable=True, description="No such cart waits here, or another till has it.")
class ParkedCartNotFound(Problem):
    pass


async def _show_cart_code(info: Info, input: ShowCartCodeInput) -> ShowCartCodePayload:
    done = await info.context.use(TillService).show_code(info.context.viewer, input.key)
    ends = DateTime(done.expires_at) if done.expires_at else None
    return ShowCartCodePayload(code=done.code, expires_at=ends, problems=problems(info.context, done.problems))


async def _open_cart_by_code(info: Info, input: OpenCartByCodeInput) -> TillCartPayload:
    service = info.context.use(TillService)
    return await _at_till(info, await service.open(info.context.viewer, input.code, input.idempotency_key))


async def _resume_cart(info: Info, input: ResumeCartInput) -> TillCartPayload:
    service = info.context.use(TillService)
    return await _at_till(info, await service.resume(info.context.viewer, input.id, input.idempotency_key))


async def _at_till(info: Info, done: TillDone) -> TillCartPayload:
    cart = await shown(info, done.cart, "cart") if done.cart else None
    return TillCartPayload(cart=cart, key=done.key, problems=problems(info.context, done.problems))


async def _release_cart(info: Info, input: ReleaseCartInput) -> PutDownCartPayload:
    done = await info.context.use(TillService).release(info.context.viewer, input.key)
    return PutDownCartPayload(problems=problems(info.context, done.problems))


async def _park_cart(info: Info, input: ParkCartInput) -> PutDownCartPayload:
    done = await info.context.use(TillService).park(info.context.viewer, input.key, input.label)
    return PutDownCartPayload(problems=problems(info.context, done.problems))


async def _parked_carts(info: Info) -> list[ParkedCart]:
    return [ParkedCart.of(each) for each in await info.context.use(TillService).parked(info.context.viewer)]


@strawberry.type
class TillQuery:
    parked_carts: list[ParkedCart] = field(
        _parked_carts,
        description="Carts that wait in the store of the request, the oldest first, at most 200. Needs carts:open.",
    )


@strawberry.type
class TillMutation:
    show_cart_code: ShowCartCodePayload = field(
        _show_cart_code, description="A code for the till that ends the one shown before; for the cart's owner."
    )
    open_cart_by_code: TillCartPayload = field(
        _open_cart_by_code,
        description="Opens the cart that a customer shows, in the store of the request. Wrong codes are counted. Needs "
        "carts:open.",
    )
    release_cart: PutDownCartPayload = field(
        _release_cart, description="Hands a cart back: the key opens nothing any more, and what is followed by it ends."
    )
    park_cart: PutDownCartPayload = field(
        _park_cart, description="Lets a cart wait in the store of the request. Needs carts:open."
    )
    resume_cart: TillCartPayload = field(
        _resume_cart, description="Goes on with a cart that waits; one till gets it. Needs carts:open."
    )


PROBLEMS: Mapping[type[Refused], Callable[[Any], Problem]] = {
    tills.StoreRequired: lambda error: StoreRequired(**common(error)),
    tills.CartCodeUnknown: lambda error: CartCodeUnknown(**common(error)),
    tills.CartCodeTries: lambda error: CartCodeTries(**common(error)),
    tills.ParkedCartNotFound: lambda error: ParkedCartNotFound(**common(error)),
}
TYPES = (StoreRequired, CartCodeUnknown, CartCodeTries, ParkedCartNotFound)
