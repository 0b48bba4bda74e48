"""The edge alone: the smallest question there is, so that next to nothing of an answer is execution."""

from __future__ import annotations

import orjson

from tests.bench.cases import question
from tests.bench.load import CONNECTIONS, Script, WrongAnswer

BODY = orjson.dumps({"query": "query Edge { __typename }", "operationName": "Edge", "variables": {}})
ANSWER = b'{"data":{"__typename":"Query"}}'


class EdgeOnly:
    """A document that is known already, asked for by a stranger."""

    name = "edge"

    def __init__(self, port: int) -> None:
        self._request = question(port, BODY)

    async def prepare(self, requests: int) -> None:
        """There is nothing to prepare."""

    def scripts(self) -> list[Script]:
        """The same question again and again."""
        return [self._script() for _ in range(CONNECTIONS)]

    def _script(self) -> Script:
        while True:
            answer = yield self._request
            if answer != ANSWER:
                raise WrongAnswer(answer[:2000].decode())

    def sample(self) -> tuple[bytes, bytes]:
        """The question and its answer."""
        return BODY, ANSWER
