"""The pages behind links in mails: looking at one does nothing, one POST does it."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from gateway.mail.pages import link, mail_routes

BASE = "https://api.shop.example"


class Tokens:
    """Remembers what was handed in; only `good` opens something."""

    def __init__(self) -> None:
        self.handed_in: list[str] = []

    async def take(self, token: str) -> bool:
        self.handed_in.append(token)
        return token == "good"


@pytest.mark.parametrize("act", ["confirm", "stop"])
async def test_a_program_that_looks_at_a_link_answers_nothing(act: str) -> None:
    tokens = Tokens()
    app = Starlette(routes=mail_routes({act: tokens.take}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        for method in ("GET", "HEAD"):
            assert (await client.request(method, link(BASE, act, "good"))).status_code == 200
        assert tokens.handed_in == []
        done = await client.post(link(BASE, act, "good"), data={"List-Unsubscribe": "One-Click"})
        gone = await client.post(link(BASE, act, "bad"))
    assert (done.status_code, gone.status_code, tokens.handed_in) == (200, 410, ["good", "bad"])
    assert done.headers["referrer-policy"] == "no-referrer"
    assert "form-action 'self'" in done.headers["content-security-policy"]


@pytest.mark.parametrize(("asked", "told"), [("de-DE,de;q=0.9", "de"), ("en", "en"), ("fr", "en"), ("", "en")])
async def test_a_page_speaks_the_readers_language_and_says_which(asked: str, told: str) -> None:
    app = Starlette(routes=mail_routes({"stop": Tokens().take}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        page = await client.get(link(BASE, "stop", "good"), headers={"accept-language": asked})
    assert (page.headers["content-language"], f'<html lang="{told}">' in page.text) == (told, True)
