"""What became of the codes that were entered (C-2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from modules.kernel.basket import Missing, Notice, PromotionOutcome
from modules.kernel.names import PromotionId
from modules.pricing.engine.case import CodeClaim, CodeResult

_SAID: Final = {
    CodeResult.UNKNOWN: "The code {!r} is not known here.",
    CodeResult.EXPIRED: "The code {!r} is not valid any more.",
    CodeResult.NOT_STARTED: "The code {!r} is not valid yet.",
    CodeResult.LIMIT_REACHED: "The code {!r} has been used as often as it may.",
    CodeResult.CUSTOMER_LIMIT_REACHED: "You have used the code {!r} as often as you may.",
    CodeResult.NOT_COMBINABLE: "The code {!r} cannot be combined with the other promotions of this cart.",
    CodeResult.CONDITIONS_NOT_MET: "The cart does not meet the conditions of the code {!r} yet.",
    CodeResult.TOO_MANY_TRIES: "Too many codes were tried; {!r} can be tried again later.",
}


def code_notices(claims: Sequence[CodeClaim], outcomes: Sequence[PromotionOutcome]) -> list[Notice]:
    """One for each code that has no effect: it stays in the cart, and the notice says what is missing."""
    if not any(_said(claim) for claim in claims):
        return []
    missing = {outcome.promotion[0]: outcome.missing for outcome in outcomes}
    return [_notice(claim, missing.get(claim.promotion or PromotionId(""), ())) for claim in claims if _said(claim)]


def _said(claim: CodeClaim) -> bool:
    return claim.result is not CodeResult.ACCEPTED


def _notice(claim: CodeClaim, missing: Sequence[Missing]) -> Notice:
    data: dict[str, object] = {"code": claim.typed}
    if claim.result is CodeResult.CONDITIONS_NOT_MET:
        data["missing"] = [
            {"kind": lack.kind, "required": lack.required, "actual": lack.actual, "missing": lack.missing}
            | {"basis": lack.basis, "text": lack.text}
            for lack in missing
        ]
    return Notice(claim.result.value, _SAID[claim.result].format(claim.typed), data=data)
