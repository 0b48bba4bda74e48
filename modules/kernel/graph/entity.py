"""Product, the entity all modules contribute to; the part a module adds to the graph; the context of an operation."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar, cast

import strawberry
from strawberry.dataloader import DataLoader
from strawberry.types.field import StrawberryField

from modules.kernel.errors import CogwerkError, Refused, Unavailable
from modules.kernel.feed import Feed
from modules.kernel.names import Sku
from modules.kernel.selection import Wanted, wanted
from modules.kernel.viewer import Viewer

T = TypeVar("T")
Service = TypeVar("Service")
Reads = Callable[[Viewer], Hashable]
"""All that a field's value depends on of who asks, their rights and their customer; place, language and currency go
without saying, and the moment is the present. Equal answers: equal values for the two viewers."""
_READS: Final = "reads"


@strawberry.federation.type(
    keys=["sku"], description="One sellable sku. Catalogue, pricing, inventory and others each give it fields."
)
class Product:
    sku: strawberry.ID = strawberry.field(description="The key all modules know it by.")
    filled: strawberry.Private[dict[Wanted, Any]] = strawberry.field(default_factory=dict)

    @classmethod
    async def resolve_reference(cls, info: Info, sku: strawberry.ID) -> Product | None:
        """A key from another subgraph; null when nothing here knows it."""
        product = cls(sku=sku)
        return product if await info.context.exists(product) else None

    def slot(self, info: Info, name: str, *arguments: object) -> Any:
        """What the owner of the field put here, or an awaitable that asks it now; resolvers just return this.

        Raises the error that stands here instead: it costs this field only.
        """
        want = Wanted(name, arguments)
        if want in self.filled:
            return self._read(want)
        return self._ask(info.context, want)

    async def _ask(self, context: GraphContext, want: Wanted) -> Any:
        await context.fill_one(self, want)
        return self._read(want)

    def _read(self, want: Wanted) -> Any:
        value = self.filled.get(want)
        if isinstance(value, CogwerkError):
            # One error stands in the slots of a whole page; each raising would lengthen its traceback.
            raise value.with_traceback(None)
        return value


Prefetch = Callable[[Sequence[Product], Sequence[Wanted], "GraphContext"], Awaitable[None]]
Exists = Callable[[Sequence[Sku], "GraphContext"], Awaitable[Sequence[bool]]]


@dataclasses.dataclass(frozen=True)
class Part:
    """What a module adds to the graph.

    `product_fields` maps GraphQL names of fields on Product to their resolvers, made by `product_field`. `prefetch`
    fills their slots: given all products of a page and the selected fields, it sets `product.filled[want]` for each
    product and each want. Of an error that it raises only the fields it is about learn; Unavailable makes all of them
    null. `exists` answers which skus this module has a row of its own for.
    """

    name: str
    query: type | None = None
    mutation: type | None = None
    subscription: type | None = None
    product_fields: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    prefetch: Prefetch | None = None
    exists: Exists | None = None
    types: tuple[type, ...] = ()
    """Types that no field names, such as kinds of Problem."""
    problems: Mapping[type[Refused], Callable[[Any], Any]] = dataclasses.field(default_factory=dict)
    """Own kinds of refusal, each with what makes its Problem."""


@dataclasses.dataclass(eq=False)
class GraphContext:
    """What one operation carries: the viewer, this process's services, and what is fetched together."""

    viewer: Viewer
    feed: Feed
    services: Mapping[type, object]
    parts: Sequence[Part]
    owners: Mapping[str, Part]
    """The part behind each field of Product."""
    unavailable: list[dict[str, str]] = dataclasses.field(default_factory=list)
    """Parts that did not answer; goes out as `extensions.unavailable`."""
    _loaders: dict[object, DataLoader[Any, Any]] = dataclasses.field(default_factory=dict)
    kept: dict[object, tuple[Wanted, ...]] = dataclasses.field(default_factory=dict)
    """What was selected, by place, without arguments: the same for all operations of a document, which may share it."""
    _selections: dict[object, tuple[Wanted, ...]] = dataclasses.field(default_factory=dict)
    """What was selected with arguments: the same for every event of a subscription."""

    def use(self, service: type[Service]) -> Service:
        """The process's one instance of this service."""
        return cast("Service", self.services[service])

    async def prefetch(self, info: Info, products: Sequence[Product], *path: str, **known: Prefetch) -> None:
        """Called by list roots: asks each selected part once for the whole page, side by side.

        `path` leads from the field being resolved to the products: `("edges", "node")`. A root that has read a part's
        data already gives, under the part's name, what fills the slots from it.
        """
        if not products:
            return
        shares: dict[str, list[Wanted]] = {}
        for want in self.selected(info, path, "Product"):
            owner = self.owners.get(want.field)
            if owner and want not in products[0].filled:
                shares.setdefault(owner.name, []).append(want)
        fills = (self._fill(self._part(name), products, share, known.get(name)) for name, share in shares.items())
        await gather(*fills)

    def selected(self, info: Info, path: Sequence[str], entity: str) -> tuple[Wanted, ...]:
        """The distinct fields selected on an entity at a place, as `wanted` says it; worked out once."""
        # Nodes live as long as their document does, and the variables of an operation do not change.
        place = entity, path, tuple(id(node) for node in info._raw_info.field_nodes)
        found = self.kept.get(place)
        if found is None:
            found = self._selections.get(place)
        if found is None:
            found = wanted(info._raw_info, path, entity)
            memory = self._selections if any(want.arguments for want in found) else self.kept
            memory[place] = found
        return found

    def standing(self, viewer: Viewer) -> GraphContext:
        """The same operation as another viewer sees it, for objects that are not shown where the operation stands."""
        return dataclasses.replace(self, viewer=viewer, _loaders={})

    async def fill_one(self, product: Product, want: Wanted) -> None:
        """For single objects: those asked for in the same tick are asked for together."""

        async def load(products: list[Product]) -> list[None]:
            await self._fill(self.owners[want.field], products, (want,))
            return [None] * len(products)

        await self.load(want, load, product)

    async def exists(self, product: Product) -> bool:
        """Whether any part has a row for this product; the catalogue answers where it is here."""

        async def load(products: list[Product]) -> list[bool]:
            skus = [Sku(product.sku) for product in products]
            answers = [await part.exists(skus, self) for part in self.parts if part.exists]
            return [any(found) for found in zip(*answers, strict=True)] or [False] * len(products)

        return await self.load("exists", load, product)

    async def load(self, name: object, batch: Callable[[list[Any]], Awaitable[list[T]]], key: object) -> T:
        """One key of a batch; nothing is kept, so a later event of a subscription reads anew."""
        loader = self._loaders.get(name)
        if loader is None:
            loader = self._loaders[name] = DataLoader(load_fn=batch, cache=False)
        return cast("T", await loader.load(key))

    async def _fill(
        self, part: Part, products: Sequence[Product], selection: Sequence[Wanted], known: Prefetch | None = None
    ) -> None:
        fill = known or part.prefetch
        assert fill is not None
        try:
            await fill(products, selection, self)
        except Unavailable as error:
            # A module that is down costs its own fields only (api.md, "Product is one entity").
            self.unavailable.append({"module": part.name, "code": error.code, "message": error.message})
            _fill_with(None, products, selection)
        except CogwerkError as error:
            if len(selection) == 1:
                _fill_with(error, products, selection)
            else:
                # `price` must not share the fate of a `price(at:)` beside it.
                await gather(*(self._fill(part, products, (want,)) for want in selection))

    def _part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)


