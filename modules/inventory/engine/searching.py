"""Which sources together fill most and count least: the search, which knows nothing of sources and goals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Numbers = tuple[int, ...]


class Option(NamedTuple):
    """What one gives of each wish, never more than the wish, and what it counts by each goal, never less than 0.

    One goal at least counts 1 or more, so that every option more is worse.
    """

    id: str
    gives: Numbers
    score: Numbers


class Choice(NamedTuple):
    """The options chosen, what they leave unfilled, and what they count together."""

    options: tuple[Option, ...]
    unfilled: int
    score: Numbers
    is_exact: bool

    @property
    def rank(self) -> tuple[int, Numbers, list[str]]:
        """Less is better."""
        return self.unfilled, self.score, sorted(option.id for option in self.options)


def best(wishes: Numbers, options: Sequence[Option], goals: int, exact: bool) -> Choice:
    """The set that leaves least unfilled, counts least by the first goal, then the next, then has the first ids.

    Not `exact`: the better of two grown sets, improved once, for cases in which nobody would wait for the best.
    """
    useful = sorted((option for option in options if any(option.gives)), key=lambda option: (option.score, option.id))
    search = _Search(wishes, useful, goals)
    return search.exact() if exact else search.near()


def single(wishes: Numbers, options: Sequence[Option], goals: int) -> Choice:
    """The one that fills all and counts least; nothing if none does."""
    able = [option for option in options if option.gives == wishes]
    chosen = min(able, key=lambda option: (option.score, option.id), default=None)
    if chosen is None:
        return Choice((), sum(wishes), (0,) * goals, True)
    return Choice((chosen,), 0, chosen.score, True)


class _Search:
    def __init__(self, wishes: Numbers, options: Sequence[Option], goals: int) -> None:
        self._wishes = wishes
        self._options = options
        self._nothing = (0,) * len(wishes)
        self._zero = (0,) * goals
        self._all = [self._nothing]
        """What all options from the one at this place on give together."""
        for option in reversed(options):
            self._all.insert(0, self._add(self._all[0], option.gives))
        self._target = self._all[0]
        self._found: tuple[Numbers, list[str], tuple[Option, ...]] | None = None

    def exact(self) -> Choice:
        """Looks at every set that may be the best: those that count more already, or can fill no more, are left out."""
        self._walk(0, self._nothing, self._zero, ())
        chosen = self._found[2] if self._found else ()
        return self._choice(chosen, True)

    def near(self) -> Choice:
        """One set taken in order and one grown by what gives most, the better of them improved by one exchange."""
        begun = min((self._in_order(), self._by_gift()), key=lambda choice: choice.rank)
        options = begun.options
        tried = [begun, *(self._choice(self._without(options, index)) for index in range(len(options)))]
        for index in range(len(options)):
            rest = self._without(options, index)
            tried += [self._choice((*rest, other)) for other in self._options if other not in options]
        return self._lean(min(tried, key=lambda choice: choice.rank))

    def _walk(self, place: int, given: Numbers, score: Numbers, chosen: tuple[Option, ...]) -> None:
        if given == self._target:
            self._keep(score, chosen)
            return
        # One more must join, and counts: a score as good as the best found is too much already.
        if self._found is not None and score >= self._found[0]:
            return
        if self._add(given, self._all[place]) != self._target:
            return
        option = self._options[place]
        both = tuple(map(sum, zip(score, option.score, strict=True)))
        self._walk(place + 1, self._add(given, option.gives), both, (*chosen, option))
        self._walk(place + 1, given, score, chosen)

    def _keep(self, score: Numbers, chosen: tuple[Option, ...]) -> None:
        ids = sorted(option.id for option in chosen)
        if self._found is None or (score, ids) < self._found[:2]:
            self._found = score, ids, chosen

    def _in_order(self) -> Choice:
        given: Numbers = self._nothing
        chosen: tuple[Option, ...] = ()
        for option in self._options:
            more = self._add(given, option.gives)
            if more != given:
                given, chosen = more, (*chosen, option)
        return self._lean(self._choice(chosen))

    def _by_gift(self) -> Choice:
        given: Numbers = self._nothing
        chosen: tuple[Option, ...] = ()
        while given != self._target:
            rest = [option for option in self._options if option not in chosen]
            option = min(rest, key=lambda each: (-sum(self._add(given, each.gives)), each.score, each.id))
            given, chosen = self._add(given, option.gives), (*chosen, option)
        return self._lean(self._choice(chosen))

    def _lean(self, choice: Choice) -> Choice:
        """Without those that nobody misses, the worst first."""
        options = choice.options
        for option in sorted(options, key=lambda option: (option.score, option.id), reverse=True):
            rest = tuple(other for other in options if other is not option)
            if self._choice(rest).unfilled == choice.unfilled:
                options = rest
        return self._choice(options)

    @staticmethod
    def _without(options: tuple[Option, ...], index: int) -> tuple[Option, ...]:
        return (*options[:index], *options[index + 1 :])

    def _choice(self, options: tuple[Option, ...], is_exact: bool = False) -> Choice:
        given, score = self._nothing, self._zero
        for option in options:
            given = self._add(given, option.gives)
            score = tuple(map(sum, zip(score, option.score, strict=True)))
        return Choice(options, sum(self._wishes) - sum(given), score, is_exact)

    def _add(self, given: Numbers, more: Numbers) -> Numbers:
        return tuple(map(min, self._wishes, map(int.__add__, given, more)))
