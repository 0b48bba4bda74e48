"""The promotions of the benchmark: twenty that are active, as a shop has them beside one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

APPLIED = 10
"""So many of them apply to a cart with one piece of each of the first ten products, none at another's cost; the others
just miss or concern something else."""

Document = dict[str, Any]


def twenty_promotions(skus: Sequence[str], channel: str | None = None) -> list[Document]:
    """As `upsertPromotions` takes them, for these products. With a channel, they hold there alone."""
    there = [{"channel": {"channels": [channel]}}] if channel else []
    found = [*_applied(skus), *_missed(skus)]
    return [
        {
            "names": [{"locale": "en", "text": "A promotion"}],
            **promotion,
            "id": f"p{number:02d}",
            "condition": _all([*there, *promotion.get("condition", ())]),
        }
        for number, promotion in enumerate(found)
    ]


def _applied(skus: Sequence[str]) -> list[Document]:
    some, others = {"skus": list(skus[:3])}, {"skus": list(skus[3:10])}
    pair = [{"of": {"skus": [sku]}} for sku in skus[:2]]
    return [
        {"actions": [{"itemPercentOff": {"percent": "5", "of": some}}]},
        {"actions": [{"itemPercentOff": {"percent": "3", "of": others}}]},
        {"actions": [{"itemAmountOff": {"amount": _eur("0.10"), "of": some}}]},
        {"actions": [{"itemAmountOff": {"amount": _eur("0.20"), "of": others}}]},
        {"actions": [{"bundle": {"components": pair, "percent": "5"}}]},
        {"actions": [{"orderPercentOff": {"percent": "2"}}], "limits": {"total": 1_000_000}},
        {"actions": [{"orderAmountOff": {"amount": _eur("1.00")}}], "condition": [_from("20")]},
        {"actions": [{"orderPercentOff": {"percent": "1"}}], "condition": [{"contains": {"of": some}}]},
        {"actions": [{"tiered": {"steps": [{"quantity": "5", "percent": "1"}, {"quantity": "50", "percent": "2"}]}}]},
        {"actions": [{"gift": {"sku": skus[-1]}}], "condition": [_from("20")]},
    ]


def _missed(skus: Sequence[str]) -> list[Document]:
    elsewhere = {"skus": [skus[-2]]}
    return [
        {"actions": [{"orderPercentOff": {"percent": "5"}}], "condition": [_from("99999")]},
        {"actions": [{"gift": {"sku": skus[-1]}}], "condition": [_from("50000")]},
        {"actions": [{"freeShipping": {}}], "condition": [_from("60")]},
        {"actions": [{"buyGet": {"buy": 90, "get": 1, "buyOf": elsewhere}}]},
        {"actions": [{"nForPrice": {"units": 80, "price": _eur("10.00"), "of": {"skus": [skus[2]]}}}]},
        {"actions": [{"itemPercentOff": {"percent": "20", "of": elsewhere}}]},
        {"actions": [{"accessory": {"withGoods": elsewhere, "then": {"skus": [skus[0]]}, "percent": "50"}}]},
        {
            "actions": [{"orderPercentOff": {"percent": "10"}}],
            "condition": [{"customerSegment": {"segments": ["regulars"]}}],
        },
        {"actions": [{"orderPercentOff": {"percent": "10"}}], "condition": [{"quantity": {"atLeast": "500"}}]},
        {"actions": [{"orderPercentOff": {"percent": "10"}}], "condition": [{"orderNumber": {"number": 1}}]},
    ]


def _all(conditions: Sequence[Document]) -> Document | None:
    return {"all": {"conditions": list(conditions)}} if conditions else None


def _from(amount: str) -> Document:
    return {"subtotal": {"amount": _eur(amount)}}


def _eur(amount: str) -> list[Document]:
    return [{"currency": "EUR", "amount": amount}]
