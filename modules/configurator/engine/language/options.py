"""Whether texts that a characteristic is compared with are options that it has."""

from __future__ import annotations

from collections.abc import Iterator

from modules.configurator.engine.entering import nearest
from modules.configurator.engine.language.scope import Scope
from modules.configurator.model.characteristics import DataType
from modules.configurator.model.errors import UnknownName
from modules.configurator.model.trees import Constant, If, Node, Reference, ReferenceKind


def check_options(scope: Scope, mine: Node, theirs: Node, line: int, column: int) -> None:
    """Raises UnknownName, with the nearest ids, where `theirs` may be a text that is no option of what `mine` names."""
    if not isinstance(mine, Reference) or mine.kind is not ReferenceKind.VALUE:
        return
    characteristic = scope.characteristics[mine.name]
    if not characteristic.has_options or characteristic.data_type is DataType.NUMBER:
        return
    for text in _texts(theirs):
        if characteristic.option(text) is None:
            ids = [option.id for option in characteristic.options]
            message = f"{mine.name} has no option {text[:64]!r}."
            raise UnknownName(text, line, column, nearest(text, ids), message=message)


def _texts(node: Node) -> Iterator[str]:
    match node:
        case Constant(str(text)):
            yield text
        case If(_, then, otherwise):
            yield from _texts(then)
            yield from _texts(otherwise)
