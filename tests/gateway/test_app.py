"""The application around the graph: health, request ids, CORS."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

import httpx
import pytest

from gateway.app import create_app
from gateway.health import Check, health_routes
from gateway.logs import JsonFormatter
from gateway.settings import Mode, Settings


async def _fine() -> str:
    return "sqlite"


async def _gone() -> str:
    raise ConnectionError("The database does not answer at the moment.")


async def _weak() -> list[str]:
    return ["appendfsync is everysec"]


async def _hangs() -> str:
    await asyncio.sleep(60)
    return "never"


def client(mode: Mode = Mode.DEVELOPMENT, leaving: bool = False, **checks: Check) -> httpx.AsyncClient:
    settings = Settings(data=Path("var"), mode=mode, origins=("https://shop.example",))
    app = create_app(settings, list(health_routes(checks, _weak, lambda: leaving)))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")


async def test_ready_says_which_systems_answer_and_what_is_weak() -> None:
    async with client(database=_fine) as shop:
        answer = await shop.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "systems": {"database": {"ok": True, "detail": "sqlite"}},
        "weaknesses": ["appendfsync is everysec"],
    }


async def test_one_system_that_does_not_answer_makes_it_not_ready_but_live() -> None:
    async with client(database=_fine, redis=_gone) as shop:
        ready, live = await shop.get("/health/ready"), await shop.get("/health/live")
    assert (ready.status_code, live.status_code) == (503, 200)
    assert ready.json()["systems"]["redis"]["ok"] is False


async def test_who_leaves_is_not_ready_but_live() -> None:
    async with client(leaving=True, database=_fine) as shop:
        ready, live = await shop.get("/health/ready"), await shop.get("/health/live")
    assert (ready.status_code, ready.json(), live.status_code) == (503, {"status": "leaving"}, 200)


async def test_a_system_that_hangs_does_not_hang_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.health._PATIENCE", 0.05)
    async with client(database=_hangs) as shop:
        assert (await shop.get("/health/ready")).status_code == 503


async def test_a_request_keeps_the_id_its_proxy_gave_it() -> None:
    async with client() as shop:
        given = await shop.get("/health/live", headers={"X-Request-Id": "proxy-12345678"})
        fresh = await shop.get("/health/live")
        insane = await shop.get("/health/live", headers={"X-Request-Id": 'x"\\x'})
    assert given.headers["x-request-id"] == "proxy-12345678"
    assert len(fresh.headers["x-request-id"]) == 16
    assert insane.headers["x-request-id"] != 'x"\\x'


@pytest.mark.parametrize(
    ("mode", "origin", "allowed"),
    [
        (Mode.PRODUCTION, "https://shop.example", True),
        (Mode.PRODUCTION, "http://localhost:5173", False),
        (Mode.DEVELOPMENT, "http://localhost:5173", True),
        (Mode.DEVELOPMENT, "http://localhost.evil.example", False),
        (Mode.DEVELOPMENT, "https://other.example", False),
    ],
)
async def test_only_known_origins_may_call(mode: Mode, origin: str, allowed: bool) -> None:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, cogwerk-channel, cogwerk-store",
    }
    async with client(mode) as shop:
        answer = await shop.options("/health/live", headers=headers)
        told = (await shop.get("/health/live", headers={"origin": origin})).headers
    assert (answer.headers.get("access-control-allow-origin") == origin) is allowed
    assert (told.get("access-control-allow-origin") == origin) is allowed
    if allowed:
        assert {"RateLimit", "Retry-After", "X-Request-Id"} <= set(told["access-control-expose-headers"].split(", "))


def test_a_log_line_is_one_json_object_whatever_it_says() -> None:
    record = logging.LogRecord("shop", logging.WARNING, __file__, 1, "two\nlines %s", ("and a\tvalue",), None)
    record.sku = "ABC"
    line = JsonFormatter().format(record)
    assert "\n" not in line
    parsed = json.loads(line)
    assert (parsed["message"], parsed["sku"], parsed["request"]) == ("two\nlines and a\tvalue", "ABC", "-")


async def test_a_page_of_a_known_origin_may_send_every_header_of_ours() -> None:
    place = "cogwerk-channel, cogwerk-currency, cogwerk-customer, cogwerk-store"
    ours = f"authorization, content-type, graphql-client-name, graphql-client-version, {place}"
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    async with client() as shop:
        known = await shop.options("/graphql", headers={**asked, "Access-Control-Request-Headers": ours})
        odd = await shop.options("/graphql", headers={**asked, "Access-Control-Request-Headers": "cogwerk-odd"})
    assert known.status_code == 200
    assert odd.status_code == 400
