"""What a configuration costs its maker: a roll-up over the exploded tree, and what it could not know (section 8)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Final

from modules.configurator.model.assemblies import Explosion, Node, path_of
from modules.configurator.model.breakdowns import CostGap, CostResult, NoCost, NodeCost
from modules.configurator.model.errors import OutOfRange, ZeroCost
from modules.configurator.model.works import EVERY, CostKey, Costs, Overhead, WorkCentre
from modules.kernel.money import MICROS, divide

MOST_MICROS: Final = 10**18
"""Of a node: what a column and a document hold."""


def roll_up(explosion: Explosion, costs: Costs, centres: Mapping[str, WorkCentre]) -> CostResult:
    """Bottom-up: what is bought costs its configuration's stored cost, else that of all its configurations, times its
    quantity; what is made costs its children and its operations; overhead is added by level (0 is the root).

    A node without a cost, or with one of zero, counts nothing and stands in the log; so does one whose operation has no
    rate. Raises OutOfRange where a node costs more than can be kept.
    """
    roller = _Roller(costs, centres)
    order = explosion.root.quantity
    roller.cost(explosion.root, (), order)
    return CostResult(costs.currency, order, tuple(roller.nodes), tuple(roller.gaps), roller.digest())


def require_costs(result: CostResult, accepted: Iterable[str] = ()) -> None:
    """Raises ZeroCost with the paths in the log that are neither free issue nor accepted."""
    known = set(accepted)
    open_paths = [gap.path for gap in result.gaps if gap.reason is not NoCost.FREE_ISSUE and gap.path not in known]
    if open_paths:
        raise ZeroCost(list(dict.fromkeys(open_paths)))


def is_stale(result: CostResult, explosion: Explosion, costs: Costs, centres: Mapping[str, WorkCentre]) -> bool:
    """Whether one of the costs that came into it has changed since."""
    return roll_up(explosion, costs, centres).inputs != result.inputs


@dataclass(slots=True)
class _Roller:
    costs: Costs
    centres: Mapping[str, WorkCentre]
    nodes: list[NodeCost] = field(default_factory=list)
    gaps: list[CostGap] = field(default_factory=list)
    used: dict[str, int | None] = field(default_factory=dict)
    """Every cost, rate and overhead that was looked up, for the hash."""

    def cost(self, node: Node, above: tuple[str, ...], order: Decimal) -> int:
        """The node's total for the order; the log and the nodes' list are in the order of the tree."""
        path, place, gap = (*above, node.step), len(self.nodes), len(self.gaps)
        found = self._bought(node, path) if node.is_bought else self._made(node, path, order)
        found = _free(found) if node.free_issue else found
        configuration = _configuration(node)
        total = found.material + found.operations + found.overhead
        if total > MOST_MICROS:
            raise OutOfRange(f"{path_of(path)} would cost more than can be kept.", node.part)
        entry = NodeCost(
            path_of(path), node.part, configuration, node.quantity, found.material, found.operations, found.overhead,
            total, _per_unit(total, order), found.source,
        )  # fmt: skip
        self.nodes.insert(place, entry)
        reason = NoCost.FREE_ISSUE if node.free_issue else found.reason or (NoCost.ZERO if total == 0 else None)
        if reason is not None:
            self.gaps.insert(gap, CostGap(path_of(path), node.part, configuration, reason, found.detail))
        return total

    def _bought(self, node: Node, path: tuple[str, ...]) -> _Found:
        key, unit = self.costs.of(node.part, _configuration(node))
        own = node.configured.hash if node.configured else EVERY
        self.used[f"cost {node.part} {own}"] = unit
        if unit is None:
            return _Found(reason=NoCost.MISSING)
        return _Found(material=_times(unit, node.quantity), source=key)

    def _made(self, node: Node, path: tuple[str, ...], order: Decimal) -> _Found:
        material = sum(self.cost(child, path, order) for child in node.children)
        operations, unknown = self._operations(node)
        overhead = self._overhead(len(path) - 1, material, operations)
        return _Found(material, operations, overhead, NoCost.MISSING if unknown else None, unknown)

    def _operations(self, node: Node) -> tuple[int, str]:
        """What they cost, and the first without a rate."""
        total, unknown = 0, ""
        for operation in node.operations:
            centre = self.centres.get(operation.work_centre)
            rate = centre.rate_micros if centre else None
            self.used[f"rate {operation.work_centre}"] = rate
            total += _times(rate or 0, operation.hours)
            unknown = unknown or (operation.id if rate is None else "")
        return total, unknown

    def _overhead(self, level: int, material: int, operations: int) -> int:
        found = self.costs.overheads.get(level, Overhead(level=level))
        self.used[f"overhead {level} material"] = found.material_micros
        self.used[f"overhead {level} operations"] = found.operations_micros
        return divide(material * found.material_micros, MICROS) + divide(operations * found.operations_micros, MICROS)

    def digest(self) -> str:
        """SHA-256 of all that was looked up, in hexadecimal."""
        text = json.dumps([self.costs.currency, sorted(self.used.items())], ensure_ascii=False)
        return sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Found:
    material: int = 0
    operations: int = 0
    overhead: int = 0
    reason: NoCost | None = None
    detail: str = ""
    source: CostKey | None = None


def _free(found: _Found) -> _Found:
    return _Found(source=found.source)


def _configuration(node: Node) -> str | None:
    return node.configured.id if node.configured else None


def _times(micros: int, factor: Decimal) -> int:
    numerator, denominator = factor.as_integer_ratio()
    return divide(micros * numerator, denominator)


def _per_unit(total: int, order: Decimal) -> int:
    numerator, denominator = order.as_integer_ratio()
    return divide(total * denominator, numerator)
