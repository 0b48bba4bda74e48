"""The case promotions are judged on: goods, circumstances, and what became of them. All amounts are minor units in the
cart's tax mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from modules.kernel.basket import GiftChoice, PromotionOutcome
from modules.kernel.customer import Profile
from modules.kernel.names import LineId, Locale, PromotionId, Sku
from modules.kernel.place import Channel, Store
from modules.kernel.product import Article
from modules.kernel.quantity import Quantity

ENGLISH: Final = Locale("en")


@dataclass(slots=True)
class Ware:
    """A priced line before promotions. Not frozen, as each line of a cart makes one."""

    line: LineId
    configuration: str
    article: Article
    quantity: Quantity
    minor: int
    """What the line costs after tiers and reduced rows."""
    list_minor: int
    """What it costs at list price."""
    unit_list_micros: int
    """The list price of one unit, in the cart's tax mode."""
    is_reduced: bool = False
    """Whether its row is a public reduction (O-9)."""
    floor_minor: int = 0
    """What the line must cost at least (O-10)."""

    @property
    def order(self) -> tuple[str, str, str]:
        """Its place when cents are given out, whatever the order of adding (O-5a)."""
        return self.article.sku, self.configuration, self.line

    @property
    def units(self) -> int:
        """Pieces that promotions can tell apart; a measured quantity is one unit (O-5a)."""
        return self.quantity // 1_000_000 if not self.article.quantity_scale else 1


@dataclass(frozen=True, slots=True)
class Lack:
    """What a condition or an action still lacks, as numbers; `engine/hints.py` makes it a `Missing`.

    Amounts are minor units; quantities, moments and everything else that counts are millionths.
    """

    kind: str
    """amount, quantity, sku, segment, time or code."""
    required: int = 0
    actual: int = 0
    basis: str = ""
    """A currency for amounts, a filter's label for quantities, a sku for goods."""

    @property
    def missing(self) -> int:
        """How much is to go."""
        return max(self.required - self.actual, 0)

    @property
    def distance(self) -> int:
        """How far off, in millionths of what is required; what cannot be measured is as far as can be."""
        measured = self.kind in ("amount", "quantity") and self.required > 0
        return self.missing * 1_000_000 // self.required if measured else 1_000_000


class CodeResult(StrEnum):
    """What became of a code that was entered (C-2)."""

    ACCEPTED = "CODE_ACCEPTED"
    UNKNOWN = "CODE_UNKNOWN"
    EXPIRED = "CODE_EXPIRED"
    NOT_STARTED = "CODE_NOT_STARTED"
    LIMIT_REACHED = "CODE_LIMIT_REACHED"
    CUSTOMER_LIMIT_REACHED = "CODE_CUSTOMER_LIMIT_REACHED"
    NOT_COMBINABLE = "CODE_NOT_COMBINABLE"
    CONDITIONS_NOT_MET = "CODE_CONDITIONS_NOT_MET"
    TOO_MANY_TRIES = "CODE_TOO_MANY_TRIES"


@dataclass(frozen=True, slots=True)
class CodeClaim:
    """A code as it was entered, and the promotion it belongs to; ACCEPTED until the promotion says otherwise."""

    code: str
    """Compared form (C-1)."""
    typed: str
    promotion: PromotionId | None
    result: CodeResult = CodeResult.ACCEPTED
    until_us: int | None = None
    """When the code itself begins or ends next."""


@dataclass(frozen=True, slots=True)
class Room:
    """What is left of a promotion's limits for this customer; None: no bound. Holds of others are taken off (C-3)."""

    total: int | None = None
    customer: int | None = None
    budget_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Freight:
    """The delivery that was chosen and what it costs before promotions."""

    method: str
    minor: int


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that decides besides the goods."""

    at_us: int
    currency: str
    channel: Channel
    store: Store | None = None
    locale: Locale = ENGLISH
    customer: Profile | None = None
    claims: tuple[CodeClaim, ...] = ()
    drafts: frozenset[PromotionId] = frozenset()
    """Promotions asked about by name: each has an outcome, whatever keeps it away."""
    payment: str | None = None
    freight: Freight | None = None
    rooms: Mapping[PromotionId, Room] = field(default_factory=dict)
    """Of promotions with limits; one that is missing here has no bound."""
    stock: Mapping[Sku, int] = field(default_factory=dict)
    """Millionths of gifts that can be had; a sku that is missing here can be had without bound."""
    gifts: tuple[GiftChoice, ...] = ()
    gift_minor: Mapping[Sku, int] = field(default_factory=dict)
    """What one unit of a gift costs otherwise: it counts in a comparison of promotions with that (O-8)."""


@dataclass(slots=True)
class Reduction:
    """What one promotion took off lines, as (index of the ware, minor units not below 0); index None: the freight. Not
    frozen, like wares."""

    promotion: tuple[str, int]
    label: str
    shares: tuple[tuple[int | None, int], ...]
    is_article: bool = False
    """Whether it reduces the article itself, so that the unit costs less on its page, too."""


@dataclass(frozen=True, slots=True)
class Gift:
    """A gift that was earned."""

    promotion: tuple[str, int]
    label: str
    sku: Sku
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class Promoted:
    """What promotions do to a case: reductions in the order in which they apply, gifts, and an outcome for each
    promotion that was considered."""

    reductions: tuple[Reduction, ...] = ()
    gifts: tuple[Gift, ...] = ()
    outcomes: Sequence[PromotionOutcome] = ()
    """Worked out when they are looked at."""
    claims: tuple[CodeClaim, ...] = ()
    """The claims with their results, in order."""
    until_us: int | None = None
    """The next moment at which a window or hours may change this answer."""
    lacks_gifts: bool = False
    """Whether a gift may have been earned that cannot be had."""
