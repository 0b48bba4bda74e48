"""The model as plain values and back, for every frozen dataclass of it, by its type hints."""

from __future__ import annotations

from typing import Any, TypeVar

from modules.configurator.formats.plain import Plain
from modules.configurator.formats.reading import Parse, Reading, reader
from modules.configurator.formats.writing import writer

T = TypeVar("T")

__all__ = ["Parse", "Plain", "dump", "load"]


def dump(value: Any, declared: Any = None) -> Plain:
    """A model object as JSON and YAML can say it (`formats/plain.py`); fields at their default are left out.

    `declared` is its type, where that is not its own class: a union, a tuple. Members of a union of dataclasses carry
    a `kind`. Mappings keep their order, which texts need: the first is the default.
    """
    kind: Any = type(value) if declared is None else declared
    return writer(kind)(value)


def load(declared: type[T], plain: object, parse: Parse) -> T:
    """What `dump` wrote, equal to what it was made of; `plain` is not changed, equal cells become one object.

    Raises BadDocument, or what `parse` refuses an expression with, both with the path of what is wrong: keys that the
    model does not know are refused and told the nearest known one. References between objects are not looked at.
    """
    kind: Any = declared
    found: T = reader(kind)(plain, Reading(parse))
    return found
