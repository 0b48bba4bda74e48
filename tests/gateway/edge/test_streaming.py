"""Subscriptions over HTTP: server-sent events and Apollo's parts, to the byte, and what ends them."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gateway.edge import Bounds
from gateway.edge.media import Accepted, StreamForm, negotiate
from tests.gateway.edge.running import RunningEdge, running_edge

EVENTS = "text/event-stream"
PARTS = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json;q=0.9"
EVERY_FORM = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"
TICKS = """subscription ($count: Int = 2, $every: Float = 0, $size: Int = 0) {
  ticks(count: $count, every: $every, size: $size) { number padding }
}"""


def ask(client: httpx.Client, query: str, accept: str, **variables: Any) -> httpx.Response:
    return client.post("/graphql", json={"query": query, "variables": variables}, headers={"accept": accept})


def events(text: str) -> list[tuple[str, Any]]:
    """Name and data of each event; comments are left out."""
    blocks = [block for block in text.split("\n\n") if block and not block.startswith(":")]
    lines = [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]
    return [(one["event"], json.loads(one["data"]) if one["data"] else None) for one in lines]


def parts(text: str) -> list[Any]:
    """The bodies between boundaries."""
    assert text.endswith("\r\n--graphql--\r\n")
    pieces = text.removesuffix("--\r\n").split("\r\n--graphql")[1:-1]
    return [json.loads(piece.removeprefix("\r\ncontent-type: application/json\r\n\r\n")) for piece in pieces]


def wait_for_closed(edge: RunningEdge, opened: int) -> None:
    """Until every source that was opened is closed again."""
    for _ in range(500):
        if edge.bell.opened > opened and edge.bell.closed == edge.bell.opened:
            return
        time.sleep(0.01)
    pytest.fail("a source stays open")


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", None),
        ("*/*", None),
        ("application/json", None),
        (EVENTS, StreamForm.EVENTS),
        (EVERY_FORM, StreamForm.EVENTS),
        (PARTS, StreamForm.PARTS),
        ('multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"', StreamForm.PARTS),
        ("multipart/mixed; deferSpec=20220824, application/json", None),
        ("text/event-stream;q=0, application/json", None),
    ],
)
def test_a_stream_has_the_form_the_client_names(accept: str, form: StreamForm | None) -> None:
    assert negotiate(accept).stream == form


def test_each_answer_is_an_event_and_the_end_is_told(client: httpx.Client) -> None:
    answer = ask(client, TICKS, EVENTS)
    assert answer.headers["content-type"] == EVENTS
    assert answer.headers["cache-control"] == "no-store"
    ticks = [("next", {"data": {"ticks": {"number": number, "padding": ""}}}) for number in (0, 1)]
    assert events(answer.text) == [*ticks, ("complete", None)]


def test_an_event_source_subscribes_by_get(client: httpx.Client) -> None:
    answer = client.get("/graphql", params={"query": TICKS}, headers={"accept": EVENTS})
    assert [name for name, _ in events(answer.text)] == ["next", "next", "complete"]


def test_each_answer_is_a_part_as_apollo_reads_them(client: httpx.Client) -> None:
    answer = ask(client, TICKS, PARTS)
    assert answer.headers["content-type"] == 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
    assert parts(answer.text) == [{"payload": {"data": {"ticks": {"number": n, "padding": ""}}}} for n in (0, 1)]


def test_a_query_of_a_client_that_names_every_form_is_plain_json(client: httpx.Client) -> None:
    answer = ask(client, "{ __typename }", EVERY_FORM)
    assert answer.headers["content-type"].startswith("application/graphql-response+json")
    assert answer.json() == {"data": {"__typename": "Query"}}


def test_a_client_that_takes_streams_only_has_its_query_answered_in_one(client: httpx.Client) -> None:
    assert events(ask(client, "{ __typename }", EVENTS).text) == [
        ("next", {"data": {"__typename": "Query"}}),
        ("complete", None),
    ]


def test_what_is_refused_is_said_in_a_stream_to_those_who_take_no_other(client: httpx.Client) -> None:
    (name, data), end = events(ask(client, "subscription { nothing }", EVENTS).text)
    assert (name, end) == ("next", ("complete", None))
    assert data["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


def test_what_is_refused_has_its_status_for_those_who_take_json(client: httpx.Client) -> None:
    answer = ask(client, "subscription { nothing }", EVERY_FORM)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "GRAPHQL_VALIDATION_FAILED")


def test_a_source_that_fails_says_so_masked_and_ends(client: httpx.Client) -> None:
    (_, data), end = events(ask(client, "subscription { bug { number } }", EVENTS).text)
    assert data["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "data" not in data
    assert end == ("complete", None)


def test_a_client_without_a_stream_is_told_how_to_subscribe(client: httpx.Client) -> None:
    answer = ask(client, TICKS, "application/graphql-response+json")
    assert answer.status_code == 400
    assert "text/event-stream" in answer.json()["errors"][0]["message"]


@pytest.fixture(scope="module")
def hasty() -> Iterator[RunningEdge]:
    """A server that waits for nobody."""
    with running_edge(Bounds(ping_every=0.05, send_time=0.3, drain_time=2)) as running:
        yield running


def test_silence_is_filled_so_that_proxies_keep_the_connection(hasty: RunningEdge) -> None:
    with httpx.Client(base_url=f"http://{hasty.host}", trust_env=False) as client:
        text = ask(client, TICKS, EVENTS, count=2, every=0.3).text
        assert text.count(":\n\n") >= 4
        assert [name for name, _ in events(text)] == ["next", "next", "complete"]
        bodies = parts(ask(client, TICKS, PARTS, count=2, every=0.3).text)
        assert bodies.count({}) >= 4
        assert sum("payload" in body for body in bodies) == 2


def test_a_client_that_leaves_closes_its_source(hasty: RunningEdge) -> None:
    opened = hasty.bell.opened
    with (
        httpx.Client(base_url=f"http://{hasty.host}", trust_env=False) as client,
        client.stream(
            "POST", "/graphql", json={"query": TICKS, "variables": {"every": 30}}, headers={"accept": EVENTS}
        ) as stream,
    ):
        next(stream.iter_lines())
    wait_for_closed(hasty, opened)


def test_a_client_that_takes_nothing_loses_its_connection_and_its_source(hasty: RunningEdge) -> None:
    opened = hasty.bell.opened
    host, port = hasty.host.split(":")
    body = json.dumps({"query": TICKS, "variables": {"count": 100_000, "size": 100_000}})
    with socket.create_connection((host, int(port))) as client:
        head = f"POST /graphql HTTP/1.1\r\nhost: x\r\naccept: {EVENTS}\r\ncontent-type: application/json\r\n"
        client.sendall(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())
        wait_for_closed(hasty, opened)


def test_a_stream_ends_without_complete_when_the_process_stops() -> None:
    with running_edge() as edge, httpx.Client(base_url=f"http://{edge.host}", trust_env=False) as client:
        request = {"query": TICKS, "variables": {"every": 30}}
        with client.stream("POST", "/graphql", json=request, headers={"accept": EVENTS}) as stream:
            text = stream.iter_text()
            heard = next(text)
            while "next" not in heard:
                heard += next(text)
            edge.close_edge()
            heard += "".join(text)
    assert [name for name, _ in events(heard)] == ["next"]
    assert edge.bell.opened == edge.bell.closed


def test_what_no_form_of_ours_is_in_is_refused() -> None:
    assert negotiate("text/html, application/json") == Accepted("application/json", None)
