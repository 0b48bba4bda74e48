"""What is measured: each case is a script for the load generator that also proves every answer right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

import orjson

from tests.bench.load import CONNECTIONS, Script, WrongAnswer, load, request

DOCUMENTS = Path(__file__).parent / "documents"
PRODUCTS = 24
MADE_TO_ORDER = 2
"""Products of the page that keep no stock of their own, at most."""
SOURCES = ("leipzig", "basel")
"""Those of the demo shop that hold every product."""
CHANNEL = "bench"


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


def question(port: int, body: bytes, channel: str = CHANNEL) -> bytes:
    """A request to the graph, asked in a channel that the benchmark has set up."""
    return request(port, "/graphql", body, Cogwerk_Channel=channel)


async def ask(port: int, *requests: bytes) -> list[bytes]:
    """Sends these and answers what came, in order."""
    answers: list[bytes] = []

    def script() -> Script:
        for item in requests:
            answer = yield item
            answers.append(answer)

    await load(port, [script()], seconds=60)
    return answers


async def order(port: int, token: str, name: str, **variables: object) -> None:
    """A mutation as the operator; raises WrongAnswer when it has problems."""
    wish = request(port, "/graphql", body(name, **variables), Authorization=f"Bearer {token}")
    (answer,) = await ask(port, wish)
    if any(payload["problems"] for payload in data(answer).values()):
        raise WrongAnswer(answer.decode())


async def open_channel(port: int, token: str, id: str = CHANNEL) -> None:
    """A channel of the demo shop with two sources, whatever the others have."""
    channel = {"id": id, "market": "de", "priceLists": ["retail"], "sources": SOURCES, "position": 9}
    await order(port, token, "open_channel", channel=channel)


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
        """What the page shows and is kept in stock; raises WrongAnswer when something is missing on it."""
        nodes = [edge["node"] for edge in data(self._answer)["products"]["edges"]]
        priced = [node for node in nodes if node["title"] and node["price"]]
        stocked = [node for node in priced if self._sources(node) == SOURCES]
        if len(priced) != PRODUCTS or len(stocked) < PRODUCTS - MADE_TO_ORDER:
            found = f"{len(priced)} products of {PRODUCTS} have title and price, {len(stocked)} of them both sources"
            raise WrongAnswer(found)
        return [node["sku"] for node in stocked]

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


def replies(port: int, path: str, sample: tuple[bytes, bytes]) -> list[Script]:
    """The same request to the yardstick, which answers the same bytes."""
    wish, answer = sample
    sent = request(port, path, wish)

    def script() -> Script:
        while (yield sent) == answer:
            pass
        raise WrongAnswer("the bare server answers something else")

    return [script() for _ in range(CONNECTIONS)]
