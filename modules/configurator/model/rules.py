"""Front rules: what sales may and may not combine, what follows from what, and what buyers are told.

The kinds of actions, by the layer that carries them out:

solver     Require, Exclude, Allow, MakeUnavailable, HoldTo, AttachRequired and Detach of what is discrete
computed   Compute, ComputeQuantity, AttachRequired and Detach of what is typed
defaults   AttachOptional
messages   Tell, Stop
price      Surcharge
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from modules.configurator.model.characteristics import Value
from modules.configurator.model.masters import Master, Texts
from modules.configurator.model.trees import Expression


@dataclass(frozen=True, slots=True)
class Require:
    """Must be true wherever the rule's condition is."""

    condition: Expression


@dataclass(frozen=True, slots=True)
class Exclude:
    """Must not be true wherever the rule's condition is."""

    condition: Expression


@dataclass(frozen=True, slots=True)
class MakeUnavailable:
    """These options cannot be chosen."""

    characteristic: str
    options: frozenset[str]


@dataclass(frozen=True, slots=True)
class Allow:
    """Of the characteristic's options only these can be chosen; nothing widens what another rule took away."""

    characteristic: str
    options: frozenset[str]


@dataclass(frozen=True, slots=True)
class HoldTo:
    """The values must agree with a combination table. Without `result` its rows are the allowed combinations, and its
    default, if it has one, allows all others; with it this characteristic must be the table's result."""

    table: str
    result: str | None = None


@dataclass(frozen=True, slots=True)
class AttachRequired:
    """The characteristic has this value, and this quantity where it has one."""

    characteristic: str
    value: Value
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AttachOptional:
    """As a default: this value unless another is chosen or it is not possible."""

    characteristic: str
    value: Value
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Detach:
    """The characteristic has no value."""

    characteristic: str


@dataclass(frozen=True, slots=True)
class Compute:
    """The characteristic has the value of the expression, rounded half up to its scale."""

    characteristic: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class ComputeQuantity:
    """The characteristic's quantity is the expression's, rounded half up to its scale."""

    characteristic: str
    expression: Expression


class Level(StrEnum):
    """How urgent a message is."""

    INFO = "info"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Tell:
    """Says something."""

    level: Level
    text: Texts


@dataclass(frozen=True, slots=True)
class Stop:
    """Says why this cannot be finalised; it may be edited on."""

    text: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Surcharge:
    """Adds to the price: an amount in millionths of the price list's currency, a percentage of the base price in
    millionths, or what an expression gives."""

    amount_micros: int | None = None
    percent_micros: int | None = None
    expression: Expression | None = None
    text: Texts = ()


Action = (
    Require
    | Exclude
    | MakeUnavailable
    | Allow
    | HoldTo
    | AttachRequired
    | AttachOptional
    | Detach
    | Compute
    | ComputeQuantity
    | Tell
    | Stop
    | Surcharge
)


class TemplateStatus(StrEnum):
    """Of a family's rules that revisions take over."""

    PLANNED = "planned"
    RELEASED = "released"
    OBSOLETE = "obsolete"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontRule(Master):
    """What follows when a condition is true; without one, always."""

    sequence: int = 0
    disabled: bool = False
    condition: Expression | None = None
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTemplate(Master):
    """Rules that all parts of a family may take over."""

    family: str
    status: TemplateStatus = TemplateStatus.PLANNED
    rules: tuple[FrontRule, ...] = ()
