import weakref

from modules.kernel.later import Later


class Maker:
    """Counts how often it is called."""

    def __init__(self, *items: int) -> None:
        self.items = items
        self.calls = 0

    def __call__(self) -> tuple[int, ...]:
        self.calls += 1
        return self.items


def test_nothing_is_made_until_somebody_looks_and_then_once() -> None:
    make = Maker(1, 2)
    later = Later(make)
    assert make.calls == 0
    assert (len(later), list(later), later[0], later[1:], 2 in later, bool(later)) == (2, [1, 2], 1, (2,), True, True)
    assert make.calls == 1


def test_it_is_made_of_what_is_given_and_lets_that_go() -> None:
    given = Maker(1, 2)
    held = weakref.ref(given)
    later = Later(lambda maker, more: (*maker.items, more), given, 3)
    del given
    assert later == (1, 2, 3)
    assert held() is None


def test_it_equals_the_tuple_it_becomes() -> None:
    later = Later(Maker(1, 2))
    assert later == (1, 2)
    assert (1, 2) == later
    assert later == Later(Maker(1, 2))
    assert later != Later(Maker(2))
    assert later != [1, 2]
    assert not Later(Maker())
    assert (hash(later), repr(later)) == (hash((1, 2)), "(1, 2)")


def test_it_is_itself_without_being_looked_at() -> None:
    make = Maker(1)
    later = Later(make)
    assert (later, "told") == (later, "told")
    assert make.calls == 0


def test_what_it_was_made_of_is_let_go() -> None:
    make = Maker(1)
    held = weakref.ref(make)
    later = Later(make)
    del make
    assert held() is not None
    assert list(later) == [1]
    assert held() is None
