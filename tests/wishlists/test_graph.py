"""Wishlists in the graph: pages in few questions, problems with their data."""

from __future__ import annotations

import pytest

from modules.runtime.database import Database
from tests.wishlists.shop import UUID, Shop

PAGE = """
query ($key: String!) {
  wishlists(key: $key) {
    name access
    items { id product { sku title } quantity note text addedPrice { amount currency } watch { news { id } } }
    links { label }
  }
}
"""
APPLY = """
mutation ($key: String, $id: ID, $operations: [WishlistOperationEnvelope!]!) {
  applyWishlistOperations(input: { key: $key, id: $id, operations: $operations }) {
    applied wishlist { items { id product { title } text quantity note } }
    problems { code path ... on WishlistLimit { limit } ... on UnknownSku { nearest } }
  }
}
"""


@pytest.fixture
async def shop(database: Database) -> Shop:
    return Shop(database)


async def test_a_page_of_lists_asks_once_for_all_its_products(shop: Shop) -> None:
    key, _ = await shop.a_list("Birthday", "mug", "plate")
    made = await shop.lists.create(shop.viewer, "Kitchen", f"{UUID}-7", key)
    assert made.shown
    operations = [{"id": "k", "operation": {"addItems": [{"sku": "mug"}, {"sku": "pan", "note": "big"}]}}]
    await shop.run(APPLY, key=key, id=made.shown.wishlist.id, operations=operations)
    shop.titles.pages.clear()
    before = shop.database.statements
    found = (await shop.run(PAGE, key=key))["wishlists"]
    assert [[item["product"]["title"] for item in each["items"]] for each in found] == [
        ["Title of mug", "Title of plate"],
        ["Title of mug", "Title of pan"],
    ]
    assert [sorted(product.sku for product in page) for page in shop.titles.pages] == [["mug", "pan", "plate"]]
    assert shop.database.statements - before == 5  # lists, items, links, watches, news
    assert found[0]["items"][0]["addedPrice"] == {"amount": "9.50", "currency": "EUR"}


async def test_every_operation_is_done_and_refused_ones_carry_their_data(shop: Shop) -> None:
    key, id = await shop.a_list("Birthday")
    operations = [
        {"id": "1", "operation": {"addItems": [{"sku": "mug", "quantity": "2"}]}},
        {"id": "2", "operation": {"addText": "red"}},
        {"id": "3", "operation": {"moveItem": {"itemId": "t-2"}}},
        {"id": "4", "operation": {"setItem": {"itemId": "t-2", "text": "blue"}}},
        {"id": "5", "operation": {"rename": ""}},
        {"id": "6", "operation": {"addItems": [{"sku": "mugg"}]}},
        {"id": "7", "operation": {"removeItem": "nothing"}},
    ]
    done = (await shop.run(APPLY, key=key, id=id, operations=operations))["applyWishlistOperations"]
    assert done["applied"] == ["1", "2", "3", "4", "7"]
    assert [(item["text"], item["quantity"]) for item in done["wishlist"]["items"]] == [("blue", None), (None, "2")]
    assert done["problems"] == [
        {"code": "INVALID_INPUT", "path": ["input", "operations", "4", "operation", "rename"]},
        {
            "code": "UNKNOWN_SKU",
            "path": ["input", "operations", "5", "operation", "addItems", "0", "sku"],
            "nearest": ["mug"],
        },
    ]


async def test_commands_of_owners_lead_through_the_graph(shop: Shop) -> None:
    """Making, sharing, ordering, moving to a cart, watching, deleting: each as a client writes it."""
    data = await shop.run(
        f"""mutation {{ createWishlist(input: {{ idempotencyKey: "{UUID}-1", name: "A" }}) {{
        key wishlist {{ id access }} problems {{ code }} }} }}"""
    )
    key, id = data["createWishlist"]["key"], data["createWishlist"]["wishlist"]["id"]
    place = f'key: "{key}", id: "{id}"'
    await shop.run(APPLY, key=key, id=id, operations=[{"id": "1", "operation": {"addItems": [{"sku": "mug"}]}}])
    data = await shop.run(
        f"""mutation {{
        createWishlistLink(input: {{ idempotencyKey: "{UUID}-2", {place}, access: READ, label: "Grandma" }}) {{
          key wishlist {{ links {{ id label access }} }} problems {{ code }} }}
        watchWishlistItems(input: {{ {place}, items: [{{ itemId: "p-x" }}] }}) {{ problems {{ code path }} }}
        orderWishlists(input: {{ key: "{key}", ids: ["{id}"] }}) {{ wishlists {{ id }} problems {{ code }} }}
        moveWishlistToCart(input: {{ idempotencyKey: "{UUID}-3", {place}, cart: "the cart" }}) {{
          moved wishlist {{ items {{ id }} }} problems {{ code }} }}
        confirmWishlistMail(input: {{ token: "x" }}) {{ done }}
        stopWishlistMail(input: {{ token: "x" }}) {{ done }}
        }}"""
    )
    link = data["createWishlistLink"]["wishlist"]["links"][0]
    assert (link["label"], link["access"]) == ("Grandma", "READ")
    assert data["watchWishlistItems"]["problems"][0]["path"] == ["input", "items", "0", "itemId"]
    assert data["orderWishlists"]["wishlists"] == [{"id": id}]
    assert (len(data["moveWishlistToCart"]["moved"]), data["moveWishlistToCart"]["wishlist"]) == (1, {"items": []})
    assert (data["confirmWishlistMail"], data["stopWishlistMail"]) == ({"done": False}, {"done": False})
    shared = data["createWishlistLink"]["key"]
    found = await shop.run("query ($key: String!) { wishlist(key: $key) { access links { id } } }", key=shared)
    assert found["wishlist"] == {"access": "READ", "links": None}
    data = await shop.run(
        f"""mutation {{
        revokeWishlistLink(input: {{ {place}, link: "{link["id"]}" }}) {{ wishlist {{ links {{ id }} }} }}
        unwatchWishlistItems(input: {{ {place}, items: ["p-x"] }}) {{ problems {{ code }} }}
        deleteWishlist(input: {{ {place} }}) {{ problems {{ code }} }}
        }}"""
    )
    assert data["revokeWishlistLink"]["wishlist"] == {"links": []}
    assert (data["unwatchWishlistItems"], data["deleteWishlist"]) == ({"problems": []}, {"problems": []})
    assert (await shop.run("query ($key: String!) { wishlists(key: $key) { id } }", key=key))["wishlists"] == []
