"""The reference clients over a bad line, offline, killed and with wrong clocks: the same cart for everybody."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest

from clients.python.cogwerk_cart import Cart, FileStorage, MemoryStorage, Rejected, View
from clients.python.cogwerk_cart.schema import CartOperationInput
from tests.gateway_process import ROOT, GatewayProcess
from tests.journeys.chaos import bad_line
from tests.journeys.client import Shop
from tests.journeys.test_cart import a_cart, some_skus
from tests.journeys.typescript import compile_into, node_cart, why_not

HOUR_US = 3_600_000_000
PATIENCE = 60.0
SEEDS = range(4)
HISTORY = """query ($key: String!, $after: String) { cart(key: $key) {
  version codes lines { id quantity product { sku } }
  history(first: 100, after: $after) { edges { node { id at by } } pageInfo { hasNextPage endCursor } } } }"""


def a_client(url: str, key: str | None = None, device: str = "phone", **options: Any) -> Cart:
    """Somebody's device that forgets when it is gone."""
    return Cart(url, MemoryStorage(), key=key, device=device, patience=3, longest_pause=0.2, **options)


async def settled(cart: Cart, version: int = 0) -> View:
    """The client's view when all is handed over and the shop's cart of this version was seen."""
    async with asyncio.timeout(PATIENCE):
        async for view in cart.views():
            if not view.waiting and view.total and view.version >= version:
                return view
    raise AssertionError


async def until_shown(cart: Cart, sku: str, quantity: str) -> View:
    """The first view in which there is so much of a product."""
    async with asyncio.timeout(PATIENCE):
        async for view in cart.views():
            if (sku, quantity) in shown(view):
                return view
    raise AssertionError


def shown(view: View) -> list[tuple[str, str]]:
    """Skus and quantities."""
    return [(line.sku, line.quantity) for line in view.lines]


async def the_cart(shop: Shop, key: str) -> tuple[list[str], dict[str, Any]]:
    """Ids of all operations in their order, and the cart as the shop has it."""
    ids: list[str] = []
    after = None
    while True:
        cart = (await shop.run(HISTORY, key=key, after=after))["cart"]
        ids += [edge["node"]["id"] for edge in cart["history"]["edges"]]
        after = cart["history"]["pageInfo"]["endCursor"]
        if not cart["history"]["pageInfo"]["hasNextPage"]:
            return ids, cart


def something(chance: Random, skus: list[str], lines: list[str]) -> CartOperationInput:
    """What a shopper may do next."""
    line = chance.choice(lines) if lines else "nowhere"
    choices: list[CartOperationInput] = [
        {"addLine": {"sku": chance.choice(skus), "quantity": str(chance.randint(1, 3))}},
        {"addLine": {"sku": chance.choice(skus), "quantity": "1", "lineId": f"gift-wrapped-{chance.randint(1, 2)}"}},
        {"setQuantity": {"lineId": line, "quantity": str(chance.randint(0, 5))}},
        {"removeLine": {"lineId": line}},
        {"addCode": chance.choice(["SPRING", "spring", "AUTUMN"])},
        {"removeCode": "Spring"},
    ]
    return chance.choices(choices, weights=[4, 2, 3, 1, 1, 1])[0]


