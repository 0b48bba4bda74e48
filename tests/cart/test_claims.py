"""A guest's cart becomes the customer's, once and whole, whoever is killed on the way; and is found on every device."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from modules.cart.engine.intake import CartInput
from modules.cart.engine.merging import Strategy, merge
from modules.cart.model import Cart, CartNotFound, Kind, default_line
from modules.cart.model.claims import CustomerRequired
from modules.cart.model.keys import CartRightRequired, Key, Right
from modules.cart.service import LinkInput
from modules.cart.store import Merge
from modules.kernel.customer import Profile
from modules.kernel.names import ChannelId, CustomerId, Sku
from modules.kernel.viewer import Viewer
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.builders import a_viewer
from tests.cart.shop import Shop, a_shelf

ANNA, BERT = CustomerId("anna"), CustomerId("bert")
WEB = ChannelId("web")
PATIENCE_SECONDS = 10


@pytest.fixture
def shop(redis: Redis, database: Database) -> Shop:
    """The shop, open, with a database."""
    return Shop(redis, a_shelf(), database)


def as_customer(shop: Shop, customer: CustomerId = ANNA) -> Viewer:
    """Somebody who has logged in."""
    return a_viewer(channel=shop.viewer.channel, customer=Profile(customer), now=datetime.now(UTC))


async def a_guest(shop: Shop, name: str = "a-guest", /, **pieces: int) -> str:
    """The key of a guest's cart with these goods."""
    made = await shop.service.create(shop.viewer, name.rjust(16, "."))
    assert made.key
    await put(shop, made.key, name, **pieces)
    return made.key


async def put(shop: Shop, key: str, name: str, /, **pieces: int) -> None:
    """Adds so many of each."""
    inputs = [CartInput(f"{name}-{sku}", Kind.ADD_LINE, sku=sku, quantity=f"{count}") for sku, count in pieces.items()]
    done = await shop.service.apply(shop.viewer, key, inputs)
    assert done.problems == ()


async def move(shop: Shop, key: str, id: str, channel: str = "swiss") -> None:
    """Prices the cart elsewhere."""
    done = await shop.service.apply(shop.viewer, key, [CartInput(id, Kind.SET_CHANNEL, channel=channel)])
    assert done.problems == ()


async def claimed(shop: Shop, key: str, strategy: Strategy = Strategy.SUM, customer: CustomerId = ANNA) -> str:
    """The key of the customer's cart."""
    done = await shop.claims.claim(as_customer(shop, customer), key, strategy)
    assert done.problems == ()
    assert done.key
    return done.key


async def opened(shop: Shop, customer: CustomerId = ANNA) -> str:
    """The key another device gets."""
    done = await shop.claims.open(as_customer(shop, customer))
    assert done.key
    return done.key


def content(cart: Cart | None) -> dict[str, int]:
    """Pieces by sku."""
    assert cart
    return {line.sku: line.quantity // 1_000_000 for line in cart.lines}


async def goods(shop: Shop, key: str) -> dict[str, int]:
    """What is in the cart of this key."""
    return content(await shop.service.get(key))


async def test_the_first_cart_of_a_customer_stays_as_it_is_and_gets_a_new_key(shop: Shop) -> None:
    guest = await a_guest(shop, mug=2)
    before = await shop.service.get(guest)
    key = await claimed(shop, guest)
    after = await shop.service.get(key)
    assert before
    assert after
    assert (after.id, after.entries) == (before.id, before.entries)
    assert key != guest
    assert await shop.service.get(guest) is None


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (Strategy.SUM, {"mug": 5, "plate": 6, "pan": 1, "cheese": 1}),
        (Strategy.KEEP_HIGHEST, {"mug": 3, "plate": 5, "pan": 1, "cheese": 1}),
        (Strategy.NEWEST_WINS, {"mug": 2, "plate": 5, "pan": 1, "cheese": 1}),
    ],
)
async def test_a_guests_goods_join_the_customers(shop: Shop, strategy: Strategy, expected: dict[str, int]) -> None:
    own = await claimed(shop, await a_guest(shop, "before", mug=3, plate=1, cheese=1))
    guest = await a_guest(shop, "now", mug=2, plate=5, pan=1)
    assert await claimed(shop, guest, strategy) == own
    assert await goods(shop, own) == expected
    assert await shop.service.get(guest) is None


async def test_the_newest_wins_whichever_cart_it_stands_in(shop: Shop) -> None:
    guest = await a_guest(shop, "now", mug=2)
    own = await claimed(shop, await a_guest(shop, "before", mug=3))
    await put(shop, own, "later", mug=1)
    await claimed(shop, guest, Strategy.NEWEST_WINS)
    assert await goods(shop, own) == {"mug": 4}


