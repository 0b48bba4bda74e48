"""What became of promotions, as a quote shows it."""

from __future__ import annotations

from typing import Self

import strawberry

from modules.kernel import basket
from modules.kernel.basket import PromotionResult
from modules.kernel.graph import Money

strawberry.enum(PromotionResult, description="What became of a promotion that was considered.")


@strawberry.type(description="The exact version of a rule, as an auditor can look it up.")
class RuleReference:
    id: strawberry.ID = strawberry.field(description="Of the rule.")
    version: int = strawberry.field(description="Rises when the rule is changed.")

    @classmethod
    def of(cls, rule: tuple[str, int]) -> Self:
        """From the kernel's pair."""
        return cls(id=strawberry.ID(rule[0]), version=rule[1])


@strawberry.type(description='What a promotion still lacks: "required 100.00, actual 87.50, missing 12.50".')
class MissingForPromotion:
    kind: str = strawberry.field(description="amount, quantity, sku, segment, time or code.")
    required: str = strawberry.field(description="A decimal string for amounts and quantities, a moment for times.")
    actual: str = strawberry.field(description="What there is of it.")
    missing: str = strawberry.field(description="The difference.")
    basis: str = strawberry.field(
        description="What is measured: a currency for amounts, the name of the goods for quantities, otherwise empty."
    )
    text: str = strawberry.field(description="The same for people, in the viewer's language.")


@strawberry.type(description="A line's part of a promotion's discount.")
class PromotionShare:
    line_id: strawberry.ID | None = strawberry.field(
        description="Null for a gift that stands only in the quote, and for delivery."
    )
    amount: Money = strawberry.field(description="Not below 0.")


@strawberry.type(description="Units of a line that a promotion used up, so that no other may use them in this way.")
class ConsumedUnits:
    line_id: strawberry.ID = strawberry.field(description="The line.")
    units: int = strawberry.field(description="Whole units; a line sold by measure is one.")


@strawberry.type(description="What became of one promotion, and why.")
class PromotionOutcome:
    promotion: RuleReference = strawberry.field(description="The promotion in its version.")
    label: str = strawberry.field(description="Its name, in the viewer's language.")
    outcome: PromotionResult = strawberry.field(description="Whether it applied, and why not.")
    phase: str = strawberry.field(description="When it is judged: article, items, order, shipping or gifts.")
    amount: Money = strawberry.field(description="The discount granted, not below 0, in the quote's tax mode.")
    lines: list[PromotionShare] = strawberry.field(description="How the discount is spread; sums to `amount`.")
    units: list[ConsumedUnits] = strawberry.field(description="What it used up.")
    because: list[str] = strawberry.field(description='Stable words for programs: "exclusive:spring-sale".')
    missing: list[MissingForPromotion] = strawberry.field(description="What it takes to earn it.")

    @classmethod
    def of(cls, found: basket.PromotionOutcome) -> Self:
        """From the kernel's value."""
        return cls(
            promotion=RuleReference.of(found.promotion),
            label=found.label,
            outcome=found.outcome,
            phase=found.phase,
            amount=Money.of(found.amount),
            lines=[_share(share) for share in found.lines],
            units=[ConsumedUnits(line_id=strawberry.ID(used.line), units=used.units) for used in found.units],
            because=list(found.because),
            missing=[_missing(lack) for lack in found.missing],
        )


def _share(share: basket.Share) -> PromotionShare:
    return PromotionShare(line_id=strawberry.ID(share.line) if share.line else None, amount=Money.of(share.amount))


def _missing(lack: basket.Missing) -> MissingForPromotion:
    return MissingForPromotion(
        kind=lack.kind,
        required=lack.required,
        actual=lack.actual,
        missing=lack.missing,
        basis=lack.basis,
        text=lack.text,
    )
