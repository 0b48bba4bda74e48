"""The query page: plain files from this folder, read once, nothing from anywhere else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

_FOLDER: Final = Path(__file__).parent
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_FILES: Final = ("index.html", "page.css", "page.js", "docs.js", "client.js", "samples.json", "icon.svg")
HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-cache",
}


def page_routes() -> list[BaseRoute]:
    """The page at / and its files under /page/."""
    files = {name: (_FOLDER / name).read_bytes() for name in _FILES}
    page = file_route("/", "index.html", files["index.html"])
    return [page, *(file_route(f"/page/{name}", name, body) for name, body in files.items() if name != "index.html")]


def file_route(path: str, name: str, body: bytes, shown: Mapping[str, str] = HEADERS) -> Route:
    """A file at a path, with these headers; a browser that has it is told so."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {**shown, "etag": tag, "content-type": _TYPES.get(Path(name).suffix, "text/plain; charset=utf-8")}

    async def answer(request: Request) -> Response:
        fresh = request.headers.get("if-none-match") == tag
        return Response(b"" if fresh else body, 304 if fresh else 200, headers)

    return Route(path, answer, methods=["GET"])
