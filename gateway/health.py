"""Health: whether the process lives, and whether it is ready to serve, with what is weaker than it should be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Check = Callable[[], Awaitable[object]]
"""Answers what an operator should see; an exception is the failure."""

_PATIENCE = 2.0


def health_routes(
    needed: Mapping[str, Check], weaknesses: Callable[[], Awaitable[Sequence[str]]], leaving: Callable[[], bool]
) -> list[Route]:
    """`/health/live` and `/health/ready`; ready is 200 only when every needed system answers and this process is not
    leaving, else 503."""

    async def live(request: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(request: Request) -> Response:
        if leaving():
            return JSONResponse({"status": "leaving"}, status_code=503, headers={"Cache-Control": "no-store"})
        answers = await asyncio.gather(*(_ask(check) for check in needed.values()))
        systems = dict(zip(needed, answers, strict=True))
        weak = await _ask(weaknesses)
        sound = all(answer["ok"] for answer in answers)
        body = {
            "status": "ready" if sound else "not ready",
            "systems": systems,
            "weaknesses": weak["detail"] if weak["ok"] else [],
        }
        return JSONResponse(body, status_code=200 if sound else 503, headers={"Cache-Control": "no-store"})

    return [Route("/health/live", live), Route("/health/ready", ready)]


async def _ask(check: Check) -> dict[str, object]:
    try:
        async with asyncio.timeout(_PATIENCE):
            return {"ok": True, "detail": await check()}
    except TimeoutError:
        return {"ok": False, "detail": f"no answer within {_PATIENCE:g} s"}
    except Exception as error:
        return {"ok": False, "detail": str(error) or type(error).__name__}
