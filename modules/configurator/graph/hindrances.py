"""Why something cannot be made, priced or costed, as problems of payloads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import strawberry

from modules.configurator.model import errors
from modules.kernel.errors import Refused
from modules.kernel.graph import Problem
from modules.kernel.graph.problems import common


@strawberry.federation.type(shareable=True, description="It cannot be built or priced; `code` says why.")
class ConfigurationNotMakeable(Problem):
    node: list[strawberry.ID] = strawberry.field(description="Parts from the root to where it is.")


@strawberry.federation.type(shareable=True, description="A sub-assembly lacks values.")
class ConfigurationChildIncomplete(Problem):
    node: list[strawberry.ID] = strawberry.field(description="Parts from the root to it.")
    missing: list[str] = strawberry.field(description="Its characteristics; a quantity as NAME.qty.")


@strawberry.federation.type(shareable=True, description="A sub-assembly cannot have the values it is given.")
class ConfigurationChildConflict(Problem):
    node: list[strawberry.ID] = strawberry.field(description="Parts from the root to it.")
    characteristics: list[strawberry.ID] = strawberry.field(description="Whose values contradict one another.")
    rules: list[strawberry.ID] = strawberry.field(description="The rules that exclude them.")


@strawberry.federation.type(shareable=True, description="Costs are missing or zero.")
class ConfigurationZeroCost(Problem):
    paths: list[str] = strawberry.field(description="Nodes that were not accepted.")


def _node(error: errors.BadStructure) -> list[strawberry.ID]:
    return [strawberry.ID(part) for part in error.node]


def _not_makeable(error: errors.BadStructure) -> Problem:
    return ConfigurationNotMakeable(**common(error), node=_node(error))


def _incomplete(error: errors.ChildIncomplete) -> Problem:
    return ConfigurationChildIncomplete(**common(error), node=_node(error), missing=list(error.missing))


def _conflict(error: errors.ChildConflict) -> Problem:
    return ConfigurationChildConflict(
        **common(error),
        node=_node(error),
        characteristics=[strawberry.ID(choice.characteristic) for choice in error.explanation.choices],
        rules=[strawberry.ID(rule) for rule in error.explanation.rules],
    )


PROBLEMS: Mapping[type[Refused], Callable[[Any], Problem]] = {
    errors.NoAlternate: _not_makeable,
    errors.NegativeQuantity: _not_makeable,
    errors.StructureCycle: _not_makeable,
    errors.NoBasePrice: _not_makeable,
    errors.ChildIncomplete: _incomplete,
    errors.ChildConflict: _conflict,
    errors.ZeroCost: lambda error: ConfigurationZeroCost(**common(error), paths=list(error.paths)),
}
TYPES = (
    ConfigurationNotMakeable,
    ConfigurationChildIncomplete,
    ConfigurationChildConflict,
    ConfigurationZeroCost,
)
