"""Carts as front ends and tills see them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graphql import parse

from modules.kernel.basket import Destination
from modules.kernel.errors import BadUserInput
from modules.kernel.moments import format_moment
from modules.runtime.redis import Redis
from tests.cart.shop import Shop, a_shelf

CREATE = """mutation ($id: String!, $channel: String) { createCart(input: { idempotencyKey: $id, channel: $channel }) {
  key cart { id channel version lines { id } } problems { __typename code path } } }"""
APPLY = """mutation ($key: String!, $operations: [OperationEnvelope!]!, $device: String) {
  applyCartOperations(input: { key: $key, operations: $operations, device: $device }) {
    applied
    cart { version lines { id quantity product { sku title } } }
    problems { __typename code message path
      ... on InvalidInput { allowed } ... on UnknownSku { sku nearest } } } }"""
QUOTED = """query ($key: String!) { cart(key: $key) {
  lines { product { sku title } }
  quote { id at validUntil lines { lineId quantity product { sku title } unit { amount } total { gross { amount } }
            taxRate isGift steps { kind } }
          total { gross { amount currency } } taxes { rate } notices { code lineId data } } } }"""
CHANGED = """subscription ($key: String!, $after: String) { cartChanged(key: $key, after: $after) {
  kind cursor by what cart { version lines { quantity product { title } } quote { total { gross { amount } } } } } }"""


@pytest.fixture
def shop(redis: Redis) -> Shop:
    """The shop, open."""
    return Shop(redis, a_shelf())


async def a_key(shop: Shop) -> str:
    """Of a new cart."""
    key: str = (await shop.run(CREATE, id="0123456789abcdef"))["createCart"]["key"]
    return key


def add(id: str, sku: str = "mug", quantity: str = "1") -> dict[str, Any]:
    """So much of a product."""
    return {"id": id, "operation": {"addLine": {"sku": sku, "quantity": quantity}}}


async def apply(shop: Shop, key: str, *operations: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The payload."""
    payload: dict[str, Any] = (await shop.run(APPLY, key=key, operations=operations, **more))["applyCartOperations"]
    return payload


async def refused(shop: Shop, document: str, **variables: Any) -> list[str]:
    """What a document is refused for."""
    result = await shop.schema.execute(document, variables, shop.context())
    assert result.errors
    return [error.message for error in result.errors]


async def test_a_cart_is_created_and_filled(shop: Shop) -> None:
    made = (await shop.run(CREATE, id="0123456789abcdef", channel="swiss"))["createCart"]
    assert made["cart"] == {"id": made["cart"]["id"], "channel": "swiss", "version": 1, "lines": []}
    assert made["problems"] == []
    done = await apply(shop, made["key"], add("a", "mug", "2"), add("b", "cheese", "0.25"))
    assert (done["applied"], done["problems"], done["cart"]["version"]) == (["a", "b"], [], 3)
    assert [(line["product"]["sku"], line["quantity"]) for line in done["cart"]["lines"]] == [
        ("mug", "2"),
        ("cheese", "0.25"),
    ]


async def test_a_cart_says_when_it_was_changed_last_by_its_own_reckoning(shop: Shop) -> None:
    key, asked = await a_key(shop), "query ($key: String!) { cart(key: $key) { changedAt } }"
    assert await shop.run(asked, key=key) == {"cart": {"changedAt": None}}
    late, early = (format_moment(datetime.now(UTC) - timedelta(hours=hours)) for hours in (1, 2))
    await apply(shop, key, {**add("late"), "at": late}, {**add("early"), "at": early})
    assert await shop.run(asked, key=key) == {"cart": {"changedAt": late}}


async def test_lines_are_changed_and_removed_by_their_ids(shop: Shop) -> None:
    key = await a_key(shop)
    lines = (await apply(shop, key, add("a"), add("b", "plate")))["cart"]["lines"]
    change = {"id": "c", "operation": {"setQuantity": {"lineId": lines[0]["id"], "quantity": "4"}}}
    removal = {"id": "d", "operation": {"removeLine": {"lineId": lines[1]["id"]}}}
    done = await apply(shop, key, change, removal)
    assert [(line["product"]["sku"], line["quantity"]) for line in done["cart"]["lines"]] == [("mug", "4")]


async def test_products_of_a_cart_stand_in_its_own_channel_like_its_quote(shop: Shop) -> None:
    key = (await shop.run(CREATE, id="0123456789abcdef", channel="swiss"))["createCart"]["key"]
    await apply(shop, key, add("a"))
    await shop.run(QUOTED, key=key)
    _, quoted = shop.shelf.asked[-1]
    assert [(viewer.channel.id, viewer.currency) for viewer in shop.titles.viewers] == [("swiss", "CHF")] * 2
    assert (quoted.channel.id, quoted.currency) == ("swiss", "CHF")


