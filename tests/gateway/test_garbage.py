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


async def gone(knot: weakref.ref[Knot], seconds: float = 5) -> bool:
    """Whether it is let go in time."""
    end = asyncio.get_running_loop().time() + seconds
    while knot() is not None and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.01)
    return knot() is None


async def test_a_young_cycle_is_let_go_at_the_next_look() -> None:
    async def work() -> None:
        await collect_by_the_clock(0.01, lambda: 1_000)

    async with running(work=work):
        assert await gone(weakref.ref(Knot()))


async def test_an_old_cycle_is_let_go_once_memory_has_grown_by_a_quarter() -> None:
    pages = 1_000

    async def work() -> None:
        await collect_by_the_clock(0.01, lambda: pages)

    knot = Knot()
    gc.collect()  # whoever has lived through this is old
    kept = weakref.ref(knot)
    del knot
    async with running(work=work):
        await asyncio.sleep(0.05)
        pages = 1_249
        assert not await gone(kept, 0.2)
        pages = 1_250
        assert await gone(kept)


async def test_memory_that_stays_large_is_not_walked_through_again_and_again() -> None:
    pages, looks = 1_000, 0

    async def work() -> None:
        await collect_by_the_clock(0.005, lambda: pages)

    def count(phase: str, info: dict[str, int]) -> None:
        nonlocal looks
        looks += phase == "start" and info["generation"] == 2

    gc.callbacks.append(count)
    try:
        async with running(work=work):
            await asyncio.sleep(0.05)
            pages = 2_000
            await asyncio.sleep(0.3)
    finally:
        gc.callbacks.remove(count)
    assert looks == 1


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
