"""A small shop for the edge's own tests: a listing, errors of every kind, and streams that tell when they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field as member, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import strawberry

from gateway.schema import GraphSchema
from modules.kernel.errors import (
    BadUserInput,
    InsufficientStock,
    InvalidInput,
    Unauthenticated,
    Unavailable,
    UnknownPlace,
)
from modules.kernel.graph import (
    JSON,
    DateTime,
    Decimal,
    GraphContext,
    Info,
    Part,
    Product,
    UnitPrice,
    Wanted,
    field,
    page_size,
    product_field,
    products,
    subscription,
)
from modules.kernel.viewer import OPERATOR, Permission
from tests.builders import a_viewer

SECRET = "the password is 1234"


@dataclass
class Bell:
    """What tests watch: streams that were opened and closed."""

    opened: int = 0
    closed: int = 0
    written: list[str] = member(default_factory=list)


@strawberry.type
class Availability:
    state: str
    available: Decimal


@strawberry.type
class Price:
    net: UnitPrice
    gross: UnitPrice
    prior_price: UnitPrice | None
    verdict: str


@strawberry.type
class Edge:
    cursor: str
    node: Product


@strawberry.type
class Page:
    edges: list[Edge]
    has_next_page: bool


@strawberry.type
class Node:
    name: str

    async def _child(self) -> Node:
        return Node(name="child")

    async def _children(self, first: int | None = None) -> list[Node]:
        return [Node(name=str(number)) for number in range(first or 3)]

    child: Node = field(_child, description="One below.")
    children: list[Node] = field(_children, description="Several below.")


@strawberry.input
class Line:
    sku: str
    quantity: Decimal


@strawberry.input(one_of=True)
class Wish:
    sku: str | None = strawberry.UNSET
    group: str | None = strawberry.UNSET


async def _products(info: Info, first: int = 24, skus: list[strawberry.ID] | None = None) -> Page:
    keys = list(skus) if skus else [f"SKU-{number:04}" for number in range(page_size(first))]
    page = Page(
        edges=[Edge(cursor=key, node=item) for key, item in zip(keys, products(keys), strict=True)], has_next_page=True
    )
    await info.context.prefetch(info, [edge.node for edge in page.edges], "edges", "node")
    return page


async def _fails(info: Info, how: str) -> str | None:
    raise {
        "argument": BadUserInput("first is 0", "first", "1 to 100"),
        "refused": InvalidInput("no such day", ("input", "day"), "monday"),
        "stock": InsufficientStock("A", "1", "2", ("input", "lines", "0")),
        "place": UnknownPlace("channel", "mars", ("web", "app")),
        "down": Unavailable("The database"),
        "bug": RuntimeError(SECRET),
    }[how]


async def _secure(info: Info) -> str:
    info.context.viewer.require(Permission.STOCK_READ)
    return "open"


async def _slow(info: Info, seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"


def _node() -> Node:
    return Node(name="root")


def _text(length: int) -> str:
    return "x" * length


def _wish(wish: Wish) -> str:
    return str(wish.sku or wish.group)


def _nan() -> JSON:
    return JSON({"value": object()})


def _now(info: Info) -> DateTime:
    return DateTime(info.context.viewer.now)


def _null() -> str:
    return cast("str", None)


@strawberry.type
class Query:
    products: Page = field(_products, description="A page.")
    fails: str | None = field(_fails, description="Fails as told.")
    secure: str = field(_secure, description="Needs a right.")
    slow: str = field(_slow, description="Takes its time.")
    node: Node = field(_node, description="A tree.")
    text: str = field(_text, description="Of a length.")
    wish: str = field(_wish, description="Takes one of two.")
    odd: JSON = field(_nan, description="Not JSON.")
    now: DateTime = field(_now, description="The viewer's.")
    wrong: str = field(_null, description="Null where none may be.")


async def _write(info: Info, text: str, seconds: float = 0) -> str:
    await asyncio.sleep(seconds)
    info.context.use(Bell).written.append(text)
    return text


async def _buy(info: Info, lines: list[Line]) -> int:
    return len(lines)


@strawberry.type
class Mutation:
    write: str = field(_write, description="Remembers.")
    buy: int = field(_buy, description="Counts the lines.")


@strawberry.type
class Tick:
    number: int
    at: DateTime
    padding: str
    items: list[Product]

    def _explode(self) -> str | None:
        raise RuntimeError(SECRET)

    explode: str | None = field(_explode, description="Fails in one event.")


async def _ticks(
    info: Info,
    count: int = 3,
    every: float = 0,
    size: int = 0,
    fail_at: int = -1,
    skus: list[strawberry.ID] | None = None,
) -> AsyncGenerator[Tick, None]:
    bell = info.context.use(Bell)
    bell.opened += 1
    try:
        for number in range(count):
            if number == fail_at:
                raise BadUserInput("the cursor is of another list", "after", "one of this list")
            yield Tick(
                number=number, at=DateTime(info.context.viewer.now), padding="x" * size, items=products(skus or ())
            )
            await asyncio.sleep(every)
    finally:
        bell.closed += 1


async def _bug(info: Info) -> AsyncGenerator[Tick, None]:
    if info.context.viewer:
        raise RuntimeError(SECRET)
    yield Tick(number=0, at=DateTime(info.context.viewer.now), padding="", items=[])


@strawberry.type
class Subscription:
    ticks: Tick = subscription(_ticks, description="Numbers.")
    bug: Tick = subscription(_bug, description="Fails at once.")


def _title(parent: strawberry.Parent[Product], info: Info) -> str | None:
    return cast("str | None", parent.slot(info, "title"))


def _price(parent: strawberry.Parent[Product], info: Info, quantity: Decimal | None = None) -> Price | None:
    return cast("Price | None", parent.slot(info, "price", quantity))


def _availability(parent: strawberry.Parent[Product], info: Info) -> Availability | None:
    return cast("Availability | None", parent.slot(info, "availability"))


def _amount(text: str) -> UnitPrice:
    return UnitPrice(amount=Decimal(text), currency="EUR")


async def _fill(page: Sequence[Product], selection: Sequence[Wanted], context: GraphContext) -> None:
    makers: Mapping[str, Any] = {
        "title": lambda sku: f"Title of {sku}",
        "price": lambda sku: Price(net=_amount("10"), gross=_amount("11.9"), prior_price=None, verdict="NO_REDUCTION"),
        "availability": lambda sku: Availability(state="IN_STOCK", available=Decimal("7")),
    }
    for product in page:
        product.filled.update((want, makers[want.field](product.sku)) for want in selection)


async def _unavailable(page: Sequence[Product], selection: Sequence[Wanted], context: GraphContext) -> None:
    raise Unavailable("Redis")


def _rating(parent: strawberry.Parent[Product], info: Info) -> str | None:
    return cast("str | None", parent.slot(info, "rating"))


SHOP = Part(
    "shop",
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    product_fields={
        "title": product_field(_title, description="In the viewer's language."),
        "price": product_field(_price, description="In the viewer's currency."),
        "availability": product_field(_availability, description="What can be had."),
    },
    prefetch=_fill,
)
BROKEN = Part("ratings", product_fields={"rating": product_field(_rating, description="Never.")}, prefetch=_unavailable)

LISTING = """query Listing($first: Int = 24) {
  products(first: $first) {
    edges {
      node {
        sku
        title
        price { net { amount currency } gross { amount currency } priorPrice { amount } verdict }
        availability { state available }
      }
    }
    hasNextPage
  }
}"""


def a_schema() -> GraphSchema:
    """The whole toy."""
    return GraphSchema([SHOP, BROKEN])


class ToyContext:
    """`Bearer good` is the operator, `Bearer brief` too for half a second; the channels `mars`, `down` and `bug` do not
    exist, do not answer and fail."""

    def __init__(self, schema: GraphSchema, bell: Bell) -> None:
        self._schema = schema
        self._services: Mapping[type, object] = {Bell: bell}
        self.seen: list[Mapping[str, str]] = []

    async def __call__(self, headers: Mapping[str, str]) -> GraphContext:
        self.seen.append(dict(headers))
        token = headers.get("authorization")
        if token not in (None, "Bearer good", "Bearer brief"):
            raise Unauthenticated()
        channel = headers.get("cogwerk-channel")
        if channel == "mars":
            raise UnknownPlace("channel", "mars", ("web", "app"))
        if channel == "down":
            raise Unavailable("The database")
        if channel == "bug":
            raise RuntimeError(SECRET)
        now = datetime.now(UTC)
        until = now + timedelta(seconds=0.5) if token == "Bearer brief" else None
        viewer = a_viewer(replace(OPERATOR, until=until), now=now) if token else a_viewer(now=now)
        return GraphContext(
            viewer, cast("Any", None), self._services, parts=self._schema.parts, owners=self._schema.owners
        )
