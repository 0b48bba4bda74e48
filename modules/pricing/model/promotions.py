"""Promotions: what they are, and what their conditions and actions promise.

A promotion is an author's wish in three parts: when it may apply (window, hours, conditions), what it does (actions),
and how often (limits). The kinds of conditions and actions are registered in `engine/conditions` and `engine/actions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import ClassVar, Final, NewType

from modules.kernel.names import Locale, PromotionId, Sku
from modules.pricing.model.prices import Span

Percent = NewType("Percent", int)
"""Millionths: 10 percent is 100_000. More than 0, at most 1_000_000."""


class Phase(IntEnum):
    """The order of evaluation; fixed by the action, never by the author (O-1)."""

    ARTICLE = 1
    """Unconditional reductions of articles: public prices, which feed the history (L-2)."""
    ITEMS = 2
    ORDER = 3
    SHIPPING = 4
    GIFTS = 5


class PromotionState(StrEnum):
    """What its author did with it; SCHEDULED is an active one whose window has not begun."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class Stack(StrEnum):
    """Whether others may apply beside it (O-8)."""

    STACKABLE = "stackable"
    EXCLUSIVE = "exclusive"


class Trigger(StrEnum):
    """By itself, or only with one of its codes."""

    AUTOMATIC = "automatic"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Amounts:
    """The same amount in the currencies it was stated in, in minor units; it is never converted (P-7)."""

    by_currency: tuple[tuple[str, int], ...]
    """Sorted by currency, each once."""

    def of(self, currency: str) -> int | None:
        """Minor units; None when the author named no amount in this currency."""
        return dict(self.by_currency).get(currency)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines are meant: those that meet every part that is given; an empty one means all.

    A line meets `categories` when its product stands in one of them or below. `price_from` and `price_until` bound the
    list price of one unit, both inclusive.
    """

    skus: tuple[Sku, ...] = ()
    categories: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    """Ids of product groups."""
    without_skus: tuple[Sku, ...] = ()
    without_categories: tuple[str, ...] = ()
    price_from: Amounts | None = None
    price_until: Amounts | None = None
    label: str = ""
    """What people call these goods, for hints: "garden furniture"."""


ALL_GOODS: Final = Filter()
WHOLE: Final = Percent(1_000_000)
"""All of it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Base of all conditions: frozen dataclasses whose fields are what the author states.

    `KIND` is its name in documents and in the graph, camelCase, in the merchant's words. Fields may be bool, int,
    Quantity, Percent, str, Amounts, Filter, Span, an enum, another plain frozen dataclass, Condition, a tuple of any of
    these, or any of these or None. Each field has a default or must be given; its description is in `DESCRIPTIONS`.
    """

    KIND: ClassVar[str]
    SUMMARY: ClassVar[str]
    """One sentence for people, as the schema shows it."""
    DESCRIPTIONS: ClassVar[Mapping[str, str]] = {}
    LEAST: ClassVar[Mapping[str, int]] = {}
    """The smallest value of fields that hold a number or a quantity (in millionths); an engine that meets less does
    nothing. A tuple named here has at least so many entries."""
    ONE_OF: ClassVar[tuple[str, ...]] = ()
    """Fields of which exactly one is given."""


@dataclass(frozen=True, slots=True)
class Action:
    """Base of all actions, made like conditions; `PHASE` says where in the evaluation it stands (O-1)."""

    KIND: ClassVar[str]
    SUMMARY: ClassVar[str]
    DESCRIPTIONS: ClassVar[Mapping[str, str]] = {}
    LEAST: ClassVar[Mapping[str, int]] = {}
    ONE_OF: ClassVar[tuple[str, ...]] = ()
    PHASE: ClassVar[Phase]


@dataclass(frozen=True, slots=True)
class Limits:
    """How often and how much; None: no bound (C-3, C-6)."""

    total: int | None = None
    per_customer: int | None = None
    budget: Amounts | None = None

    @property
    def any(self) -> bool:
        """Whether uses must be counted at all."""
        return self.total is not None or self.per_customer is not None or self.budget is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A promotion in one version. `id` is its author's; `names` are labels by language, the first the default."""

    id: PromotionId
    names: tuple[tuple[Locale, str], ...]
    actions: tuple[Action, ...]
    condition: Condition | None = None
    """None: none beyond window and hours."""
    state: PromotionState = PromotionState.DRAFT
    """DRAFT, ACTIVE, PAUSED or ENDED; SCHEDULED is read off the window."""
    valid_from_us: int | None = None
    valid_until_us: int | None = None
    schedule: tuple[Span, ...] = ()
    priority: int = 0
    """Higher first."""
    stack: Stack = Stack.STACKABLE
    exclusion_group: str = ""
    """At most one promotion of a group applies to the same units (O-5, O-8); empty for none."""
    trigger: Trigger = Trigger.AUTOMATIC
    limits: Limits = Limits()
    public: bool = True
    """Whether it is advertised to everybody: hints may speak of it (2.4), and its codes are no secret (L-2)."""
    applies_to_reduced: bool = True
    """False leaves out lines whose price is an article reduction; tier prices are none (O-9)."""
    announced_percent: int | None = None
    """The whole percentage that its advertisement will name (L-4)."""
    perishable: bool = False
    """Goods are reduced and marked because they expire soon (3.3, step 9)."""
    returns_use: bool | None = None
    """Whether a cancelled order gives its use back; None: as the market has it (C-5)."""
    version: int = 0

    def label(self, locale: Locale) -> str:
        """Its name in this language, or in the default one."""
        names = dict(self.names)
        return names.get(locale) or names.get(Locale(locale.partition("-")[0])) or self.names[0][1]