Info = strawberry.Info[GraphContext, None]


def _fill_with(value: object, products: Sequence[Product], selection: Sequence[Wanted]) -> None:
    for product in products:
        product.filled.update((want, value) for want in selection)


async def gather(*calls: Awaitable[None]) -> None:
    """Awaits all; one alone without the cost of a task."""
    if len(calls) == 1:
        await calls[0]
    elif calls:
        await asyncio.gather(*calls)


def field(resolver: Callable[..., Any], *, description: str) -> Any:
    """A field with a resolver; Strawberry's own decorator has no types that a strict checker accepts."""
    return strawberry.field(resolver=resolver, description=description)


def subscription(resolver: Callable[..., Any], *, description: str, reads: Reads | None = None) -> Any:
    """A subscription's root field; the resolver is an async generator.

    With `reads` equal subscribers share one source: its first event comes at once, and those behind it, each with a
    `kind` and a `cursor`, tell what has changed since the cursor before, whatever was told in the first. An argument
    `after` resumes behind a cursor.
    """
    return strawberry.subscription(resolver=resolver, description=description, metadata=_said(reads))


def whole_sender(viewer: Viewer) -> Hashable:
    """`reads` of what may depend on anything of who asks."""
    return viewer.principal, viewer.customer


def product_field(resolver: Callable[..., Any], *, description: str, reads: Reads | None = None) -> Any:
    """A field that a module contributes to Product; nullable always, so that one failing module empties no answer."""
    return strawberry.field(resolver=resolver, description=description, metadata=_said(reads))


def reads_of(item: StrawberryField) -> Reads | None:
    """What the field said that it reads of who asks."""
    return item.metadata.get(_READS)


def _said(reads: Reads | None) -> dict[str, Reads]:
    return {} if reads is None else {_READS: reads}


def products(skus: Iterable[str]) -> list[Product]:
    """Products by their keys, in order."""
    return [Product(sku=strawberry.ID(sku)) for sku in skus]
