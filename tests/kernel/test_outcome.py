"""Lists of items: what is refused as a whole, what passes, and what is told again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from modules.kernel.errors import IdempotencyConflict, InvalidInput, Refused, UnknownSku
from modules.kernel.outcome import (
    LONGEST_REASON,
    MOST_ITEMS,
    Path,
    Repeatable,
    Upserted,
    in_order,
    once,
    refuse_command,
    sift,
)


def even(number: int, path: Path) -> int:
    """Half of an even number."""
    if number % 2:
        raise InvalidInput(f"{number} is odd", (*path, "number"), "an even number")
    return number // 2


def test_what_passes_keeps_its_place_and_what_is_refused_its_path() -> None:
    passed, refused = sift("numbers", [2, 3, 4, 5], even)
    assert passed == [(("input", "numbers", 0), 1), (("input", "numbers", 2), 2)]
    assert [problem.path for problem in refused] == [
        ("input", "numbers", "1", "number"),
        ("input", "numbers", "3", "number"),
    ]


def test_a_command_carries_a_thousand_items_and_no_more() -> None:
    assert refuse_command("numbers", [0] * MOST_ITEMS, "why") is None
    problem = refuse_command("numbers", [0] * (MOST_ITEMS + 1), "why")
    assert problem is not None
    assert problem.path == ("input", "numbers")


@pytest.mark.parametrize("reason", ["", "  ", "x" * (LONGEST_REASON + 1), "a\x00", "\ud800"])
def test_a_command_says_why(reason: str) -> None:
    problem = refuse_command("numbers", [], reason)
    assert problem is not None
    assert problem.path == ("input", "reason")


def test_an_outcome_is_told_again_with_its_refusals() -> None:
    problems: tuple[Refused, ...] = (
        InvalidInput("odd", ("input", "numbers", 1), "even"),
        UnknownSku("A", ("input", "skus", 0), ["B"]),
    )
    again = Upserted.recall(Upserted(1, 2, problems).record())
    assert (again.changed, again.unchanged) == (1, 2)
    assert [(type(problem), vars(problem), str(problem)) for problem in again.problems] == [
        (type(problem), vars(problem), str(problem)) for problem in problems
    ]


@dataclass(frozen=True)
class Pair:
    """Something known by two fields."""

    sku: str
    source: str


def test_of_two_with_one_key_the_later_is_refused_and_a_refused_one_counts_for_none() -> None:
    def check(pair: tuple[str, str], path: Path) -> Pair:
        if not pair[1]:
            raise InvalidInput("no source", (*path, "source"))
        return Pair(*pair)

    items = [("A", ""), ("A", "main"), ("A", "shop"), ("A", "main")]
    passed, refused = sift("levels", items, check, "sku", "source")
    assert [pair for _, pair in passed] == [Pair("A", "main"), Pair("A", "shop")]
    assert [problem.path for problem in refused] == [("input", "levels", "0", "source"), ("input", "levels", "3")]
    assert refused[1].message == "'A' at 'main' stands in this call already."


def test_refusals_found_at_different_times_stand_in_the_order_of_the_list() -> None:
    found = [InvalidInput(str(index), ("input", "numbers", index)) for index in (10, 2, 0)]
    assert [problem.message for problem in in_order(found)] == ["0", "2", "10"]


@dataclass
class Remembered:
    """What came of keys, in memory."""

    outcomes: dict[tuple[str | None, bytes], Mapping[str, Any]] = field(default_factory=dict)

    async def replay(self, command: Repeatable) -> Mapping[str, Any] | None:
        if any(key == command.key and body != command.body for key, body in self.outcomes):
            raise IdempotencyConflict(command.key or "")
        return self.outcomes.get((command.key, command.body))

    async def remember(self, command: Repeatable, outcome: Mapping[str, Any]) -> None:
        self.outcomes[command.key, command.body] = outcome


async def test_a_command_with_a_key_happens_once_and_one_without_each_time() -> None:
    memory, done = Remembered(), 0

    async def act() -> Upserted:
        nonlocal done
        done += 1
        return Upserted(done, 0)

    def command(key: str | None, *input: object) -> Repeatable:
        return Repeatable("erp", "setThings", key, input)

    assert (await once(memory, command("k", "A"), act)).changed == 1
    assert (await once(memory, command("k", "A"), act)).changed == 1
    other = await once(memory, command("k", "B"), act)
    assert (other.changed, [type(problem) for problem in other.problems]) == (0, [IdempotencyConflict])
    assert [(await once(memory, command(None, "A"), act)).changed for _ in range(2)] == [2, 3]
    assert len(memory.outcomes) == 1


def test_input_of_any_characters_has_a_body() -> None:
    assert Repeatable("erp", "m", "k", ("\ud800",)).body != Repeatable("erp", "m", "k", ("\ud801",)).body
