"""Rates: senders are counted by who or where they are, told what they have left, and never by others' points."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given, strategies as st

from gateway.edge import rates as module
from gateway.edge.errors import Rejected
from gateway.edge.rates import Rates, points_of
from gateway.settings import Mode, Rate, SettingsError, read_settings
from modules.kernel.viewer import OPERATOR, Viewer
from tests.builders import a_viewer
from tests.gateway.edge.running import running_edge
from tests.gateway.edge.test_websocket import greeted, hear, subscribe


class Watch:
    """A clock that is put forward."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def stranger(address: str) -> Viewer:
    viewer = a_viewer()
    object.__setattr__(viewer, "address", address)
    return viewer


def test_a_burst_is_spent_and_comes_back_evenly() -> None:
    watch = Watch()
    rates = Rates(Rate(2, 10), None, watch)
    first = rates.take(stranger("192.0.2.1"), 4)
    assert first is not None
    assert first.headers() == {"ratelimit-policy": '"points";q=10;w=5', "ratelimit": '"points";r=6;t=2'}
    rates.take(stranger("192.0.2.1"), 6)
    with pytest.raises(Rejected) as refused:
        rates.take(stranger("192.0.2.1"), 3)
    assert (refused.value.status, refused.value.headers["retry-after"]) == (429, "2")
    assert refused.value.headers["ratelimit"] == '"points";r=0;t=5'
    watch.now = 1.5
    standing = rates.take(stranger("192.0.2.1"), 3)
    assert standing is not None
    assert standing.remaining == 0


def test_what_was_refused_costs_nothing() -> None:
    watch = Watch()
    rates = Rates(Rate(1, 5), None, watch)
    rates.take(stranger("192.0.2.1"), 5)
    for _ in range(50):
        with pytest.raises(Rejected):
            rates.take(stranger("192.0.2.1"), 1)
    watch.now = 1
    rates.take(stranger("192.0.2.1"), 1)


def test_one_network_does_not_spend_anothers_points() -> None:
    rates = Rates(Rate(1, 1), None, Watch())
    rates.take(stranger("192.0.2.1"), 1)
    rates.take(stranger("192.0.2.2"), 1)
    rates.take(stranger("2001:db8:1:1::1"), 1)
    rates.take(stranger("2001:db8:1:2::1"), 1)
    with pytest.raises(Rejected):
        rates.take(stranger("2001:db8:1:1:ffff::9"), 1)


def test_known_principals_are_counted_by_who_they_are() -> None:
    rates = Rates(Rate(1, 1), Rate(1, 2), Watch())
    rates.take(stranger("192.0.2.1"), 1)
    for _ in range(2):
        rates.take(a_viewer(OPERATOR), 1)
    with pytest.raises(Rejected):
        rates.take(a_viewer(OPERATOR), 1)


def test_senders_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT", 3)
    rates = Rates(Rate(1, 5), None, Watch())
    for number in range(10):
        rates.take(stranger(f"192.0.2.{number}"), 5)
    assert len(rates._empty_until) == 3
    with pytest.raises(Rejected):
        rates.take(stranger("192.0.2.9"), 1)


def test_what_is_dearer_than_a_burst_is_served_to_who_rested() -> None:
    watch = Watch()
    rates = Rates(Rate(1, 10), None, watch)
    rates.take(stranger("192.0.2.1"), 25)
    watch.now = 15
    with pytest.raises(Rejected):
        rates.take(stranger("192.0.2.1"), 1)
    watch.now = 16
    rates.take(stranger("192.0.2.1"), 1)


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 8)), max_size=60))
def test_no_sender_gets_more_than_a_burst_and_the_rate(asked: list[tuple[float, int]]) -> None:
    watch = Watch()
    rates = Rates(Rate(3, 8), None, watch)
    served = 0
    for pause, points in asked:
        watch.now += pause
        try:
            rates.take(stranger("192.0.2.1"), points)
            served += points
        except Rejected:
            pass
        assert served <= 8 + 3 * watch.now + 1e-6


def test_an_operation_costs_by_the_fields_of_its_answer() -> None:
    assert (points_of(0), points_of(199), points_of(4_000)) == (0, 0, 20)


@pytest.fixture(scope="module")
def counted() -> Iterator[httpx.Client]:
    """Speaks to a server that counts."""
    with (
        running_edge(rate=Rate(1, 5), known_rate=Rate(1_000, 1_000)) as edge,
        httpx.Client(base_url=f"http://{edge.host}", trust_env=False) as client,
    ):
        yield client


def test_answers_say_what_is_left_and_too_much_is_429(counted: httpx.Client) -> None:
    answers = [counted.post("/graphql", json={"query": "{ __typename }"}) for _ in range(8)]
    assert answers[0].headers["ratelimit"] == '"points";r=4;t=1'
    assert answers[0].headers["ratelimit-policy"] == '"points";q=5;w=5'
    refused = answers[-1]
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (429, "RATE_LIMITED")
    assert int(refused.headers["retry-after"]) >= 1
    known = counted.post("/graphql", json={"query": "{ __typename }"}, headers={"authorization": "Bearer good"})
    assert known.status_code == 200


async def test_a_socket_stays_open_when_an_operation_on_it_is_too_much() -> None:
    with running_edge(rate=Rate(1, 1)) as edge:
        async with greeted(edge) as client:
            await subscribe(client, "a", "{ __typename }")
            kinds = {(await hear(client))["type"] for _ in range(2)}
            assert kinds == {"next", "complete"}
            await subscribe(client, "b", "{ __typename }")
            refused = await hear(client)
            assert (refused["type"], refused["id"]) == ("error", "b")
            assert refused["payload"][0]["extensions"]["code"] == "RATE_LIMITED"


def test_a_rate_is_two_numbers_or_off_and_on_in_production() -> None:
    assert read_settings({}).rate is None
    assert read_settings({"COGWERK_MODE": Mode.PRODUCTION}).rate == Rate(100, 1000)
    assert read_settings({"COGWERK_RATE": "5/50", "COGWERK_KNOWN_RATE": "off"}).rate == Rate(5, 50)
    for text in ("5", "0/1", "5/", "-1/4", "5/50/1"):
        with pytest.raises(SettingsError):
            read_settings({"COGWERK_RATE": text})
