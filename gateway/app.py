"""The ASGI application: the graph, its query page and health, behind request ids and CORS."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute

from gateway.logs import RequestId
from gateway.settings import Settings

_HEADERS = (
    "Authorization",
    "Content-Type",
    "Cogwerk-Channel",
    "Cogwerk-Store",
    "Cogwerk-Currency",
    "Cogwerk-Customer",
    "Cogwerk-Timing",
    "X-Request-Id",
    "GraphQL-Client-Name",
    "GraphQL-Client-Version",
    "ApolloGraphQL-Client-Name",
    "ApolloGraphQL-Client-Version",
)


def create_app(settings: Settings, routes: list[BaseRoute]) -> Starlette:
    """Joins what is served; holds no state of its own."""
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.origins,
        allow_origin_regex=settings.origin_pattern,
        allow_methods=["GET", "POST"],
        allow_headers=_HEADERS,
        expose_headers=["X-Request-Id", "RateLimit", "RateLimit-Policy", "Retry-After"],
        max_age=600,
    )
    return Starlette(routes=routes, middleware=[Middleware(RequestId), cors])
