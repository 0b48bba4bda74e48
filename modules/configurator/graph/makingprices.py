"""What a configuration costs its buyer, line by line; and other prices that are tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self

import strawberry

from modules.configurator.engine.labels import label
from modules.configurator.model import breakdowns
from modules.configurator.model.breakdowns import Override, PriceKind
from modules.configurator.model.contents import Content
from modules.configurator.service.making import Priced
from modules.kernel import money
from modules.kernel.errors import InvalidInput
from modules.kernel.graph import Decimal, Money, Problem
from modules.kernel.outcome import LONGEST_REASON

MOST_OVERRIDES = 500
strawberry.enum(
    PriceKind,
    name="ConfigurationPriceKind",
    description="BASE: the product's own list price. OPTION and CHARACTERISTIC: of a value. INCLUDED: a component of a "
    "package, which is priced itself. SURCHARGE: of a rule.",
)


@strawberry.input(description="Another price for a characteristic's value, where its entry allows that.")
class PriceOverrideInput:
    characteristic: strawberry.ID = strawberry.field(description="Whose.")
    amount: Decimal = strawberry.field(description="Of one unit, in the viewer's currency.")
    reason: str = strawberry.field(default="", description="For the audit log, up to 500 characters.")


Overrides = Annotated[
    list[PriceOverrideInput] | None,
    strawberry.argument(description="Other prices to try, as handOverConfiguration takes them; for prices:write."),
]


def read_overrides(given: Sequence[PriceOverrideInput], currency: str) -> list[Override]:
    """In the module's words. Raises InvalidInput."""
    if len(given) > MOST_OVERRIDES:
        raise InvalidInput(f"{len(given)} are too many.", ("input", "overrides"), f"at most {MOST_OVERRIDES}")
    return [_override(one, currency) for one in given]


def _override(one: PriceOverrideInput, currency: str) -> Override:
    if len(one.reason) > LONGEST_REASON:
        raise InvalidInput("This is too long.", ("input", "overrides", "reason"), f"up to {LONGEST_REASON} characters")
    try:
        return Override(str(one.characteristic), money.Money.parse(one.amount, currency).minor, one.reason)
    except ValueError as error:
        raise InvalidInput(str(error), ("input", "overrides"), "the currency's decimals") from None


@strawberry.type(description="One line of a price, for one unit; the lines add up.")
class ConfigurationPriceLine:
    kind: PriceKind = strawberry.field(description="What it comes from.")
    label: str = strawberry.field(description="For people, in the viewer's language.")
    amount: Money = strawberry.field(description="What it adds.")
    characteristic: strawberry.ID | None = strawberry.field(description="Whose value it is.")
    package: strawberry.ID | None = strawberry.field(description="Which package includes it.")
    rule: strawberry.ID | None = strawberry.field(description="Id of the price entry or rule behind it.")

    @classmethod
    def of(cls, one: breakdowns.Contribution, currency: str, content: Content, locale: str) -> Self:
        """From the model's."""
        return cls(
            kind=one.kind,
            label=label(one, content, locale),
            amount=Money.of(money.Money(one.minor, currency)),
            characteristic=strawberry.ID(one.characteristic) if one.characteristic else None,
            package=strawberry.ID(one.package) if one.package else None,
            rule=strawberry.ID(one.entry) if one.entry else None,
        )


@strawberry.type(description="The price of one unit before promotions, and how it came about.")
class ConfigurationPrice:
    amount: Money | None = strawberry.field(description="The sum of the lines; null when it cannot be said.")
    is_net: bool | None = strawberry.field(description="Whether amounts are without tax.")
    lines: list[ConfigurationPriceLine] = strawberry.field(description="The base first.")
    problems: list[Problem] = strawberry.field(description="Why there is no price.")

    @classmethod
    def of(cls, found: Priced, content: Content, locale: str) -> Self:
        """In the viewer's language."""
        breakdown = found.breakdown
        lines = [ConfigurationPriceLine.of(one, breakdown.currency, content, locale) for one in breakdown.contributions]
        amount = Money.of(money.Money(breakdown.minor, breakdown.currency))
        return cls(amount=amount, is_net=found.is_net, lines=lines, problems=[])
