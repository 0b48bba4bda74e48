"""What a structure comes to for one configuration: a tree of what is needed and how it is made (section 7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from modules.configurator.model.formulas import Result
from modules.configurator.model.masters import Texts
from modules.configurator.model.sessions import Assignment
from modules.kernel.names import ConfigurationId, Sku


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value for whoever builds it."""

    key: str
    value: Result
    unit: str = ""


@dataclass(frozen=True, slots=True)
class NeededTool:
    """A tool, and how many of it."""

    id: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A step of work that is taken. Hours: `setup` once, `run` for each unit, `hours` for the node's quantity."""

    id: str
    work_centre: str
    setup: Decimal
    run: Decimal
    hours: Decimal
    tools: tuple[NeededTool, ...] = ()
    texts: tuple[Texts, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """Which of its structures or routings a part is made by."""

    revision: int
    alternate: str


@dataclass(frozen=True, slots=True)
class Configured:
    """What a configured part is: the model it was made by, its values, and its identity (section 6).

    `id` is None while nobody has asked for one.
    """

    revision: int
    content_version: int
    assignments: Mapping[str, Assignment]
    text: str
    hash: str
    id: ConfigurationId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """So much of a part, and what that is made of. `quantity` is for the whole order, in `unit` (empty: pieces).

    `step` tells it apart among its parent's children: the part and the structure's line, as `HINGE#20`; of the root it
    is the part.
    """

    step: str
    part: Sku
    quantity: Decimal
    unit: str = ""
    configured: Configured | None = None
    structure: Made | None = None
    routing: Made | None = None
    children: tuple[Node, ...] = ()
    operations: tuple[Operation, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    documents: tuple[str, ...] = ()
    free_issue: bool = False

    @property
    def is_bought(self) -> bool:
        """Whether nobody here makes it."""
        return self.structure is None and self.routing is None

    def walk(self, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
        """Itself and all below, each with its path: parents first, children in the lines' order."""
        path = (*above, self.step)
        yield path, self
        for child in self.children:
            yield from child.walk(path)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that came to a quantity of zero."""

    path: tuple[str, ...]
    line: str
    component: Sku


@dataclass(frozen=True, slots=True)
class Explosion:
    """What an order comes to. `skipped` in the order of the tree."""

    root: Node
    skipped: tuple[Skipped, ...] = field(default=())


Identity = tuple[Sku, str]
"""A part and the hash of a canonical text: what has one id."""


def identities(root: Node) -> dict[Identity, Configured]:
    """The configurations in a tree, each once, parents first."""
    return {(node.part, node.configured.hash): node.configured for _, node in root.walk() if node.configured}


def identified(node: Node, ids: Mapping[Identity, ConfigurationId]) -> Node:
    """The tree with the ids of its configurations, as far as they are known."""
    made = node.configured
    own = made and replace(made, id=made.id or ids.get((node.part, made.hash)))
    return replace(node, configured=own, children=tuple(identified(child, ids) for child in node.children))


def path_of(steps: tuple[str, ...]) -> str:
    """As people and commands name a node: `DOOR/FRAME#10/SCREW#20`."""
    return "/".join(steps)
