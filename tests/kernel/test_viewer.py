"""Who may act for which channels and stores."""

from __future__ import annotations

import pytest

from modules.kernel.viewer import ANONYMOUS, OPERATOR, Principal

WEB = Principal("web", channels=frozenset({"web", "app"}))
TILL = Principal("till", stores=frozenset({"berlin"}))
BOTH = Principal("both", channels=frozenset({"web"}), stores=frozenset({"berlin"}))


@pytest.mark.parametrize("principal", [ANONYMOUS, OPERATOR])
def test_who_is_confined_to_nothing_serves_every_place(principal: Principal) -> None:
    assert principal.serves("web")
    assert principal.serves("till", "", "main")


@pytest.mark.parametrize(
    ("principal", "channel", "stores", "serves"),
    [
        (WEB, "web", (), True),
        (WEB, "app", ("hamburg",), True),
        (WEB, "till", ("berlin",), False),
        (TILL, "web", ("", "berlin"), True),
        (TILL, "till", ("berlin", "main"), True),
        (TILL, "till", ("", "main"), False),
        (TILL, "till", (), False),
        (BOTH, "web", ("berlin",), True),
        (BOTH, "web", ("hamburg",), False),
        (BOTH, "till", ("berlin",), False),
    ],
)
def test_who_is_confined_serves_what_is_of_a_channel_and_a_store_of_theirs(
    principal: Principal, channel: str, stores: tuple[str, ...], serves: bool
) -> None:
    assert principal.serves(channel, *stores) is serves


@pytest.mark.parametrize("principal", [Principal("none", channels=frozenset()), Principal("none", stores=frozenset())])
def test_who_is_confined_to_no_place_serves_none(principal: Principal) -> None:
    assert not principal.serves("web", "berlin", "")
