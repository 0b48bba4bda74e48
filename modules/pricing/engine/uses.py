"""Uses: what is left of a promotion's limits, and whether a wish may be granted."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from modules.kernel.errors import Refused
from modules.kernel.intake import CURRENCIES, check, check_text, parsed
from modules.kernel.moments import contains
from modules.kernel.money import Money, is_currency
from modules.kernel.names import PromotionId, is_text
from modules.kernel.outcome import LONGEST_KEY, Path
from modules.kernel.policies import BudgetPolicy
from modules.pricing.engine.case import CodeResult, Room
from modules.pricing.engine.codes import CODES, Found, judge, normalise
from modules.pricing.model.promotions import Limits, Promotion, PromotionState, Trigger
from modules.pricing.model.uses import (
    Attempt,
    HoldInput,
    Identity,
    Reason,
    Tally,
    UseRefused,
    Wish,
    WishInput,
)

MOST_USES: Final = 100
"""Promotions one order can use."""
MOST_TTL_SECONDS: Final = 24 * 60 * 60
LONGEST_EMAIL: Final = 320

_OF_CODE: Final = {
    CodeResult.EXPIRED: Reason.CODE_EXPIRED,
    CodeResult.NOT_STARTED: Reason.CODE_NOT_STARTED,
    CodeResult.LIMIT_REACHED: Reason.CODE_LIMIT_REACHED,
}


def email_form(text: str) -> str:
    """An e-mail address in the form that is hashed: NFKC, trimmed, case folded (C-4)."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def read_attempt(given: HoldInput, seal: Callable[[str], str]) -> Attempt:
    """The attempt that was meant, its e-mail address sealed; raises InvalidInput."""
    path: Path = ("input",)
    check_text(given.attempt, LONGEST_KEY, (*path, "attempt"))
    check(is_currency(given.currency), given.currency, (*path, "currency"), CURRENCIES)
    for name, value in (("customer", given.customer), ("cart", given.cart)):
        if value is not None:
            check_text(value, LONGEST_KEY, (*path, name))
    ttl = given.ttl_seconds
    check(1 <= ttl <= MOST_TTL_SECONDS, ttl, (*path, "ttlSeconds"), f"1 to {MOST_TTL_SECONDS} seconds")
    return Attempt(
        id=given.attempt,
        currency=given.currency,
        wishes=_wishes(given, (*path, "uses")),
        who=Identity(given.customer, None if given.email is None else seal(_email(given.email, path))),
        cart=given.cart,
        ttl_us=ttl * 1_000_000,
    )


def _email(text: str, path: Path) -> str:
    good = "@" in text and is_text(text.strip(), LONGEST_EMAIL)
    # The address is not repeated: what refuses it may be logged.
    check(good, "This", (*path, "email"), f"an e-mail address of at most {LONGEST_EMAIL} characters")
    return email_form(text)


def _wishes(given: HoldInput, path: Path) -> tuple[Wish, ...]:
    count = len(given.uses)
    check(1 <= count <= MOST_USES, f"{count} entries", path, f"1 to {MOST_USES} entries")
    found: dict[PromotionId, Wish] = {}
    for index, wish in enumerate(given.uses):
        read = _wish(wish, given.currency, (*path, index))
        check(read.promotion not in found, wish.promotion, (*path, index, "promotion"), "each promotion once")
        found[read.promotion] = read
    return tuple(found[promotion] for promotion in sorted(found))


def _wish(given: WishInput, currency: str, path: Path) -> Wish:
    check_text(given.promotion, LONGEST_KEY, (*path, "promotion"))
    allowed = f"a decimal string in {currency}, not below 0"
    minor = parsed(lambda: Money.parse(given.amount, currency), (*path, "amount"), allowed).minor
    check(minor >= 0, given.amount, (*path, "amount"), allowed)
    code = normalise(given.code or "")
    check(bool(code) or not given.code, "This", (*path, "code"), CODES)
    return Wish(PromotionId(given.promotion), minor, code)