@pytest.fixture(scope="session")
def typescript(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """The compiled client; None where it cannot run."""
    return None if why_not() else compile_into(tmp_path_factory.mktemp("typescript"))


@pytest.mark.parametrize("seed", SEEDS)
async def test_over_a_line_that_cuts_delays_and_doubles_all_end_in_the_same_cart(
    shopper: Shop, gateway: GatewayProcess, typescript: Path | None, tmp_path: Path, seed: int
) -> None:
    key, skus, chance, done = await a_cart(shopper), await some_skus(shopper, 4), Random(seed), list[str]()
    async with bad_line(gateway.port, seed) as (line, url), AsyncExitStack() as stack:
        phone, till = a_client(url, key, "phone"), a_client(url, key, "till")
        for cart in (phone, till):
            await stack.enter_async_context(cart)
        web = await stack.enter_async_context(node_cart(typescript, url, key, tmp_path / "web")) if typescript else None
        for _ in range(12):
            for cart in (phone, till):
                held = [line.id for line in cart.view.lines]
                done += [cart.do(something(chance, skus, held)) for _ in range(chance.randint(0, 3))]
            if web:
                done.append(await web.ask("do", something(chance, skus, [line.id for line in till.view.lines])))
            await asyncio.sleep(chance.uniform(0, 0.05))
        line.badness = 0
        for cart in (phone, till):
            await settled(cart)
        if web:
            await web.ask("settled")
        ids, cart_there = await the_cart(shopper, key)
        views = [await settled(cart, cart_there["version"]) for cart in (phone, till)]
        seen = [[(line.id, line.sku, line.quantity) for line in view.lines] for view in views]
        if web:
            view = await web.ask("version", cart_there["version"])
            seen.append([(line["id"], line["sku"], line["quantity"]) for line in view["lines"]])
    assert sorted(ids) == sorted(done), "each operation once, none lost"
    lines = [(line["id"], line["product"]["sku"], line["quantity"]) for line in cart_there["lines"]]
    assert seen == [lines] * len(seen)
    assert [list(view.codes) for view in views] == [cart_there["codes"]] * 2
    assert sum(line.met.values()) > line.met[""], "the line was bad"


async def test_a_line_that_has_gone_silent_is_told_from_a_shop_with_nothing_to_say(
    shopper: Shop, gateway: GatewayProcess, typescript: Path | None, tmp_path: Path
) -> None:
    if typescript is None:
        pytest.skip("the client in Python leaves it to its library")
    key, (sku,) = await a_cart(shopper), await some_skus(shopper, 1)
    async with (
        bad_line(gateway.port, 0, badness=0) as (line, url),
        node_cart(typescript, url, key, tmp_path / "web") as web,
    ):
        await web.ask("settled")
        line.go_silent()
        async with a_client(gateway.url, key) as phone:
            phone.add(sku, "2")
            await settled(phone)
        assert (await web.ask("sees", [(sku, "2")]))["online"]


def test_the_typescript_client_is_among_them() -> None:
    if reason := why_not():
        pytest.skip(reason)


KILLED = """
import asyncio, sys
from clients.python.cogwerk_cart import Cart, FileStorage
async def main():
    async with Cart(sys.argv[1], FileStorage(sys.argv[2]), device="phone") as cart:
        while True:
            print(cart.add(sys.argv[3]), flush=True)
            await asyncio.sleep(0.005)
asyncio.run(main())
"""


async def test_a_client_that_is_killed_hands_over_what_it_had_done_when_it_is_started_again(
    shopper: Shop, gateway: GatewayProcess, tmp_path: Path
) -> None:
    (sku,) = await some_skus(shopper, 1)
    file, done = tmp_path / "cart", list[str]()
    for lives in range(1, 4):
        command = [sys.executable, "-c", KILLED, gateway.url, str(file), sku]
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        assert process.stdout
        while len(done) < 25 * lives:
            done.append((await process.stdout.readline()).decode().strip())
        process.kill()
        done += (await process.stdout.read()).decode().split()
        await process.wait()
    async with Cart(gateway.url, FileStorage(file)) as phone:
        await settled(phone)
        assert phone.key
        ids, cart = await the_cart(shopper, phone.key)
    # The one under way when it was killed may have been saved, and nobody been told.
    assert set(done) <= set(ids)
    assert len(ids) <= len(done) + 3
    assert cart["lines"][0]["quantity"] == str(len(ids))


async def test_what_was_done_offline_is_seen_at_once_and_counts_when_it_was_done(
    shopper: Shop, gateway: GatewayProcess
) -> None:
    (first, second), storage = await some_skus(shopper, 2), MemoryStorage()
    hours_ago = time.time_ns() // 1000 - 5 * HOUR_US
    phone = Cart(gateway.url, storage, wall=lambda: hours_ago)
    for _ in range(150):
        phone.add(first)
    line = phone.view.lines[0]
    phone.set_quantity(line.id, "7")
    assert (shown(phone.view), phone.view.waiting, phone.view.total) == ([(first, "7")], 151, None)
    # The app is closed and opened again, still without a connection.
    phone = Cart(gateway.url, storage)
    phone.add(second)
    assert shown(phone.view) == [(first, "7"), (second, "1")]
    async with phone:
        view = await settled(phone)
    assert (shown(view), view.lines[0].id, view.waiting) == ([(first, "7"), (second, "1")], line.id, 0)
    assert phone.key
    history = (await shopper.run(HISTORY, key=phone.key))["cart"]["history"]["edges"]
    assert history[0]["node"]["at"] < time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() - 4 * 3600))


async def test_an_offline_till_does_not_undo_what_was_done_after_it(shopper: Shop, gateway: GatewayProcess) -> None:
    key, (sku,) = await a_cart(shopper), await some_skus(shopper, 1)
    before = time.time_ns() // 1000 - HOUR_US
    async with a_client(gateway.url, key, wall=lambda: before) as phone:
        phone.add(sku, "2")
        line = (await settled(phone)).lines[0].id
    till = a_client(gateway.url, key, "till", wall=lambda: before + 1_000_000)
    till.set_quantity(line, "9")
    async with a_client(gateway.url, key) as phone:
        await settled(phone)
        phone.set_quantity(line, "3")
        await settled(phone)
        async with till:
            assert shown(await settled(till)) == [(sku, "3")]


