"""Problems: refusals that a client can act on, made in one place; the payloads that carry them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

import strawberry

from modules.kernel import errors
from modules.kernel.graph.entity import GraphContext, Info
from modules.kernel.graph.scalars import Decimal
from modules.kernel.outcome import Upserted


@strawberry.interface(description="Why something asked for was not done, and where in the input the cause stands.")
class Problem:
    code: str = strawberry.field(description="Stable, for programs.")
    message: str = strawberry.field(description="One sentence, for people.")
    path: list[str] = strawberry.field(description='The way into the input: ["input", "levels", "0", "sku"].')


@strawberry.federation.type(shareable=True, description="A value that is not allowed here.")
class InvalidInput(Problem):
    allowed: str | None = strawberry.field(description="What is allowed.")


@strawberry.federation.type(shareable=True, description="No product has this sku.")
class UnknownSku(Problem):
    sku: strawberry.ID = strawberry.field(description="As it was given.")
    nearest: list[strawberry.ID] = strawberry.field(description="Up to three that look like it.")


@strawberry.federation.type(shareable=True, description="Less is available than requested.")
class InsufficientStock(Problem):
    sku: strawberry.ID = strawberry.field(description="What is short.")
    available: Decimal = strawberry.field(description="In the product's unit.")
    requested: Decimal = strawberry.field(description="In the product's unit.")


@strawberry.federation.type(
    shareable=True, description="The idempotency key came before with another input; nothing was done."
)
class IdempotencyConflict(Problem):
    pass


@strawberry.federation.type(shareable=True, description="A refusal that carries no more than its code.")
class Refusal(Problem):
    pass


def common(error: errors.Refused) -> dict[str, Any]:
    """The fields every Problem has."""
    return {"code": error.code, "message": error.message, "path": list(error.path)}


def _unknown_sku(error: errors.UnknownSku) -> Problem:
    nearest = [strawberry.ID(sku) for sku in error.nearest]
    return UnknownSku(**common(error), sku=strawberry.ID(error.sku), nearest=nearest)


def _insufficient_stock(error: errors.InsufficientStock) -> Problem:
    available, requested = Decimal(error.available), Decimal(error.requested)
    return InsufficientStock(**common(error), sku=strawberry.ID(error.sku), available=available, requested=requested)


MAKERS: Mapping[type[errors.Refused], Callable[[Any], Problem]] = {
    errors.InvalidInput: lambda error: InvalidInput(**common(error), allowed=error.allowed),
    errors.UnknownSku: _unknown_sku,
    errors.InsufficientStock: _insufficient_stock,
    errors.IdempotencyConflict: lambda error: IdempotencyConflict(**common(error)),
}
TYPES: tuple[type, ...] = (InvalidInput, UnknownSku, InsufficientStock, IdempotencyConflict, Refusal)


def problems(context: GraphContext, refusals: Iterable[errors.Refused]) -> list[Problem]:
    """The refusals as the client sees them, in order; a module's own kinds come from its part."""
    makers = dict(MAKERS)
    for part in context.parts:
        makers.update(part.problems)
    return [makers.get(type(error), _refusal)(error) for error in refusals]


def _refusal(error: errors.Refused) -> Problem:
    return Refusal(**common(error))


@strawberry.type
class Outcome:
    """What the payload of every command over a list has; payloads extend it, the graph does not show it."""

    changed: int = strawberry.field(description="Items that were written.")
    unchanged: int = strawberry.field(description="Items that were so already; neither written nor published.")
    problems: list[Problem] = strawberry.field(
        description="What was refused, and why: single items, while the others are done, or the command as a whole."
    )

    @classmethod
    def of(cls, info: Info, done: Upserted) -> Self:
        """From the kernel's outcome."""
        found = problems(info.context, done.problems)
        return cls(changed=done.changed, unchanged=done.unchanged, problems=found)
