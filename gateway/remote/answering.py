"""The other end of the links: the ports of this process's modules as a graph of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

from starlette.routing import BaseRoute, Route
from strawberry.tools import create_type

from gateway.edge.asking import ContextMaker
from gateway.edge.execution import Executions
from gateway.edge.http import GraphHttp
from gateway.edge.settings import Bounds
from gateway.remote.asker import Asker, Channels
from gateway.remote.link import PATH
from gateway.remote.ports import PORTS, operations
from gateway.remote.wire import Method, method
from gateway.schema import GraphSchema
from modules.kernel.errors import BadUserInput
from modules.kernel.graph import JSON, GraphContext, Info, Part, field
from modules.kernel.viewer import Permission


def internal_routes(ports: Mapping[str, Any], channels: Channels, context: ContextMaker) -> Sequence[BaseRoute]:
    """`ports` answer for the modules of their names. Raises what `context` raises, and Forbidden or Unauthenticated for
    whoever lacks the scope `internal`."""

    async def internal(headers: Mapping[str, str]) -> GraphContext:
        found = await context(headers)
        found.viewer.require(Permission.INTERNAL)
        return found

    bounds = Bounds()
    graph = port_graph(ports, channels)
    return [Route(PATH, GraphHttp(Executions(graph, internal, bounds, introspection=False, suggestions=False), bounds))]


def port_graph(ports: Mapping[str, Any], channels: Channels) -> GraphSchema:
    """One query for each method of each port."""
    fields = [
        _field(method(PORTS[module], name), getattr(port, name), channels)
        for module, port in ports.items()
        for name in operations(module)
    ]
    return GraphSchema([Part("internal", query=create_type("Query", fields))])


def _field(asked: Method, answer: Callable[..., Awaitable[Any]], channels: Channels) -> Any:
    async def resolve(info: Info, question: JSON) -> JSON | None:
        try:
            arguments = asked.asked(question)
        except (ValueError, KeyError, TypeError) as error:
            raise BadUserInput(f"{asked.name} is asked something else: {error}.", "question") from error
        viewed = [one.viewer(channels) if isinstance(one, Asker) else one for one in arguments]
        return cast("JSON | None", asked.answer.write(await answer(*viewed)))

    made = field(resolve, description=f"Asked by other modules: {asked.name}.")
    made.python_name = made.graphql_name = asked.name
    return made
