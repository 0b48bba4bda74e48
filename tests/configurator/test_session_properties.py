"""Properties of sessions, through the service on random models: no history, no dead ends, no starving loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import islice, permutations
from pathlib import Path
from random import Random
from shutil import copyfile
from tempfile import TemporaryDirectory
from time import perf_counter

import pytest
from hypothesis import given, settings, strategies as st

from modules.configurator.model.contents import Content
from modules.configurator.model.sessions import SessionState
from modules.configurator.model.steps import Step
from modules.configurator.service.door import Handle
from modules.configurator.service.sessions import Opening, Wishes
from modules.runtime.database import Database
from tests.bench.configurator_models import tabled
from tests.configurator.builders import DOOR
from tests.configurator.random_contents import contents
from tests.configurator.shop import Shop, a_shop
from tests.configurator.test_engine import FEW

Wish = tuple[str, str] | tuple[str, str, int]


@pytest.fixture(scope="session")
def blank(sqlite_template: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database; hypothesis writes out what it is given, so its bytes stay in a file."""
    path = tmp_path_factory.mktemp("blank") / "blank.db"
    path.write_bytes(sqlite_template)
    return path


@asynccontextmanager
async def _shop(blank: Path, content: Content) -> AsyncIterator[Shop]:
    with TemporaryDirectory() as directory:
        path = Path(directory) / "test.db"
        copyfile(blank, path)
        database = await Database.open(f"sqlite:///{path}")
        try:
            async with a_shop(database, content) as shop:
                yield shop
        finally:
            await database.close()


def within(blank: Path, content: Content, check: Callable[[Shop], Awaitable[None]]) -> None:
    """Runs the check in a shop of its own."""

    async def run() -> None:
        async with _shop(blank, content) as shop:
            await check(shop)

    asyncio.run(run())


def offered(step: Step) -> list[tuple[str, str]]:
    """Every value that the step offers, of a range its ends."""
    found = [(name, option) for name, offer in step.offers.items() for option in offer.options]
    ranges = ((name, one) for name, offer in step.offers.items() for one in offer.ranges if not one.approximate)
    return [*found, *((name, str(end)) for name, one in ranges for end in {one.low, one.high} if end is not None)]


async def step_of(shop: Shop, key: str) -> Step:
    shown = await shop.sessions.get(shop.viewer, Handle(key))
    assert shown
    return shown.step


async def wander(shop: Shop, key: str, random: Random, most: int = 4) -> list[tuple[str, str]]:
    """Some offered values, one after the other; each of them is taken."""
    taken: list[tuple[str, str]] = []
    for _ in range(most):
        names = {name for name, _ in taken}
        wishes = [wish for wish in offered(await step_of(shop, key)) if wish[0] not in names]
        if not wishes:
            break
        wish = random.choice(wishes)
        answer = await shop.choose(key, wish)
        if [problem.code for problem in answer.problems] == ["E_LOCKED_BY_PACKAGE"]:
            break
        assert answer.problems == (), (wish, answer.problems)
        taken.append(wish)
    return taken


async def complete(shop: Shop, key: str, random: Random) -> None:
    """Goes on with what is offered until nothing is missing: there is always a next value."""
    for _ in range(40):
        step = await step_of(shop, key)
        if step.state is SessionState.COMPLETE:
            return
        name = step.missing[0].removesuffix(".qty")
        wishes: list[Wish] = [wish for wish in offered(step) if wish[0] == name]
        if name != step.missing[0]:
            value = str(step.assignments[name].value)
            wishes = [(name, value, quantity) for quantity in (1, 2, 3)]
        assert await _any_is_taken(shop, key, random.sample(wishes, len(wishes)), name != step.missing[0])
    raise AssertionError("it does not end")


async def _any_is_taken(shop: Shop, key: str, wishes: list[Wish], may_be_refused: bool) -> bool:
    """The first, where values are offered; of quantities, which are not offered one by one, any."""
    for wish in wishes if may_be_refused else wishes[:1]:
        if not (await shop.choose(key, wish)).problems:  # type: ignore[arg-type]
            return True
    return False


@settings(FEW, max_examples=25)
@given(contents(), st.integers(0, 10**6))
def test_no_order_of_choices_and_no_detour_makes_a_difference(blank: Path, content: Content, seed: int) -> None:
    async def check(shop: Shop) -> None:
        random = Random(seed)
        key, opened = await shop.open()
        if not opened.step.offers or opened.step.partial:
            return
        taken = await wander(shop, key, random)
        reached = await step_of(shop, key)
        for order in islice(permutations(taken), 6):
            other, _ = await shop.open(*order)
            step = await step_of(shop, other)
            assert (step.assignments, step.offers, step.missing) == (
                reached.assignments,
                reached.offers,
                reached.missing,
            )
        for wish in reversed(taken):
            answer = await shop.choose(key, (wish[0], None))
            assert answer.problems == ()
        assert (await step_of(shop, key)) == opened.step

    within(blank, content, lambda shop: _unless_impossible(shop, check))


@settings(FEW, max_examples=25)
@given(contents(), st.integers(0, 10**6))
def test_every_value_that_is_offered_leads_to_a_whole_configuration(blank: Path, content: Content, seed: int) -> None:
    async def check(shop: Shop) -> None:
        random = Random(seed)
        begun, _ = await shop.open()
        await wander(shop, begun, random, 2)
        step = await step_of(shop, begun)
        for wish in random.sample(offered(step), min(4, len(offered(step)))):
            copy = await shop.finishing.clone(shop.viewer, Handle(begun))
            assert copy.key
            answer = await shop.choose(copy.key, wish)
            if [problem.code for problem in answer.problems] != ["E_LOCKED_BY_PACKAGE"]:
                assert answer.problems == (), wish
                await complete(shop, copy.key, random)

    within(blank, content, lambda shop: _unless_impossible(shop, check))


async def _unless_impossible(shop: Shop, check: Callable[[Shop], Awaitable[None]]) -> None:
    """Models without any configuration are not released."""
    answer = await shop.sessions.open(shop.viewer, Opening(DOOR), Wishes())
    if not answer.problems:
        await check(shop)


async def test_a_hundred_sessions_at_once_do_not_starve_the_loop(database: Database) -> None:
    """On a model of 150 characteristics; a ping every few milliseconds keeps its time."""
    async with a_shop(database, replace(tabled(150, 6_000, 20, 7), part=DOOR)) as shop:
        await shop.open()
        pings: list[float] = []
        done = asyncio.Event()

        async def ping() -> None:
            while not done.is_set():
                began = perf_counter()
                await asyncio.sleep(0.005)
                pings.append(perf_counter() - began - 0.005)

        async def configure(seed: int) -> int:
            key, _ = await shop.open()
            return len(await wander(shop, key, Random(seed), 3))

        pinging = asyncio.create_task(ping())
        chosen = await asyncio.gather(*(configure(seed) for seed in range(100)))
        done.set()
        await pinging
    assert sum(chosen) > 200
    assert sorted(pings)[int(len(pings) * 0.99)] < 0.25
