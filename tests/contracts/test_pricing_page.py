"""The page about pricing is true: its questions are asked of the demo shop, and the answers are those it shows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.demo_shop import OPERATOR, demo_shop

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "pricing.md").read_text(encoding="utf-8")
ANYTHING = "..."
"""In an answer of the page: whatever stands there, and at the end of a list whatever follows."""
_PAIR = re.compile(r"```graphql\n(.*?)```\n(?:\n```json\n(.*?)```)?", re.DOTALL)
_HEADER = re.compile(r"^# ([A-Z][A-Za-z-]+): (.*)$", re.MULTILINE)


def questions() -> list[tuple[str, str]]:
    """Every question of the page with its answer, which may be empty."""
    return _PAIR.findall(PAGE)


def headers(question: str) -> dict[str, str]:
    """What the question's first lines say is to be sent."""
    named = {name.lower(): value for name, value in _HEADER.findall(question)}
    return {**named, **(OPERATOR if "authorization" in named else {})}


def differences(shown: Any, found: Any, path: str = "") -> list[str]:
    """Where an answer is not what the page shows."""
    if shown == ANYTHING:
        return []
    if isinstance(shown, dict) and isinstance(found, dict) and shown.keys() == found.keys():
        return [one for key in shown for one in differences(shown[key], found[key], f"{path}.{key}")]
    if isinstance(shown, list) and isinstance(found, list):
        if shown[-1:] == [ANYTHING]:
            shown, found = shown[:-1], found[: len(shown) - 1]
        if len(shown) == len(found):
            pairs = enumerate(zip(shown, found, strict=True))
            return [one for index, (a, b) in pairs for one in differences(a, b, f"{path}.{index}")]
    return [] if shown == found else [f"{path}: the page shows {shown!r}, the shop answers {found!r}"]


def test_the_page_asks_and_is_answered() -> None:
    assert len([answer for _, answer in questions() if answer]) >= 10


async def test_the_shop_answers_what_the_page_shows(
    database: Database, redis: Redis, feed: StreamFeed, tmp_path: Path
) -> None:
    wrong = []
    async with demo_shop(database, redis, feed, tmp_path) as shop:
        for number, (question, answer) in enumerate(questions(), 1):
            found = await shop.ask(question, headers(question))
            wrong += differences(json.loads(answer or f'"{ANYTHING}"'), found, f"question {number}")
    assert wrong == []


@pytest.mark.parametrize(
    ("shown", "found", "agree"),
    [
        ({"a": "..."}, {"a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ([1, "..."], [1, 2, 3], True),
        ([1, "..."], [2], False),
        ([1], [1, 2], False),
    ],
)
def test_a_difference_is_seen(shown: Any, found: Any, agree: bool) -> None:
    assert (differences(shown, found) == []) is agree
