"""The pages behind links in mails: a question with one button, so that no program that looks at links answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

PATH: Final = "/mail"

Answer = Callable[[str], Awaitable[bool]]
"""Does what a token is for; False for one that opens nothing."""

_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
_PAGE: Final = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 3rem auto; padding: 0 1rem }}
button {{ font: inherit; padding: .6rem 1.2rem }}</style>
<main>
<h1>{title}</h1>
{body}
</main>
</html>
"""
_TEXTS: Final[Mapping[str, Mapping[str, tuple[str, str, str]]]] = {
    "confirm": {
        "de": ("Nachrichten bestätigen", "Ja, schreibt mir", "Danke. Ab jetzt schreiben wir, sobald es Neues gibt."),
        "en": ("Confirm news", "Yes, write to me", "Thank you. From now on we write when there is news."),
    },
    "stop": {
        "de": (
            "Nachrichten abbestellen",
            "Keine Nachrichten mehr",
            "Wir schreiben nicht mehr und haben die Adresse gelöscht.",
        ),
        "en": ("End news", "No more news", "We write no more and have erased the address."),
    },
}
"""By act and language: title, button, and what is said when it was done."""
_GONE: Final = {
    "de": ("Dieser Link gilt nicht mehr", "Es ist nichts mehr zu tun."),
    "en": ("This link is no longer valid", "There is nothing left to do."),
}


def mail_routes(acts: Mapping[str, Answer]) -> list[BaseRoute]:
    """`/mail/<act>/<token>`: GET asks, POST does it; a mailbox's one click is such a POST (RFC 8058)."""
    return [_route(act, answer) for act, answer in acts.items()]


def link(base: str, act: str, token: str) -> str:
    """Where a token is handed in."""
    return f"{base}{PATH}/{act}/{token}"


def _route(act: str, answer: Answer) -> Route:
    async def serve(request: Request) -> Response:
        language = "de" if request.headers.get("accept-language", "").lower().startswith("de") else "en"
        title, button, done = _TEXTS[act][language]
        if request.method != "POST":
            form = f'<form method="post"><button>{escape(button)}</button></form>'
            return _page(language, title, form)
        if await answer(request.path_params["token"]):
            return _page(language, title, f'<p role="status">{escape(done)}</p>')
        gone, why = _GONE[language]
        return _page(language, gone, f'<p role="status">{escape(why)}</p>', 410)

    return Route(f"{PATH}/{act}/{{token}}", serve, methods=["GET", "POST"])


def _page(language: str, title: str, body: str, status: int = 200) -> Response:
    page = _PAGE.format(language=language, title=escape(title), body=body)
    return HTMLResponse(page, status, {**_HEADERS, "content-language": language, "vary": "accept-language"})
