"""From a configuration to the tree of all that it takes (section 7). The story is here, its cases in files beside it.

The same order, works and models give the same tree, whatever the order of their mappings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final, Protocol, TypeVar

from modules.configurator.engine.children import Solve, configure_child, configured
from modules.configurator.engine.demanding import Demand, demands
from modules.configurator.engine.routing import operations
from modules.configurator.engine.scopes import Frame, Scope, known_of, nothing
from modules.configurator.model.assemblies import Configured, Explosion, Made, Node, Skipped
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import NegativeQuantity, NoAlternate, StructureCycle
from modules.configurator.model.sessions import Assignment
from modules.configurator.model.structures import Routing, Structure, StructureAlternate
from modules.configurator.model.trees import Expression
from modules.configurator.model.works import Works
from modules.kernel.names import ConfigurationId, Sku

DEEPEST: Final = 50


@dataclass(frozen=True, slots=True)
class BuildOrder:
    """So much of a complete configuration, needed on a local day of the site; `id` is its configuration's."""

    content: Content
    assignments: Mapping[str, Assignment]
    quantity: Decimal
    need_date: date
    id: ConfigurationId | None = None


def explode(order: BuildOrder, works: Works, solve: Solve) -> Explosion:
    """The tree of an order whose configuration is complete.

    Raises the BadStructure that stands in the way, with the way to it, and DivisionByZero, NoMatchingRow or Incomplete
    where a line or operation that is taken needs what has no result.
    """
    if order.quantity <= 0:
        raise NegativeQuantity(f"{order.quantity} cannot be made.", [order.content.part])
    exploder = _Exploder(works, order.need_date, solve)
    own = configured(order.content, order.assignments)
    frame = Frame(order.content, known_of(order.content, order.assignments))
    place = _Place(
        order.content.part, order.content.part, order.quantity, Scope.of_root(frame), replace(own, id=order.id)
    )
    return Explosion(exploder.node(place), tuple(exploder.skipped))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node will stand, and what it is."""

    step: str
    part: Sku
    quantity: Decimal
    scope: Scope
    configured: Configured | None
    way: tuple[tuple[Sku, str], ...] = ()
    """Parts and hashes of what is above it."""
    path: tuple[str, ...] = ()
    demand: Demand | None = None

    @property
    def parts(self) -> list[str]:
        """The way to it from the root, itself last."""
        return [*(part for part, _ in self.way), self.part]


@dataclass(slots=True)
class _Exploder:
    works: Works
    day: date
    solve: Solve
    skipped: list[Skipped] = field(default_factory=list)

    def node(self, place: _Place) -> Node:
        """The node that stands there, with all below it; raises as `explode` does."""
        key = (place.part, place.configured.hash if place.configured else "")
        if key in place.way or len(place.way) >= DEEPEST:
            why = "contains itself" if key in place.way else f"stands deeper than {DEEPEST} levels"
            raise StructureCycle(f"{place.part} {why}.", place.parts)
        structure = in_force(self.works.structures.get(place.part, ()), self.day)
        routing = in_force(self.works.routings.get(place.part, ()), self.day)
        lines = alternate(structure.alternates, place.scope, place.parts) if structure else None
        work = alternate(routing.alternates, place.scope, place.parts) if routing else None
        below = replace(place, way=(*place.way, key), path=(*place.path, place.step))
        supply, demand = self.works.supplies.get(place.part), place.demand
        return Node(
            step=place.step,
            part=place.part,
            quantity=place.quantity,
            unit=supply.unit if supply else "",
            configured=place.configured,
            structure=Made(structure.revision, lines.id) if structure and lines else None,
            routing=Made(routing.revision, work.id) if routing and work else None,
            children=tuple(self._children(lines, below)) if lines else (),
            operations=operations(work, place.scope, place.quantity, place.parts) if work else (),
            parameters=demand.parameters if demand else (),
            documents=demand.line.documents if demand else (),
            free_issue=demand.line.free_issue if demand else False,
        )

    def _children(self, lines: StructureAlternate, above: _Place) -> Iterable[Node]:
        for line in sorted(lines.lines, key=lambda line: (line.sequence, line.id)):
            if not above.scope.holds(line.condition):
                continue
            way = [part for part, _ in above.way]
            for demand in demands(line, above.scope, above.quantity, self.works.supplies, way):
                if demand.quantity == 0:
                    self.skipped.append(Skipped(above.path, line.id, demand.component))
                else:
                    yield self.node(self._below(demand, above))

    def _below(self, demand: Demand, above: _Place) -> _Place:
        part, way = demand.component, [*(sku for sku, _ in above.way), demand.component]
        content = self.works.contents.get(part)
        own, frame = None, nothing(part)
        if content is not None:
            parent = above.configured.assignments if above.configured else {}
            own = configure_child(content, parent, demand.declared, self.solve(content), way)
            frame = Frame(content, known_of(content, own.assignments))
        scope = above.scope.below(frame)
        return _Place(demand.step, part, demand.quantity, scope, own, above.way, above.path, demand)


_Dated = TypeVar("_Dated", Structure, Routing)


def in_force(revisions: Iterable[_Dated], day: date) -> _Dated | None:
    """The one whose half-open interval contains the day; of several the one that began last."""
    found = [one for one in revisions if one.phase_in <= day and (one.phase_out is None or day < one.phase_out)]
    return max(found, key=lambda one: (one.phase_in, one.revision), default=None)


class _Alternate(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def condition(self) -> Expression | None: ...


_A = TypeVar("_A", bound=_Alternate)


def alternate(alternates: Iterable[_A], scope: Scope, node: Sequence[str]) -> _A:
    """The first by sequence whose condition is true, else the first without one. Raises NoAlternate."""
    ordered = sorted(alternates, key=lambda one: (one.condition is None, one.sequence, one.id))
    found = next((one for one in ordered if scope.holds(one.condition)), None)
    if found is None:
        raise NoAlternate(f"No alternate of {node[-1]} holds, and none is the default.", node)
    return found