async def test_a_cart_whose_channel_is_gone_still_shows_its_products(shop: Shop) -> None:
    key = (await shop.run(CREATE, id="0123456789abcdef", channel="swiss"))["createCart"]["key"]
    await apply(shop, key, add("a"))
    del shop.shelf.places["swiss"]
    cart = await shop.run("query ($key: String!) { cart(key: $key) { lines { product { title } } } }", key=key)
    assert cart == {"cart": {"lines": [{"product": {"title": "Title of mug"}}]}}


async def test_refusals_are_problems_with_their_data_and_the_rest_is_done(shop: Shop) -> None:
    done = await apply(shop, await a_key(shop), add("a", "mugg"), add("b"), add("c", "mug", "-2"))
    assert done["applied"] == ["b"]
    unknown, invalid = done["problems"]
    assert (unknown["__typename"], unknown["sku"], unknown["nearest"]) == ("UnknownSku", "mugg", ["mug"])
    assert invalid["path"] == ["input", "operations", "2", "operation", "addLine", "quantity"]
    assert (invalid["__typename"], invalid["allowed"][:11]) == ("InvalidInput", "more than 0")


async def test_an_unknown_cart_is_a_problem_of_its_own_kind(shop: Shop) -> None:
    done = await apply(shop, "x" * 32, add("a"))
    assert (done["cart"], done["applied"]) == (None, [])
    assert [(problem["__typename"], problem["code"], problem["path"]) for problem in done["problems"]] == [
        ("CartNotFound", "CART_NOT_FOUND", ["input", "key"])
    ]


async def test_an_unknown_key_reads_as_null(shop: Shop) -> None:
    for key in ("x" * 32, "malformed"):
        assert await shop.run("query ($key: String!) { cart(key: $key) { id } }", key=key) == {"cart": None}


async def test_exactly_one_operation_is_given_in_an_envelope(shop: Shop) -> None:
    both = {"addLine": {"sku": "mug", "quantity": "1"}, "removeLine": {"lineId": "1"}}
    for operation in (both, {}, {"addLine": None}):
        operations = [{"id": "a", "operation": operation}]
        assert await refused(shop, APPLY, key=await a_key(shop), operations=operations)


async def test_the_time_of_an_operation_may_be_said(shop: Shop) -> None:
    key = await a_key(shop)
    early = add("b") | {"at": "2026-01-02T03:04:05.000006Z"}
    await apply(shop, key, add("a"), early, device="till 3")
    document = """query ($key: String!) { cart(key: $key) { history { totalCount edges { cursor
      node { id at by kind lineId sku quantity } } } } }"""
    history = (await shop.run(document, key=key))["cart"]["history"]
    assert history["totalCount"] == 2
    nodes = [edge["node"] for edge in history["edges"]]
    assert [node["id"] for node in nodes] == ["b", "a"]
    assert nodes[0] == {
        "id": "b",
        "at": "2026-01-02T03:04:05.000006Z",
        "by": "till 3",
        "kind": "ADD_LINE",
        "lineId": None,
        "sku": "mug",
        "quantity": "1",
    }


async def test_history_comes_in_pages(shop: Shop) -> None:
    key = await a_key(shop)
    await apply(shop, key, *(add(f"op{index}") for index in range(5)))
    document = """query ($key: String!, $after: String) { cart(key: $key) { history(first: 2, after: $after) {
      edges { node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } } }"""
    seen, after, more = [], None, True
    while more:
        page = (await shop.run(document, key=key, after=after))["cart"]["history"]
        seen.append([edge["node"]["id"] for edge in page["edges"]])
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == [["op0", "op1"], ["op2", "op3"], ["op4"]]
    for arguments in ("first: 0", "first: 101", 'after: "x"'):
        assert await refused(shop, f'{{ cart(key: "{key}") {{ history({arguments}) {{ totalCount }} }} }}')


async def test_a_quote_is_computed_only_when_it_is_selected(shop: Shop) -> None:
    key = await a_key(shop)
    await apply(shop, key, add("a"))
    assert shop.shelf.asked == []
    quote = (await shop.run(QUOTED, key=key))["cart"]["quote"]
    assert len(shop.shelf.asked) == 1
    assert quote["total"]["gross"] == {"amount": "9.50", "currency": "EUR"}
    (line,) = quote["lines"]
    assert (line["unit"], line["total"], line["product"]["sku"]) == (
        {"amount": "9.50"},
        {"gross": {"amount": "9.50"}},
        "mug",
    )


