"""The yardstick: a route that reads the request and returns ready bytes, served exactly as the gateway is.

`python -m tests.bench.bare PORT DIR` answers `POST /name` with the bytes of the file DIR/name.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.server import Departure, bind, loop_factory, serve


def create_app(answers: Path) -> Starlette:
    """A route per file."""
    return Starlette(routes=[_route(path.name, path.read_bytes()) for path in answers.iterdir()])


def _route(name: str, answer: bytes) -> Route:
    async def respond(request: Request) -> Response:
        await request.body()
        return Response(answer, media_type="application/graphql-response+json")

    return Route(f"/{name}", respond, methods=["POST"])


async def _nothing() -> None:
    """There are no sockets to say goodbye to."""


def main(port: int, answers: Path) -> None:
    """Serves until it is interrupted."""
    app = create_app(answers)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serve(app, bind("127.0.0.1", port), _nothing, lambda: None, Departure()))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
