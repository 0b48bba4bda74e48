"""Customers and segments as the graph shows them."""

from __future__ import annotations

import strawberry

from modules.customers import model
from modules.customers.engine import documents
from modules.kernel.graph import JSON, DateTime, Decimal, PageInfo, instant


@strawberry.type(description="What trade rules know of a customer by name: one of the four values is not null.")
class CustomerAttribute:
    name: str = strawberry.field(description="As it was handed in.")
    text: str | None = strawberry.field(default=None, description="A text.")
    number: Decimal | None = strawberry.field(default=None, description="A decimal string.")
    flag: bool | None = strawberry.field(default=None, description="Yes or no.")
    moment: DateTime | None = strawberry.field(default=None, description="An instant.")

    @classmethod
    def of(cls, name: str, value: model.Value) -> CustomerAttribute:
        """From the model's value."""
        if value.kind is model.Kind.MOMENT:
            return cls(name=name, moment=instant(int(value.held)))
        return cls(name=name, **documents.value_document(value))


@strawberry.type(description="A tax number, and what a validation said of it.")
class CustomerVatId:
    number: str = strawberry.field(description="With the country's two letters.")
    valid: bool = strawberry.field(description="Whether the last validation found it.")
    validated_at: DateTime | None = strawberry.field(description="When that was; null: never, it counts for nothing.")


@strawberry.type(description="What trade rules may know of a buyer: no name, no address, no e-mail.")
class Customer:
    id: strawberry.ID = strawberry.field(description="The shop's own, opaque: send it as Cogwerk-Customer.")
    groups: list[str] = strawberry.field(description="In alphabetical order.")
    segments: list[str] = strawberry.field(description="Those assigned.")
    current_segments: list[str] = strawberry.field(description="Those assigned and those whose rule it meets now.")
    contracts: list[str] = strawberry.field(description="In alphabetical order.")
    attributes: list[CustomerAttribute] = strawberry.field(description="By name.")
    orders: int = strawberry.field(description="Placed so far.")
    is_business: bool = strawberry.field(description="Whether it buys as a business.")
    vat_id: CustomerVatId | None = strawberry.field(description="Its tax number.")

    @classmethod
    def of(cls, customer: model.Customer, current: list[str]) -> Customer:
        """From the model's value and the segments of the moment."""
        vat = customer.vat_id
        at = instant(vat.validated_us) if vat else None
        return cls(
            id=strawberry.ID(customer.id),
            groups=list(customer.groups),
            segments=list(customer.segments),
            current_segments=current,
            contracts=list(customer.contracts),
            attributes=[CustomerAttribute.of(name, value) for name, value in customer.attributes],
            orders=customer.orders,
            is_business=customer.is_business,
            vat_id=CustomerVatId(number=vat.number, valid=vat.valid, validated_at=at) if vat else None,
        )


@strawberry.type(description="Customers who are alike in something.")
class Segment:
    id: strawberry.ID = strawberry.field(description="As price rows and promotions name it.")
    name: str = strawberry.field(description="For people.")
    rule: JSON | None = strawberry.field(description="As it was handed in; null: assigned only.")

    @classmethod
    def of(cls, segment: model.Segment) -> Segment:
        """From the model's value."""
        rule = None if segment.rule is None else JSON(documents.rule_document(segment.rule))
        return cls(id=strawberry.ID(segment.id), name=segment.name, rule=rule)


@strawberry.type(description="A customer on its page.")
class CustomerEdge:
    cursor: str = strawberry.field(description="Give it as `after` to go on behind this customer.")
    node: Customer = strawberry.field(description="The customer.")


@strawberry.type(description="A page of customers.")
class CustomerConnection:
    edges: list[CustomerEdge] = strawberry.field(description="By id.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
