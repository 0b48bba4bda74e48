"""Links: further keys of a cart, to read or to edit it, until they end or are ended."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modules.cart.engine.intake import CartInput
from modules.cart.model import CartNotFound, Kind
from modules.cart.model.keys import MOST_LINKS, CartLinkLimit, CartLinkNotFound, CartRightRequired, Key, Right
from modules.cart.service import LinkDone, LinkInput
from modules.kernel.errors import BadUserInput, IdempotencyConflict, InvalidInput
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.cart.shop import Shop, a_shelf, address_of

PATIENCE_SECONDS = 10


@pytest.fixture
def shop(redis: Redis) -> Shop:
    """The shop, open; its viewer asks now."""
    shop = Shop(redis, a_shelf())
    shop.move(now=datetime.now(UTC))
    return shop


async def a_key(shop: Shop, name: str = "7f3b2a66-8b0f-4f6f") -> str:
    """The owner's key of a new cart."""
    made = await shop.service.create(shop.viewer, name.replace(" ", "-"))
    assert made.key
    return made.key


def add(id: str) -> CartInput:
    """One mug."""
    return CartInput(id, Kind.ADD_LINE, sku="mug", quantity="1")


async def link(
    shop: Shop, key: str, right: Right = Right.READ, name: str = "a link of mine-1", **more: Any
) -> LinkDone:
    """What comes of the wish for a link."""
    wish = LinkInput(key=key, idempotency_key=name.replace(" ", "-").rjust(16, "."), right=right, **more)
    return await shop.links.create(shop.viewer, wish)


async def a_link(shop: Shop, key: str, right: Right = Right.READ, **more: Any) -> tuple[str, str]:
    """A link's key and id."""
    done = await link(shop, key, right, **more)
    assert done.problems == ()
    assert done.key
    assert done.link
    return done.key, done.link.id


async def refusals(shop: Shop, key: str) -> list[type]:
    """Why an operation is refused."""
    return [type(problem) for problem in (await shop.service.apply(shop.viewer, key, [add("x")])).problems]


async def expire(redis: Redis, key: str) -> None:
    """As if the link of this key had ended a moment ago."""
    digest = Key(address_of(key).locator, key[16:]).digest
    name, field = address_of(key).keys[0], f"g:{digest}"
    kept = await redis.execute("HGET", name, field)
    await redis.execute("HSET", name, field, kept[:-1] + ',"until":1}')


async def test_a_link_to_read_shows_the_cart_and_changes_nothing(shop: Shop) -> None:
    owner = await a_key(shop)
    await shop.service.apply(shop.viewer, owner, [add("a")])
    reading, _ = await a_link(shop, owner)
    cart = await shop.service.get(reading)
    assert cart
    assert cart.access
    assert (len(cart.lines), cart.access.right, cart.access.links) == (1, Right.READ, ())
    done = await shop.service.apply(shop.viewer, reading, [add("b")])
    (problem,) = done.problems
    assert isinstance(problem, CartRightRequired)
    assert (problem.right, problem.path, done.cart) == (Right.EDIT, ("input", "key"), None)
    assert await shop.service.get(reading) == cart


async def test_a_link_to_edit_changes_the_cart_in_one_round_trip(shop: Shop, redis: Redis) -> None:
    editing, _ = await a_link(shop, await a_key(shop), Right.EDIT)
    await shop.service.apply(shop.viewer, editing, [add("a")])
    before = redis.trips
    done = await shop.service.apply(shop.viewer, editing, [add("b")])
    assert (done.applied, redis.trips - before) == (("b",), 1)


@pytest.mark.parametrize("right", [Right.READ, Right.EDIT])
async def test_only_the_owner_sees_makes_and_ends_links(shop: Shop, right: Right) -> None:
    owner = await a_key(shop)
    other, id = await a_link(shop, owner, right)
    for done in (await link(shop, other, name="another link of mine"), await shop.links.revoke(shop.viewer, other, id)):
        assert [type(problem) for problem in done.problems] == [CartRightRequired]
        assert done.cart is None
    cart = await shop.service.get(owner)
    assert cart
    assert cart.access
    assert [each.id for each in cart.access.links] == [id]


async def test_a_link_with_the_rights_of_an_owner_is_refused(shop: Shop) -> None:
    (problem,) = (await link(shop, await a_key(shop), Right.OWNER)).problems
    assert isinstance(problem, InvalidInput)
    assert problem.path == ("input", "right")


