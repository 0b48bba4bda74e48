"""What can be said against asking for a customer's cart."""

from __future__ import annotations

from modules.kernel.errors import Refused


class CustomerRequired(Refused):
    """Nobody is known for whom this is asked; nothing was done."""

    code = "CUSTOMER_REQUIRED"

    def __init__(self) -> None:
        super().__init__("This is asked for a customer: name one.")
