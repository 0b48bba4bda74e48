"""Uses of promotions: held when checkout begins, confirmed with the order, given back when it is cancelled (C-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from modules.kernel.errors import Refused
from modules.kernel.money import Money
from modules.kernel.names import PromotionId
from modules.kernel.policies import BudgetPolicy


class UseState(StrEnum):
    """HELD -> CONFIRMED -> RETURNED | KEPT; HELD -> RETURNED | EXPIRED; EXPIRED -> CONFIRMED where there is room."""

    HELD = "held"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    RETURNED = "returned"
    KEPT = "kept"
    """Of a cancelled order whose promotion gives nothing back (C-5): it counts for good."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A promotion that an order wants to use, and the discount it gives, in minor units."""

    promotion: PromotionId
    minor: int
    code: str = ""
    """Compared form; empty where the promotion applies by itself."""


@dataclass(frozen=True, slots=True)
class WishInput:
    """A use as it is handed in; `amount` is a decimal string in the attempt's currency, not below 0."""

    promotion: str
    amount: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class HoldInput:
    """An attempt at an order as it is handed in. `customer` is an id; `email` is never kept as it is."""

    attempt: str
    currency: str
    uses: Sequence[WishInput]
    customer: str | None = None
    email: str | None = field(default=None, repr=False)
    cart: str | None = None
    ttl_seconds: int = 900


@dataclass(frozen=True, slots=True)
class Identity:
    """Who uses: a customer's id, and a keyed hash of an e-mail address; a use counts under each that is known (C-4)."""

    customer: str | None = None
    email: str | None = None

    @property
    def known(self) -> bool:
        """Whether uses of this customer can be counted at all."""
        return self.customer is not None or self.email is not None

    def meets(self, other: Identity) -> bool:
        """Whether both are the same customer, by id or by address."""
        by_id = self.customer is not None and self.customer == other.customer
        return by_id or (self.email is not None and self.email == other.email)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A checked attempt. `body` says all that was asked: the same attempt may not come with another one (R-1)."""

    id: str
    currency: str
    wishes: tuple[Wish, ...]
    """By promotion, each there once."""
    who: Identity
    cart: str | None
    ttl_us: int

    @property
    def body(self) -> bytes:
        """The same for the same input."""
        return repr((self.currency, self.wishes, self.who, self.cart, self.ttl_us)).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A promotion's use by an attempt. `granted_minor` counts against the budget; it is less than wanted only where
    the market cuts discounts to the rest of a budget (C-6)."""

    attempt: str
    promotion: PromotionId
    code: str
    currency: str
    wanted_minor: int
    granted_minor: int
    state: UseState
    expires_us: int
    order: str | None = None
    version: int = 1

    @property
    def counts(self) -> bool:
        """Whether it takes from the promotion's limits."""
        return self.state in (UseState.HELD, UseState.CONFIRMED, UseState.KEPT)

    def is_due(self, now_us: int) -> bool:
        """Whether it is a hold that has run out: at the very instant it does no more count (R-3)."""
        return self.state is UseState.HELD and self.expires_us <= now_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """What has become of an attempt; uses stand by promotion."""

    attempt: str
    currency: str
    who: Identity
    cart: str | None
    order: str | None
    body_hash: str
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """What counts of a promotion's uses: how many, how much in one currency, how many by one customer."""

    uses: int = 0
    minor: int = 0
    customer: int = 0


@dataclass(frozen=True, slots=True)
class Sums:
    """How many uses of a promotion or a code are held and confirmed, and their discounts in one currency."""

    held: int = 0
    confirmed: int = 0
    held_minor: int = 0
    confirmed_minor: int = 0

    @property
    def uses(self) -> int:
        """All that count."""
        return self.held + self.confirmed

    @property
    def minor(self) -> int:
        """All that counts against a budget."""
        return self.held_minor + self.confirmed_minor

    def plus(self, use: Use, times: int) -> Sums:
        """With the use counted in (1) or out (-1); what does not count changes nothing."""
        minor = times * use.granted_minor
        if use.state is UseState.HELD:
            return replace(self, held=self.held + times, held_minor=self.held_minor + minor)
        if use.counts:
            return replace(self, confirmed=self.confirmed + times, confirmed_minor=self.confirmed_minor + minor)
        return self


