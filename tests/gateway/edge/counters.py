"""Counters that are followed: a module whose subscription is shared, over the real feed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Hashable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field as member
from datetime import UTC, datetime
from typing import Any

import orjson
import strawberry

from gateway.edge.execution import Executions, Request
from gateway.edge.settings import Bounds
from gateway.schema import GraphSchema
from modules.kernel.customer import Profile
from modules.kernel.errors import Unauthenticated
from modules.kernel.events import Envelope
from modules.kernel.feed import ChangeKind, Feed
from modules.kernel.graph import After, GraphContext, Info, Part, field, subscription
from modules.kernel.names import CustomerId
from modules.kernel.viewer import ANONYMOUS, Principal, Viewer
from modules.runtime.redis import Redis
from tests.builders import a_channel, a_viewer
from tests.runtime.counting import Counted

WATCH = """subscription ($names: [String!]!, $after: String) {
  counted(names: $names, after: $after) { kind cursor items { name value price } }
}"""
PERSONAL = """subscription ($names: [String!]!, $after: String) {
  counted(names: $names, after: $after) { kind cursor items { name value whose } }
}"""
STREAM = "events.counting"
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Counters:
    """The store, and what was asked of it."""

    values: Counter[str] = member(default_factory=Counter)
    opened: int = 0
    closed: int = 0
    executed: int = 0
    broken: bool = False


@strawberry.type
class Item:
    name: str
    value: int
    price: str

    def _whose(self, info: Info) -> str:
        info.context.use(Counters).executed += 1
        return f"{info.context.viewer.principal.id}/{_customer(info.context.viewer)}"

    whose: str = field(_whose, description="Of who asks; says nothing of what it reads.")


@strawberry.type
class CountedEvent:
    kind: ChangeKind
    cursor: str
    items: list[Item]


def _customer(viewer: Viewer) -> str:
    return viewer.customer.id if viewer.customer else "nobody"


def _reads(viewer: Viewer) -> Hashable:
    return _customer(viewer)


async def _counted(info: Info, names: list[str], after: After = None) -> AsyncGenerator[CountedEvent, None]:
    counters, context = info.context.use(Counters), info.context
    counters.opened += 1
    try:
        async with context.feed.follow(Counted.NAME, lambda _: True, after, keys=set(names)) as deliveries:
            async for delivery in deliveries:
                if counters.broken:
                    raise RuntimeError("a bug")
                whole = delivery.kind is not ChangeKind.CHANGE
                told = names if whole else [change.key for change in delivery.changes]
                price = f"price of {_customer(context.viewer)}"
                items = [Item(name=name, value=counters.values[name], price=price) for name in told]
                counters.executed += 1
                yield CountedEvent(kind=delivery.kind, cursor=delivery.cursor, items=items)
    finally:
        counters.closed += 1


@strawberry.type
class Query:
    nothing: str = field(lambda: "", description="Empty.")


@strawberry.type
class Subscription:
    counted: CountedEvent = subscription(_counted, reads=_reads, description="Counters.")


SCHEMA = GraphSchema([Part("counting", query=Query, subscription=Subscription)])


class Desk:
    """The context maker: tokens are principals, `cogwerk-customer` names a customer."""

    def __init__(self, feed: Feed, counters: Counters) -> None:
        self._feed = feed
        self._counters = counters
        self.revoked: set[str] = set()
        self.demoted: set[str] = set()
        """Tokens that stand for another principal by now."""
        self.moved: dict[str, str] = {}
        """Tokens that ask for another customer by now."""
        self.asked = 0

    async def __call__(self, headers: Mapping[str, str]) -> GraphContext:
        self.asked += 1
        token = headers.get("authorization", "")
        if token in self.revoked:
            raise Unauthenticated()
        customer = self.moved.get(token, headers.get("cogwerk-customer", ""))
        viewer = a_viewer(
            Principal(token, until=_LONG_AGO if token in self.demoted else None) if token else ANONYMOUS,
            now=datetime.now(UTC),
            channel=a_channel(headers.get("cogwerk-channel", "web")),
            customer=Profile(CustomerId(customer)) if customer else None,
        )
        return GraphContext(viewer, self._feed, {Counters: self._counters}, parts=SCHEMA.parts, owners=SCHEMA.owners)


class Hall:
    """The edge's executions over the counters, and who writes to them."""

    def __init__(self, redis: Redis, feed: Feed) -> None:
        self._redis = redis
        self.counters = Counters()
        self.desk = Desk(feed, self.counters)
        self.runs = Executions(SCHEMA, self.desk, Bounds(), introspection=True, suggestions=True)

    async def count(self, *names: str) -> None:
        """Each of them rises by one, and that is published."""
        events = []
        for name in names:
            self.counters.values[name] += 1
            events.append(Counted(name=name, version=self.counters.values[name]))
        await self._redis.execute("XADD", STREAM, "*", "e", Envelope.of(events, datetime.now(UTC)).encode())

    @property
    def groups(self) -> int:
        """How many there are."""
        return len(self.runs._groups._groups)

    @asynccontextmanager
    async def subscribed(
        self,
        *names: str,
        after: str | None = None,
        document: str = WATCH,
        takes: Callable[[bytes], bool] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Ear]:
        """A subscriber, which hears until the end of the block."""
        request = Request(document, {"names": list(names), "after": after}, None)
        ear = Ear(takes)
        prepared = await self.runs.prepare(request, headers or {})
        task = asyncio.create_task(ear.hear(self.runs.stream(prepared, ear.push)))
        try:
            yield ear
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class Ear:
    """What a subscriber has heard. `takes` says whether it takes an answer at once."""

    def __init__(self, takes: Callable[[bytes], bool] | None = None) -> None:
        self.heard: list[dict[str, Any]] = []
        self.pushed = 0
        self.failure: Exception | None = None
        self.gate = asyncio.Event()
        """Cleared, it takes nothing at all."""
        self.gate.set()
        self._takes = takes
        self._news = asyncio.Event()

    def push(self, body: bytes) -> bool:
        if not self.gate.is_set() or (self._takes and not self._takes(body)):
            return False
        self.pushed += 1
        self._note(body)
        return True

    async def hear(self, answers: AsyncGenerator[Any, None]) -> None:
        try:
            async with aclosing(answers):
                async for answer in answers:
                    await self.gate.wait()
                    self._note(answer.body)
        except Exception as error:
            self.failure = error
            self._news.set()

    async def until(self, said: Callable[[], object]) -> None:
        """Waits until it is so."""
        async with asyncio.timeout(10):
            while not said():
                self._news.clear()
                await self._news.wait()

    async def events(self, number: int) -> list[dict[str, Any]]:
        """The first so many events."""
        await self.until(lambda: len(self.heard) >= number)
        return self.heard[:number]

    async def fails(self) -> None:
        """Waits until its subscription has failed."""
        await self.until(lambda: self.failure)

    async def resyncs(self) -> None:
        """Waits until it is told that history was lost."""
        await self.until(lambda: "RESYNC" in kinds(self.heard))

    async def believes(self, values: Mapping[str, int]) -> None:
        """Waits until that is what it believes."""
        await self.until(lambda: self.values == values)

    @property
    def values(self) -> dict[str, int]:
        """What it believes of each counter: the last that it was told."""
        return {item["name"]: item["value"] for event in self.heard for item in event["items"]}

    @property
    def cursors(self) -> list[tuple[int, int]]:
        """In the order of hearing."""
        return [(int(ms), int(seq)) for _, ms, seq in (event["cursor"].split("-") for event in self.heard)]

    def said(self, name: str) -> set[str]:
        """All values of a field."""
        return {item[name] for event in self.heard for item in event["items"]}

    def _note(self, body: bytes) -> None:
        answer = orjson.loads(body)
        assert "errors" not in answer, answer
        self.heard.append(answer["data"]["counted"])
        self._news.set()


def kinds(events: Sequence[Mapping[str, Any]]) -> list[str]:
    return [event["kind"] for event in events]
