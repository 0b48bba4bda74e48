"""From the phone to the till and back: codes, hand-over, parked carts; exactly one till, and nobody by guessing."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from modules.cart.engine.intake import CartInput
from modules.cart.engine.merging import Strategy
from modules.cart.model import CartNotFound, Kind
from modules.cart.model.keys import CartRightRequired, Right
from modules.cart.model.tills import (
    TRIES_OF_NETWORK,
    TRIES_OF_PRINCIPAL,
    CartCodeTries,
    CartCodeUnknown,
    ParkedCartNotFound,
    StoreRequired,
)
from modules.cart.service import LinkInput, TillDone
from modules.kernel.customer import Profile
from modules.kernel.errors import Forbidden, InvalidInput, Unauthenticated
from modules.kernel.moments import to_us
from modules.kernel.names import CustomerId
from modules.kernel.spelling import SIGNS
from modules.kernel.viewer import Permission, Principal, Role, Viewer
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.builders import a_store, a_viewer
from tests.cart.shop import Shop, a_shelf

PATIENCE_SECONDS = 10
KIEL = a_store("kiel")


@pytest.fixture
def shop(redis: Redis, database: Database) -> Shop:
    """The shop, open, with a database."""
    shop = Shop(redis, a_shelf(), database)
    shop.move(now=datetime.now(UTC))
    return shop


def a_till(name: str = "till 1", address: str = "192.0.2.1", store: str = "kiel") -> Viewer:
    """An associate's till."""
    associate = Principal(name, frozenset({Role.STORE_ASSOCIATE}), frozenset({Permission.CARTS_OPEN}))
    return replace(a_viewer(associate, store=a_store(store), now=datetime.now(UTC)), address=address)


def a_call() -> str:
    """An idempotency key."""
    return str(uuid.uuid4())


def add(id: str) -> CartInput:
    """One mug."""
    return CartInput(id, Kind.ADD_LINE, sku="mug", quantity="1")


async def a_phone(shop: Shop) -> str:
    """The owner's key of a cart with one mug."""
    made = await shop.service.create(shop.viewer, a_call())
    assert made.key
    await shop.service.apply(shop.viewer, made.key, [add("phone")])
    return made.key


async def a_code(shop: Shop, key: str) -> str:
    """What the phone shows."""
    shown = await shop.tills.show_code(shop.viewer, key)
    assert shown.code
    return shown.code


async def at_till(shop: Shop, key: str) -> str:
    """The till's key to the cart of this phone."""
    done = await shop.tills.open(a_till(), await a_code(shop, key), a_call())
    assert done.problems == ()
    assert done.key
    return done.key


async def mugs(shop: Shop, key: str) -> int:
    """How many are in the cart."""
    cart = await shop.service.get(key)
    assert cart
    return sum(line.quantity for line in cart.lines) // 1_000_000


def kinds(done: TillDone) -> list[type]:
    """Why it is refused."""
    return [type(problem) for problem in done.problems]


async def test_a_code_opens_the_cart_for_a_till_which_edits_it_and_hands_it_back(shop: Shop) -> None:
    phone = await a_phone(shop)
    till = await at_till(shop, phone)
    await shop.service.apply(a_till(), till, [add("till")])
    assert await mugs(shop, phone) == 2
    cart = await shop.service.get(phone)
    assert cart
    assert cart.access
    assert [(link.right, link.label) for link in cart.access.links] == [(Right.EDIT, "kiel")]
    assert kinds(await shop.tills.release(a_till(), till)) == []
    assert kinds(await shop.tills.release(a_till(), till)) == [], "a lost answer may be asked for again"
    assert await shop.service.get(till) is None
    assert await mugs(shop, phone) == 2


async def test_codes_have_six_signs_without_look_alikes_and_are_read_as_people_type_them(shop: Shop) -> None:
    phone = await a_phone(shop)
    code = await a_code(shop, phone)
    assert len(code) == 6
    assert set(code) <= set(SIGNS)
    done = await shop.tills.open(a_till(), f" {code[:3].lower()}-{code[3:]}", a_call())
    assert done.cart


