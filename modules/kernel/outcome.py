"""What became of a command over many items."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Protocol, Self, TypeVar

from modules.kernel.errors import IdempotencyConflict, InvalidInput, Refused
from modules.kernel.names import is_text

Given = TypeVar("Given")
Checked = TypeVar("Checked")
Path = tuple[str | int, ...]

MOST_ITEMS = 1_000
"""Items one command may carry."""
LONGEST_REASON = 500
LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class Upserted:
    """Items changed, items that were so already (neither written nor published), and refusals with their paths."""

    changed: int
    unchanged: int
    problems: tuple[Refused, ...] = ()

    def __add__(self, other: Upserted) -> Upserted:
        return Upserted(self.changed + other.changed, self.unchanged + other.unchanged, self.problems + other.problems)

    def record(self) -> dict[str, Any]:
        """JSON values of which `recall` makes the same outcome: what is remembered under an idempotency key."""
        problems = [record_problem(problem) for problem in self.problems]
        return {"changed": self.changed, "unchanged": self.unchanged, "problems": problems}

    @classmethod
    def recall(cls, record: Mapping[str, Any]) -> Self:
        """The outcome of a record; refusals are of their own classes again."""
        return cls(record["changed"], record["unchanged"], tuple(map(recall_problem, record["problems"])))


def refuse_command(
    name: str, items: Sequence[object], reason: str, key: str | None = None, most: int = MOST_ITEMS
) -> Refused | None:
    """Why a whole command over the list `name` is refused, if it is: too many items, no reason for the audit log, or
    an idempotency key that cannot be kept."""
    if len(items) > most:
        return InvalidInput(f"{len(items)} {name} are too many", ("input", name), f"at most {most} a call")
    if not is_text(reason, LONGEST_REASON):
        return InvalidInput("say why", ("input", "reason"), f"a text of 1 to {LONGEST_REASON} characters")
    if key is not None and not is_text(key, LONGEST_KEY):
        allowed = f"a text of 1 to {LONGEST_KEY} characters"
        return InvalidInput("This key cannot be kept", ("input", "idempotencyKey"), allowed)
    return None


def sift(
    name: str, items: Sequence[Given], check: Callable[[Given, Path], Checked], *key: str
) -> tuple[list[tuple[Path, Checked]], list[Refused]]:
    """What `check` makes of the items of the list `name`, in order and each with its path, and what it refuses.

    `key` names the fields by which what passed is known: one that stands in the list already is refused, as nobody
    can know which of the two was meant.
    """
    seen: set[Any] = set()
    name_of = attrgetter(*key) if key else None

    def check_once(item: Given, path: Path) -> Checked:
        found = check(item, path)
        if name_of:
            known = name_of(found)
            if known in seen:
                words = _words(known if len(key) > 1 else (known,))
                raise InvalidInput(f"{words} stands in this call already.", path, "each only once a call")
            seen.add(known)
        return found

    return judge([(("input", name, index), item) for index, item in enumerate(items)], check_once)


def judge(
    items: Sequence[tuple[Path, Given]], check: Callable[[Given, Path], Checked]
) -> tuple[list[tuple[Path, Checked]], list[Refused]]:
    """What `check` makes of items that have their paths, in order, and what it refuses."""
    passed: list[tuple[Path, Checked]] = []
    refused: list[Refused] = []
    for path, item in items:
        try:
            passed.append((path, check(item, path)))
        except Refused as problem:
            refused.append(problem)
    return passed, refused


def in_order(refusals: Sequence[Refused]) -> tuple[Refused, ...]:
    """Refusals of items of one list, found at different times, in the order of the list."""
    return tuple(sorted(refusals, key=lambda problem: int(problem.path[2])))


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A mutation that its client may send again under a key of its own; without a key each time is a new one."""

    principal: str
    mutation: str
    key: str | None
    input: tuple[object, ...]

    @property
    def body(self) -> bytes:
        """What the key stands for: the same for the same input."""
        return repr(self.input).encode("utf-8", "surrogatepass")


class Memory(Protocol):
    """An open transaction that knows what came of keys."""

    async def replay(self, command: Repeatable) -> Mapping[str, Any] | None:
        """What was remembered of the command; None for a new key. Raises IdempotencyConflict for other input."""
        ...

    async def remember(self, command: Repeatable, outcome: Mapping[str, Any]) -> None:
        """Keeps the outcome for whoever sends the command again."""
        ...


async def once(memory: Memory, command: Repeatable, act: Callable[[], Awaitable[Upserted]]) -> Upserted:
    """What `act` does; for a command that came before, what it did then; a refusal for other input under its key."""
    if command.key is None:
        return await act()
    try:
        held = await memory.replay(command)
    except IdempotencyConflict as conflict:
        return Upserted(0, 0, (conflict,))
    if held is not None:
        return Upserted.recall(held)
    done = await act()
    await memory.remember(command, done.record())
    return done


def _words(key: tuple[Any, ...]) -> str:
    return " at ".join(repr(str(part)) for part in key)


def record_problem(problem: Refused) -> dict[str, Any]:
    """JSON values of which `recall_problem` makes the same refusal."""
    return {"code": problem.code, "message": problem.message, **vars(problem)}


def recall_problem(record: Mapping[str, Any]) -> Refused:
    """The refusal of a record, of its own class again."""
    return _problem(**record)


def _problem(code: str, message: str, **data: Any) -> Refused:
    kind = {kind.code: kind for kind in _kinds(Refused)}[code]
    problem = kind.__new__(kind, message)
    for name, value in data.items():
        setattr(problem, name, tuple(value) if isinstance(value, list) else value)
    return problem


def _kinds(kind: type[Refused]) -> Iterator[type[Refused]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds(narrower)
