"""Many tills hear of one stock change: what a delivery costs, and when the last one has it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence

from tests.bench.cases import DOCUMENTS, ask, body, data
from tests.bench.devices import Device, all_heard, connect
from tests.bench.load import WrongAnswer, request

TILLS = DOCUMENTS.parents[1] / "contracts" / "clients" / "pos"
BATCH = 50
"""Tills that connect at a time."""


class Tills:
    """Subscribers of the same products, and the warehouse whose counts they hear of."""

    def __init__(self, port: int, token: str, skus: Sequence[str]) -> None:
        self._port = port
        self._token = token
        self._skus = skus
        self._tills: list[Device] = []
        self._counts = 0

    async def connect(self, count: int) -> None:
        """Returns when each has its snapshot."""
        document = (TILLS / "stock_changed.graphql").read_text(encoding="utf-8")
        payload = {"query": document, "variables": {"skus": self._skus}}
        while len(self._tills) < count:
            batch = [Device(payload) for _ in range(min(BATCH, count - len(self._tills)))]
            self._tills += batch
            await connect(self._port, batch)

    async def change(self) -> list[float]:
        """Counts one product; answers each till's seconds from the count's sending to its delivery."""
        self._counts += 1
        sku = self._skus[self._counts % len(self._skus)]
        level = {"sku": sku, "source": "leipzig", "onHand": str(10_000 + self._counts)}
        wish = body("count", idempotencyKey=f"bench-{self._counts}", level=level)
        start = time.perf_counter()
        heard = asyncio.ensure_future(self._hear())
        (answer,) = await ask(self._port, request(self._port, "/graphql", wish, Authorization=f"Bearer {self._token}"))
        if data(answer)["setStockLevels"]["changed"] != 1:
            raise WrongAnswer(answer.decode())
        texts = await heard
        event = json.loads(texts.pop())["payload"]["data"]["stockChanged"]
        if texts or event["kind"] != "CHANGE" or [item["sku"] for item in event["items"]] != [sku]:
            raise WrongAnswer(f"tills heard different things, or the wrong one: {event}")
        return [till.heard_at - start for till in self._tills]

    def close(self) -> None:
        """All hang up."""
        for till in self._tills:
            till.close()

    async def _hear(self) -> set[str]:
        """What the tills hear next, each one message; the same text counts once."""
        for till in self._tills:
            till.listen()
        return await all_heard(self._tills)