async def test_a_code_is_for_one_call_only_which_may_be_sent_again(shop: Shop) -> None:
    code, call = await a_code(shop, await a_phone(shop)), a_call()
    first = await shop.tills.open(a_till(), code, call)
    again = await shop.tills.open(a_till(), code, call)
    assert (again.key, again.problems) == (first.key, ())
    assert kinds(await shop.tills.open(a_till(), code, a_call())) == [CartCodeUnknown]
    assert kinds(await shop.tills.open(a_till("till 2"), code, call)) == [CartCodeUnknown]


async def test_a_code_that_two_tills_enter_at_once_opens_the_cart_for_exactly_one(shop: Shop) -> None:
    code = await a_code(shop, await a_phone(shop))
    calls = (shop.tills.open(a_till(f"till {index}"), code, a_call()) for index in range(6))
    done = await asyncio.gather(*calls)
    assert sorted(map(kinds, done), key=len) == [[], *[[CartCodeUnknown]] * 5]


async def test_a_new_code_ends_the_one_before(shop: Shop) -> None:
    phone = await a_phone(shop)
    before, now = await a_code(shop, phone), await a_code(shop, phone)
    assert kinds(await shop.tills.open(a_till(), before, a_call())) == [CartCodeUnknown]
    assert (await shop.tills.open(a_till(), now, a_call())).cart


async def test_a_code_ends_after_five_minutes(shop: Shop, redis: Redis) -> None:
    phone = await a_phone(shop)
    shown = await shop.tills.show_code(shop.viewer, phone)
    assert shown.code
    assert shown.expires_at
    assert (shown.expires_at - shop.viewer.now).total_seconds() == 300
    names, call = await redis.execute("KEYS", "{carts}.code:*"), a_call()
    for _ in range(2):
        assert [290 < await redis.execute("TTL", name) <= 300 for name in names] == [True], "used or not"
        assert (await shop.tills.open(a_till(), shown.code, call)).cart
    await redis.execute("DEL", *names)
    assert kinds(await shop.tills.open(a_till(), shown.code, call)) == [CartCodeUnknown]


async def test_the_key_of_a_till_ends_after_twelve_hours(shop: Shop) -> None:
    till, phone = a_till(), await a_phone(shop)
    done = await shop.tills.open(till, await a_code(shop, phone), a_call())
    assert done.cart
    assert done.cart.access
    assert done.cart.access.expires_us == to_us(till.now + timedelta(hours=12))


async def test_guessing_codes_is_limited_for_a_principal_wherever_it_asks_from(shop: Shop) -> None:
    code = await a_code(shop, await a_phone(shop))
    for index in range(TRIES_OF_PRINCIPAL):
        done = await shop.tills.open(a_till(address=f"192.0.2.{index}"), "AAAAAA", a_call())
        assert kinds(done) == [CartCodeUnknown]
    assert kinds(await shop.tills.open(a_till(address="198.51.100.1"), code, a_call())) == [CartCodeTries]
    assert (await shop.tills.open(a_till("another"), code, a_call())).cart


async def test_guessing_codes_is_limited_for_a_network_whoever_asks_from_it(shop: Shop) -> None:
    code = await a_code(shop, await a_phone(shop))
    for index in range(TRIES_OF_NETWORK):
        await shop.tills.open(a_till(f"till {index}", address=f"2001:db8::{index:x}"), "AAAAAA", a_call())
    refused = await shop.tills.open(a_till("another", address="2001:db8::ffff"), code, a_call())
    assert kinds(refused) == [CartCodeTries]
    assert (await shop.tills.open(a_till("another", address="2001:db8:1::1"), code, a_call())).cart


async def test_good_codes_are_never_counted(shop: Shop) -> None:
    for _ in range(TRIES_OF_PRINCIPAL + 1):
        assert (await shop.tills.open(a_till(), await a_code(shop, await a_phone(shop)), a_call())).cart


async def test_tries_are_forgotten_after_an_hour(shop: Shop, redis: Redis) -> None:
    await shop.tills.open(a_till(), "AAAAAA", a_call())
    names = await redis.execute("KEYS", "{carts}.tries:*")
    assert [3_590 < await redis.execute("TTL", name) <= 3_600 for name in names] == [True, True]