async def test_shortages_are_notices_with_exact_figures(shop: Shop) -> None:
    key = await a_key(shop)
    lines = (await apply(shop, key, add("a", "mug", "3")))["cart"]["lines"]
    shop.shelf.stock["mug"] = 2_000_000  # type: ignore[assignment]
    notices = (await shop.run(QUOTED, key=key))["cart"]["quote"]["notices"]
    data = {"sku": "mug", "requested": "3", "available": "2"}
    assert notices == [{"code": "INSUFFICIENT_STOCK", "lineId": lines[0]["id"], "data": data}]


async def test_contributed_fields_are_fetched_once_for_lines_and_quote(shop: Shop) -> None:
    key = await a_key(shop)
    await apply(shop, key, add("a"), add("b", "plate"), add("c", "pan"))
    shop.titles.pages.clear()
    cart = (await shop.run(QUOTED, key=key))["cart"]
    assert [len(page) for page in shop.titles.pages] == [3]
    titles = ["Title of mug", "Title of plate", "Title of pan"]
    assert [line["product"]["title"] for line in cart["lines"]] == titles
    assert [line["product"]["title"] for line in cart["quote"]["lines"]] == titles


async def test_contributed_fields_of_the_quote_alone_are_fetched_once_too(shop: Shop) -> None:
    key = await a_key(shop)
    await apply(shop, key, add("a"), add("b", "plate"))
    shop.titles.pages.clear()
    await shop.run("query ($key: String!) { cart(key: $key) { quote { lines { product { title } } } } }", key=key)
    assert [len(page) for page in shop.titles.pages] == [2]


async def test_a_payload_fetches_contributed_fields_once(shop: Shop) -> None:
    key = await a_key(shop)
    await apply(shop, key, add("a"), add("b", "plate"))
    assert [len(page) for page in shop.titles.pages] == [2]


async def test_adding_with_a_quote_is_one_round_trip_to_redis(shop: Shop, redis: Redis) -> None:
    key = await a_key(shop)
    await apply(shop, key, add("a"))
    document = APPLY.replace("version lines", "version quote { total { gross { amount } } notices { code } } lines")
    before = redis.trips
    await shop.run(document, key=key, operations=[add("b", "plate")])
    assert redis.trips - before == 1


async def test_reading_a_cart_is_one_round_trip_to_redis(shop: Shop, redis: Redis) -> None:
    key = await a_key(shop)
    await apply(shop, key, add("a"))
    before = redis.trips
    await shop.run(QUOTED.replace("quote { id", "quote {"), key=key)
    assert redis.trips - before == 1


async def test_goods_are_quoted_without_a_cart(shop: Shop) -> None:
    document = """{ quote(input: { lines: [{ sku: "mug", quantity: "2" }, { sku: "pan", quantity: "1" }] }) {
      total { gross { amount } } lines { product { sku title } quantity } notices { code } } }"""
    quote = (await shop.run(document))["quote"]
    assert quote["total"]["gross"]["amount"] == "58.99"
    assert [(line["product"]["title"], line["quantity"]) for line in quote["lines"]] == [
        ("Title of mug", "2"),
        ("Title of pan", "1"),
    ]
    assert [len(page) for page in shop.titles.pages] == [2]


async def events(shop: Shop, **variables: Any) -> list[dict[str, Any]]:
    """All that a subscription yields until it ends."""
    found = []
    stream = await shop.schema.subscribe(CHANGED, variables, shop.context())
    async for result in stream:
        assert result.errors is None, result.errors
        assert result.data
        found.append(result.data["cartChanged"])
    return found


TERMS = """query ($key: String!, $terms: QuoteTermsInput) { cart(key: $key) { codes
  history { edges { node { kind code } } }
  quote(terms: $terms) { payable { amount } rounding { amount } delivery { gross { amount } } taxEstimated
    lines { units { units total { gross { amount } } } } promotions { label } } } }"""


