"""Edge: the routes of one schema, made of the parts of this package."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.routing import BaseRoute, Route, WebSocketRoute

from gateway.edge.asking import ContextMaker
from gateway.edge.execution import Executions
from gateway.edge.graphiql import graphiql_routes
from gateway.edge.http import GraphHttp
from gateway.edge.observing import Observer
from gateway.edge.operations import Operations, read_manifests
from gateway.edge.page import page_routes
from gateway.edge.rates import Rates
from gateway.edge.settings import Bounds
from gateway.edge.usage import Usage
from gateway.edge.websocket import GraphWebSocket
from gateway.schema import GraphSchema
from gateway.settings import Settings

PATH = "/graphql"
_DEFAULT = Bounds()


class Edge:
    """What the hosting application mounts.

    `routes` serve the graph at /graphql over HTTP and WebSocket and, in development, the query page at / and GraphiQL
    at /graphiql. Introspection follows its setting, so do the operations that may be asked; hints at names ("Did you
    mean") are given in development only. CORS is the host's: the same origins hold here for WebSockets, which browsers
    do not ask about. Raises SettingsError for operations that cannot be read.
    """

    def __init__(
        self,
        schema: GraphSchema,
        context: ContextMaker,
        settings: Settings,
        bounds: Bounds = _DEFAULT,
        observer: Observer | None = None,
        usage: Usage | None = None,
        executions: Callable[..., Executions] = Executions,
    ) -> None:
        run = executions(
            schema,
            context,
            bounds,
            introspection=settings.introspection,
            suggestions=settings.development,
            operations=Operations(read_manifests(settings.operations), locked=settings.locked),
            rates=Rates(settings.rate, settings.known_rate),
            observer=observer,
            usage=usage,
        )
        self._sockets = GraphWebSocket(run, bounds, settings.origins, settings.origin_pattern)
        self._http = GraphHttp(run, bounds)
        self.routes: list[BaseRoute] = [
            WebSocketRoute(PATH, self._sockets),
            Route(PATH, self._http),
            *((*page_routes(), *graphiql_routes()) if settings.introspection else ()),
        ]

    @property
    def sockets(self) -> int:
        """How many are open."""
        return self._sockets.open

    @property
    def subscriptions(self) -> int:
        """How many run, on sockets and over HTTP; queries and mutations on sockets count while they run."""
        return self._sockets.operations + self._http.streams.open

    async def close(self) -> None:
        """Before the server stops: finishes what runs on sockets, within the bounds, and closes them with 1001; ends
        the streams."""
        await asyncio.gather(self._sockets.close(), self._http.streams.close())
