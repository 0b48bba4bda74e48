"""How tax rules are handed in."""

from __future__ import annotations

import strawberry

from modules.kernel.graph import REASON, DateTime, Decimal, Info, Outcome, Problem, field
from modules.pricing.engine.tax import TaxRuleAmbiguous as Ambiguous
from modules.pricing.model import taxes as model
from modules.pricing.model.taxes import TaxKind
from modules.pricing.service.taxes import TaxService

strawberry.enum(TaxKind, description="What sort of rate it is.")


@strawberry.input(
    description="The rate of a tax class in a country, or in a region of it, whose rules stand before the country's. "
    "Without `id` it is known by country, region, class and `validFrom`."
)
class TaxRuleInput:
    country: str = strawberry.field(description="ISO 3166, two letters.")
    tax_class: str = strawberry.field(description="As products name it.")
    rate: Decimal = strawberry.field(description='0 to 1: "0.19".')
    kind: TaxKind = strawberry.field(default=TaxKind.STANDARD, description="What sort of rate it is.")
    valid_from: DateTime | None = strawberry.field(
        default=None, description="The first moment it holds; null: it always has."
    )
    valid_until: DateTime | None = strawberry.field(default=None, description="The first moment it holds no more.")
    region: str | None = strawberry.field(
        default=None, description='ISO 3166-2, such as "PT-20"; null: the whole country.'
    )
    id: strawberry.ID | None = strawberry.field(
        default=None, description="Of the rule, 1 to 64 of letters, digits, `.`, `_` and `-`."
    )


@strawberry.input(description="At most 1,000 tax rules; two that hold at the same time are refused.")
class UpsertTaxRulesInput:
    reason: str = strawberry.field(description=REASON)
    tax_rules: list[TaxRuleInput] = strawberry.field(description="At most 1,000, each rule once.")


@strawberry.type(description="What became of the rules.")
class UpsertTaxRulesPayload(Outcome):
    pass


@strawberry.federation.type(shareable=True, description="Two tax rules would hold at the same time.")
class TaxRuleAmbiguous(Problem):
    rule: strawberry.ID = strawberry.field(description="The other rule.")


async def _upsert_tax_rules(info: Info, input: UpsertTaxRulesInput) -> UpsertTaxRulesPayload:
    service = info.context.use(TaxService)
    rules = [model.TaxRuleInput(**vars(rule)) for rule in input.tax_rules]
    done = await service.upsert_tax_rules(info.context.viewer, rules, input.reason)
    return UpsertTaxRulesPayload.of(info, done)


def ambiguous(error: Ambiguous) -> TaxRuleAmbiguous:
    return TaxRuleAmbiguous(
        code=error.code, message=error.message, path=list(error.path), rule=strawberry.ID(error.rule)
    )


@strawberry.type
class TaxMutation:
    upsert_tax_rules: UpsertTaxRulesPayload = field(
        _upsert_tax_rules, description="Replaces tax rules or adds them; needs the scope prices:write."
    )
