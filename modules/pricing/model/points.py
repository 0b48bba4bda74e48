"""Price points: the history of public prices, and what it says of a reduction (L-1, 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from modules.kernel.names import ChannelId, MarketId, PromotionId, Sku

PromotionVersion = tuple[PromotionId, int]


class Cause(StrEnum):
    """Why a price point was written."""

    MANUAL = "manual"
    IMPORT = "import"
    TIME = "time"
    """A window or hours began or ended."""
    RULES = "rules"
    """A promotion, a tax rate or the article was changed."""


class Verdict(StrEnum):
    """What may be said of a price (3.3, step 8)."""

    NO_REDUCTION = "NO_REDUCTION"
    """It is no announced reduction, so no prior price is due."""
    ANNOUNCEABLE = "ANNOUNCEABLE"
    NOT_A_REDUCTION = "NOT_A_REDUCTION"
    """It is not below the prior price: strike price, percentage and badge are withheld."""
    NO_PRIOR_PRICE = "NO_PRIOR_PRICE"
    """It was never sold before: nothing may be announced."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The public price of a time [from_us, to_us), gross, in millionths; `to_us` None: until now and on."""

    micros: int
    announced: bool
    from_us: int
    to_us: int | None = None
    perishable: bool = False
    """Reduced and marked because it expires soon (3.3, step 9)."""
    voided: bool = False
    """Whether somebody declared it a mistake (L-3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorPrice:
    """What the algorithm of 3.3 says of a price; kept as proof. Moments and prices it has no use for are None."""

    verdict: Verdict
    micros: int | None = None
    """The prior price, gross, in millionths."""
    allowed_percent: int | None = None
    """The largest whole percentage that may be announced against it."""
    reduced_from_us: int | None = None
    """When the reduction began; the window ends here."""
    window_from_us: int | None = None
    low_from_us: int | None = None
    """Since when the prior price was asked, and until when."""
    low_to_us: int | None = None
    outside_window: bool = False
    """Nothing was on sale in the window: this is the last price before it (3.3, step 6)."""
    exempt: bool = False
    """The reduction needs no prior price (3.3, steps 7 and 9)."""
    rule: str = ""
    """The market's choices it was found by."""
    until_us: int | None = None
    """When a chain of steps grows too old, so that this changes by itself; None: never."""


NO_REDUCTION = PriorPrice(verdict=Verdict.NO_REDUCTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePoint:
    """What any consumer paid for one unit in a channel, gross, from a moment on (L-1); `to_us` None: still."""

    sku: Sku
    market: MarketId
    channel: ChannelId
    currency: str
    micros: int
    from_us: int
    store: str = ""
    """The store whose own price it is; empty: the channel's (L-2)."""
    to_us: int | None = None
    public: bool = True
    announced: bool = False
    """Whether it was shown as a reduction."""
    list_micros: int | None = None
    """The list price that it was shown against."""
    promotions: Sequence[PromotionVersion] = ()
    """The article promotions in it."""
    perishable: bool = False
    cause: Cause = Cause.MANUAL
    recorded_at_us: int = 0
    prior: PriorPrice = NO_REDUCTION
    """As it stood when the point was written or last corrected."""
    voided: bool = False

    @property
    def piece(self) -> Piece:
        """The point as a piece of the step function."""
        return Piece(self.micros, self.announced, self.from_us, self.to_us, self.perishable, self.voided)

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Where it holds: market, channel, store, currency."""
        return self.market, self.channel, self.store, self.currency


@dataclass(frozen=True, slots=True)
class Standing:
    """The public prices of a sku that hold, in one currency, and until when they are known to; None: no end is."""

    points: Sequence[PricePoint] = ()
    due_us: int | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """Proof of what one version of a promotion made of a price, and of what was said of it (3.3)."""

    promotion: PromotionId
    version: int
    point: PricePoint

    @property
    def position(self) -> tuple[str | int, ...]:
        """Its place among the proofs of its promotion: by sku, place, time, version."""
        point = self.point
        return point.sku, *point.place, point.from_us, self.version


@dataclass(frozen=True, slots=True)
class Due:
    """When the history of a sku must be told again; None: no moment is known."""

    sku: Sku
    due_us: int | None
    asked: int = 0
    """How often rules changed for it since it was told last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidInput:
    """A price point that was a mistake, by its place and its beginning (L-3)."""

    sku: str
    channel: str
    currency: str
    from_: datetime
    store: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkInput:
    """A sku that goes on with the price history of another one: the article was renamed or has a new sku."""

    sku: str
    history_of: str