@pytest.mark.parametrize("hours", [-5, 5])
async def test_a_device_whose_clock_is_hours_off_changes_what_its_user_sees(
    shopper: Shop, gateway: GatewayProcess, hours: int
) -> None:
    key, (sku,) = await a_cart(shopper), await some_skus(shopper, 1)

    def wrong() -> int:
        return time.time_ns() // 1000 + hours * HOUR_US

    async with a_client(gateway.url, key, "web") as web, a_client(gateway.url, key, wall=wrong) as phone:
        web.add(sku, "5")
        line = (await until_shown(phone, sku, "5")).lines[0].id
        phone.set_quantity(line, "2")
        await until_shown(web, sku, "2")
        web.set_quantity(line, "4")
        await until_shown(phone, sku, "4")
        phone.remove(line)
        phone.add(sku)
        await until_shown(web, sku, "1")


async def test_what_the_shop_refuses_is_told_and_hinders_nothing(shopper: Shop, gateway: GatewayProcess) -> None:
    (sku,) = await some_skus(shopper, 1)
    async with a_client(gateway.url) as phone:
        refused = phone.add(sku + "-no-such-thing")
        phone.add(sku)
        view = await settled(phone)
    assert shown(view) == [(sku, "1")]
    assert [(one.operation["id"], one.code) for one in view.refused] == [(refused, "UNKNOWN_SKU")]


UNREADABLE: list[CartOperationInput] = [
    {"addLine": {"sku": "ANYTHING", "quantity": "1,5"}},
    {"setQuantity": {"lineId": "anything", "quantity": ""}},
    {"setNote": {"text": "half a smile: \ud83d"}},
]


async def test_what_the_shop_cannot_even_read_is_told_and_hinders_nothing(
    shopper: Shop, gateway: GatewayProcess, typescript: Path | None, tmp_path: Path
) -> None:
    (sku,) = await some_skus(shopper, 1)
    wishes: list[CartOperationInput] = [{"addLine": {"sku": sku, "quantity": "1"}}, *UNREADABLE]
    phone = a_client(gateway.url)
    ids = [phone.do(wish) for wish in (*wishes, wishes[0])]
    assert shown(phone.view) == [(sku, "2")]
    async with phone:
        view = await settled(phone)
    assert shown(view) == [(sku, "2")]
    assert [one.operation["id"] for one in view.refused] == ids[1:-1]
    assert [one.code for one in view.refused] == ["BAD_USER_INPUT", "BAD_USER_INPUT", "BAD_REQUEST"]
    if typescript:
        async with node_cart(typescript, gateway.url, None, tmp_path / "web") as web:
            ids = [await web.ask("do", wish) for wish in (*wishes, wishes[0])]
            found = await web.ask("settled")
            assert [(line["sku"], line["quantity"]) for line in found["lines"]] == [(sku, "2")]
            refused = [(one["operation"]["id"], one["code"]) for one in found["refused"]]
            assert refused == [(one, each.code) for one, each in zip(ids[1:-1], view.refused, strict=True)]


async def test_a_shop_that_is_asked_too_much_is_asked_again_later(typescript: Path | None, tmp_path: Path) -> None:
    process = GatewayProcess(tmp_path / "data", environ={"COGWERK_RATE": "4/4"})
    process.start()
    try:
        async with AsyncExitStack() as stack:
            phones = [await stack.enter_async_context(a_client(process.url)) for _ in range(6)]
            for phone in phones:
                assert shown(await settled(phone)) == []
            if typescript:
                web = node_cart(typescript, process.url, None, tmp_path / "web")
                assert (await (await stack.enter_async_context(web)).ask("settled"))["lines"] == []
    finally:
        process.stop()


async def test_a_cart_that_the_shop_does_not_know_keeps_what_was_done(gateway: GatewayProcess) -> None:
    phone = a_client(gateway.url, key="A" * 32)
    phone.add("ANYTHING")
    async with asyncio.timeout(PATIENCE), phone:
        with pytest.raises(Rejected):
            await phone.settled()
    assert phone.view.waiting == 1


async def test_a_client_can_be_stopped_at_any_time_and_goes_on_later(shopper: Shop, gateway: GatewayProcess) -> None:
    (sku,) = await some_skus(shopper, 1)
    phone = a_client(gateway.url)
    for _ in range(5):
        async with phone:
            phone.add(sku)
    async with phone:
        assert shown(await settled(phone)) == [(sku, "5")]


async def test_what_is_queued_goes_along_to_another_cart(shopper: Shop, gateway: GatewayProcess) -> None:
    key, (sku,) = await a_cart(shopper), await some_skus(shopper, 1)
    async with a_client(gateway.url) as phone:
        await phone.settled()
        phone.add(sku)
        phone.move_to(key)
        assert shown(await settled(phone)) == [(sku, "1")]
    assert (await the_cart(shopper, key))[1]["lines"][0]["quantity"] == "1"
