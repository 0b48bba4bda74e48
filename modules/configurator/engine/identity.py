"""The canonical text of a configuration, and its hash: equal values, one configuration (section 6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256

from modules.configurator.engine.entering import shortest
from modules.configurator.model.characteristics import Characteristic, DataType
from modules.configurator.model.contents import Content
from modules.configurator.model.sessions import Assignment


def canonical_text(content: Content, assignments: Mapping[str, Assignment]) -> str:
    """JSON without blanks: the part, then `[id, type, value, quantity or null]` of every value that makes it what it
    is, by the code points of the ids.

    Language, prices, revision, order of choices and who chose are not in it. Values must be in normal form.
    """
    known = content.characteristics
    lines = [_line(known[name], assignments[name]) for name in sorted(assignments) if known[name].identity]
    return json.dumps([content.part, lines], ensure_ascii=False, separators=(",", ":"))


def _line(characteristic: Characteristic, assignment: Assignment) -> list[str | None]:
    value, quantity = assignment.value, assignment.quantity
    tag = "option" if characteristic.has_options else "text" if characteristic.data_type is DataType.TEXT else "number"
    return [characteristic.id, tag, _plain(value), None if quantity is None else _plain(quantity)]


def _plain(value: str | Decimal) -> str:
    return value if isinstance(value, str) else f"{shortest(value):f}"


def hash_of(text: str) -> str:
    """SHA-256 of the text in UTF-8, in hexadecimal."""
    return sha256(text.encode()).hexdigest()