async def test_a_link_that_is_made_again_is_the_same_and_another_wish_under_its_key_a_conflict(shop: Shop) -> None:
    owner = await a_key(shop)
    first, again = await link(shop, owner), await link(shop, owner)
    assert (again.key, again.link) == (first.key, first.link)
    assert again.cart == first.cart
    conflict = await link(shop, owner, Right.EDIT, "another wish of-1")
    conflict = await link(shop, owner, Right.READ, "another wish of-1")
    assert [type(problem) for problem in conflict.problems] == [IdempotencyConflict]
    assert "'anot...'" in conflict.problems[0].message, "the key is told by its beginning"
    assert conflict.key is None


async def test_a_revoked_link_opens_nothing_and_is_not_made_again_by_its_own_call(shop: Shop) -> None:
    owner = await a_key(shop)
    key, id = await a_link(shop, owner, Right.EDIT)
    done = await shop.links.revoke(shop.viewer, owner, id)
    assert done.cart
    assert done.cart.access
    assert done.cart.access.links == ()
    assert await shop.service.get(key) is None
    assert await refusals(shop, key) == [CartNotFound]
    assert [type(problem) for problem in (await link(shop, owner, Right.EDIT)).problems] == [IdempotencyConflict]
    assert await shop.service.get(key) is None


async def test_revoking_twice_is_revoking_once_and_an_unknown_link_is_refused(shop: Shop) -> None:
    owner = await a_key(shop)
    _, id = await a_link(shop, owner)
    first = await shop.links.revoke(shop.viewer, owner, id)
    assert await shop.links.revoke(shop.viewer, owner, id) == first
    unknown = await shop.links.revoke(shop.viewer, owner, "nothing")
    assert [type(problem) for problem in unknown.problems] == [CartLinkNotFound]


async def test_an_expired_link_opens_nothing(shop: Shop, redis: Redis) -> None:
    owner = await a_key(shop)
    key, _ = await a_link(shop, owner, Right.EDIT)
    await expire(redis, key)
    assert await shop.service.get(key) is None
    assert await refusals(shop, key) == [CartNotFound]
    cart = await shop.service.get(owner)
    assert cart
    assert cart.access
    assert cart.access.links == ()


async def test_a_link_cannot_end_before_it_begins(shop: Shop) -> None:
    (problem,) = (await link(shop, await a_key(shop), expires_at=shop.viewer.now)).problems
    assert isinstance(problem, InvalidInput)
    assert problem.path == ("input", "expiresAt")


async def test_an_unknown_a_foreign_a_revoked_and_an_expired_key_look_the_same(shop: Shop, redis: Redis) -> None:
    owner, foreign = await a_key(shop), await a_key(shop, "somebody else's cart")
    revoked, id = await a_link(shop, owner, name="the revoked one")
    await shop.links.revoke(shop.viewer, owner, id)
    expired, _ = await a_link(shop, owner, name="the expired one")
    await expire(redis, expired)
    guesses = ["", "x" * 43, owner[:16] + foreign[16:], foreign[:16] + owner[16:], revoked, expired]
    for call in (
        shop.service.apply,
        lambda viewer, key, _: link(shop, key),
        lambda v, k, _: shop.links.revoke(v, k, "1"),
    ):
        answers = [await call(shop.viewer, guess, [add("a")]) for guess in guesses]
        assert {tuple(map(repr, answer.problems)) for answer in answers} == {(repr(CartNotFound()),)}
        assert {answer.cart for answer in answers} == {None}
    assert {await shop.service.get(guess) for guess in guesses} == {None}


async def test_a_grant_that_is_revoked_between_reading_and_writing_writes_nothing(shop: Shop) -> None:
    """The right is looked at in the same step as the work: there is no time between the two."""
    owner = await a_key(shop)
    editing, id = await a_link(shop, owner, Right.EDIT)
    assert await shop.service.get(editing)
    late = asyncio.create_task(shop.service.apply(shop.viewer, editing, [add("late")]))
    await shop.links.revoke(shop.viewer, owner, id)
    done = await late
    cart = await shop.service.get(owner)
    assert cart
    held = {entry.operation.id for entry in cart.entries}
    assert held == set(done.applied), "what was acknowledged is there, and what was refused is not"
    assert await refusals(shop, editing) == [CartNotFound]


