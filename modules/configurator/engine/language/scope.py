"""Which names an expression may use, and what is meant by one as it was written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from modules.configurator.engine.entering import nearest
from modules.configurator.model.characteristics import Characteristic
from modules.configurator.model.errors import UnknownName
from modules.configurator.model.masters import same_id
from modules.configurator.model.trees import ResultType


@dataclass(frozen=True, slots=True)
class Scope:
    """What there is to name: characteristics by id, formulas and tables by id with what they give."""

    characteristics: Mapping[str, Characteristic] = field(default_factory=dict)
    formulas: Mapping[str, ResultType] = field(default_factory=dict)
    tables: Mapping[str, ResultType] = field(default_factory=dict)
    has_above: bool = True
    """Whether there is a parent and a root to name: in structures and routings, and in formulas, which these read."""


def resolve(name: str, names: Iterable[str], line: int, column: int, prefix: str = "") -> str:
    """The id that a name stands for: itself, or the one that nobody could tell apart from it.

    Raises UnknownName with up to three that look like it.
    """
    every = list(names)
    if name in every:
        return name
    folded = same_id(name)
    found = next((one for one in every if same_id(one) == folded), None)
    if found is None:
        raise UnknownName(prefix + name, line, column, [prefix + one for one in nearest(name, every)])
    return found