async def test_codes_of_both_are_kept_once(shop: Shop) -> None:
    own = await claimed(shop, await a_guest(shop, "before"))
    guest = await a_guest(shop, "now")
    for key, codes in ((own, ["SAVE10", "OLD"]), (guest, ["save10", "NEW"])):
        inputs = [CartInput(code, Kind.ADD_CODE, code=code) for code in codes]
        await shop.service.apply(shop.viewer, key, inputs)
    await claimed(shop, guest)
    cart = await shop.service.get(own)
    assert cart
    assert cart.codes == ("SAVE10", "OLD", "NEW")


async def test_what_is_said_once_of_a_cart_is_the_customers_and_the_guests_where_that_is_silent(shop: Shop) -> None:
    own = await claimed(shop, await a_guest(shop, "before", mug=1))
    guest = await a_guest(shop, "now", mug=1, pan=1)
    pan = default_line(Sku("pan"))
    for key, inputs in (
        (own, [CartInput("1", Kind.SET_NOTE, text="mine"), CartInput("2", Kind.SET_PAYMENT, payment="cash")]),
        (
            guest,
            [
                CartInput("3", Kind.SET_NOTE, text="the guest's"),
                CartInput("4", Kind.SET_NOTE, line=pan, text="as a gift"),
                CartInput("5", Kind.SET_CONTACT, email="anna@example.com"),
                CartInput("6", Kind.SET_DELIVERY, method="parcel"),
                CartInput("7", Kind.CHOOSE_GIFT, promotion="spring", gift="plate"),
            ],
        ),
    ):
        assert (await shop.service.apply(shop.viewer, key, inputs)).problems == ()
    await claimed(shop, guest)
    cart = await shop.service.get(own)
    assert cart
    state = cart.state
    assert (state.note, state.payment, state.email, state.delivery) == ("mine", "cash", "anna@example.com", "parcel")
    assert [(gift.promotion, gift.sku) for gift in state.gifts] == [("spring", "plate")]
    assert {line.sku: line.note for line in state.lines} == {"mug": "", "pan": "as a gift"}


@pytest.mark.parametrize("strategy", Strategy)
async def test_a_line_whose_id_is_another_products_in_the_customers_cart_comes_with_its_note(
    shop: Shop, strategy: Strategy
) -> None:
    own = await claimed(shop, await a_guest(shop, "before"))
    guest = await a_guest(shop, "now")
    for key, sku, text in ((own, "plate", ""), (guest, "mug", "as a gift")):
        inputs = [
            CartInput(f"add-{sku}", Kind.ADD_LINE, line="1", sku=sku, quantity="1"),
            CartInput(f"note-{sku}", Kind.SET_NOTE, line="1", text=text),
        ]
        assert (await shop.service.apply(shop.viewer, key, inputs)).problems == ()
    await put(shop, own, "besides", mug=1)
    await claimed(shop, guest, strategy)
    cart = await shop.service.get(own)
    assert cart
    assert {line.sku: line.note for line in cart.lines} == {"plate": "", "mug": "as a gift"}
    assert content(cart) == {"plate": 1, "mug": 2 if strategy is Strategy.SUM else 1}


async def test_a_claim_that_is_repeated_has_the_same_outcome_and_counts_once(shop: Shop) -> None:
    first, second = await a_guest(shop, "first", mug=1), await a_guest(shop, "second", mug=1, pan=1)
    keys = [await claimed(shop, guest) for guest in (first, first, second, second, first, second)]
    assert len(set(keys)) == 1
    assert await goods(shop, keys[0]) == {"mug": 2, "pan": 1}


async def test_claiming_the_customers_own_cart_changes_nothing(shop: Shop) -> None:
    key = await claimed(shop, await a_guest(shop, mug=1))
    assert await claimed(shop, key) == key
    assert await goods(shop, key) == {"mug": 1}


async def test_a_claim_that_is_repeated_finds_the_same_cart_when_carts_have_been_moved(shop: Shop) -> None:
    guests = [await a_guest(shop, name, mug=1) for name in ("first", "second")]
    for guest in guests:
        await move(shop, guest, "move")
    keys = [await claimed(shop, guest) for guest in (*guests, *guests)]
    await move(shop, keys[0], "back", "web")
    keys += [await claimed(shop, key) for key in (*guests, keys[0])]
    assert len(set(keys)) == 1
    assert await goods(shop, keys[0]) == {"mug": 2}


async def test_two_claims_of_one_cart_at_once_on_two_devices_are_one(shop: Shop) -> None:
    guest = await a_guest(shop, mug=1)
    keys = await asyncio.gather(*(claimed(shop, guest) for _ in range(4)))
    assert len(set(keys)) == 1
    assert await goods(shop, keys[0]) == {"mug": 1}


