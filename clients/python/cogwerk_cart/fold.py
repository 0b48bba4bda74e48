"""What a cart will hold when the shop has taken up what is still queued: the shop's own rules, in small.

The shop's answer always replaces this. Operations of other kinds change nothing here until it has come.
"""

from __future__ import annotations

import hashlib
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from .schema import AddLineInput, CartChangedCart, CartOperationInput

MOST = Decimal(1_000_000)
"""A line holds no more."""
_DEFAULT = "l-"


@dataclass(frozen=True, slots=True)
class Line:
    """So much of a product. `title` is None until the shop has named it."""

    id: str
    sku: str
    quantity: str
    """A decimal string in the product's unit."""
    title: str | None = None


class Draft:
    """Lines and codes as the shop told them last, on which operations are done."""

    def __init__(self, cart: CartChangedCart | None) -> None:
        self._lines: dict[str, Line] = {}
        self._codes: dict[str, str] = {}
        if cart:
            for line in cart["lines"]:
                product = line["product"]
                self._lines[line["id"]] = Line(line["id"], product["sku"], line["quantity"], product["title"])
            self._codes = {_compared(code): code for code in cart["codes"]}

    @property
    def lines(self) -> tuple[Line, ...]:
        """In the cart's order."""
        return tuple(self._lines.values())

    @property
    def codes(self) -> tuple[str, ...]:
        """As they were typed."""
        return tuple(self._codes.values())

    def do(self, operation: CartOperationInput) -> None:
        """One operation more; none that has no number where one belongs: the shop will refuse it."""
        with suppress(InvalidOperation):
            self._do(operation)

    def _do(self, operation: CartOperationInput) -> None:
        if "addLine" in operation:
            self._add(operation["addLine"])
        elif "setQuantity" in operation:
            self._set(operation["setQuantity"]["lineId"], operation["setQuantity"]["quantity"])
        elif "removeLine" in operation:
            self._lines.pop(operation["removeLine"]["lineId"], None)
        elif "addCode" in operation:
            self._codes.setdefault(_compared(operation["addCode"]), operation["addCode"])
        elif "removeCode" in operation:
            self._codes.pop(_compared(operation["removeCode"]), None)

    def _add(self, wish: AddLineInput) -> None:
        id = self._line_of(wish)
        held = self._lines.get(id, Line(id, wish["sku"], "0"))
        self._lines[id] = replace(held, quantity=_plain(Decimal(held.quantity) + Decimal(wish["quantity"])))

    def _line_of(self, wish: AddLineInput) -> str:
        wished, default = wish.get("lineId"), default_line(wish["sku"])
        if not wished or wished.startswith(_DEFAULT):
            return default
        # The goods of another line are not taken from it.
        return wished if wished not in self._lines or self._lines[wished].sku == wish["sku"] else default

    def _set(self, id: str, quantity: str) -> None:
        if id in self._lines:
            self._lines[id] = replace(self._lines[id], quantity=_plain(Decimal(quantity)))
            if not Decimal(quantity):
                del self._lines[id]


def default_line(sku: str) -> str:
    """The line of a product that is added without a line id, in every cart."""
    return _DEFAULT + hashlib.sha256(f"{sku}\0".encode()).hexdigest()[:20]


def _compared(code: str) -> str:
    return unicodedata.normalize("NFKC", code).strip().casefold()


def _plain(quantity: Decimal) -> str:
    text = f"{min(quantity, MOST):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
