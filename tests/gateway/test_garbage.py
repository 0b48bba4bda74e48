"""The collector of cycles, by the clock; and that requests leave it nothing to do."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from gateway.background import running
from gateway.edge.execution import Executions, Request
from gateway.edge.settings import Bounds
from gateway.garbage import collect_by_the_clock, resident
from modules.kernel.graph import GraphContext
from tests.gateway.edge.toy import Bell, ToyContext, a_schema

SCHEMA = a_schema()
QUERY = "{ slow(seconds: 0) products { edges { node { title } } } }"


class Knot:
    """Holds itself."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def by_itself() -> Iterator[None]:
    """Python's own rule is off, as it would make these tests pass by chance."""
    gc.disable()
    yield
    gc.enable()


class Memory:
    """Tells so much at one look after the other, the last for ever, and remembers whether the knot was there."""

    def __init__(self, knot: Knot, *told: int) -> None:
        self.knot = weakref.ref(knot)
        self.there: list[bool] = []
        self._told = told

    def __call__(self) -> int:
        self.there.append(self.knot() is not None)
        return self._told[min(len(self.there), len(self._told)) - 1]

    async def looked_at(self, times: int) -> None:
        """Returns when the collector has asked so often."""

        async def work() -> None:
            await collect_by_the_clock(0.001, self)

        async with asyncio.timeout(20), running(work=work):
            while len(self.there) < times:  # noqa: ASYNC110 - the collector tells nobody
                await asyncio.sleep(0.001)


async def test_a_young_cycle_is_let_go_at_the_next_look() -> None:
    memory = Memory(Knot(), 1_000)
    await memory.looked_at(3)
    assert memory.there[:3] == [True, True, False]


async def test_an_old_cycle_is_let_go_once_memory_has_grown_by_a_quarter() -> None:
    knot = Knot()
    gc.collect()  # whoever has lived through this is old
    memory = Memory(knot, 1_000, 1_249, 1_249, 1_250)
    del knot
    await memory.looked_at(5)
    assert memory.there[:5] == [True, True, True, True, False]


async def test_memory_that_stays_large_is_not_walked_through_again_and_again() -> None:
    full = 0

    def count(phase: str, info: dict[str, int]) -> None:
        nonlocal full
        full += phase == "start" and info["generation"] == 2

    gc.callbacks.append(count)
    try:
        await Memory(Knot(), 1_000, 2_000).looked_at(20)
    finally:
        gc.callbacks.remove(count)
    assert full == 1


def test_memory_is_what_the_process_has() -> None:
    before = resident()
    block = b"\x01" * 100_000_000
    assert resident() > before
    del block


@pytest.mark.parametrize(
    "text", [QUERY, 'mutation { write(text: "a") }', "subscription { ticks(count: 2) { number } }"]
)
async def test_what_a_request_held_is_let_go_with_its_answer(text: str) -> None:
    context = ToyContext(SCHEMA, Bell())
    runs = Executions(SCHEMA, context, Bounds(), introspection=True, suggestions=True)
    held: list[weakref.ref[GraphContext]] = []
    for _ in range(2):  # the second goes by the document's plans
        prepared = await runs.prepare(Request(text, {}, None), {})
        held.append(weakref.ref(prepared.context))
        if text.startswith("subscription"):
            assert len([answer async for answer in runs.stream(prepared)]) == 2
        else:
            await runs.execute(prepared)
        del prepared
    assert [each() for each in held] == [None, None]
