"""Redeeming: what becomes of uses, call by call, on books that nobody else can write meanwhile (C-3, R-2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from modules.kernel.errors import IdempotencyConflict, Refused
from modules.kernel.names import PromotionId
from modules.kernel.policies import BudgetPolicy
from modules.pricing.engine.codes import Found
from modules.pricing.engine.uses import Standing, grant
from modules.pricing.model.codes import Code
from modules.pricing.model.promotions import Promotion
from modules.pricing.model.uses import (
    Attempt,
    Call,
    Confirm,
    Decision,
    Hold,
    Identity,
    InvalidTransition,
    Redemption,
    Revert,
    Sums,
    Tally,
    UnknownAttempt,
    Use,
    UseState,
    Wish,
)

SYSTEM: Final = "system"
"""By whom holds expire, for the audit log."""

_PATH: Final = ("input", "attempt")
_OVER: Final = (UseState.RETURNED, UseState.KEPT)


@dataclass(frozen=True, slots=True)
class Move:
    """A use before and after, and by whom; None before: it is new."""

    by: str
    before: Use | None
    after: Use


@dataclass(slots=True)
class Books:
    """All that decides, as it was read under the locks of the promotions, and every move made since.

    `sums` are by currency. `counted` are the uses that count per customer, by attempt, of the customers asked about.
    """

    now_us: int
    promotions: Mapping[PromotionId, Promotion]
    sums: dict[PromotionId, dict[str, Sums]] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    counted: dict[PromotionId, dict[str, Identity]] = field(default_factory=dict)
    redemptions: dict[str, Redemption] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    """The attempts of the orders asked about."""
    begun: list[str] = field(default_factory=list)
    """Attempts that were not known before."""
    moves: list[Move] = field(default_factory=list)

    def expire(self, due: Iterable[Use]) -> None:
        """Notes the end of holds that are due; comes before any decision (R-2, R-3)."""
        for use in due:
            self._move(SYSTEM, use, _in_state(use, UseState.EXPIRED))

    def decide(self, call: Call) -> Decision:
        """What becomes of a call. The same call again answers what has become of the attempt, and counts nothing."""
        if isinstance(call, Hold):
            return self._hold(call)
        held = self.redemptions.get(call.id)
        if held is None:
            return Decision(None, (UnknownAttempt(call.id, _PATH),))
        return self._confirm(call, held) if isinstance(call, Confirm) else self._revert(call, held)

    def _hold(self, call: Hold) -> Decision:
        attempt = call.attempt
        held = self.redemptions.get(attempt.id)
        body_hash = hashlib.sha256(attempt.body).hexdigest()
        if held is not None:
            same = held.body_hash == body_hash
            return Decision(held) if same else Decision(None, (IdempotencyConflict(attempt.id, _PATH),))
        granted, refused = self._grant(attempt.wishes, attempt.who, attempt.currency, call.policy)
        if refused:
            return Decision(None, tuple(refused))
        self.begun.append(attempt.id)
        self.redemptions[attempt.id] = _begun(attempt, body_hash)
        for wish in attempt.wishes:
            self._move(call.by, None, _held(attempt, wish, granted[wish.promotion], self.now_us))
        return Decision(self.redemptions[attempt.id])

    def _confirm(self, call: Confirm, held: Redemption) -> Decision:
        if held.order is not None and held.order != call.order:
            return Decision(None, (IdempotencyConflict(call.id, _PATH),))
        if self.orders.get(call.order, call.id) != call.id:
            # An order has its uses once, whatever attempt it came from (C-3).
            return Decision(None, (IdempotencyConflict(call.order, ("input", "order")),))
        if any(use.state in _OVER for use in held.uses):
            return Decision(held, (InvalidTransition(call.id, _PATH),))
        # What was granted then is what the order was priced with: less would not do.
        lapsed = [
            Wish(use.promotion, use.granted_minor, use.code) for use in held.uses if use.state is UseState.EXPIRED
        ]
        _, refused = self._grant(lapsed, held.who, held.currency, BudgetPolicy.WHOLE)
        if refused:
            return Decision(held, tuple(refused))
        self.redemptions[call.id] = replace(held, order=call.order)
        self.orders[call.order] = call.id
        for use in held.uses:
            if use.state is not UseState.CONFIRMED:
                self._move(call.by, use, replace(_in_state(use, UseState.CONFIRMED), order=call.order))
        return Decision(self.redemptions[call.id])

    def _revert(self, call: Revert, held: Redemption) -> Decision:
        for use in held.uses:
            if use.state not in _OVER:
                self._move(call.by, use, _in_state(use, self._given_back(use, call.returns)))
        return Decision(self.redemptions[call.id])

    def _given_back(self, use: Use, returns: bool) -> UseState:
        """A hold always; the use of an order as its promotion says, else as the market does (C-5)."""
        if use.state is not UseState.CONFIRMED:
            return UseState.RETURNED
        promotion = self.promotions.get(use.promotion)
        said = promotion.returns_use if promotion else None
        return UseState.RETURNED if (returns if said is None else said) else UseState.KEPT

    def _grant(
        self, wishes: Sequence[Wish], who: Identity, currency: str, policy: BudgetPolicy
    ) -> tuple[dict[PromotionId, int], list[Refused]]:
        codes = {wish.code: self.codes[wish.code] for wish in wishes if wish.code in self.codes}
        standing = Standing(
            self.now_us,
            self.promotions,
            tallies={wish.promotion: self._tally(wish.promotion, who, currency) for wish in wishes},
            codes={name: Found(code, code.held + code.confirmed) for name, code in codes.items()},
        )
        return grant(wishes, who, currency, policy, standing)

    def _tally(self, promotion: PromotionId, who: Identity, currency: str) -> Tally:
        sums = self.sums.get(promotion, {})
        return Tally(
            uses=sum(one.uses for one in sums.values()),
            minor=sums.get(currency, Sums()).minor,
            customer=sum(who.meets(other) for other in self.counted.get(promotion, {}).values()),
        )

    def _move(self, by: str, before: Use | None, after: Use) -> None:
        self.moves.append(Move(by, before, after))
        sums = self.sums.setdefault(after.promotion, {})
        code = self.codes.get(after.code)
        for use, times in ((before, -1), (after, 1)):
            if use is not None:
                sums[use.currency] = sums.get(use.currency, Sums()).plus(use, times)
                code = code and _counted(code, use, times)
        if code is not None:
            self.codes[code.code] = code
        self._note(after)

    def _note(self, use: Use) -> None:
        """The use as it is now, in its redemption and among those of its customer."""
        redemption = self.redemptions.get(use.attempt)
        if redemption is None:
            return
        uses = {other.promotion: other for other in redemption.uses} | {use.promotion: use}
        self.redemptions[use.attempt] = replace(redemption, uses=tuple(uses.values()))
        counted = self.counted.setdefault(use.promotion, {})
        counted.pop(use.attempt, None)
        if use.counts:
            counted[use.attempt] = redemption.who


def _begun(attempt: Attempt, body_hash: str) -> Redemption:
    return Redemption(
        attempt=attempt.id,
        currency=attempt.currency,
        who=attempt.who,
        cart=attempt.cart,
        order=None,
        body_hash=body_hash,
        uses=(),
    )


def _held(attempt: Attempt, wish: Wish, granted_minor: int, now_us: int) -> Use:
    return Use(
        attempt=attempt.id,
        promotion=wish.promotion,
        code=wish.code,
        currency=attempt.currency,
        wanted_minor=wish.minor,
        granted_minor=granted_minor,
        state=UseState.HELD,
        expires_us=now_us + attempt.ttl_us,
    )


def _in_state(use: Use, state: UseState) -> Use:
    return replace(use, state=state, version=use.version + 1)


def _counted(code: Code, use: Use, times: int) -> Code:
    sums = Sums(code.held, code.confirmed).plus(use, times)
    return replace(code, held=sums.held, confirmed=sums.confirmed)
