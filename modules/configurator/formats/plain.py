"""What the model becomes in JSON and YAML, and the few forms that are shorter than their fields.

Decimal        "1.10", a `Figure`; where a text may stand as well: a whole number, or {"number": "1.10"}, a `Number`
Texts          {"en": "Door", "de": "Tür"}; the order says which is the default
Reference      "NAME", "NAME.qty", "formula:NAME", "parent.NAME"
Cell           null for anything, a value for equality, else ["between", 1, 5]
Row            [sequence, result, cell, cell, ...]
Expression     its source
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Final, TypeAlias

from modules.configurator.model.errors import BadDocument
from modules.configurator.model.formulas import Cell, Match
from modules.configurator.model.trees import Owner, Reference, ReferenceKind

Plain: TypeAlias = "bool | int | str | list[Plain] | dict[str, Plain] | None"
"""What JSON and YAML can say; never a float."""

# Readers of JSON elsewhere keep whole numbers exactly up to here.
_MOST_WHOLE: Final = 2**53


class Figure(str):
    """A Decimal's digits, where only a number can stand: YAML writes them without quotes."""

    __slots__ = ()


class Number(dict[str, Plain]):
    """A Decimal that is not whole, where a text could stand too."""


class Bare(str):
    """A number as it stood in YAML without quotes: which digits a text, an id or a Decimal has is not lost."""

    __slots__ = ()


def wrong(what: str, given: object) -> BadDocument:
    """The error for something else than what is wanted here."""
    shown = repr(given) if isinstance(given, (str, int, bool, type(None))) else f"a {type(given).__name__}"
    return BadDocument(f"Here must be {what}, not {shown[:80]}.", allowed=what)


def unknown(what: str, given: object, known: Iterable[str]) -> BadDocument:
    """The error for a name that is none of those known here."""
    every = list(known)
    nearest = get_close_matches(str(given)[:64], every, 3)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else "."
    return BadDocument(f"There is no {what} {str(given)[:64]!r} here{hint}", nearest, ", ".join(every))


def write_scalar(value: object) -> Plain:
    """A text, a number or a truth value, so that each can be told from the others."""
    if isinstance(value, (str, bool)):
        return value
    assert isinstance(value, Decimal)
    if value.as_tuple().exponent == 0 and abs(value) < _MOST_WHOLE:
        return int(value)
    return Number(number=Figure(value))


def read_scalar(plain: object) -> str | Decimal | bool:
    """The contrary of `write_scalar`; raises BadDocument."""
    if isinstance(plain, Bare) or (isinstance(plain, int) and not isinstance(plain, bool)):
        return read_decimal(plain)
    if isinstance(plain, (str, bool)):
        return plain
    if isinstance(plain, dict) and plain.keys() == {"number"}:
        return read_decimal(plain["number"])
    raise wrong("a text or a number", plain)


def read_decimal(plain: object) -> Decimal:
    """A finite number of digits or of a whole number; raises BadDocument."""
    if isinstance(plain, (str, int)) and not isinstance(plain, bool):
        try:
            found = Decimal(plain)
        except InvalidOperation:
            raise wrong("a number", plain) from None
        if found.is_finite():
            return found
    raise wrong("a number", plain)


def write_reference(reference: Reference) -> Plain:
    """As formulas name it."""
    kind, name = reference.kind, reference.name
    if kind in (ReferenceKind.FORMULA, ReferenceKind.TABLE):
        name = f"{kind.value}:{name}"
    elif kind is ReferenceKind.QUANTITY:
        name = f"{name}.qty"
    return name if reference.owner is Owner.SELF else f"{reference.owner.value}.{name}"


def read_reference(plain: object) -> Reference:
    """The contrary of `write_reference`; raises BadDocument."""
    if not isinstance(plain, str) or not plain:
        raise wrong("the name of a characteristic, NAME.qty, formula:NAME or table:NAME", plain)
    name, owner, kind = str(plain), Owner.SELF, ReferenceKind.VALUE
    for other in (Owner.PARENT, Owner.ROOT):
        if name.startswith(f"{other.value}."):
            name, owner = name[len(other.value) + 1 :], other
            break
    for prefixed in (ReferenceKind.FORMULA, ReferenceKind.TABLE):
        if name.startswith(f"{prefixed.value}:"):
            return Reference(name[len(prefixed.value) + 1 :], prefixed, owner)
    if name.endswith(".qty"):
        name, kind = name[:-4], ReferenceKind.QUANTITY
    return Reference(name, kind, owner)


def write_cell(cell: Cell) -> Plain:
    """Nothing, the operand itself, or the match with its operands."""
    if cell.match is Match.ANY and not cell.operands:
        return None
    if cell.match is Match.EQUAL and len(cell.operands) == 1:
        return write_scalar(cell.operands[0])
    return [cell.match.value, *map(write_scalar, cell.operands)]


_OPERANDS: Final = {Match.ANY: "none", Match.BETWEEN: "two", Match.IN: "one or more", Match.NOT_IN: "one or more"}
_MATCHES: Final = {match.value: match for match in Match}


def read_cell(plain: object) -> Cell:
    """The contrary of `write_cell`; raises BadDocument, also for too many or too few operands."""
    if plain is None:
        return Cell()
    if not isinstance(plain, list):
        return Cell(Match.EQUAL, (read_scalar(plain),))
    match = _MATCHES.get(plain[0]) if plain and isinstance(plain[0], str) else None
    if match is None:
        raise unknown("match", plain[0] if plain else "", _MATCHES)
    operands = tuple(map(read_scalar, plain[1:]))
    if not _fits(match, operands):
        raise BadDocument(f"{match.value!r} has {_OPERANDS.get(match, 'one')} to compare with, not {len(operands)}.")
    return Cell(match, operands)


def _fits(match: Match, operands: Sequence[object]) -> bool:
    count = len(operands)
    return count == {Match.ANY: 0, Match.BETWEEN: 2}.get(match, count if match in _OPERANDS and count else 1)
