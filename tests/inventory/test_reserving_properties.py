"""Whatever happens to reservations, in whatever order, the books balance."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from modules.inventory.model.reservations import Call, CallKey, Release, ReservationState, Resize
from tests.inventory.builders import a_hold, a_level
from tests.inventory.desk import Desk, commit, release, ship, units

S = ReservationState
OPERATIONS = st.one_of(
    st.builds(
        lambda n, a, b, ttl: a_hold(("A-1", str(a)), ("B-1", str(b)), id=f"h{n}", ttl_us=ttl),
        st.integers(0, 5),
        st.integers(1, 3),
        st.integers(1, 3),
        st.integers(1, 30),
    ),
    st.builds(lambda n: commit(f"h{n}"), st.integers(0, 5)),
    st.builds(lambda n: release(f"h{n}"), st.integers(0, 5)),
    st.builds(lambda n, k, q: ship(str(q), f"h{n}.{k}"), st.integers(0, 5), st.integers(1, 4), st.integers(1, 3)),
    st.builds(
        lambda n, k, q: Resize(key=CallKey("", ""), reservation=f"h{n}.{k}", quantity=units(str(q))),
        st.integers(0, 5),
        st.integers(1, 4),
        st.integers(1, 4),
    ),
    st.builds(lambda ttl: ttl, st.integers(1, 20)),
)


@settings(max_examples=200)
@given(st.lists(OPERATIONS, max_size=40))
def test_whatever_happens_the_books_balance(operations: list[Call | int]) -> None:  # section 8
    """Counters are the sums of open reservations, and nothing is ever held, sold or shipped that was not there."""
    desk = Desk(*(a_level("4", sku=sku, source=source) for sku in ("A-1", "B-1") for source in ("main", "berlin")))
    seen: set[str] = set()
    for operation in operations:
        if isinstance(operation, int):
            desk.pass_time(operation)
            continue
        if getattr(operation, "id", None) in seen and not isinstance(operation, Release):
            continue  # ids of holds are made of keys and never come twice
        seen.add(getattr(operation, "id", ""))
        desk.decide(operation)
        for (sku, source), level in desk.levels.items():
            mine = [r for r in desk.reservations.values() if (r.sku, r.source) == (sku, source)]
            assert level.held == sum(r.open for r in mine if r.state is S.HELD)
            assert level.committed == sum(r.open for r in mine if r.state is S.COMMITTED)
            assert level.on_hand == units("4") - sum(r.shipped for r in mine)
            assert level.on_hand - level.held - level.committed >= 0
