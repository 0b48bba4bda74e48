"""From what was typed to a value in normal form; nothing is ever rounded (sections 4.1 and 6)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from unicodedata import category, normalize

from modules.configurator.engine.grid import Grid
from modules.configurator.model.characteristics import Bounds, Characteristic, DataType, QuantityUse, Value
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import (
    BadText,
    OffStep,
    OutOfRange,
    Path,
    QuantityForbidden,
    QuantityRequired,
    TooManyDecimals,
    UnknownCharacteristic,
    UnknownOption,
    WrongType,
)
from modules.configurator.model.revisions import RevisionCharacteristic
from modules.configurator.model.sessions import Choice

_MOST_DIGITS = 28


def enter(content: Content, choice: Choice, path: Path = ()) -> Choice | None:
    """A choice in normal form; None for an empty text, which is no value.

    A required quantity may still be missing: it is told as missing until it is there. Raises a BadChoice that says what
    is wrong with characteristic, value or quantity; `path` leads to the choice.
    """
    member = next((one for one in content.members if one.characteristic == choice.characteristic), None)
    if member is None:
        names = [one.characteristic for one in content.members]
        raise UnknownCharacteristic(choice.characteristic, nearest(choice.characteristic, names), path)
    characteristic = content.characteristics[choice.characteristic]
    value = _value(content, member, characteristic, choice.value, (*path, "value"))
    if value == "":
        return None
    quantity = _quantity(characteristic, choice.quantity, (*path, "quantity"))
    return Choice(characteristic.id, value, quantity)


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """Up to three names that look like this one."""
    folded = {one.casefold(): one for one in names}
    return [folded[one] for one in get_close_matches(name[:64].casefold(), folded, 3)]


def require_quantity(content: Content, choice: Choice, path: Path = ()) -> None:
    """Raises QuantityRequired where the value needs a quantity and has none."""
    use = content.characteristics[choice.characteristic].quantity_use
    if use is QuantityUse.REQUIRED and choice.quantity is None:
        raise QuantityRequired(f"{choice.characteristic} needs a quantity.", choice.characteristic, path=path)


def _value(
    content: Content, member: RevisionCharacteristic, characteristic: Characteristic, value: Value, path: Path
) -> Value:
    if characteristic.has_options:
        return _option(content, member, value, path)
    if characteristic.data_type is DataType.TEXT:
        return _text(characteristic, value, path)
    grid = Grid.of(characteristic.bounds, member.low, member.high)
    return _number(characteristic.id, value, characteristic.bounds, grid, path)


def _option(content: Content, member: RevisionCharacteristic, value: Value, path: Path) -> str:
    ids = [option.id for option in content.options(member)]
    name = member.characteristic
    if not isinstance(value, str):
        raise WrongType(f"{name} takes one of its options.", name, ", ".join(ids[:20]), path)
    found = normalize("NFC", value)
    if found not in ids:
        raise UnknownOption(name, found, nearest(found, ids), path)
    return found


def _text(characteristic: Characteristic, value: Value, path: Path) -> str:
    name = characteristic.id
    if not isinstance(value, str):
        raise WrongType(f"{name} is a text.", name, path=path)
    text = normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    allowed = f"at most {characteristic.max_length} characters, none of them a control character"
    if len(text) > characteristic.max_length or any(category(one) in ("Cc", "Cs") and one != "\n" for one in text):
        raise BadText(f"{name} cannot be this text.", name, allowed, path)
    return text


def _number(name: str, value: Value, bounds: Bounds, grid: Grid, path: Path) -> Decimal:
    number = _parsed(name, value, path)
    if -number.as_tuple().exponent > bounds.scale:  # type: ignore[operator]
        raise TooManyDecimals(f"{name} has at most {bounds.scale} decimals.", name, str(bounds.scale), path)
    low, high = grid.low, grid.high
    if (low is not None and number < low) or (high is not None and number > high):
        allowed = f"{'' if low is None else low} to {'' if high is None else high}"
        raise OutOfRange(f"{name} cannot be {number}.", name, allowed, path)
    if grid.until(number) != number:
        raise OffStep(f"{name} cannot be {number}.", name, f"{grid.origin} and steps of {grid.unit}", path)
    return number


def _parsed(name: str, value: Value, path: Path) -> Decimal:
    """In its shortest form: no exponent, no zeros at its end, no minus before zero."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise WrongType(f"{name} is a number.", name, path=path) from None
    if not number.is_finite() or len(number.as_tuple().digits) > _MOST_DIGITS or abs(number.adjusted()) > _MOST_DIGITS:
        raise WrongType(f"{name} is a number of at most {_MOST_DIGITS} digits.", name, path=path)
    return shortest(number)


def shortest(number: Decimal) -> Decimal:
    """The same number without exponent, without zeros at its end, without a minus before zero."""
    plain = number.normalize()
    if not plain:
        return abs(plain)
    exponent = plain.as_tuple().exponent
    # By its text: a context would refuse what has more digits than it.
    return Decimal(f"{plain:f}") if isinstance(exponent, int) and exponent > 0 else plain


def _quantity(characteristic: Characteristic, quantity: Decimal | None, path: Path) -> Decimal | None:
    if quantity is None:
        return None
    if characteristic.quantity_use is QuantityUse.NONE:
        raise QuantityForbidden(f"{characteristic.id} has no quantity.", characteristic.id, path=path)
    bounds = characteristic.quantity_bounds
    return _number(f"{characteristic.id}.qty", quantity, bounds, Grid.of(bounds), path)