async def test_neither_code_nor_principal_nor_address_is_kept_in_clear(shop: Shop, redis: Redis) -> None:
    code = await a_code(shop, await a_phone(shop))
    await shop.tills.open(a_till("somebody"), code, a_call())
    await shop.tills.open(a_till("somebody"), "AAAAAA", a_call())
    names = await redis.execute("KEYS", "{carts}*")
    kept = repr([(name, await redis.execute("GET", name)) for name in names])
    for secret in (code, "somebody", "192.0.2.1", "AAAAAA"):
        assert secret not in kept


async def test_codes_are_for_store_associates_only(shop: Shop) -> None:
    code = await a_code(shop, await a_phone(shop))
    with pytest.raises(Unauthenticated):
        await shop.tills.open(a_viewer(store=KIEL), code, a_call())
    with pytest.raises(Forbidden):
        await shop.tills.open(a_viewer(Principal("erp"), store=KIEL), code, a_call())
    assert kinds(await shop.tills.open(replace(a_till(), store=None), code, a_call())) == [StoreRequired]


async def test_only_the_owner_shows_a_code(shop: Shop) -> None:
    phone = await a_phone(shop)
    wish = LinkInput(key=phone, idempotency_key=a_call(), right=Right.EDIT)
    link = (await shop.links.create(shop.viewer, wish)).key
    assert link
    for key, expected in ((link, CartRightRequired), ("x" * 43, CartNotFound)):
        shown = await shop.tills.show_code(shop.viewer, key)
        assert ([type(problem) for problem in shown.problems], shown.code) == ([expected], None)


async def test_a_code_whose_owner_is_none_any_more_opens_nothing(shop: Shop) -> None:
    """The cart was claimed between showing and entering: the old key is dead, and what it showed with it."""
    phone = await a_phone(shop)
    code = await a_code(shop, phone)
    customer = replace(shop.viewer, customer=Profile(CustomerId("anna")))
    await shop.claims.claim(customer, phone, Strategy.SUM)
    assert kinds(await shop.tills.open(a_till(), code, a_call())) == [CartNotFound]


async def test_the_owners_key_cannot_be_released(shop: Shop) -> None:
    phone = await a_phone(shop)
    assert kinds(await shop.tills.release(shop.viewer, phone)) == [InvalidInput]
    assert await mugs(shop, phone) == 1


async def test_a_subscription_of_the_till_ends_when_it_hands_the_cart_back(shop: Shop, feed: StreamFeed) -> None:
    till = await at_till(shop, await a_phone(shop))
    async with asyncio.timeout(PATIENCE_SECONDS), shop.service.follow(till, feed) as sightings:
        await anext(sightings)
        await shop.tills.release(a_till(), till)
        assert [seen async for seen in sightings] == []


async def test_a_cart_is_parked_in_a_store_and_resumed_at_another_of_its_tills(shop: Shop) -> None:
    phone = await a_phone(shop)
    till = await at_till(shop, phone)
    assert kinds(await shop.tills.park(a_till(), till, "blue hat")) == []
    assert await shop.service.get(till) is None
    (waiting,) = await shop.tills.parked(a_till("till 2"))
    assert waiting.label == "blue hat"
    assert await shop.tills.parked(a_till(store="bonn")) == []
    assert kinds(await shop.tills.resume(a_till(store="bonn"), waiting.id, a_call())) == [ParkedCartNotFound]
    call = a_call()
    done = await shop.tills.resume(a_till("till 2"), waiting.id, call)
    assert done.key
    await shop.service.apply(a_till("till 2"), done.key, [add("till-2")])
    assert await mugs(shop, phone) == 2
    assert await shop.tills.parked(a_till()) == []
    assert (await shop.tills.resume(a_till("till 2"), waiting.id, call)).key == done.key


async def test_a_parked_cart_that_two_tills_resume_at_once_goes_to_exactly_one(shop: Shop) -> None:
    till = await at_till(shop, await a_phone(shop))
    await shop.tills.park(a_till(), till, "blue hat")
    (waiting,) = await shop.tills.parked(a_till())
    calls = (shop.tills.resume(a_till(f"till {index}"), waiting.id, a_call()) for index in range(5))
    done = await asyncio.gather(*calls)
    assert sorted(map(kinds, done), key=len) == [[], *[[ParkedCartNotFound]] * 4]


