"""What a price and a cost are made of, so that both explain themselves (section 8)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from modules.configurator.model.characteristics import Value
from modules.configurator.model.masters import Texts
from modules.configurator.model.works import CostKey


class PriceKind(StrEnum):
    """What a contribution comes from."""

    BASE = "base"
    OPTION = "option"
    CHARACTERISTIC = "characteristic"
    INCLUDED = "included"
    """A component of a package: nothing, as the package is priced."""
    SURCHARGE = "surcharge"
    """A rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One line of a price, for one unit of the article, in minor units of the currency; rounded by itself, so that the
    lines add up. `minor` is what counts; `before` what it was when somebody overrode it."""

    kind: PriceKind
    minor: int
    characteristic: str = ""
    value: Value | None = None
    quantity: Decimal | None = None
    entry: str = ""
    """Id of the price entry; of the rule that surcharges."""
    package: str = ""
    """Which package includes it."""
    text: Texts = ()
    before: int | None = None
    may_be_overridden: bool = False
    least: int | None = None
    """The least that an override may make of it."""


@dataclass(frozen=True, slots=True)
class PriceBreakdown:
    """The price of one unit: the base first, then characteristics in the revision's order, then rules in theirs."""

    currency: str
    contributions: tuple[Contribution, ...]

    @property
    def minor(self) -> int:
        """The price."""
        return sum(one.minor for one in self.contributions)

    @property
    def surcharges(self) -> tuple[Contribution, ...]:
        """All but the base."""
        return self.contributions[1:]


@dataclass(frozen=True, slots=True)
class Override:
    """What somebody with the right to it wants a characteristic's contribution to be."""

    characteristic: str
    minor: int
    reason: str = ""


class NoCost(StrEnum):
    """Why a node counts nothing."""

    MISSING = "missing"
    ZERO = "zero"
    FREE_ISSUE = "free_issue"
    """The customer gives it."""


@dataclass(frozen=True, slots=True)
class CostGap:
    """A node without a cost: the zero-cost log's line. `detail` names the operation whose rate is missing."""

    path: str
    part: str
    configuration: str | None
    reason: NoCost
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NodeCost:
    """What a node costs, in millionths of the currency's unit, for the whole order: its material, its operations and
    its overhead are its total. Per unit of the order: divided by the order's quantity."""

    path: str
    part: str
    configuration: str | None
    quantity: Decimal
    material: int
    operations: int
    overhead: int
    total: int
    per_unit: int
    source: CostKey | None = None
    """Whose stored cost it is; None of what is made."""


@dataclass(frozen=True, slots=True)
class CostResult:
    """A roll-up: nodes from the root down, the log, and the hash of all costs that came into it."""

    currency: str
    quantity: Decimal
    nodes: tuple[NodeCost, ...]
    gaps: tuple[CostGap, ...]
    inputs: str

    @property
    def root(self) -> NodeCost:
        """The whole order."""
        return self.nodes[0]
