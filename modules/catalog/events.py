"""What catalog publishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from modules.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductChanged(Event):
    """A product is new or another. Others need this much of it; `locales` are those of its own titles."""

    NAME: ClassVar[str] = "catalog.product_changed.v1"
    sku: str
    tax_class: str
    quantity_scale: int
    active_from_us: int | None
    active_until_us: int | None
    locales: list[str]
    deleted: bool = False

    @property
    def key(self) -> str:
        """The sku."""
        return self.sku


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryChanged(Event):
    """A category is new or another."""

    NAME: ClassVar[str] = "catalog.category_changed.v1"
    id: str
    parent: str | None
    names: dict[str, Any]
    position: int

    @property
    def key(self) -> str:
        """The category's id."""
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChanged(Event):
    """A product group is new or another: its titles stand with each of its products."""

    NAME: ClassVar[str] = "catalog.group_changed.v1"
    id: str

    @property
    def key(self) -> str:
        """The group's id."""
        return self.id
