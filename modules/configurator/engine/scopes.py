"""The back office's expressions: exact, and with the values of parent and root at hand (section 7.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Self

from modules.configurator.engine.estimate import QUANTITY, Estimate, Judgement, Known, Reader, number_of
from modules.configurator.engine.possible import NEVER, NOTHING, TRUE, Outcome, Words, exactly
from modules.configurator.engine.reasons import reason
from modules.configurator.model.characteristics import Characteristic, DataType, Value
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import WrongType
from modules.configurator.model.formulas import Result
from modules.configurator.model.sessions import Assignment
from modules.configurator.model.trees import Expression, IsSet, Node, Owner, Reference, ReferenceKind, references
from modules.kernel.names import Sku


def known_of(content: Content, assignments: Mapping[str, Assignment]) -> dict[str, Outcome]:
    """Resolved values as expressions read them."""
    known: dict[str, Outcome] = {}
    for name, one in assignments.items():
        known[name] = outcome_of(content.characteristics[name], one.value)
        if one.quantity is not None:
            known[name + QUANTITY] = exactly(one.quantity)
    return known


def outcome_of(characteristic: Characteristic, value: Value) -> Outcome:
    """A value as formulas read it: an option of a NUMBER is its number."""
    option = characteristic.option(value) if isinstance(value, str) else None
    return exactly(value if option is None or option.number is None else option.number)


@dataclass(frozen=True, slots=True)
class Frame:
    """One part's model and values."""

    content: Content
    known: Known


def nothing(part: Sku) -> Frame:
    """Of a part that is not configured."""
    return Frame(Content(part=part, revision=0, characteristics={}, members=()), {})


class _Reader(Reader):
    """Follows `parent.` and `root.` to whose values they are."""

    def __init__(self, frames: Mapping[Owner, Frame]) -> None:
        super().__init__(frames[Owner.SELF].content)
        self.frames = frames

    def is_typed_text(self, node: Node) -> bool:
        contents = ((self.frames[one.owner].content.characteristics, one.name) for one in references(node))
        found = (known[name] for known, name in contents if name in known)
        return any(one.data_type is DataType.TEXT and not one.has_options for one in found)

    def judgement(self, node: Node) -> Judgement:
        if isinstance(node, IsSet) and node.reference.owner is not Owner.SELF:
            known, inner = self._elsewhere(node.reference)
            truth = Reader.judgement(inner, IsSet(replace(node.reference, owner=Owner.SELF)))
            return lambda _: truth(known)
        return super().judgement(node)

    def _reference(self, reference: Reference) -> Estimate:
        known, reader = self._elsewhere(reference)
        if not _has(reader.content, reference):
            return lambda _: NOTHING
        if reference.owner is Owner.SELF:
            return super()._reference(reference)
        estimate = reader._reference(replace(reference, owner=Owner.SELF))
        return lambda _: estimate(known)

    def _elsewhere(self, reference: Reference) -> tuple[Known, Reader]:
        frame = self.frames[reference.owner]
        return frame.known, Reader(frame.content)


def _has(content: Content, reference: Reference) -> bool:
    match reference.kind:
        case ReferenceKind.FORMULA:
            return reference.name in content.formulas
        case ReferenceKind.TABLE:
            return reference.name in content.tables
    return True


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: in the structure or routing of one part, below its parent, in the root's order."""

    own: Frame
    parent: Frame
    root: Frame
    reader: Reader = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        frames = {Owner.SELF: self.own, Owner.PARENT: self.parent, Owner.ROOT: self.root}
        object.__setattr__(self, "reader", _Reader(frames))

    @classmethod
    def of_root(cls, own: Frame) -> Self:
        """Nothing is above it."""
        return cls(own, nothing(own.content.part), own)

    def below(self, own: Frame) -> Scope:
        """Of a component."""
        return Scope(own, self.own, self.root)

    def holds(self, condition: Expression | None) -> bool:
        """Whether it is true; unknown is not. Without a condition always."""
        return condition is None or self.reader.judgement(condition.tree)(self.own.known) == TRUE

    def result(self, expression: Expression, needed_by: str) -> Result:
        """Its one result. Raises DivisionByZero, NoMatchingRow or Incomplete, with the chain from who needs it."""
        outcome = self.reader.estimate(expression.tree)(self.own.known)
        if (number := number_of(outcome)) is not None:
            return number
        if isinstance(outcome, Words) and outcome.undefined is NEVER and len(outcome.texts) == 1:
            return next(iter(outcome.texts))
        raise reason(self.reader, expression.tree, self.own.known, (needed_by,))

    def number(self, expression: Expression, needed_by: str) -> Decimal:
        """As `result`, for what must be a number; raises WrongType where it is none."""
        result = self.result(expression, needed_by)
        if not isinstance(result, Decimal):
            raise WrongType(f"{needed_by} is a number.", needed_by)
        return result
