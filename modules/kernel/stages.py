"""Stages: a long reckoning in parts, so that whoever waits for the event loop gets a turn between them."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")

Stages = Generator[None, None, T]
"""Yields after each part, and returns what was reckoned."""


def at_once(stages: Stages[T]) -> T:
    """What it comes to, without a pause."""
    while True:
        try:
            next(stages)
        except StopIteration as end:
            found: T = end.value
            return found


async def in_turns(stages: Stages[T]) -> T:
    """What it comes to; others have their turn after each part."""
    while True:
        try:
            next(stages)
        except StopIteration as end:
            found: T = end.value
            return found
        await asyncio.sleep(0)