def room(limits: Limits, tally: Tally, currency: str) -> Room:
    """What is left, never below 0. A budget that names no amount in this currency leaves nothing in it: it is never
    converted (P-7)."""
    budget = None if limits.budget is None else limits.budget.of(currency) or 0
    return Room(
        total=_left(limits.total, tally.uses),
        customer=_left(limits.per_customer, tally.customer),
        budget_minor=_left(budget, tally.minor),
    )


def _left(bound: int | None, used: int) -> int | None:
    return None if bound is None else max(0, bound - used)


@dataclass(frozen=True, slots=True)
class Standing:
    """All that decides on wishes, as it is under the locks of their promotions, with no hold among it that is due."""

    now_us: int
    promotions: Mapping[PromotionId, Promotion]
    tallies: Mapping[PromotionId, Tally]
    codes: Mapping[str, Found] = field(default_factory=dict)


def grant(
    wishes: Sequence[Wish], who: Identity, currency: str, policy: BudgetPolicy, standing: Standing
) -> tuple[dict[PromotionId, int], list[Refused]]:
    """Minor units granted per promotion, and why others cannot be used: one refusal is one too many (C-3)."""
    granted: dict[PromotionId, int] = {}
    refused: list[Refused] = []
    for wish in wishes:
        try:
            granted[wish.promotion] = _grant(wish, who, currency, policy, standing)
        except UseRefused as problem:
            refused.append(problem)
    return granted, refused


def _grant(wish: Wish, who: Identity, currency: str, policy: BudgetPolicy, standing: Standing) -> int:
    promotion = standing.promotions.get(wish.promotion)
    if promotion is None:
        raise _refusal(Reason.PROMOTION_UNKNOWN, wish)
    _check_code(wish, promotion, standing)
    if promotion.state is not PromotionState.ACTIVE or not contains(
        promotion.valid_from_us, promotion.valid_until_us, standing.now_us
    ):
        raise _refusal(Reason.PROMOTION_NOT_ACTIVE, wish)
    left = room(promotion.limits, standing.tallies.get(wish.promotion, Tally()), currency)
    if left.total == 0:
        raise _refusal(Reason.CODE_LIMIT_REACHED if wish.code else Reason.LIMIT_REACHED, wish)
    if left.customer is not None and not who.known:
        raise _refusal(Reason.CUSTOMER_UNKNOWN, wish)
    if left.customer == 0:
        raise _refusal(Reason.CODE_CUSTOMER_LIMIT_REACHED if wish.code else Reason.CUSTOMER_LIMIT_REACHED, wish)
    return _within(wish, left.budget_minor, currency, policy)


def _check_code(wish: Wish, promotion: Promotion, standing: Standing) -> None:
    if not wish.code:
        if promotion.trigger is Trigger.CODE:
            raise _refusal(Reason.CODE_MISSING, wish)
        return
    found = standing.codes.get(wish.code)
    if found is None or found.code.promotion != wish.promotion:
        raise _refusal(Reason.CODE_UNKNOWN, wish)
    reason = _OF_CODE.get(judge(found, standing.now_us))
    if reason is not None:
        raise _refusal(reason, wish)


def _within(wish: Wish, left_minor: int | None, currency: str, policy: BudgetPolicy) -> int:
    """All of it, or by the market's policy what is left of the budget (C-6)."""
    if left_minor is None or wish.minor <= left_minor:
        return wish.minor
    if policy is BudgetPolicy.WHOLE or not left_minor:
        left = Money(left_minor, currency)
        raise UseRefused(Reason.BUDGET_EXHAUSTED, wish.promotion, ("input", "uses"), left)
    return left_minor


def _refusal(reason: Reason, wish: Wish) -> UseRefused:
    return UseRefused(reason, wish.promotion, ("input", "uses"))
