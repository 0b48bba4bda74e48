"""Promotions with limits, and a till with a clock of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modules.kernel.moments import to_us
from modules.kernel.names import PromotionId
from modules.kernel.policies import BudgetPolicy, Policies
from modules.kernel.viewer import OPERATOR, Viewer
from modules.pricing.engine.actions import FreeShipping
from modules.pricing.model.codes import CodeInput
from modules.pricing.model.promotions import Amounts, Limits, Promotion, Trigger
from modules.pricing.model.uses import Decision, HoldInput, WishInput
from modules.pricing.service.codes import CodeService
from modules.pricing.service.uses import UseService
from modules.pricing.store.codes import CodeStore
from modules.pricing.store.promotions import PromotionStore
from modules.pricing.store.uses import UseStore
from modules.runtime.database import Database
from tests.builders import NOW, a_channel, a_market, a_viewer
from tests.pricing.builders import a_promotion

MINUTE_US = 60_000_000
SECRET = b"a secret of the tests"


def a_limited(
    id: str = "sale",
    *,
    total: int | None = None,
    per_customer: int | None = None,
    budget: tuple[tuple[str, int], ...] | None = None,
    trigger: Trigger = Trigger.AUTOMATIC,
    **given: Any,
) -> Promotion:
    """An active promotion; a budget is in minor units."""
    limits = Limits(total, per_customer, None if budget is None else Amounts(budget))
    return a_promotion(FreeShipping(), id=id, limits=limits, trigger=trigger, **given)


async def save_promotions(database: Database, *promotions: Promotion) -> None:
    """Into the tables, as their authors do."""
    async with PromotionStore(database).writing() as writing:
        await writing.save("upsert_promotion", promotions, {}, "test", "test")


def a_hold(attempt: str = "a", *uses: WishInput | str, **given: Any) -> HoldInput:
    """Fifteen minutes for uses of 1.00 EUR; a string names a promotion, none at all means `sale`."""
    wishes = [use if isinstance(use, WishInput) else WishInput(use, "1.00") for use in uses or ("sale",)]
    return HoldInput(**{"currency": "EUR", **given}, attempt=attempt, uses=wishes)


def a_clerk(budget: BudgetPolicy = BudgetPolicy.WHOLE, **policies: Any) -> Viewer:
    """May all, in a market with these policies."""
    market = a_market(policies=Policies(budget=budget, **policies))
    return a_viewer(OPERATOR, channel=a_channel(market=market))


class Till:
    """The services over a database, with promotions that can be changed and a clock that stands until it is moved."""

    def __init__(self, database: Database, *promotions: Promotion, most_tries: int = 20) -> None:
        self.held = {promotion.id: promotion for promotion in promotions}
        self.now_us = to_us(NOW)
        self.store = UseStore(database, self.read, lambda: self.now_us)
        self.uses = UseService(self.store, SECRET)
        self.codes = CodeService(CodeStore(database, lambda: self.now_us), self, SECRET, most_tries)
        self.clerk = a_clerk()

    async def hold(self, given: HoldInput | str, clerk: Viewer | None = None) -> Decision:
        """As the clerk; a string is an attempt at one use of `sale`."""
        return await self.uses.hold(clerk or self.clerk, a_hold(given) if isinstance(given, str) else given)

    async def confirm(self, attempt: str, order: str = "") -> Decision:
        """Under the order `o-<attempt>` unless told otherwise."""
        return await self.uses.confirm(self.clerk, attempt, order or f"o-{attempt}")

    async def revert(self, attempt: str, clerk: Viewer | None = None) -> Decision:
        """As the clerk."""
        return await self.uses.revert(clerk or self.clerk, attempt)

    async def name_codes(self, *codes: str, promotion: str = "sale", **given: Any) -> None:
        """Codes of a promotion."""
        inputs = [CodeInput(**given, code=code, promotion=promotion) for code in codes]
        assert (await self.codes.upsert_codes(self.clerk, inputs, "test")).problems == ()

    async def promotions(self, ids: Sequence[PromotionId]) -> dict[PromotionId, Promotion]:
        """Those that are held here."""
        return {id: self.held[id] for id in ids if id in self.held}

    async def read(self, _: object, ids: Sequence[PromotionId]) -> dict[PromotionId, Promotion]:
        """As the deciding transaction reads them."""
        return await self.promotions(ids)


def states(decision: Decision) -> list[str]:
    """What has become of the uses, by promotion."""
    assert decision.problems == ()
    assert decision.redemption is not None
    return [use.state.value for use in decision.redemption.uses]


def codes_of(decision: Decision) -> list[str]:
    """Why a call was refused."""
    return [problem.code for problem in decision.problems]
