"""Backing carts up while shoppers use them, and giving them back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from modules.cart.engine.copying import CartCopy, closed
from modules.cart.model.keys import Locator, cart_id
from modules.cart.store import CopyStore, Idle
from modules.kernel.names import CartId

_AT_ONCE: Final = 200
_NOTES: Final = b'{"notes":'


class CopyService:
    """Copies are lines of JSON: carts, of which the newest of several counts, and notes of what was on its way.

    Back them up BEFORE the database is: what is in both is then told apart by its mark, and nothing falls between.
    """

    def __init__(self, store: CopyStore, expires_us: Callable[[Idle], int]) -> None:
        self._store = store
        self._expires_us = expires_us

    async def copy(self, write: Callable[[Sequence[bytes]], object]) -> int:
        """Hands all carts in Redis to `write`, some lines at a time; how many carts. Raises Unavailable."""
        marks: dict[Locator, int] = {}
        async for carts in self._store.look():
            write(self._lines(carts, marks))
        notes = await self._store.notes()
        async for carts in self._store.look_again(marks.copy()):
            write(self._lines(carts, marks))
        write([orjson.dumps({"notes": notes})])
        return len(marks)

    async def give_back(self, lines: Iterable[bytes]) -> int:
        """Puts carts into the database of a shop that serves nobody; how many lines were carts. May be done twice.

        Raises ValueError for lines that are no copies.
        """
        count, notes = 0, dict[str, list[dict[str, Any]]]()
        for some in _batched(lines):
            copies = [CartCopy.decode(line) for line in some if not line.startswith(_NOTES)]
            notes = next((orjson.loads(line)["notes"] for line in some if line.startswith(_NOTES)), notes)
            await self._store.put_back(copies)
            count += len(copies)
        merged = await self._merged()
        await self._close(merged)
        await self._store.note(_unfinished(notes, merged))
        return count

    async def _merged(self) -> dict[CartId, str]:
        """Whose goods went into which customer's cart. Of all carts that are there now: a customer's may have been put
        away before it was copied with what its guest's still had then."""
        merged = dict[CartId, str]()
        async for copies in self._store.archived():
            for copy in copies:
                merged |= dict.fromkeys(copy.brought(), copy.customer)
        return merged

    async def _close(self, merged: Mapping[CartId, str]) -> None:
        if not merged:
            return
        async for copies in self._store.archived():
            guests = [copy for copy in copies if copy.id in merged and not copy.customer]
            await self._store.put_back([closed(guest, merged[guest.id]) for guest in guests])

    def _lines(self, carts: Iterable[Idle], marks: dict[Locator, int]) -> list[bytes]:
        lines = []
        for cart in carts:
            kept = cart.kept
            marks[kept.locator] = kept.mark
            expires_us = self._expires_us(cart)
            lines.append(CartCopy(kept.locator, kept.mark, expires_us, kept.fields, kept.operations).encode())
        return lines


def _batched(lines: Iterable[bytes]) -> Iterable[Sequence[bytes]]:
    held: list[bytes] = []
    for line in lines:
        held.append(line)
        if len(held) == _AT_ONCE:
            yield held
            held = []
    yield held


def _unfinished(notes: Mapping[str, list[dict[str, Any]]], merged: Mapping[CartId, str]) -> dict[str, Any]:
    """Without what is done by now: doing it again would bring a guest's goods into a cart that was changed since."""
    ways = [row for row in notes.get("cart_merge", []) if cart_id(row["guest"]) not in merged]
    return {**notes, "cart_merge": ways}
