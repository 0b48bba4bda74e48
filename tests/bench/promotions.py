"""The promotions of the benchmark: twenty of many kinds, nearly all of which apply to any cart."""

from __future__ import annotations

from typing import Any


def twenty_promotions(gift: str, channel: str | None = None) -> list[dict[str, Any]]:
    """As `upsertPromotions` takes them. One has a limit, one gives a gift that nobody earns.

    With a channel, they hold there alone.
    """
    actions: list[dict[str, Any]] = [{"itemPercentOff": {"percent": "1"}}, {"orderPercentOff": {"percent": "1"}}] * 9
    actions += [{"buyGet": {"buy": 2, "get": 1}}, {"gift": {"sku": gift}}]
    names = [{"locale": "en", "text": "A promotion"}]
    documents: list[dict[str, Any]] = [
        {"id": f"p{number:02d}", "names": names, "actions": [action]} for number, action in enumerate(actions)
    ]
    documents[0]["limits"] = {"total": 1000}
    there = [{"channel": {"channels": [channel]}}] if channel else []
    for document in documents:
        document["condition"] = there[0] if there else None
    unreached = {"subtotal": {"amount": [{"currency": "EUR", "amount": "99999"}]}}
    documents[-1]["condition"] = {"all": {"conditions": [*there, unreached]}}
    return documents
