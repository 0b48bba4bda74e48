"""Ending rows: from a moment on they hold no more, and what was true before stays so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.intake import MOMENTS, parsed, refusal
from modules.kernel.moments import to_us
from modules.pricing.model.prices import EndPricesInput, PriceRow


def ended(
    given: EndPricesInput, rows: Mapping[str, PriceRow], now_us: int
) -> tuple[list[PriceRow], int, list[Refused]]:
    """The rows with their ends, how many end by then already, and refusals; `rows` are those that are there, by id.

    A row that would begin at that moment or later is left with no time at all: it ends where it begins. Refused are
    unknown and derived rows, ids named twice, and a moment that is over (L-1: the past is not written anew).
    """
    try:
        at_us = _moment(given, now_us)
    except InvalidInput as problem:
        return [], 0, [problem]
    found: dict[str, PriceRow] = {}
    refused: list[Refused] = []
    for index, id in enumerate(given.ids):
        row = rows.get(id)
        if row is None:
            refused.append(refusal(id, ("input", "ids", index), "the id of a row that exists"))
        elif row.derived_from is not None:
            refused.append(refusal(id, ("input", "ids", index), f"the row it is derived from: {row.derived_from}"))
        elif id in found:
            refused.append(refusal(id, ("input", "ids", index), "each row once"))
        else:
            found[id] = row
    late = [row for row in found.values() if row.valid_until_us is None or row.valid_until_us > _end(row, at_us)]
    return [_ended(row, at_us) for row in late], len(found) - len(late), refused


def _moment(given: EndPricesInput, now_us: int) -> int:
    if given.at is None:
        return now_us
    moment = given.at
    at_us = parsed(lambda: to_us(moment), ("input", "at"), MOMENTS)
    if at_us < now_us:
        raise refusal(given.at.isoformat(), ("input", "at"), "now or later")
    return at_us


def _end(row: PriceRow, at_us: int) -> int:
    return at_us if row.valid_from_us is None else max(at_us, row.valid_from_us)


def _ended(row: PriceRow, at_us: int) -> PriceRow:
    return replace(row, valid_until_us=_end(row, at_us), version=row.version + 1)