async def test_codes_are_entered_and_taken_out_and_reach_the_quote(shop: Shop) -> None:
    key = await a_key(shop)
    codes = [("a", "addCode", "Spring"), ("b", "addCode", "SPRING"), ("c", "addCode", "x"), ("d", "removeCode", "X ")]
    operations = [{"id": id, "operation": {kind: code}} for id, kind, code in codes]
    assert (await apply(shop, key, add("m"), *operations, *operations))["problems"] == []
    cart = (await shop.run(TERMS, key=key))["cart"]
    assert cart["codes"] == ["Spring"]
    assert [edge["node"]["code"] for edge in cart["history"]["edges"]] == [None, "Spring", "SPRING", "x", "X "]
    assert shop.shelf.asked[-1][0].codes == ("Spring",)
    assert cart["quote"]["payable"] == {"amount": "9.50"}
    assert cart["quote"]["lines"] == [{"units": [{"units": 1, "total": {"gross": {"amount": "9.50"}}}]}]


async def test_an_empty_code_is_a_problem_of_its_operation(shop: Shop) -> None:
    done = await apply(shop, await a_key(shop), {"id": "a", "operation": {"addCode": ""}})
    assert [problem["path"][-1] for problem in done["problems"]] == ["addCode"]


async def test_a_cart_is_quoted_on_terms_that_are_not_kept(shop: Shop) -> None:
    key = await a_key(shop)
    await apply(shop, key, add("m"))
    terms = {
        "destination": {"country": "AT", "region": "AT-9", "postalCode": "1010"},
        "delivery": "parcel",
        "payment": "cash",
        "gifts": [{"promotion": "spring", "sku": "mug"}],
        "drafts": ["summer"],
        "customer": "c-1",
    }
    await shop.run(TERMS, key=key, terms=terms)
    asked = shop.shelf.asked[-1][0]
    assert (asked.destination, asked.delivery, asked.payment) == (Destination("AT", "AT-9", "1010"), "parcel", "cash")
    assert (asked.drafts, asked.customer, len(asked.gifts)) == (("summer",), "c-1", 1)
    await shop.run(TERMS, key=key)
    assert shop.shelf.asked[-1][0].destination is None


async def test_malformed_terms_of_a_quote_are_said_with_their_place(shop: Shop) -> None:
    key = await a_key(shop)
    result = await shop.schema.execute(
        TERMS, {"key": key, "terms": {"destination": {"country": "Austria"}}}, shop.context()
    )
    assert result.errors
    error = result.errors[0].original_error
    assert isinstance(error, BadUserInput)
    assert error.argument == "terms.destination.country"


async def test_a_subscriber_gets_the_cart_now_and_what_it_missed(shop: Shop) -> None:
    key = await a_key(shop)
    await apply(shop, key, add("a"))
    (snapshot,) = await events(shop, key=key)
    assert (snapshot["kind"], snapshot["by"], snapshot["what"]) == ("SNAPSHOT", None, [])
    assert snapshot["cart"]["lines"] == [{"quantity": "1", "product": {"title": "Title of mug"}}]
    await apply(shop, key, add("b", "plate"), device="till 3")
    (change,) = await events(shop, key=key, after=snapshot["cursor"])
    assert (change["kind"], change["by"], change["what"]) == ("CHANGE", "till 3", ["addLine"])
    assert change["cart"]["version"] == 3
    assert change["cart"]["quote"] == {"total": {"gross": {"amount": "21.50"}}}


async def test_an_event_shows_prices_of_its_moment_and_fetches_once(shop: Shop) -> None:
    key = await a_key(shop)
    await apply(shop, key, add("a"))
    await apply(shop, key, add("b", "plate"))
    shop.titles.pages.clear()
    began = datetime.now(UTC)
    assert [event["cart"]["version"] for event in await events(shop, key=key, after="0-0")] == [3, 3]
    assert [len(page) for page in shop.titles.pages] == [2, 2]
    moments = [viewer.now for _, viewer in shop.shelf.asked]
    assert began < moments[0] < moments[1]


async def test_following_a_key_that_opens_nothing_is_an_error_without_the_key(shop: Shop) -> None:
    key = "y" * 32
    stream = await shop.schema.subscribe(CHANGED, {"key": key}, shop.context())
    (result,) = [result async for result in stream]
    assert result.errors
    assert isinstance(result.errors[0].original_error, BadUserInput)
    assert key not in str(result.errors)


def test_everything_of_the_cart_is_described(shop: Shop) -> None:
    document = parse(shop.schema.as_str())
    names = ("Cart", "CreateCart", "ApplyCart", "Quote", "OperationEnvelope", "AddLine", "SetQuantity", "RemoveLine")
    silent = [
        f"{node.name.value}.{item.name.value}"  # type: ignore[attr-defined]
        for node in document.definitions
        if getattr(getattr(node, "name", None), "value", "").startswith(names)
        for item in [node, *getattr(node, "fields", ())]
        if item.description is None and item.name.value not in {"code", "message", "path"}
    ]
    assert silent == []
