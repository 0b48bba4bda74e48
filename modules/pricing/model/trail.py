"""The audit trail of pricing: who changed what, when and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from modules.kernel.viewer import Permission


class Subject(StrEnum):
    """What was changed."""

    PRICE = "price"
    PRICE_IMPORT = "prices"
    """Many rows in one entry: how many, from which systems, and a digest of them."""
    PRICE_LIST = "price_list"
    EXCHANGE_RATES = "exchange_rates"
    TAX_RULE = "tax_rule"
    SHIPPING_METHOD = "shipping_method"
    PRICE_POINT = "point"
    """Points of the history that were voided; by sku."""
    PRICE_HISTORY = "product"
    """Links from a sku to the one whose history it goes on with."""
    PROMOTION = "promotion"
    PROMOTION_USE = "promotion_use"
    CODE = "code"
    CODE_BATCH = "code_batch"

    @property
    def permission(self) -> Permission:
        """The right to look at it."""
        return Permission.PROMOTIONS_READ if self in _OF_PROMOTIONS else Permission.PRICES_WRITE


_OF_PROMOTIONS = frozenset({Subject.PROMOTION, Subject.PROMOTION_USE, Subject.CODE, Subject.CODE_BATCH})


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `before` and `after` hold what was stored, None where there was or is nothing."""

    number: int
    """Rises with time."""
    at_us: int
    by: str
    action: str
    """Such as `set_price`."""
    id: str
    """Of what was changed."""
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    reason: str | None
