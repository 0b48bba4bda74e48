"""From what is asked about reservations to calls: every value checked, every refusal with its path."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from modules.inventory.engine.intake import check_quantity, check_source, destination
from modules.inventory.model.holding import Purpose
from modules.inventory.model.reservations import CallKey, HoldLine, UnknownReservation
from modules.inventory.model.sources import Source
from modules.inventory.model.sourcing import DestinationInput
from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.intake import check, check_text
from modules.kernel.names import SourceId, is_name, is_text
from modules.kernel.outcome import LONGEST_KEY, Path
from modules.kernel.product import Assortment
from modules.kernel.quantity import Quantity

MOST_LINES: Final = 1_000
LONGEST_TTL_SECONDS: Final = 90 * 24 * 3600
_NAMES: Final = "1 to 64 of letters, digits, `.`, `_` and `-`"
Sources = Mapping[SourceId, Source]


class LineInput(NamedTuple):
    """So much of a sku as handed in, unchecked; `source` None: from wherever the channel may take it."""

    line: str
    sku: str
    quantity: str
    source: str | None = None


class HoldInput(NamedTuple):
    """A hold as handed in, unchecked. `owner` is the cart or session it counts for; empty: the principal. With a
    destination the goods are sent, which not every source does."""

    idempotency_key: str
    lines: Sequence[LineInput]
    purpose: Purpose = Purpose.CHECKOUT
    owner: str = ""
    customer: str = ""
    ttl_seconds: int | None = None
    split: bool = True
    destination: DestinationInput | None = None


def call_key(principal: str, operation: str, key: str, body: object) -> CallKey:
    """What makes the call the same one when it comes again (R-1); raises InvalidInput for a key that is none."""
    if not is_text(key, LONGEST_KEY):
        allowed = f"a text of 1 to {LONGEST_KEY} characters"
        raise InvalidInput("A call needs a key of its own.", ("input", "idempotencyKey"), allowed)
    return CallKey(_digest(principal, operation, key), _digest(repr(body)))


def hold_id(key: CallKey, now_us: int) -> str:
    """The id of the hold that a call makes now; a call that comes again is answered with that of the first.

    It begins with the moment, so that new ones stand together in every index, and a batch writes few pages. A key that
    comes again after it was forgotten makes another one.
    """
    return f"{now_us:014x}{key.id[:12]}"


def check_hold(given: HoldInput) -> None:
    """Raises InvalidInput for the first value of the hold itself that is not allowed."""
    path: Path = ("input",)
    check(1 <= len(given.lines) <= MOST_LINES, len(given.lines), (*path, "lines"), f"1 to {MOST_LINES} lines")
    for name in ("owner", "customer"):
        value = getattr(given, name)
        check(not value or is_name(value), value, (*path, name), _NAMES)
    if given.ttl_seconds is not None:
        check_ttl(given.ttl_seconds, (*path, "ttlSeconds"))
    if given.destination is not None:
        destination(given.destination, (*path, "destination"))


def check_ttl(seconds: int, path: Path) -> int:
    """The life time in microseconds; raises InvalidInput for one that is out of reach."""
    check(1 <= seconds <= LONGEST_TTL_SECONDS, seconds, path, f"1 to {LONGEST_TTL_SECONDS} seconds")
    return seconds * 1_000_000


def hold_lines(
    given: Sequence[LineInput],
    assortment: Assortment,
    sources: Sources,
    usual: Sequence[SourceId],
) -> tuple[list[HoldLine], list[Refused]]:
    """The lines that were meant, and a refusal for each that is none; `usual` is where goods come from unless said."""
    lines: list[HoldLine] = []
    refused: list[Refused] = []
    for index, item in enumerate(given):
        try:
            lines.append(hold_line(item, ("input", "lines", index), assortment, sources, usual))
        except Refused as refusal:
            refused.append(refusal)
    return lines, refused


def hold_line(
    given: LineInput,
    path: Path,
    assortment: Assortment,
    sources: Sources,
    usual: Sequence[SourceId],
) -> HoldLine:
    """The line that was meant; raises InvalidInput, UnknownSku or UnknownLocation."""
    check_text(given.line, 64, (*path, "lineId"))
    article = assortment.article(given.sku, path)
    quantity = check_quantity(given.quantity, article.quantity_scale, (*path, "quantity"))
    check(quantity > 0, given.quantity, (*path, "quantity"), "more than 0")
    check(bool(usual) or given.source is not None, given.source, (*path, "source"), "the store to pick up at")
    places = tuple(usual) if given.source is None else (check_source(given.source, sources, (*path, "source")),)
    return HoldLine(given.line, article.sku, places, quantity, path, article.quantity_scale)


def check_amount(text: str, scale: int | None, reservation: str, path: Path, whose: Path) -> Quantity:
    """A quantity above 0 of a reservation's sku; raises UnknownReservation without a scale, else InvalidInput. `path`
    is the place of the quantity, `whose` that of the reservation."""
    if scale is None:
        raise UnknownReservation(reservation, whose)
    quantity = check_quantity(text, scale, path)
    check(quantity > 0, text, path, "more than 0")
    return quantity


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
