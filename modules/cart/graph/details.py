"""What a cart knows besides goods, as the graph shows it."""

from __future__ import annotations

from typing import Self

import strawberry

from modules.kernel import basket
from modules.kernel.address import PostalAddress


@strawberry.type(description="An address as far as it is known.")
class Address:
    country: str = strawberry.field(description="ISO 3166.")
    name: str = strawberry.field(description="Empty while not known, as are the others.")
    company: str = strawberry.field(description="Or empty.")
    lines: list[str] = strawberry.field(description="Street, house number and the like.")
    postal_code: str = strawberry.field(description="Or empty.")
    city: str = strawberry.field(description="Or empty.")
    region: str = strawberry.field(description="ISO 3166-2, or empty.")
    phone: str = strawberry.field(description="Or empty.")

    @classmethod
    def of(cls, address: PostalAddress | None) -> Self | None:
        """From the kernel's value."""
        if address is None:
            return None
        return cls(
            country=address.country,
            name=address.name,
            company=address.company,
            lines=list(address.lines),
            postal_code=address.postal_code,
            city=address.city,
            region=address.region,
            phone=address.phone,
        )


@strawberry.type(description="Which gift of a promotion is wished.")
class GiftChoice:
    promotion: strawberry.ID = strawberry.field(description="As the quote names it.")
    sku: strawberry.ID = strawberry.field(description="One of its gifts; whether it is given is said by the quote.")

    @classmethod
    def of(cls, choice: basket.GiftChoice) -> Self:
        """From the kernel's value."""
        return cls(promotion=strawberry.ID(choice.promotion), sku=strawberry.ID(choice.sku))
