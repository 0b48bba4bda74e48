"""Carts under load: one more piece in a cart of ten lines, and the cart read, each with its quote.

Twenty promotions are active in the carts' channel, besides those of the demo shop.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import cycle
from typing import Any

from tests.bench.cases import ask, body, data, open_channel, order, question
from tests.bench.load import CONNECTIONS, Script, WrongAnswer
from tests.bench.promotions import twenty_promotions

CHANNEL = "bench-carts"
LINES = 10
ADDS = 20
"""To one cart; then comes a fresh one, so that what is measured does not depend on how long it runs."""
READ = 8
"""Carts that are read in turn, on each connection."""


class Carts:
    """Makes carts of ten lines, by the public API."""

    def __init__(self, port: int, skus: Sequence[str], channel: str = CHANNEL) -> None:
        self.port = port
        self.skus = skus[:LINES]
        self._offered = skus
        self._channel = channel

    async def open(self, token: str) -> None:
        """The carts' channel and its promotions."""
        await open_channel(self.port, token, self._channel)
        promotions = twenty_promotions(self._offered, self._channel)
        await order(self.port, token, "promote", promotions=promotions, ids=[one["id"] for one in promotions])

    async def fill(self, count: int) -> list[str]:
        """The keys of so many new carts, each with a piece of every product."""
        keys = await self._ask("create_cart", ({"idempotencyKey": secrets.token_hex(16)} for _ in range(count)))
        found = [data(answer)["createCart"]["key"] for answer in keys]
        wishes = ({"key": key, "operations": [adding(sku) for sku in self.skus]} for key in found)
        for answer in await self._ask("cart_fill", wishes):
            if len(data(answer)["applyCartOperations"]["applied"]) != LINES:
                raise WrongAnswer(answer.decode())
        return found

    def question(self, name: str, **variables: object) -> bytes:
        """A request in the carts' channel."""
        return question(self.port, body(name, **variables), self._channel)

    async def _ask(self, name: str, wishes: Iterable[dict[str, object]]) -> list[bytes]:
        requests = [self.question(name, **wish) for wish in wishes]
        shares = [requests[index::CONNECTIONS] for index in range(CONNECTIONS)]
        answers = await asyncio.gather(*(ask(self.port, *share) for share in shares if share))
        return [answer for share in answers for answer in share]


def adding(sku: str) -> dict[str, Any]:
    """The envelope of one piece more."""
    return {"id": secrets.token_hex(16), "operation": {"addLine": {"sku": sku, "quantity": "1"}}}


class CartAdd:
    """One more piece in a cart of ten lines, and the cart with its quote as the answer."""

    name = "cart_add"

    def __init__(self, carts: Carts) -> None:
        self._carts = carts
        self._keys: list[str] = []
        self._sample = (b"", b"")

    async def prepare(self, requests: int) -> None:
        """Carts for so many adds."""
        self._keys += await self._carts.fill(CONNECTIONS * (1 + requests // (ADDS * CONNECTIONS)))

    def scripts(self) -> list[Script]:
        """Each with its share of the carts."""
        keys, self._keys = self._keys, []
        return [self._script(keys[index::CONNECTIONS]) for index in range(CONNECTIONS)]

    def _script(self, keys: Sequence[str]) -> Script:
        for key in keys:
            for number in range(ADDS):
                wish = {"key": key, "id": secrets.token_hex(16), "sku": self._carts.skus[number % LINES]}
                answer = yield self._carts.question("cart_add", **wish)
                outcome = data(answer)["applyCartOperations"]
                if outcome["applied"] != [wish["id"]] or outcome["problems"]:
                    raise WrongAnswer(answer[:2000].decode())
                _check(outcome["cart"], LINES + number + 1)
                self._sample = (body("cart_add", **wish), answer)

    def sample(self) -> tuple[bytes, bytes]:
        """The newest add."""
        return self._sample


class CartRead:
    """A cart of ten lines with titles and its quote."""

    name = "cart_read"

    def __init__(self, carts: Carts) -> None:
        self._carts = carts
        self._keys: list[str] = []
        self._sample = (b"", b"")

    async def prepare(self, requests: int) -> None:
        """Once: the carts that are read."""
        if not self._keys:
            self._keys = await self._carts.fill(READ * CONNECTIONS)

    def scripts(self) -> list[Script]:
        """Each reads its share of the carts in turn."""
        return [self._script(self._keys[index::CONNECTIONS]) for index in range(CONNECTIONS)]

    def _script(self, keys: Sequence[str]) -> Script:
        for key in cycle(keys):
            answer = yield self._carts.question("cart_read", key=key)
            _check(data(answer)["cart"], LINES)
            self._sample = (body("cart_read", key=key), answer)

    def sample(self) -> tuple[bytes, bytes]:
        """The newest reading."""
        return self._sample


def _check(cart: dict[str, Any], pieces: int) -> None:
    quantity = sum(Decimal(line["quantity"]) for line in cart["lines"])
    # Gifts stand in the quote alone.
    priced = sum(line["lineId"] is not None for line in cart["quote"]["lines"])
    if (quantity, priced, len(cart["lines"])) != (pieces, LINES, LINES):
        raise WrongAnswer(f"not {pieces} pieces, each priced: {cart}")