async def test_two_claims_of_two_carts_at_once_on_two_devices_make_one_cart_of_both(shop: Shop) -> None:
    guests = [await a_guest(shop, f"device-{index}", mug=1, pan=index + 1) for index in range(3)]
    keys = await asyncio.gather(*(claimed(shop, guest) for guest in guests))
    assert len(set(keys)) == 1
    assert await goods(shop, keys[0]) == {"mug": 3, "pan": 6}


async def test_the_highest_is_kept_also_when_two_are_claimed_at_once(shop: Shop) -> None:
    own = await opened(shop)
    guests = [await a_guest(shop, f"device-{index}", mug=index) for index in (5, 3, 4)]
    await asyncio.gather(*(claimed(shop, guest, Strategy.KEEP_HIGHEST) for guest in guests))
    assert await goods(shop, own) == {"mug": 5}


async def test_two_customers_who_claim_one_cart_at_once_share_nothing(shop: Shop) -> None:
    guest = await a_guest(shop, mug=1)
    calls = (shop.claims.claim(as_customer(shop, who), guest, Strategy.SUM) for who in (ANNA, BERT))
    done = await asyncio.gather(*calls)
    assert sorted(len(each.problems) for each in done) == [0, 1]
    (refused,) = [each for each in done if each.problems]
    assert [type(problem) for problem in refused.problems] == [CartNotFound]
    anna, bert = await opened(shop, ANNA), await opened(shop, BERT)
    assert sorted([len(await goods(shop, anna)), len(await goods(shop, bert))]) == [0, 1]


async def test_two_customers_with_carts_of_their_own_who_claim_one_at_once_share_nothing(shop: Shop) -> None:
    await opened(shop, ANNA)
    await opened(shop, BERT)
    guest = await a_guest(shop, mug=1)
    calls = (shop.claims.claim(as_customer(shop, who), guest, Strategy.SUM) for who in (ANNA, BERT))
    done = await asyncio.gather(*calls)
    assert sorted(len(each.problems) for each in done) == [0, 1]
    anna, bert = await opened(shop, ANNA), await opened(shop, BERT)
    assert sorted([len(await goods(shop, anna)), len(await goods(shop, bert))]) == [0, 1]


@pytest.mark.parametrize("by", ["the same call", "another device"])
@pytest.mark.parametrize("steps", [0, 1, 2, 3, 4])
async def test_a_claim_that_is_killed_between_its_steps_is_finished(shop: Shop, steps: int, by: str) -> None:
    """Noted, sealed, brought over, emptied: whoever was killed behind one of these is followed by another."""
    own = await claimed(shop, await a_guest(shop, "before", mug=1))
    guest = await a_guest(shop, "now", mug=1, pan=1)
    key, store = Key.parse(guest), shop.claim_store
    assert key
    merging = Merge(key.locator, key.digest, ANNA, WEB, Strategy.SUM)
    if steps >= 1:
        await store.begin(merging)
    if steps >= 2:
        sealed = await store.seal(merging, "shopper")
    if steps >= 3:
        owner = Key.parse(own)
        assert owner
        await shop.store.revise(owner, lambda cart: merge(sealed, cart, Strategy.SUM), "shopper")
    if steps >= 4:
        await store.empty(merging)
    if by == "the same call":
        assert await claimed(shop, guest) == own
    elif steps >= 1:
        assert await opened(shop) == own
    else:
        return
    assert await goods(shop, own) == {"mug": 2, "pan": 1}
    assert await shop.service.get(guest) is None
    assert await store.merges(ANNA, WEB) == []
    assert await claimed(shop, guest) == own
    assert await goods(shop, own) == {"mug": 2, "pan": 1}


@pytest.mark.parametrize("by", ["the same call", "another device"])
async def test_a_first_claim_that_is_killed_before_the_cart_is_handed_over_is_finished(shop: Shop, by: str) -> None:
    guest = await a_guest(shop, mug=1)
    key = Key.parse(guest)
    assert key
    await shop.claim_store.hold(ANNA, WEB, key.locator)
    own = await (claimed(shop, guest) if by == "the same call" else opened(shop))
    assert await goods(shop, own) == {"mug": 1}
    assert await shop.service.get(guest) is None
    assert await claimed(shop, guest) == own


