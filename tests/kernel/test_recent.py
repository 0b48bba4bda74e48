"""What was read lately: once each, while there is room, and never as it was before it was forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from modules.kernel.recent import Recent


class Store:
    """Holds what `true` says; notes what is asked of it."""

    def __init__(self, **true: int) -> None:
        self.true = true
        self.asked: list[list[str]] = []

    async def read(self, keys: Sequence[str]) -> dict[str, int]:
        """Takes a moment."""
        self.asked.append(list(keys))
        found = {key: self.true[key] for key in keys if key in self.true}
        await asyncio.sleep(0)
        return found


async def test_what_is_held_is_not_read_again() -> None:
    store, recent = Store(a=1, b=2), Recent[str, int](10)
    assert await recent.get(["b", "a", "b"], store.read) == {"a": 1, "b": 2}
    assert await recent.get(["a", "b"], store.read) == {"a": 1, "b": 2}
    assert store.asked == [["b", "a"]]


async def test_what_is_not_there_is_asked_for_again() -> None:
    store, recent = Store(a=1), Recent[str, int](10)
    assert await recent.get(["a", "b"], store.read) == {"a": 1}
    store.true["b"] = 2
    assert await recent.get(["a", "b"], store.read) == {"a": 1, "b": 2}
    assert store.asked == [["a", "b"], ["b"]]


async def test_what_was_asked_for_longest_ago_makes_room() -> None:
    store, recent = Store(a=1, b=2, c=3), Recent[str, int](2)
    for key in ("a", "b", "a", "c", "a", "b"):
        await recent.get([key], store.read)
    assert store.asked == [["a"], ["b"], ["c"], ["b"]]


async def test_what_was_forgotten_is_read_anew() -> None:
    store, recent = Store(a=1, b=2), Recent[str, int](10)
    await recent.get(["a", "b"], store.read)
    store.true["a"] = 3
    recent.forget(["a"])
    assert await recent.get(["a", "b"], store.read) == {"a": 3, "b": 2}
    recent.forget_all()
    await recent.get(["a", "b"], store.read)
    assert store.asked == [["a", "b"], ["a"], ["a", "b"]]


async def test_what_was_forgotten_while_it_was_read_is_not_held() -> None:
    store, recent = Store(a=1), Recent[str, int](10)
    reading = asyncio.create_task(recent.get(["a"], store.read))
    await asyncio.sleep(0)
    store.true["a"] = 2
    recent.forget(["a"])
    assert await reading == {"a": 1}
    assert await recent.get(["a"], store.read) == {"a": 2}
