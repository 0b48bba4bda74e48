"""Postal addresses: where goods and bills go."""

from __future__ import annotations

from dataclasses import dataclass

from modules.kernel.basket import Destination


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """An address as far as it is known; only the country must be."""

    country: str
    """ISO 3166, two capital letters."""
    name: str = ""
    company: str = ""
    lines: tuple[str, ...] = ()
    """Street, house number and what else is needed to find it."""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    """ISO 3166-2: `ES-CN`."""
    phone: str = ""

    @property
    def destination(self) -> Destination:
        """As much of it as prices and taxes depend on."""
        return Destination(self.country, self.region, self.postal_code)
