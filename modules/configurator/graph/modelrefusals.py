"""What modellers are refused, as problems with their data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import strawberry

from modules.configurator.model import errors
from modules.kernel.errors import Refused
from modules.kernel.graph import Problem
from modules.kernel.graph.problems import common


@strawberry.federation.type(shareable=True, description="Two released revisions would hold on the same days.")
class ModelDateOverlap(Problem):
    part: strawberry.ID = strawberry.field(description="Of which part.")
    revision: int = strawberry.field(description="The one that was to hold.")
    other: int = strawberry.field(description="The one that holds already; closePredecessor may end it.")


@strawberry.federation.type(shareable=True, description="A revision of this status cannot become that one.")
class ModelBadTransition(Problem):
    status: str = strawberry.field(description="Its status.")
    wanted: str = strawberry.field(description="What it was to become.")
    allowed: list[str] = strawberry.field(description="What it may become.")


@strawberry.federation.type(shareable=True, description="Something else refers to it.")
class ModelInUse(Problem):
    name: str = strawberry.field(description="What was to go.")
    referrers: list[str] = strawberry.field(description="All that refer to it.")


@strawberry.federation.type(shareable=True, description="No configuration meets all rules.")
class ModelUnsatisfiable(Problem):
    rules: list[strawberry.ID] = strawberry.field(description="A smallest set of rules that contradicts itself.")


@strawberry.federation.type(shareable=True, description="Something depends on itself.")
class ModelCycle(Problem):
    way: list[str] = strawberry.field(description="From a name back to it.")


@strawberry.federation.type(shareable=True, description="Formulas, tables or test cases that do not hold yet.")
class ModelNotUsable(Problem):
    names: list[str] = strawberry.field(description="Which ones.")


@strawberry.federation.type(shareable=True, description="It does not say what a model needs.")
class ModelBadDocument(Problem):
    nearest: list[str] = strawberry.field(description="Up to three known names that look like an unknown one.")
    allowed: str | None = strawberry.field(description="What could stand there.")


@strawberry.federation.type(shareable=True, description="A condition or formula is wrong at a place in its source.")
class ModelBadExpression(Problem):
    line: int = strawberry.field(description="Counted from 1.")
    column: int = strawberry.field(description="Counted from 1.")
    expected: list[str] = strawberry.field(description="What could stand there.")
    nearest: list[str] = strawberry.field(description="Up to three names that look like an unknown one.")


def _expression(error: errors.BadExpression) -> Problem:
    return ModelBadExpression(
        **common(error),
        line=error.line,
        column=error.column,
        expected=list(getattr(error, "expected", ())),
        nearest=list(getattr(error, "nearest", ())),
    )


def _overlap(error: errors.DateOverlap) -> Problem:
    part = strawberry.ID(error.part)
    return ModelDateOverlap(**common(error), part=part, revision=error.revision, other=error.other)


def _transition(error: errors.BadTransition) -> Problem:
    allowed = [str(one) for one in error.allowed]
    return ModelBadTransition(**common(error), status=str(error.status), wanted=str(error.wanted), allowed=allowed)


def _unsatisfiable(error: errors.UnsatisfiableModel) -> Problem:
    return ModelUnsatisfiable(**common(error), rules=[strawberry.ID(rule) for rule in error.rules])


def _document(error: errors.BadDocument) -> Problem:
    return ModelBadDocument(**common(error), nearest=list(error.nearest), allowed=error.allowed or None)


PROBLEMS: Mapping[type[Refused], Callable[[Any], Problem]] = {
    errors.DateOverlap: _overlap,
    errors.BadTransition: _transition,
    errors.InUse: lambda error: ModelInUse(**common(error), name=error.name, referrers=list(error.referrers)),
    errors.UnsatisfiableModel: _unsatisfiable,
    errors.Cycle: lambda error: ModelCycle(**common(error), way=list(error.way)),
    errors.NotUsable: lambda error: ModelNotUsable(**common(error), names=list(error.names)),
    errors.BadDocument: _document,
    errors.BadSyntax: _expression,
    errors.UnknownName: _expression,
    errors.TypeMismatch: _expression,
}
TYPES = (
    ModelDateOverlap,
    ModelBadTransition,
    ModelInUse,
    ModelUnsatisfiable,
    ModelCycle,
    ModelNotUsable,
    ModelBadDocument,
    ModelBadExpression,
)
