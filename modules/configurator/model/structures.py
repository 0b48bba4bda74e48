"""Back-office rules: of what a configured part is made, how, and with what (section 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from modules.configurator.model.masters import Texts
from modules.configurator.model.trees import Expression
from modules.kernel.names import Sku


@dataclass(frozen=True, slots=True)
class SetQuantity:
    """The line's quantity per unit."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class SetScrap:
    """What is lost on the way, as a part of the quantity: 0.05 for five percent."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class ReplaceComponent:
    """The component is the result of a table: a sku."""

    table: str


@dataclass(frozen=True, slots=True)
class InsertComponent:
    """One more component, so many per unit."""

    component: Sku
    quantity: Expression


@dataclass(frozen=True, slots=True)
class Declare:
    """A value of the child's characteristic; stronger than what it inherits."""

    characteristic: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class SetParameter:
    """A free value for whoever builds it."""

    key: str
    expression: Expression
    unit: str = ""


LineAction = SetQuantity | SetScrap | ReplaceComponent | InsertComponent | Declare | SetParameter


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureLine:
    """A component of an alternate, taken when its condition is true."""

    id: str
    sequence: int
    component: Sku
    condition: Expression | None = None
    quantity_per: Decimal = Decimal(1)
    unit_scale: int = 0
    """Decimals of the component's unit: quantities are rounded up to it, once."""
    fixed: bool = False
    """Whether the quantity is per order, not per unit of the parent."""
    times_quantity_of: str | None = None
    """A characteristic whose quantity multiplies the line's."""
    actions: tuple[LineAction, ...] = ()
    free_issue: bool = False
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureAlternate:
    """One way to make a part; the first by sequence whose condition is true holds, the one without a condition else."""

    id: str
    sequence: int
    condition: Expression | None = None
    lines: tuple[StructureLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """The bill of materials of a part from `phase_in` until before `phase_out`."""

    part: Sku
    revision: int
    phase_in: date
    phase_out: date | None = None
    alternates: tuple[StructureAlternate, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class MachineParameter:
    """What a machine is set to."""

    key: str
    expression: Expression
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What an operation needs, when its condition is true."""

    id: str
    condition: Expression | None = None
    quantity: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkText:
    """Words for whoever does an operation, when its condition is true."""

    condition: Expression | None = None
    text: Texts = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingOperation:
    """A step of work, taken when its condition is true. Times are hours: `setup` per order, `run` per unit."""

    id: str
    sequence: int
    work_centre: str
    condition: Expression | None = None
    setup: Expression
    run: Expression
    tools: tuple[Tool, ...] = ()
    texts: tuple[WorkText, ...] = ()
    parameters: tuple[MachineParameter, ...] = ()
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingAlternate:
    """One way to work; chosen as structure alternates are."""

    id: str
    sequence: int
    condition: Expression | None = None
    operations: tuple[RoutingOperation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """How a part is made from `phase_in` until before `phase_out`."""

    part: Sku
    revision: int
    phase_in: date
    phase_out: date | None = None
    alternates: tuple[RoutingAlternate, ...] = ()
    version: int = 0
