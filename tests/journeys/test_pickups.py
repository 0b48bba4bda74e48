"""Pick-ups of some orders reach whoever follows those, over a real socket, also after it was away."""

from __future__ import annotations

from typing import Any

from tests.journeys.client import Shop

REQUEST = """
mutation ($order: String!) { requestPickup(input: { idempotencyKey: $order, store: "freiburg", order: $order,
  lines: [{ lineId: "1", sku: "HAMMER-MESSING", quantity: "1" }] }) { pickup { id } problems { message } } }
"""
CANCEL = """
mutation ($id: ID!, $key: String!) {
  cancelPickup(input: { idempotencyKey: $key, id: $id, reason: "changed their mind" }) { problems { message } } }
"""
FOLLOW = """
subscription ($orders: [String!], $after: String) { pickupChanged(store: "freiburg", orders: $orders, after: $after) {
  kind cursor items { order state } } }
"""


async def request(shop: Shop, order: str) -> str:
    """The id of the new pick-up."""
    payload = (await shop.run(REQUEST, order=order))["requestPickup"]
    assert payload["problems"] == []
    id: str = payload["pickup"]["id"]
    return id


def items(event: dict[str, Any]) -> list[tuple[str, str]]:
    """Orders and states."""
    return [(item["order"], item["state"]) for item in event["items"]]


async def test_who_follows_an_order_hears_of_it_alone_and_misses_nothing_while_away(operator: Shop) -> None:
    first = await request(operator, "followed-1")
    async with operator.subscribe(FOLLOW, orders=["followed-1", "followed-2"]) as events:
        snapshot = await events.next()
        assert (snapshot["kind"], items(snapshot)) == ("SNAPSHOT", [("followed-1", "CONFIRMED")])
        other = await request(operator, "other-1")
        await request(operator, "followed-2")
        news = await events.next()
        assert (news["kind"], items(news)) == ("CHANGE", [("followed-2", "CONFIRMED")])
    async with operator.subscribe(FOLLOW, orders=["followed-1"]) as there:
        assert items(await there.next()) == [("followed-1", "CONFIRMED")]
        for id in (other, first):
            await operator.run(CANCEL, id=id, key=id)
        # Whoever comes back before the change is on its way hears of it behind an empty first event.
        assert items(await there.next()) == [("followed-1", "CANCELLED")]
    async with operator.subscribe(FOLLOW, orders=["followed-1", "followed-2"], after=news["cursor"]) as events:
        missed = await events.next()
        assert (missed["kind"], items(missed)) == ("CHANGE", [("followed-1", "CANCELLED")])