async def test_parking_whose_answer_was_lost_may_be_done_again(shop: Shop) -> None:
    till = await at_till(shop, await a_phone(shop))
    for _ in range(2):
        assert kinds(await shop.tills.park(a_till(), till, "blue hat")) == []
    assert len(await shop.tills.parked(a_till())) == 1


async def test_a_cart_is_parked_and_resumed_again_and_again(shop: Shop) -> None:
    key: str | None = await at_till(shop, await a_phone(shop))
    for index in range(3):
        assert key
        await shop.tills.park(a_till(), key, f"round {index}")
        (waiting,) = await shop.tills.parked(a_till())
        key = (await shop.tills.resume(a_till(), waiting.id, a_call())).key
        assert key
        assert await mugs(shop, key) == 1


async def test_a_parked_cart_that_its_shopper_has_claimed_waits_no_more(shop: Shop) -> None:
    phone = await a_phone(shop)
    await shop.tills.park(a_till(), await at_till(shop, phone), "blue hat")
    (waiting,) = await shop.tills.parked(a_till())
    customer = replace(shop.viewer, customer=Profile(CustomerId("anna")))
    await shop.claims.claim(customer, phone, Strategy.SUM)
    assert kinds(await shop.tills.resume(a_till(), waiting.id, a_call())) == [ParkedCartNotFound]
    assert await shop.tills.parked(a_till()) == []


async def test_a_key_to_read_parks_nothing_and_parking_needs_the_right(shop: Shop) -> None:
    phone = await a_phone(shop)
    wish = LinkInput(key=phone, idempotency_key=a_call(), right=Right.READ)
    link = (await shop.links.create(shop.viewer, wish)).key
    assert link
    assert kinds(await shop.tills.park(a_till(), link, "blue hat")) == [CartRightRequired]
    assert kinds(await shop.tills.park(a_till(), phone, "")) == [InvalidInput]
    for call in (shop.tills.parked(shop.viewer), shop.tills.park(shop.viewer, phone, "x")):
        with pytest.raises(Unauthenticated):
            await call


STORY = """mutation ($key: String!) { showCartCode(input: { key: $key }) { code expiresAt problems { code } } }"""
ENTER = """mutation ($code: String!, $call: String!) {
  openCartByCode(input: { code: $code, idempotencyKey: $call }) {
    key cart { right expiresAt lines { quantity } } problems { __typename code path } } }"""
PARK = """mutation ($key: String!) { parkCart(input: { key: $key, label: "blue hat" }) { problems { code } } }"""
RESUME = """mutation ($id: ID!, $call: String!) { resumeCart(input: { id: $id, idempotencyKey: $call }) {
  key cart { lines { quantity } } problems { __typename } } }"""
RELEASE = """mutation ($key: String!) { releaseCart(input: { key: $key }) { problems { code } } }"""


async def test_the_story_of_phone_and_till_stands_in_the_graph(shop: Shop) -> None:
    phone, customer = await a_phone(shop), shop.viewer
    code = (await shop.run(STORY, key=phone))["showCartCode"]["code"]
    shop.viewer = a_till()
    done = (await shop.run(ENTER, code=code, call=a_call()))["openCartByCode"]
    assert (done["cart"]["right"], done["cart"]["lines"], done["problems"]) == ("EDIT", [{"quantity": "1"}], [])
    wrong = (await shop.run(ENTER, code=code, call=a_call()))["openCartByCode"]["problems"]
    assert wrong == [{"__typename": "CartCodeUnknown", "code": "CART_CODE_UNKNOWN", "path": ["input", "code"]}]
    assert (await shop.run(PARK, key=done["key"]))["parkCart"]["problems"] == []
    (waiting,) = (await shop.run("{ parkedCarts { id label parkedAt } }"))["parkedCarts"]
    resumed = (await shop.run(RESUME, id=waiting["id"], call=a_call()))["resumeCart"]
    assert resumed["cart"] == {"lines": [{"quantity": "1"}]}
    assert (await shop.run(RELEASE, key=resumed["key"]))["releaseCart"]["problems"] == []
    shop.viewer = customer
    assert (await shop.run("query ($key: String!) { cart(key: $key) { version } }", key=phone))["cart"]
