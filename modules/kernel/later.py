"""What is told only to who asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar, TypeVarTuple, overload

T_co = TypeVar("T_co", covariant=True)
Given = TypeVarTuple("Given")


class Later(Sequence[T_co]):
    """A tuple that is made when it is looked at first, and never when nobody looks.

    It equals and hashes as that tuple does. `make` is called once, with what is given, and must answer the same
    whenever that is; it and all that it holds are let go then. A function and what it is given are fewer objects than
    one that closes over each of these, where they are made by the hundred.
    """

    __slots__ = ("_given", "_items", "_make")

    def __init__(self, make: Callable[[*Given], Iterable[T_co]], *given: *Given) -> None:
        self._make: Callable[..., Iterable[T_co]] | None = make
        self._given: tuple[object, ...] = given
        self._items: tuple[T_co, ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether anybody has looked at it."""
        return self._make is None

    @property
    def items(self) -> tuple[T_co, ...]:
        """The tuple itself."""
        if self._make is not None:
            self._items, self._make, self._given = tuple(self._make(*self._given)), None, ()
        return self._items

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[T_co]:
        return iter(self.items)

    @overload
    def __getitem__(self, index: int) -> T_co: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T_co, ...]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self.items[index]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Later):
            return self is other or self.items == other.items
        return self.items == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.items)

    def __repr__(self) -> str:
        return repr(self.items)
