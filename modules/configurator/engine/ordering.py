"""In which order assignments follow one another; a cycle among them is refused (section 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from modules.configurator.engine.estimate import QUANTITY, key_of
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import Cycle
from modules.configurator.model.rules import AttachOptional, Compute, ComputeQuantity, FrontRule
from modules.configurator.model.trees import Node, Reference, ReferenceKind, references


@dataclass(frozen=True, slots=True)
class Assigning:
    """An action that gives `key` a value, and its rule."""

    rule: FrontRule
    action: Compute | ComputeQuantity
    key: str


def assigning(content: Content) -> list[Assigning]:
    """The computing actions, each after those whose results it reads; else in the rules' sequence.

    Raises Cycle with the way in the users' names, as `WIDTH -> formula:AREA -> WIDTH`.
    """
    found = [
        Assigning(rule, action, key)
        for rule in content.rules
        if not rule.disabled
        for action in rule.actions
        if isinstance(action, Compute | ComputeQuantity) and (key := _assigned(action))
    ]
    order = {name: place for place, name in enumerate(_sorted(_edges(content)))}
    return sorted(found, key=lambda one: order.get(one.key, -1))


def require_order(content: Content, tried: Reference) -> None:
    """Raises Cycle, with the way in the users' names, where a formula or table comes back to what it has passed."""
    _sorted(_edges(content), [_name(tried)])


def _assigned(action: object) -> str | None:
    match action:
        case Compute(name) | AttachOptional(name):
            return name
        case ComputeQuantity(name):
            return name + QUANTITY
    return None


def _edges(content: Content) -> dict[str, list[str]]:
    """By name what it reads. Requires, excludes and table constraints are relations and add nothing."""
    edges: dict[str, list[str]] = {}
    for formula in content.formulas.values():
        edges[f"formula:{formula.id}"] = list(_read(formula.expression.tree))
    for table in content.tables.values():
        edges[f"table:{table.id}"] = [_name(factor.reference) for factor in table.factors]
    for rule in content.rules:
        for action in rule.actions if not rule.disabled else ():
            if key := _assigned(action):
                reads = list(_read(rule.condition.tree)) if rule.condition else []
                if isinstance(action, Compute | ComputeQuantity):
                    reads += _read(action.expression.tree)
                edges.setdefault(key, []).extend(reads)
    return edges


def _read(tree: Node) -> Iterator[str]:
    return (_name(reference) for reference in references(tree))


def _name(reference: Reference) -> str:
    if reference.kind in (ReferenceKind.FORMULA, ReferenceKind.TABLE):
        return f"{reference.kind.value}:{reference.name}"
    return key_of(reference)


def _sorted(edges: Mapping[str, Iterable[str]], begin: Iterable[str] | None = None) -> list[str]:
    """Names after what they read, from these names on (None: all); ways may be longer than Python's stack is deep."""
    done: dict[str, None] = {}
    for name in edges if begin is None else begin:
        way: dict[str, Iterator[str]] = {}
        _enter(name, edges, done, way)
        while way:
            last = next(reversed(way))
            read = next(way[last], None)
            if read is None:
                del way[last]
                done[last] = None
            else:
                _enter(read, edges, done, way)
    return list(done)


def _enter(name: str, edges: Mapping[str, Iterable[str]], done: dict[str, None], way: dict[str, Iterator[str]]) -> None:
    if name in way:
        names = list(way)
        raise Cycle([*names[names.index(name) :], name])
    if name not in done:
        way[name] = iter(edges.get(name, ()))
