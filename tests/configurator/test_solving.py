"""Solving: one thread for all models, bounded in count, size, time and waiting; absent, it takes nothing else along."""

from __future__ import annotations

import asyncio
from threading import Event, get_ident

import pytest
import strawberry

from gateway.schema import GraphSchema
from modules.configurator.engine import solver
from modules.configurator.engine.compiling import compile_content
from modules.configurator.engine.steps import Cache, Steps
from modules.configurator.graph import PART
from modules.configurator.service import solving
from modules.configurator.service.solving import Model, Solving, estimate
from modules.kernel.errors import Unavailable
from modules.kernel.graph import Part, Product, field
from modules.runtime.database import Database
from tests.cart.shop import Titles
from tests.configurator.builders import DOOR, a_content, discrete
from tests.configurator.shop import a_door, a_shop, hash_of
from tests.configurator.test_solver import all_different


@strawberry.type
class Page:
    page: list[Product] = field(lambda: [Product(sku=strawberry.ID(DOOR))], description="One product.")


def a_model(name: str = "A") -> Model:
    content = a_content(discrete(name))
    return Model(content, hash_of(content))


async def test_a_model_is_compiled_once_and_kept_as_long_as_there_is_room() -> None:
    found = Solving(most_models=2)
    a, b, c = (a_model(name) for name in "ABC")
    first = await found.on(a, lambda steps: steps)
    assert await found.on(a, lambda steps: steps) is first
    await found.on(b, lambda steps: None)
    await found.on(a, lambda steps: None)
    await found.on(c, lambda steps: None)  # b was used longest ago
    assert await found.on(a, lambda steps: steps) is first
    assert sorted(found._models) == sorted((a.hash, c.hash))
    await found.close()


async def test_models_have_to_fit_into_a_size_but_the_newest_stays() -> None:
    size = estimate(compile_content(a_model().content))
    found = Solving(most_bytes=2 * size)
    for name in "ABCD":
        await found.on(a_model(name), lambda steps: None)
    assert len(found._models) == 2
    await found.close()
    small = Solving(most_bytes=1)
    await small.on(a_model(), lambda steps: None)
    assert len(small._models) == 1
    await small.close()


async def test_what_the_engine_remembers_of_sessions_is_bounded_and_goes_with_its_model() -> None:
    found, model = Solving(most_models=1, most_caches=3), a_model()

    def remembered(steps: Steps, cache: Cache) -> Cache:
        return cache

    first = await found.on_session(model, "one", remembered)
    assert await found.on_session(model, "one", remembered) is first
    for name in ("two", "three", "four"):
        await found.on_session(model, name, remembered)
    assert len(found._caches) == 3
    assert await found.on_session(model, "one", remembered) is not first
    await found.on(a_model("B"), lambda steps: None)
    assert len(found._caches) == 0
    await found.close()


async def test_all_is_done_in_one_thread_that_is_not_the_loops() -> None:
    found = Solving()
    threads = await asyncio.gather(*(found.on(a_model(name), lambda steps: get_ident()) for name in "ABCDEF"))
    assert len(set(threads)) == 1
    assert get_ident() not in threads
    await found.close()


async def test_who_gives_up_waiting_leaves_nothing_to_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    found, may_end, done = Solving(), Event(), list[str]()
    busy = asyncio.create_task(found.run(may_end.wait))
    given_up = asyncio.create_task(found.run(lambda: done.append("given up")))
    await asyncio.sleep(0.01)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    monkeypatch.setattr(solving, "MOST_WAITING", 1)
    with pytest.raises(Unavailable):
        await found.run(lambda: done.append("too many"))
    may_end.set()
    await busy
    await found.run(lambda: done.append("next"))
    assert done == ["next"]
    await found.close()


async def test_a_hard_step_ends_when_its_time_is_up_and_the_next_begins_anew() -> None:
    content = all_different(11, 10)
    found, model = Solving(allowance=0.05), Model(content, hash_of(content))
    began = asyncio.get_running_loop().time()
    step = await found.on(model, lambda steps: steps.evaluate([]))
    assert step.partial
    assert asyncio.get_running_loop().time() - began < 20
    assert await found.on(model, lambda steps: steps.machine._solver._left) == 0.05
    await found.close()


async def test_what_is_closed_is_unavailable_and_may_be_closed_again() -> None:
    found = Solving()
    await found.on(a_model(), lambda steps: None)
    await found.close()
    await found.close()
    with pytest.raises(Unavailable):
        await found.on(a_model(), lambda steps: None)


async def test_where_there_is_no_solver_products_have_all_but_what_it_takes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solver, "Glucose4", None)
    async with a_shop(database, a_door()) as shop:
        shop.schema = GraphSchema([PART, Titles().part(), Part("page", query=Page)])
        context = shop.context()
        result = await shop.schema.execute("{ page { sku title configurable { revision } } }", {}, context)
        assert result.errors is None
        assert result.data == {"page": [{"sku": DOOR, "title": "Title of DOOR", "configurable": None}]}
        assert [one["module"] for one in context.unavailable] == ["configurator"]
