"""What is measured: each case is a script for the load generator that also proves every answer right."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import orjson

from tests.bench.load import CONNECTIONS, Script, WrongAnswer, load, request

DOCUMENTS = Path(__file__).parent / "documents"
PRODUCTS = 24
SOURCES = ("leipzig", "basel")
"""Those of the demo shop that hold every product."""
CHANNEL = "bench"
ADDS = 20
"""Adds to one cart; then comes a fresh one, so that what is measured does not depend on how long it runs."""


class Case(Protocol):
    """A kind of request under load."""

    name: str

    async def prepare(self, requests: int) -> None:
        """Makes, unmeasured, what so many requests will use up."""

    def scripts(self) -> list[Script]:
        """One for each connection."""
        ...

    def sample(self) -> tuple[bytes, bytes]:
        """The newest request's body and its answer's, both right: what the yardstick is given."""
        ...


def body(name: str, **variables: object) -> bytes:
    """A request's body with one of the documents."""
    return json.dumps({"query": (DOCUMENTS / f"{name}.graphql").read_text(), "variables": variables}).encode()


def data(answer: bytes) -> dict[str, Any]:
    """The root fields of an answer; raises WrongAnswer when there are errors or a module was not there."""
    document = orjson.loads(answer)
    if document.get("errors") or document.get("extensions", {}).get("unavailable"):
        raise WrongAnswer(answer[:2000].decode())
    fields: dict[str, Any] = document["data"]
    return fields


def question(port: int, body: bytes, **headers: str) -> bytes:
    """A request to the graph, asked in the channel that the benchmark has set up."""
    return request(port, "/graphql", body, Cogwerk_Channel=CHANNEL, **headers)


async def ask(port: int, *requests: bytes) -> list[bytes]:
    """Sends these and answers what came, in order."""
    answers: list[bytes] = []

    def script() -> Script:
        for item in requests:
            answer = yield item
            answers.append(answer)

    await load(port, [script()], seconds=60)
    return answers


async def open_channel(port: int, token: str) -> None:
    """A channel of the demo shop with two sources, whatever the others have."""
    channel = {"id": CHANNEL, "market": "de", "priceLists": ["retail"], "sources": SOURCES, "position": 9}
    wish = body("open_channel", channel=channel)
    (answer,) = await ask(port, request(port, "/graphql", wish, Authorization=f"Bearer {token}"))
    if data(answer)["upsertChannels"]["problems"]:
        raise WrongAnswer(answer.decode())


class Listing:
    """A page of 24 products, each with price and the availability at every source."""

    name = "listing"

    def __init__(self, port: int) -> None:
        self._body = body("listing")
        self._request = question(port, self._body)
        self.port = port
        self._answer = b""

    async def prepare(self, requests: int) -> None:
        """Once: the answer that all others must be equal to."""
        if not self._answer:
            (self._answer,) = await ask(self.port, self._request)
            self.skus()

    def skus(self) -> list[str]:
        """What the page shows; raises WrongAnswer when something is missing on it."""
        nodes = [edge["node"] for edge in data(self._answer)["products"]["edges"]]
        whole = [node for node in nodes if node["title"] and node["price"] and self._sources(node) == SOURCES]
        if len(whole) != PRODUCTS:
            raise WrongAnswer(f"{len(whole)} products of {PRODUCTS} have title, price and both sources")
        return [node["sku"] for node in whole]

    def _sources(self, node: dict[str, Any]) -> tuple[str, ...]:
        return tuple(entry["source"]["id"] for entry in node["availability"]["sources"])

    def scripts(self) -> list[Script]:
        """The same question again and again."""
        return [self._script() for _ in range(CONNECTIONS)]

    def _script(self) -> Script:
        while True:
            answer = yield self._request
            if answer != self._answer:
                raise WrongAnswer(answer[:2000].decode())

    def sample(self) -> tuple[bytes, bytes]:
        """The page."""
        return self._body, self._answer


class CartAdd:
    """One more piece in a cart, and the cart with its quote as the answer."""

    name = "cart_add"

    def __init__(self, port: int, skus: Sequence[str]) -> None:
        self._port = port
        self._skus = skus
        self._keys: list[str] = []
        self._sample = (b"", b"")

    async def prepare(self, requests: int) -> None:
        """Carts for so many adds."""
        carts = CONNECTIONS * (1 + requests // (ADDS * CONNECTIONS))
        wishes = [question(self._port, body("create_cart", idempotencyKey=secrets.token_hex(16))) for _ in range(carts)]
        shares = [wishes[index::CONNECTIONS] for index in range(CONNECTIONS)]
        for answers in await asyncio.gather(*(ask(self._port, *share) for share in shares)):
            self._keys += [data(answer)["createCart"]["key"] for answer in answers]

    def scripts(self) -> list[Script]:
        """Each with its share of the carts."""
        keys, self._keys = self._keys, []
        return [self._script(keys[index::CONNECTIONS]) for index in range(CONNECTIONS)]

    def _script(self, keys: Sequence[str]) -> Script:
        for key in keys:
            for number in range(1, ADDS + 1):
                sku = self._skus[number % len(self._skus)]
                wish = body("cart_add", key=key, id=secrets.token_hex(16), sku=sku)
                answer = yield question(self._port, wish)
                self._check(answer, number)
                self._sample = (wish, answer)

    def _check(self, answer: bytes, number: int) -> None:
        outcome = data(answer)["applyCartOperations"]
        quantity = sum(Decimal(line["quantity"]) for line in outcome["cart"]["lines"])
        # Gifts stand in the quote alone.
        priced = sum(line["lineId"] is not None for line in outcome["cart"]["quote"]["lines"])
        if outcome["problems"] or quantity != number or priced != len(outcome["cart"]["lines"]):
            raise WrongAnswer(f"after {number} adds: {answer[:2000].decode()}")

    def sample(self) -> tuple[bytes, bytes]:
        """The newest add."""
        return self._sample


def replies(port: int, path: str, sample: tuple[bytes, bytes]) -> list[Script]:
    """The same request to the yardstick, which answers the same bytes."""
    wish, answer = sample
    sent = request(port, path, wish)

    def script() -> Script:
        while (yield sent) == answer:
            pass
        raise WrongAnswer("the bare server answers something else")

    return [script() for _ in range(CONNECTIONS)]