async def test_what_comes_into_a_guests_cart_while_it_is_claimed_is_brought_over_or_refused(shop: Shop) -> None:
    """It is sealed before it is read for the last time: nothing is acknowledged behind that."""
    own = await opened(shop)
    guest = await a_guest(shop, "now", mug=1)
    late = [CartInput("late", Kind.ADD_LINE, sku="pan", quantity="1")]
    done, _ = await asyncio.gather(shop.service.apply(shop.viewer, guest, late), claimed(shop, guest))
    assert (await goods(shop, own)).get("pan", 0) == len(done.applied)


async def test_old_keys_and_links_die_and_their_subscriptions_end(shop: Shop, feed: StreamFeed) -> None:
    guest = await a_guest(shop, mug=1)
    wish = LinkInput(key=guest, idempotency_key="0123456789abcdef", right=Right.EDIT)
    link = (await shop.links.create(as_customer(shop), wish)).key
    assert link
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        shop.service.follow(guest, feed) as own,
        shop.service.follow(link, feed) as others,
    ):
        await anext(own)
        await anext(others)
        await claimed(shop, guest)
        assert [seen async for seen in own] == []
        assert [seen async for seen in others] == []
    assert await shop.service.get(link) is None


async def test_every_device_finds_the_customers_cart_with_one_key(shop: Shop) -> None:
    keys = await asyncio.gather(*(opened(shop) for _ in range(5)))
    assert len(set(keys)) == 1
    await put(shop, keys[0], "phone", mug=1)
    assert await goods(shop, await opened(shop)) == {"mug": 1}
    (cart,) = await shop.claims.carts(as_customer(shop))
    assert content(cart) == {"mug": 1}
    assert await opened(shop, BERT) != keys[0]
    assert await shop.claims.carts(as_customer(shop, BERT)) == [await shop.service.get(await opened(shop, BERT))]


async def test_a_customer_has_one_cart_in_each_channel(shop: Shop) -> None:
    web = await opened(shop)
    done = await shop.claims.open(as_customer(shop), "swiss")
    assert done.cart
    assert (done.cart.channel, done.key != web) == ("swiss", True)
    (problem,) = (await shop.claims.open(as_customer(shop), "moon")).problems
    assert (problem.code, problem.path) == ("UNKNOWN_CHANNEL", ("input", "channel"))
    assert [cart.channel for cart in await shop.claims.carts(as_customer(shop))] == ["swiss", "web"]


async def test_whoever_is_no_customer_claims_and_finds_nothing(shop: Shop) -> None:
    guest = await a_guest(shop, mug=1)
    for done in (await shop.claims.claim(shop.viewer, guest, Strategy.SUM), await shop.claims.open(shop.viewer)):
        assert [type(problem) for problem in done.problems] == [CustomerRequired]
        assert done.key is None
    assert await shop.claims.carts(shop.viewer) == []
    assert await goods(shop, guest) == {"mug": 1}


async def test_only_the_owner_claims_and_a_foreign_cart_is_as_unknown_as_none(shop: Shop) -> None:
    guest = await a_guest(shop, mug=1)
    wish = LinkInput(key=guest, idempotency_key="0123456789abcdef", right=Right.EDIT)
    link = (await shop.links.create(as_customer(shop), wish)).key
    assert link
    (problem,) = (await shop.claims.claim(as_customer(shop), link, Strategy.SUM)).problems
    assert isinstance(problem, CartRightRequired)
    annas = await claimed(shop, guest)
    for key in (annas, guest, "x" * 43, "nothing"):
        (problem,) = (await shop.claims.claim(as_customer(shop, BERT), key, Strategy.SUM)).problems
        assert type(problem) is CartNotFound
    assert await goods(shop, annas) == {"mug": 1}


CLAIM = """mutation ($key: String!) { claimCart(input: { key: $key, strategy: KEEP_HIGHEST }) {
  key cart { right lines { quantity } } problems { __typename code } } }"""
OPEN = "mutation { openCustomerCart(input: {}) { key cart { id } problems { __typename code } } }"
CARTS = "query { customerCarts { id channel lines { quantity } } }"


async def test_claiming_stands_in_the_graph(shop: Shop) -> None:
    guest = await a_guest(shop, mug=2)
    refused = (await shop.run(CLAIM, key=guest))["claimCart"]
    assert refused["problems"] == [{"__typename": "CustomerRequired", "code": "CUSTOMER_REQUIRED"}]
    shop.move(customer=Profile(ANNA))
    done = (await shop.run(CLAIM, key=guest))["claimCart"]
    assert done["cart"] == {"right": "OWNER", "lines": [{"quantity": "2"}]}
    again = (await shop.run(OPEN))["openCustomerCart"]
    assert again["key"] == done["key"]
    found = (await shop.run(CARTS))["customerCarts"]
    assert found == [{"id": again["cart"]["id"], "channel": "web", "lines": [{"quantity": "2"}]}]
