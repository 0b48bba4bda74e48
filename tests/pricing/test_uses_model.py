"""Any sequence of holds, confirmations, returns and waits comes to what a plain list of uses would."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from modules.kernel.customer import Profile
from modules.kernel.names import CustomerId, PromotionId
from modules.kernel.policies import BudgetPolicy
from modules.pricing.engine.case import Room
from modules.pricing.model.promotions import Promotion
from modules.pricing.model.uses import WishInput
from modules.runtime.database import Database
from tests.builders import a_viewer
from tests.pricing.redeeming import MINUTE_US, Till, a_clerk, a_hold, a_limited

TTL_US = 15 * MINUTE_US
COUNTING = ("held", "confirmed", "kept")

Wishes = dict[str, int]


@dataclass
class Line:
    """A use as a clerk would note it."""

    attempt: str
    promotion: str
    customer: str
    minor: int
    state: str
    until_us: int


@dataclass
class Ledger:
    """Every use in one list; each question reads all of it."""

    promotions: dict[str, Promotion]
    partial: bool
    lines: list[Line] = field(default_factory=list)

    def wait(self, now_us: int) -> None:
        for line in self.lines:
            if line.state == "held" and line.until_us <= now_us:
                line.state = "expired"

    def of(self, attempt: str) -> list[Line]:
        return [line for line in self.lines if line.attempt == attempt]

    def counting(self, promotion: str) -> list[Line]:
        return [line for line in self.lines if line.promotion == promotion and line.state in COUNTING]

    def granted(self, promotion: str, customer: str, minor: int, partial: bool) -> int | None:
        limits, lines = self.promotions[promotion].limits, self.counting(promotion)
        if limits.total is not None and len(lines) >= limits.total:
            return None
        mine = [line for line in lines if line.customer == customer]
        if limits.per_customer is not None and len(mine) >= limits.per_customer:
            return None
        if limits.budget is None:
            return minor
        left = limits.budget.by_currency[0][1] - sum(line.minor for line in lines)
        if minor <= left:
            return minor
        return left if partial and left > 0 else None

    def hold(self, attempt: str, customer: str, wishes: Wishes, now_us: int) -> bool:
        if self.of(attempt):
            return False
        found = {name: self.granted(name, customer, minor, self.partial) for name, minor in wishes.items()}
        if None in found.values():
            return False
        for name, minor in found.items():
            assert minor is not None
            self.lines.append(Line(attempt, name, customer, minor, "held", now_us + TTL_US))
        return True

    def confirm(self, attempt: str) -> bool:
        lines = self.of(attempt)
        if not lines or any(line.state in ("returned", "kept") for line in lines):
            return False
        lapsed = [line for line in lines if line.state == "expired"]
        if any(self.granted(line.promotion, line.customer, line.minor, False) is None for line in lapsed):
            return False
        for line in lines:
            line.state = "confirmed"
        return True

    def revert(self, attempt: str) -> bool:
        for line in self.of(attempt):
            stays = line.state in ("confirmed", "kept") and self.promotions[line.promotion].returns_use is False
            line.state = "kept" if stays else "returned"
        return bool(self.of(attempt))


NAMES = ("scarce", "personal", "budgeted")
ATTEMPTS = st.sampled_from("abcdef")
WISHES = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 400), min_size=1)
STEPS = st.one_of(
    st.tuples(st.just("hold"), ATTEMPTS, st.sampled_from("xy"), WISHES),
    st.tuples(st.just("confirm"), ATTEMPTS),
    st.tuples(st.just("revert"), ATTEMPTS),
    st.tuples(st.just("wait"), st.sampled_from([1, TTL_US - 1, TTL_US // 2, TTL_US])),
)


@pytest.mark.parametrize("policy", list(BudgetPolicy))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=5, max_size=25))
async def test_every_sequence_counts_as_a_plain_list_does(
    database: Database, policy: BudgetPolicy, steps: list[tuple[object, ...]]
) -> None:
    """C-3, C-5, C-6, R-2, R-3: answers, rooms and sums agree after every step, and no bound is ever passed."""
    mark = uuid.uuid4().hex  # the tables are those of the examples before as well
    promotions = {
        "scarce": a_limited(f"scarce-{mark}", total=2),
        "personal": a_limited(f"personal-{mark}", per_customer=1, returns_use=False),
        "budgeted": a_limited(f"budgeted-{mark}", budget=(("EUR", 500),), total=3),
    }
    till = Till(database, *promotions.values())
    till.clerk = a_clerk(policy)
    ledger = Ledger(promotions, policy is BudgetPolicy.PARTIAL)
    for step in steps:
        assert await take(till, step, mark) == note(ledger, step, till.now_us)
        await agree(till, ledger, mark)


async def take(till: Till, step: tuple[object, ...], mark: str) -> bool:
    """The step at the till; whether it was done."""
    match step:
        case ("hold", str(attempt), str(customer), dict(wishes)):
            known = await till.uses.redemption(till.clerk, f"{attempt}-{mark}")
            uses = [WishInput(f"{name}-{mark}", f"{minor / 100:.2f}") for name, minor in wishes.items()]
            done = await till.hold(a_hold(f"{attempt}-{mark}", *uses, customer=f"{customer}-{mark}"))
            return not done.problems and known is None
        case ("confirm", str(attempt)):
            return not (await till.confirm(f"{attempt}-{mark}")).problems
        case ("revert", str(attempt)):
            return not (await till.revert(f"{attempt}-{mark}")).problems
        case ("wait", int(us)):
            till.now_us += us
    return True


def note(ledger: Ledger, step: tuple[object, ...], now_us: int) -> bool:
    """The step in the list; whether it was done."""
    ledger.wait(now_us)
    match step:
        case ("hold", str(attempt), str(customer), dict(wishes)):
            return ledger.hold(attempt, customer, wishes, now_us)
        case ("confirm", str(attempt)):
            return ledger.confirm(attempt)
        case ("revert", str(attempt)):
            return ledger.revert(attempt)
    return True


async def agree(till: Till, ledger: Ledger, mark: str) -> None:
    """What the till says is left and used is what the list says."""
    viewer = replace(a_viewer(), customer=Profile(CustomerId(f"x-{mark}")))
    limits = {promotion.id: promotion.limits for promotion in ledger.promotions.values()}
    rooms = await till.uses.rooms(limits, viewer, "EUR")
    for name, promotion in ledger.promotions.items():
        lines = ledger.counting(name)
        minor, mine = sum(line.minor for line in lines), sum(line.customer == "x" for line in lines)
        bounds = promotion.limits
        assert rooms[PromotionId(f"{name}-{mark}")] == Room(
            total=None if bounds.total is None else bounds.total - len(lines),
            customer=None if bounds.per_customer is None else bounds.per_customer - mine,
            budget_minor=None if bounds.budget is None else 500 - minor,
        )
        uses = await till.uses.promotion_uses(till.clerk, promotion.id)
        assert uses.held == sum(line.state == "held" for line in lines)
        assert uses.confirmed == sum(line.state in ("confirmed", "kept") for line in lines)
        assert minor == sum(sums.minor for sums in uses.sums.values())
