"""Uses of promotions: held when checkout begins, confirmed with the order, given back when it is cancelled."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from modules.kernel.coalescer import Coalescer
from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.intake import check_text
from modules.kernel.names import PromotionId
from modules.kernel.outcome import LONGEST_KEY
from modules.kernel.viewer import Permission, Viewer
from modules.pricing.engine.case import Room
from modules.pricing.engine.uses import read_attempt, room
from modules.pricing.model.promotions import Limits
from modules.pricing.model.uses import Call, Confirm, Decision, Hold, HoldInput, Redemption, Revert, Sums
from modules.pricing.store.uses import UseStore

SWEEP_SECONDS: Final = 1
SWEPT: Final = 100
"""Promotions whose due holds are noted, and attempts that are forgotten, in one transaction."""


@dataclass(frozen=True, slots=True)
class PromotionUses:
    """What is used of a promotion now, by currency."""

    promotion: PromotionId
    sums: Mapping[str, Sums]

    @property
    def held(self) -> int:
        """Uses that checkouts hold."""
        return sum(one.held for one in self.sums.values())

    @property
    def confirmed(self) -> int:
        """Uses of orders."""
        return sum(one.confirmed for one in self.sums.values())


class UseService:
    """One per process. Calls that arrive while a transaction runs are decided together in the next one (R-2).

    `secret` hides e-mail addresses: whoever reads the tables cannot tell them (C-4).
    """

    def __init__(self, store: UseStore, secret: bytes) -> None:
        self._store = store
        self._secret = secret
        self._desk: Coalescer[Call, Decision] = Coalescer(store.decide)

    async def hold(self, viewer: Viewer, given: HoldInput) -> Decision:
        """Holds a use of each promotion for an attempt at an order, or of none (C-3). Needs REDEMPTIONS_WRITE.

        Total uses, uses of the code and of the customer, and the budget are checked and counted in one step, in which
        holds that have run out count no more. A budget grants all or nothing, or what it has left, as the market of
        the viewer's channel has it (C-6): what the decision says was granted is what the order may take off.
        The same attempt again is answered with what has become of it, counts nothing, and is an IdempotencyConflict
        with other input; an attempt that was refused has left nothing and may be tried again.
        """
        viewer.require_here(Permission.REDEMPTIONS_WRITE)
        try:
            attempt = read_attempt(given, self._seal)
        except InvalidInput as problem:
            return Decision(None, (problem,))
        return await self._ask(Hold(viewer.principal.id, attempt, viewer.channel.market.policies.budget))

    async def confirm(self, viewer: Viewer, attempt: str, order: str) -> Decision:
        """Makes the uses of an attempt those of an order. Needs REDEMPTIONS_WRITE.

        Uses whose hold has run out are held anew where there is room for all of them, otherwise nothing is confirmed
        and the problems say why. The same order again changes nothing; another one, or one that another attempt has
        already, is an IdempotencyConflict (C-3), what was given back an InvalidTransition.
        """
        viewer.require_here(Permission.REDEMPTIONS_WRITE)
        problem = _refuse(attempt=attempt, order=order)
        return Decision(None, (problem,)) if problem else await self._ask(Confirm(viewer.principal.id, attempt, order))

    async def revert(self, viewer: Viewer, attempt: str) -> Decision:
        """Gives the uses of an attempt back; those of an order stay where the promotion says so (C-5).

        Needs REDEMPTIONS_WRITE. Again: changes nothing.
        """
        viewer.require_here(Permission.REDEMPTIONS_WRITE)
        problem = _refuse(attempt=attempt)
        returns = viewer.channel.market.policies.cancel_returns_use
        return Decision(None, (problem,)) if problem else await self._ask(Revert(viewer.principal.id, attempt, returns))

    async def redemption(self, viewer: Viewer, attempt: str) -> Redemption | None:
        """What is stored of an attempt: a hold may have run out since. Needs REDEMPTIONS_WRITE."""
        viewer.require_here(Permission.REDEMPTIONS_WRITE)
        return (await self._store.redemptions([attempt])).get(attempt)

    async def rooms(
        self, limits: Mapping[PromotionId, Limits], viewer: Viewer, currency: str, own: str = ""
    ) -> dict[PromotionId, Room]:
        """What is left of the limits of these promotions for the viewer's customer, now; one statement.

        Holds that have run out do not count, nor do those of `own`, the asker's cart or attempt. It is advice: `hold`
        decides. None is left of a budget that names no amount in this currency.
        """
        if not limits:
            return {}
        customer = viewer.customer.id if viewer.customer else None
        tallies = await self._store.tallies(list(limits), currency, customer, own)
        return {id: room(limits[id], tallies[id], currency) for id in limits}

    async def promotion_uses(self, viewer: Viewer, promotion: PromotionId) -> PromotionUses:
        """What is used of a promotion now. Needs PROMOTIONS_READ."""
        viewer.require_here(Permission.PROMOTIONS_READ)
        return PromotionUses(promotion, await self._store.totals(promotion))

    async def expire(self) -> None:
        """Notes the end of all holds that have run out, so that others hear of it. Nobody waits for it (R-3)."""
        while await self._store.expire(SWEPT) == SWEPT:
            pass

    async def sweep(self) -> None:
        """Expires once a second, until it is cancelled."""
        while True:
            await self.expire()
            await asyncio.sleep(SWEEP_SECONDS)

    async def retire(self, age: timedelta) -> None:
        """Forgets attempts of so long ago that no limit needs any more, some at a time. Until then an attempt that
        comes again is answered with what has become of it, and its order can be given back."""
        while await self._store.retire(age // timedelta(microseconds=1), SWEPT) == SWEPT:
            pass

    async def _ask(self, call: Call) -> Decision:
        try:
            return await self._desk.ask(call)
        except Refused as problem:
            return Decision(None, (problem,))

    def _seal(self, email: str) -> str:
        return hmac.new(self._secret, b"email\0" + email.encode(), hashlib.sha256).hexdigest()


def _refuse(**names: str) -> Refused | None:
    """Why a call by such names is none."""
    try:
        for name, value in names.items():
            check_text(value, LONGEST_KEY, ("input", name))
    except InvalidInput as problem:
        return problem
    return None
