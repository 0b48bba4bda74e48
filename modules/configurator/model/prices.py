"""What characteristics and their options add to a price."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from modules.configurator.model.trees import Expression
from modules.kernel.names import PriceListId, Sku


class PriceEffect(StrEnum):
    """What a formula or table does to amount and percentage of its entry."""

    ADD = "add"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceEntry:
    """The price of a characteristic, or of one of its options, in a list and currency.

    Of a `revision`, or of the family where it is None (used where the revision has none). Half open in time.
    """

    id: str
    price_list: PriceListId
    currency: str
    family: str
    part: Sku | None = None
    revision: int | None = None
    characteristic: str
    option: str | None = None
    amount_micros: int = 0
    """Millionths of the currency's unit."""
    percent_micros: int = 0
    """Of the BASE price, never of a running sum; millionths: 10 percent is 100_000."""
    expression: Expression | None = None
    effect: PriceEffect = PriceEffect.ADD
    per_quantity: bool = False
    valid_from_us: int | None = None
    valid_until_us: int | None = None
    may_be_overridden: bool = False
    max_reduction_micros: int = 0
    """The most that an override may take off; a part of the entry's amount, in millionths."""
    version: int = 0
