"""Families: which characteristics belong together, with which options, and what packages set."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from modules.configurator.model.characteristics import Value
from modules.configurator.model.masters import Master, Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A heading under which characteristics are shown."""

    id: str
    descriptions: Texts = ()
    sequence: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyCharacteristic:
    """A characteristic as a member of a family; `options` are the ids it allows, None all of the characteristic's."""

    characteristic: str
    category: str = ""
    sequence: int = 0
    options: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageComponent:
    """What choosing `option` of the characteristic `package` sets: `component` to a value, with a quantity where it has
    one. One value per component; a component is no package itself (one level)."""

    package: str
    option: str
    component: str
    value: Value
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family(Master):
    """Characteristics that parts have in common."""

    by_category: bool = False
    """Whether they are configured category by category, or all at once."""
    categories: tuple[Category, ...] = ()
    members: tuple[FamilyCharacteristic, ...] = ()
    components: tuple[PackageComponent, ...] = ()
