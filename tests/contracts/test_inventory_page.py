"""What the page about stock tells a reader to ask does what the page says, on the demo shop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.demo_shop import OPERATOR, demo_shop

PAGE = Path(__file__).resolve().parents[2] / "docs" / "inventory.md"
HEADERS = {**OPERATOR, "cogwerk-channel": "web-de"}
_BLOCK = re.compile(r"```graphql\n(.*?)```", re.DOTALL)
_WANTED = re.compile(r"\$(\w+): ")


def operations() -> list[str]:
    """The page's operations in order, without subscriptions, which go over another road."""
    return [block for block in _BLOCK.findall(PAGE.read_text("utf-8")) if not block.startswith("subscription")]


def problems(found: object) -> Iterator[object]:
    """All problems anywhere in an answer."""
    if isinstance(found, dict):
        yield from found.get("problems", ())
        for value in found.values():
            yield from problems(value)


def learnt(data: dict[str, Any]) -> dict[str, str]:
    """What later operations are asked with: the ids and the code that an answer tells."""
    if "holdStock" in data:
        (reservation,) = data["holdStock"]["reservations"]
        return {"holdId": reservation["holdId"], "reservationId": reservation["id"]}
    if "requestPickup" in data:
        return {"pickupId": data["requestPickup"]["pickup"]["id"]}
    return {"code": data["issuePickupCode"]["code"]} if "issuePickupCode" in data else {}


async def test_the_page_runs_from_top_to_bottom(
    database: Database, redis: Redis, feed: StreamFeed, tmp_path: Path
) -> None:
    known: dict[str, str] = {}
    answers: dict[str, Any] = {}
    async with demo_shop(database, redis, feed, tmp_path) as shop:
        for document in operations():
            variables = {name: known[name] for name in _WANTED.findall(document)}
            data = await shop.ask(document, HEADERS, **variables)
            assert list(problems(data)) == [], document
            known |= learnt(data)
            answers |= data
    assert answers["availability"]["isFilled"]
    assert [share["source"] for share in answers["availability"]["plan"]["shares"]] == ["leipzig", "leipzig"]
    assert [item["state"] for item in answers["shipStock"]["reservations"]] == ["COMMITTED"]
    assert answers["joinWaitingList"]["waiters"][0]["state"] == "WAITING"
    assert answers["leaveWaitingList"]["waiters"][0]["state"] == "GONE"
    telling = answers["recordStockFeed"]
    assert (telling["applied"], telling["parked"], telling["changed"]) == (2, 0, 1), "the last of its two tellings"
    assert [(one["applied"], one["ignored"]) for one in answers["stockFeeds"] if one["system"] == "erp"] == [(3, 0)]
    assert answers["receiveTransfers"]["transfers"] == [{"state": "RECEIVED", "quantity": "3", "received": "2"}]
    assert answers["takeStock"]["differences"][0]["counted"] == "4"
    assert answers["finishPickup"]["pickup"]["state"] == "SHORT"
    assert answers["settlePickup"]["pickup"]["resourcedHoldId"]
    assert answers["collectPickup"]["pickup"]["state"] == "COLLECTED"
    assert answers["pickups"] == []
    check_planning(answers)


def check_planning(answers: dict[str, Any]) -> None:
    """The figures that the page names."""
    hammer = answers["forecast"]
    assert (hammer["method"], hammer["dailyDemand"], len(hammer["days"])) == ("seasonal_naive", "8", 28)
    assert (hammer["safetyStock"], hammer["reorderPoint"]) == ("14", "54")
    assert answers["planStock"]["planned"] == 7
    assert answers["activateSafetyStock"]["changed"] == 2
    items = {item["product"]["sku"]: item for item in answers["replenishmentProposals"]["items"]}
    gear = items["GEAR-BRASS-16"]
    assert (gear["position"], gear["needed"], gear["quantity"], gear["byHand"]) == ("30", "10", "25", True)
    assert items["LAMP-STORCH-RED"]["forecast"]["method"] == "exponential_smoothing"


def test_every_operation_of_the_page_is_run_or_a_subscription() -> None:
    text = PAGE.read_text("utf-8")
    assert len(operations()) == text.count("```graphql") - text.count("```graphql\nsubscription")
