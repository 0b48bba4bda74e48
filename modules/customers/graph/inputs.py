"""What is handed in about customers and segments."""

from __future__ import annotations

from typing import Any

import strawberry

from modules.customers import model
from modules.kernel.graph import KEY, REASON, DateTime, Decimal
from modules.kernel.moments import format_moment

_NAME = "1 to 64 of letters, digits, `.`, `_` and `-`."


def _document(value: Any) -> Any:
    """An input as a document: what is absent is left out, and names are as the graph writes them."""
    if isinstance(value, list):
        return [_document(one) for one in value]
    if not hasattr(value, "__strawberry_definition__"):
        return format_moment(value) if hasattr(value, "tzinfo") else value
    fields = value.__strawberry_definition__.fields
    given = {field.graphql_name or field.python_name: getattr(value, field.python_name) for field in fields}
    return {name: _document(one) for name, one in given.items() if one is not strawberry.UNSET and one is not None}


@strawberry.input(one_of=True, description="Exactly one of these.")
class CustomerValueInput:
    text: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 200 characters, no e-mail address.")
    number: Decimal | None = strawberry.field(default=strawberry.UNSET, description="With at most 6 decimals.")
    flag: bool | None = strawberry.field(default=strawberry.UNSET, description="Yes or no.")
    moment: DateTime | None = strawberry.field(default=strawberry.UNSET, description="An instant.")


@strawberry.input(description="An attribute and a value.")
class EqualsInput:
    attribute: str = strawberry.field(description="Its name; `orders` and `isBusiness` are there by themselves.")
    value: CustomerValueInput = strawberry.field(description="What it must be.")


@strawberry.input(description="An attribute and some values.")
class OneOfInput:
    attribute: str = strawberry.field(description="Its name.")
    values: list[CustomerValueInput] = strawberry.field(description="1 to 100, one of which it must be.")


@strawberry.input(description="An attribute and a bound.")
class NumberBoundInput:
    attribute: str = strawberry.field(description="Its name.")
    number: Decimal = strawberry.field(description="The bound itself is allowed.")


@strawberry.input(description="An attribute and a moment.")
class MomentBoundInput:
    attribute: str = strawberry.field(description="Its name.")
    moment: DateTime = strawberry.field(description="`before`: earlier than this; `after`: this or later.")


@strawberry.input(description="An attribute and a number of days.")
class WithinDaysInput:
    attribute: str = strawberry.field(description="The name of one that holds a moment.")
    days: int = strawberry.field(description="The moment is past, by less than so many times 24 hours.")


@strawberry.input(one_of=True, description="Exactly one of these; at most 8 levels. A missing attribute meets no test.")
class SegmentRuleInput:
    all: list[SegmentRuleInput] | None = strawberry.field(default=strawberry.UNSET, description="Each of these.")
    any: list[SegmentRuleInput] | None = strawberry.field(default=strawberry.UNSET, description="One at least.")
    not_: SegmentRuleInput | None = strawberry.field(default=strawberry.UNSET, name="not", description="Not this.")
    equals: EqualsInput | None = strawberry.field(default=strawberry.UNSET, description="Has this value.")
    one_of: OneOfInput | None = strawberry.field(
        default=strawberry.UNSET, name="oneOf", description="Has one of these values."
    )
    at_least: NumberBoundInput | None = strawberry.field(
        default=strawberry.UNSET, name="atLeast", description="Is this number or more."
    )
    at_most: NumberBoundInput | None = strawberry.field(
        default=strawberry.UNSET, name="atMost", description="Is this number or less."
    )
    before: MomentBoundInput | None = strawberry.field(default=strawberry.UNSET, description="Is an earlier moment.")
    after: MomentBoundInput | None = strawberry.field(
        default=strawberry.UNSET, description="Is this moment or a later one."
    )
    within_days: WithinDaysInput | None = strawberry.field(
        default=strawberry.UNSET, name="withinDays", description="Was in the last so many days."
    )


@strawberry.input(description="An attribute.")
class CustomerAttributeInput:
    name: str = strawberry.field(description=f"{_NAME} Not `orders`, `isBusiness`, nor a name for an e-mail address.")
    value: CustomerValueInput = strawberry.field(description="What it holds.")


@strawberry.input(description="A tax number with what a validation said.")
class CustomerVatIdInput:
    number: str = strawberry.field(description="With the country's two letters, without blanks.")
    valid: bool = strawberry.field(default=False, description="Whether the validation found it.")
    validated_at: DateTime | None = strawberry.field(default=None, description="When; needed where it is valid.")


@strawberry.input(description="A customer, whole: what is absent gets its default. No personal data.")
class CustomerInput:
    id: strawberry.ID = strawberry.field(description=f"The shop's own, opaque. {_NAME}")
    groups: list[str] = strawberry.field(default_factory=list, description="At most 100.")
    segments: list[str] = strawberry.field(
        default_factory=list, description="Assigned by hand; of segments that exist."
    )
    contracts: list[str] = strawberry.field(default_factory=list, description="At most 100.")
    attributes: list[CustomerAttributeInput] = strawberry.field(default_factory=list, description="At most 50.")
    orders: int = strawberry.field(default=0, description="Placed so far.")
    is_business: bool = strawberry.field(default=False, description="Whether it buys as a business.")
    vat_id: CustomerVatIdInput | None = strawberry.field(default=None, description="Its tax number.")

    def given(self) -> model.CustomerInput:
        """As the service takes it."""
        vat = self.vat_id
        return model.CustomerInput(
            id=self.id,
            groups=self.groups,
            segments=self.segments,
            contracts=self.contracts,
            attributes=[(one.name, _document(one.value)) for one in self.attributes],
            orders=self.orders,
            is_business=self.is_business,
            vat_id=model.VatIdInput(number=vat.number, valid=vat.valid, validated_at=vat.validated_at) if vat else None,
        )


@strawberry.input(description="A segment, whole.")
class SegmentInput:
    id: strawberry.ID = strawberry.field(description=_NAME)
    name: str = strawberry.field(description="For people, 1 to 200 characters.")
    rule: SegmentRuleInput | None = strawberry.field(default=None, description="Null: assigned only.")

    def given(self) -> model.SegmentInput:
        """As the service takes it."""
        return model.SegmentInput(id=self.id, name=self.name, rule=None if self.rule is None else _document(self.rule))


@strawberry.input(description="At most 1,000 customers.")
class UpsertCustomersInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reason: str = strawberry.field(description=REASON)
    customers: list[CustomerInput] = strawberry.field(description="Each once.")


@strawberry.input(description="At most 1,000 segments.")
class UpsertSegmentsInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reason: str = strawberry.field(description=REASON)
    segments: list[SegmentInput] = strawberry.field(description="Each once.")
