"""Homes: which module keeps what a target brings, and so in whose database it is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from gateway.importing.errors import WrongMapping
from gateway.importing.mapping import load_mapping

_KEPT: Final[Mapping[str, tuple[str, ...]]] = {
    "market": ("markets", "channels", "stores"),
    "catalog": ("categories", "groups", "products"),
    "pricing": (
        "prices",
        "price_lists",
        "exchange_rates",
        "tax_rules",
        "shipping_methods",
        "promotions",
        "codes",
    ),
    "inventory": ("sources", "stock", "demand", "supply", "purchase_orders"),
    "customers": ("customers", "segments"),
}
HOMES: Final[Mapping[str, str]] = {target: module for module, targets in _KEPT.items() for target in targets}
"""The module by the target's name."""


def require_home(mapping: Path, elsewhere: Collection[str]) -> None:
    """Raises WrongMapping for the first step into a module that is in another process: what it writes here nobody
    would read."""
    for step in load_mapping(mapping).steps:
        module = HOMES[step.target.name]
        if module in elsewhere:
            raise WrongMapping(
                step.spot, f"{step.target.name} are imported where the database of the module {module} is"
            )
