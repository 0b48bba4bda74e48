"""Usage: which client sends which document how often, counted in memory and written down now and then.

Counting costs a look into a dictionary. What a document holds in quotes is left out of what is written: a text that a
person typed has no business there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from graphql import DocumentNode, StringValueNode, Visitor, print_ast, visit

from gateway.edge.documents import Document
from modules.kernel.errors import Unavailable
from modules.runtime.usage import Use

HIDDEN: Final = "*"
"""What stands for every text in quotes."""
CLIENT: Final = ("graphql-client-name", "apollographql-client-name")
VERSION: Final = ("graphql-client-version", "apollographql-client-version")
_MOST: Final = 2_000
"""Different ones until they are written; beyond that new ones are not counted."""
_LONGEST: Final = 60
_PAUSE_SECONDS: Final = 30.0

Write = Callable[[Sequence[Use]], Awaitable[None]]


class Usage:
    """Of one process. `write` adds to what is known; what cannot be written now waits for the next time."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._counts: dict[tuple[str, str, str], int] = {}
        self._nodes: dict[str, DocumentNode] = {}

    def count(self, document: Document, headers: Mapping[str, str]) -> None:
        """One more, by the names that the sender gives itself."""
        get = headers.get
        client = get(CLIENT[0]) or get(CLIENT[1]) or ""
        version = get(VERSION[0]) or get(VERSION[1]) or ""
        key = client, version, document.text
        if key in self._counts:
            self._counts[key] += 1
        elif len(self._counts) < _MOST:
            self._counts[key] = 1
            self._nodes[document.text] = document.node

    async def run(self) -> None:
        """Writes every half minute, until it is cancelled."""
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            with suppress(Unavailable):
                await self.flush()

    async def flush(self) -> None:
        """Writes what was counted. Raises Unavailable, and it is counted still."""
        counts, nodes = self._counts, self._nodes
        self._counts, self._nodes = {}, {}
        if not counts:
            return
        try:
            texts = await asyncio.to_thread(lambda: {text: without_texts(node) for text, node in nodes.items()})
            await self._write(_uses(counts, texts))
        except Unavailable:
            self._take_back(counts, nodes)
            raise

    def _take_back(self, counts: Mapping[tuple[str, str, str], int], nodes: Mapping[str, DocumentNode]) -> None:
        for key, times in counts.items():
            if key in self._counts or len(self._counts) < _MOST:
                self._counts[key] = self._counts.get(key, 0) + times
                self._nodes[key[2]] = nodes[key[2]]


def without_texts(node: DocumentNode) -> str:
    """The document in one form, whatever its spaces, and without what stands in quotes."""
    return print_ast(visit(node, _Hide()))


class _Hide(Visitor):
    def enter_string_value(self, node: StringValueNode, *_: Any) -> StringValueNode:
        return StringValueNode(value=HIDDEN, block=False)


def _uses(counts: Mapping[tuple[str, str, str], int], texts: Mapping[str, str]) -> list[Use]:
    found: dict[tuple[str, str, str], int] = {}
    for (client, version, text), times in counts.items():
        key = _plain(client), _plain(version), texts[text]
        found[key] = found.get(key, 0) + times
    return [Use(*key, times) for key, times in found.items()]


def _plain(name: str) -> str:
    return name[:_LONGEST] if name.isascii() and name.isprintable() else ""
