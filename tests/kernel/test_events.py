"""Events: facts with a key, a rising version and the whole new state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from hypothesis import given, strategies as st

from modules.kernel.events import Change, Envelope, Event, newest

AT = datetime(2026, 3, 2, 12, 0, 0, 123_456, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LampSwitched(Event):
    NAME: ClassVar[str] = "house.lamp_switched.v1"
    lamp: str
    on: bool

    @property
    def key(self) -> str:
        return self.lamp


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorOpened(Event):
    NAME: ClassVar[str] = "house.door_opened.v1"


def a_change(key: str, version: int) -> Change:
    return Change(key, version, {"n": version})


def test_an_envelope_survives_the_wire() -> None:
    envelope = Envelope.of([LampSwitched(version=3, lamp="Küche", on=True)], AT)
    again = Envelope.decode(envelope.encode())
    assert again == envelope
    assert (again.module, again.name, again.at) == ("house", "house.lamp_switched.v1", AT)
    assert LampSwitched.read(again.changes[0]) == LampSwitched(version=3, lamp="Küche", on=True)


def test_fields_of_a_later_version_are_left_out() -> None:
    change = Change("a", 1, {"version": 1, "lamp": "a", "on": False, "colour": "red"})
    assert LampSwitched.read(change) == LampSwitched(version=1, lamp="a", on=False)


def test_an_envelope_holds_events_of_one_name() -> None:
    with pytest.raises(ValueError, match="one name"):
        Envelope.of([LampSwitched(version=1, lamp="a", on=True), DoorOpened(version=1)], AT)
    with pytest.raises(ValueError, match="one name"):
        Envelope.of([], AT)


def test_an_event_that_names_no_key_fails_loudly() -> None:
    with pytest.raises(AssertionError, match="DoorOpened names no key"):
        DoorOpened(version=1).change()


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b'{"id": 1, "name": 2, "at": 3, "changes": [[1]]}', b"1"])
def test_what_is_no_envelope_is_said(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"envelope|Expecting|enclosed|unpack|argument"):
        Envelope.decode(data)


def test_two_envelopes_have_two_ids() -> None:
    events = [LampSwitched(version=1, lamp="a", on=True)]
    assert Envelope.of(events, AT).id != Envelope.of(events, AT).id


def test_the_newest_change_of_each_key_wins_whatever_the_order_of_arrival() -> None:
    found = newest([a_change("a", 2), a_change("b", 1), a_change("a", 1), a_change("a", 3), a_change("a", 3)])
    assert found == {"a": a_change("a", 3), "b": a_change("b", 1)}
    assert list(found) == ["b", "a"]


@given(st.lists(st.builds(a_change, st.sampled_from("abc"), st.integers(1, 9)), max_size=20))
def test_double_delivery_changes_nothing(changes: list[Change]) -> None:
    assert newest([*changes, *changes]) == newest(changes)
    assert {key: change.version for key, change in newest(changes).items()} == {
        key: max(change.version for change in changes if change.key == key) for key in {c.key for c in changes}
    }
