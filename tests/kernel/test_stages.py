"""A long reckoning lets others have their turn, and comes to the same."""

from __future__ import annotations

import asyncio

from modules.kernel.stages import Stages, at_once, in_turns


def reckoning(order: list[str]) -> Stages[int]:
    """Three parts, and five."""
    for _ in range(2):
        order.append("reckons")
        yield
    order.append("reckons")
    return 5


def test_it_comes_to_the_same_at_once() -> None:
    assert at_once(reckoning([])) == 5


async def test_others_have_their_turn_between_its_parts() -> None:
    order: list[str] = []

    async def other() -> None:
        for _ in range(2):
            order.append("another's")
            await asyncio.sleep(0)

    found, _ = await asyncio.gather(in_turns(reckoning(order)), other())
    assert found == 5
    assert order == ["reckons", "another's", "reckons", "another's", "reckons"]
