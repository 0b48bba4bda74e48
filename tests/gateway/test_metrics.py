"""Metrics: by the names of operations, bounded whatever strangers call theirs, for the bearer of a token."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import httpx
import pytest
from starlette.applications import Starlette

from gateway.commands import readings
from gateway.edge import Edge
from gateway.metrics import Metrics, Readings
from gateway.process import Process
from gateway.settings import ROOT, Settings, SettingsError, read_settings
from tests.gateway.edge.toy import Bell, ToyContext, a_schema

TOKEN = "m" * 32
BEARER = {"authorization": f"Bearer {TOKEN}"}


class Shop:
    """An edge whose metrics are shown."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def ask(self, query: str, accept: str = "application/json") -> httpx.Response:
        return await self.client.post("/graphql", json={"query": query}, headers={"accept": accept})

    async def series(self) -> dict[str, float]:
        """All samples by name and labels."""
        answer = await self.client.get("/metrics", headers=BEARER)
        assert answer.status_code == 200
        lines = [line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in lines}


async def _away() -> float:
    raise OSError("down")


async def _lag() -> float:
    return 1.5


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    schema, metrics = a_schema(), Metrics(slow_seconds=0.05)
    edge = Edge(schema, ToyContext(schema, Bell()), Settings(data=tmp_path), observer=metrics)
    readings = Readings(
        {"sql_statements": ("Statements.", lambda: 7)},
        {"subscriptions": ("Running.", lambda: edge.subscriptions)},
        {"outbox_lag_seconds": ("Age.", _lag), "broken": ("Fails.", _away)},
    )
    app = Starlette(routes=[*edge.routes, *metrics.routes(readings, TOKEN)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        yield Shop(client)


async def test_operations_are_counted_by_name_kind_and_outcome(shop: Shop) -> None:
    await shop.ask("query Name { __typename }")
    await shop.ask("query Name { __typename }")
    await shop.ask('query Failing { fails(how: "argument") }')
    await shop.ask("mutation Note { write(text: $x) }")
    await shop.ask('mutation Write { write(text: "x") }')
    await shop.ask("{ nothing }")
    series = await shop.series()
    count = 'cogwerk_operation_seconds_count{kind="%s",operation="%s",outcome="%s"}'
    assert series[count % ("query", "Name", "ok")] == 2
    assert series[count % ("mutation", "Write", "ok")] == 1
    assert series[count % ("query", "Failing", "errors")] == 1
    assert series['cogwerk_refused_total{code="GRAPHQL_VALIDATION_FAILED"}'] == 2


async def test_what_is_no_request_and_variables_that_do_not_fit_count_as_refused(shop: Shop) -> None:
    for _ in range(2):
        await shop.client.post("/graphql", content=b"null", headers={"content-type": "application/json"})
        await shop.ask("query ($seconds: Float!) { slow(seconds: $seconds) }")
    series = await shop.series()
    assert series['cogwerk_refused_total{code="BAD_REQUEST"}'] == 2
    assert series['cogwerk_refused_total{code="BAD_USER_INPUT"}'] == 2


async def test_events_of_subscriptions_are_counted(shop: Shop) -> None:
    await shop.ask("subscription Ticks { ticks(count: 3) { number } }", "text/event-stream")
    series = await shop.series()
    assert series['cogwerk_event_seconds_count{operation="Ticks"}'] == 3
    assert series["cogwerk_subscriptions"] == 0


async def test_names_beyond_two_hundred_are_other(shop: Shop) -> None:
    for number in range(210):
        await shop.ask(f"query Name{number} {{ __typename }}")
    series = await shop.series()
    names = [name for name in series if name.startswith("cogwerk_operation_seconds_count")]
    assert len(names) == 201
    assert series['cogwerk_operation_seconds_count{kind="query",operation="other",outcome="ok"}'] == 10


async def test_what_is_counted_elsewhere_is_read_when_asked_and_a_failure_is_no_number(shop: Shop) -> None:
    series = await shop.series()
    assert series["cogwerk_sql_statements_total"] == 7
    assert series["cogwerk_outbox_lag_seconds"] == 1.5
    assert series["cogwerk_broken"] != series["cogwerk_broken"]
    assert series["process_cpu_seconds_total"] > 0


async def test_what_only_grows_is_a_counter(shop: Shop) -> None:
    text = (await shop.client.get("/metrics", headers=BEARER)).text
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    assert {name for name, kind in kinds.items() if name.endswith("_total") and kind != "counter"} == set()
    assert kinds["cogwerk_sql_statements_total"] == "counter"


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer "}, {"authorization": "Bearer " + "n" * 32}])
async def test_without_the_token_nothing_is_shown(shop: Shop, headers: dict[str, str]) -> None:
    answer = await shop.client.get("/metrics", headers=headers)
    assert answer.status_code == 401
    assert "cogwerk" not in answer.text


async def test_slow_operations_are_logged_by_name_and_nothing_else_of_them(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "gateway.metrics"):
        await shop.ask("query Quick { __typename }")
        await shop.ask("query Slow { slow(seconds: 0.1) }")
    (record,) = [one for one in caplog.records if one.name == "gateway.metrics"]
    assert vars(record)["operation"] == "Slow"
    assert vars(record)["seconds"] >= 0.05


async def test_a_held_event_loop_is_told_once() -> None:
    metrics = Metrics(1)
    watching = asyncio.create_task(metrics.watch_loop())
    await asyncio.sleep(0.01)
    metrics._longest = 0.25
    app = Starlette(routes=metrics.routes(Readings({}, {}, {}), TOKEN))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        texts = [(await client.get("/metrics", headers=BEARER)).text for _ in range(2)]
    watching.cancel()
    assert "cogwerk_loop_late_seconds 0.25" in texts[0]
    assert "cogwerk_loop_late_seconds 0.25" not in texts[1]


def test_a_short_token_is_refused() -> None:
    with pytest.raises(SettingsError, match="COGWERK_METRICS_TOKEN"):
        read_settings({"COGWERK_METRICS_TOKEN": "short"})


def test_the_dashboard_asks_for_metrics_that_there_are(tmp_path: Path) -> None:
    dashboard = json.loads((ROOT / "deploy" / "grafana" / "cogwerk.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked = {name for text in expressions for name in re.findall(r"\bcogwerk_\w+", text)}
    metrics = Metrics(1)
    metrics.answered("query", "A", 1.0, errors=False)
    metrics.told("A", 1.0)
    metrics.refused("LIMIT_EXCEEDED")
    metrics.routes(readings(cast("Process", None), cast("Edge", None)), TOKEN)
    families = [*metrics.registry._names_to_collectors]
    assert asked <= {*families}