class Reason(StrEnum):
    """Why a use cannot be had (C-2, 2.4)."""

    PROMOTION_UNKNOWN = "PROMOTION_UNKNOWN"
    PROMOTION_NOT_ACTIVE = "PROMOTION_NOT_ACTIVE"
    CODE_MISSING = "CODE_MISSING"
    CODE_UNKNOWN = "CODE_UNKNOWN"
    CODE_EXPIRED = "CODE_EXPIRED"
    CODE_NOT_STARTED = "CODE_NOT_STARTED"
    CODE_LIMIT_REACHED = "CODE_LIMIT_REACHED"
    CODE_CUSTOMER_LIMIT_REACHED = "CODE_CUSTOMER_LIMIT_REACHED"
    LIMIT_REACHED = "LIMIT_REACHED"
    CUSTOMER_LIMIT_REACHED = "CUSTOMER_LIMIT_REACHED"
    CUSTOMER_UNKNOWN = "CUSTOMER_UNKNOWN"
    BUDGET_EXHAUSTED = "BUDGET_EXHAUSTED"


_TEXTS = {
    Reason.PROMOTION_UNKNOWN: "There is no promotion {!r}.",
    Reason.PROMOTION_NOT_ACTIVE: "The promotion {!r} does not hold now.",
    Reason.CODE_MISSING: "The promotion {!r} needs one of its codes.",
    Reason.CODE_UNKNOWN: "This is no code of the promotion {!r}.",
    Reason.CODE_EXPIRED: "This code of the promotion {!r} holds no more.",
    Reason.CODE_NOT_STARTED: "This code of the promotion {!r} does not hold yet.",
    Reason.CODE_LIMIT_REACHED: "This code of the promotion {!r} is used up.",
    Reason.CODE_CUSTOMER_LIMIT_REACHED: "This customer has used the promotion {!r} as often as it may be.",
    Reason.LIMIT_REACHED: "The promotion {!r} is used up.",
    Reason.CUSTOMER_LIMIT_REACHED: "This customer has used the promotion {!r} as often as it may be.",
    Reason.CUSTOMER_UNKNOWN: "The promotion {!r} counts uses per customer: say who it is.",
    Reason.BUDGET_EXHAUSTED: "The budget of the promotion {!r} does not suffice.",
}


class UseRefused(Refused):
    """A promotion cannot be used, so nothing of its attempt is; `left` is what its budget still holds, where that
    is why."""

    def __init__(
        self, reason: Reason, promotion: str, path: Sequence[str | int] = (), left: Money | None = None
    ) -> None:
        super().__init__(_TEXTS[reason].format(promotion), path)
        self.reason = reason
        self.promotion = promotion
        self.left = left

    @property
    def code(self) -> str:  # type: ignore[override]
        """The reason's name."""
        return self.reason.value


class UnknownAttempt(Refused):
    """Nothing is known of this attempt: it was never held."""

    code = "UNKNOWN_ATTEMPT"

    def __init__(self, attempt: str, path: Sequence[str | int]) -> None:
        super().__init__(f"There is no attempt {attempt!r}.", path)


class InvalidTransition(Refused):
    """What was given back cannot be confirmed any more."""

    code = "INVALID_TRANSITION"

    def __init__(self, attempt: str, path: Sequence[str | int]) -> None:
        super().__init__(f"The uses of the attempt {attempt!r} were given back.", path)


@dataclass(frozen=True, slots=True)
class Hold:
    """Wishes to hold the uses of an attempt, as far as a market's policy on budgets goes (C-6)."""

    by: str
    attempt: Attempt
    policy: BudgetPolicy

    @property
    def id(self) -> str:
        """The attempt's."""
        return self.attempt.id


@dataclass(frozen=True, slots=True)
class Confirm:
    """Wishes the uses of an attempt to be those of an order."""

    by: str
    id: str
    order: str


@dataclass(frozen=True, slots=True)
class Revert:
    """Wishes to give the uses of an attempt back; `returns` is what the market does where the promotion does not say
    (C-5)."""

    by: str
    id: str
    returns: bool = True


Call = Hold | Confirm | Revert


@dataclass(frozen=True, slots=True)
class Decision:
    """What has become of an attempt; with problems nothing of the call was done."""

    redemption: Redemption | None
    problems: tuple[Refused, ...] = ()