async def test_a_cart_has_at_most_50_links_and_ended_ones_do_not_count(shop: Shop, redis: Redis) -> None:
    owner = await a_key(shop)
    made = [await a_link(shop, owner, name=f"number {index}") for index in range(MOST_LINKS)]
    assert [type(problem) for problem in (await link(shop, owner)).problems] == [CartLinkLimit]
    await shop.links.revoke(shop.viewer, owner, made[0][1])
    await expire(redis, made[1][0])
    await a_link(shop, owner)
    await a_link(shop, owner, name="and another link")
    assert [
        type(problem) for problem in (await link(shop, owner, name="one too many, alas".replace(" ", "-"))).problems
    ] == [CartLinkLimit]


async def test_a_malformed_label_is_refused_with_its_path(shop: Shop) -> None:
    (problem,) = (await link(shop, await a_key(shop), label="\n")).problems
    assert isinstance(problem, InvalidInput)
    assert problem.path == ("input", "label")


async def test_no_secret_of_a_link_is_kept(shop: Shop, redis: Redis) -> None:
    key, _ = await a_link(shop, await a_key(shop))
    kept = repr(await redis.execute("HGETALL", address_of(key).keys[0]))
    assert key[16:] not in kept


async def test_a_subscription_ends_when_its_link_is_revoked_and_others_go_on(shop: Shop, feed: StreamFeed) -> None:
    owner = await a_key(shop)
    reading, id = await a_link(shop, owner)
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        shop.service.follow(reading, feed) as others,
        shop.service.follow(owner, feed) as own,
    ):
        await anext(others)
        await anext(own)
        await shop.links.revoke(shop.viewer, owner, id)
        assert [seen async for seen in others] == []
        seen = await anext(own)
        assert seen.delivery.changes[0].state["what"] == ["revokeLink"]
        await shop.service.apply(shop.viewer, owner, [add("a")])
        assert len((await anext(own)).cart.lines) == 1


async def test_a_subscription_ends_at_the_moment_its_link_does(shop: Shop, feed: StreamFeed) -> None:
    owner = await a_key(shop)
    until = datetime.now(UTC) + timedelta(milliseconds=300)
    reading, _ = await a_link(shop, owner, expires_at=until)
    async with asyncio.timeout(PATIENCE_SECONDS), shop.service.follow(reading, feed) as sightings:
        assert len([seen async for seen in sightings]) == 1
    assert datetime.now(UTC) >= until
    with pytest.raises(BadUserInput):
        async with shop.service.follow(reading, feed):
            pass


LINK = """mutation ($key: String!, $right: CartRight!, $until: DateTime) {
  createCartLink(
    input: { key: $key, idempotencyKey: "7f3b2a66-8b0f-4f6f", right: $right, label: "Oma", expiresAt: $until }
  ) {
    key link { id right label expiresAt } cart { right links { id label } }
    problems { __typename code path ... on CartRightRequired { right } } } }"""
SHOWN = "query ($key: String!) { cart(key: $key) { right expiresAt links { id } } }"


async def test_links_stand_in_the_graph(shop: Shop) -> None:
    owner = await a_key(shop)
    until = (shop.viewer.now + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    made = (await shop.run(LINK, key=owner, right="READ", until=until))["createCartLink"]
    assert made["problems"] == []
    assert made["cart"] == {"right": "OWNER", "links": [{"id": made["link"]["id"], "label": "Oma"}]}
    assert (made["link"]["right"], made["link"]["expiresAt"]) == ("READ", until)
    assert (await shop.run(SHOWN, key=made["key"]))["cart"] == {"right": "READ", "expiresAt": until, "links": None}
    (refused,) = (await shop.run(LINK, key=made["key"], right="EDIT", until=until))["createCartLink"]["problems"]
    assert refused == {
        "__typename": "CartRightRequired",
        "code": "CART_RIGHT_REQUIRED",
        "path": ["input", "key"],
        "right": "OWNER",
    }
    revoke = """mutation ($key: String!, $link: ID!) {
      revokeCartLink(input: { key: $key, link: $link }) { cart { links { id } } problems { code } } }"""
    done = (await shop.run(revoke, key=owner, link=made["link"]["id"]))["revokeCartLink"]
    assert done == {"cart": {"links": []}, "problems": []}
    assert (await shop.run(SHOWN, key=made["key"]))["cart"] is None
