"""Where operations begin and end: the edge's executions, noted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from gateway.edge.execution import Answer, Executions, Prepared
from gateway.edge.groups import Source
from gateway.tracing.recording import Recording, current
from gateway.tracing.spans import Tracing
from modules.kernel.viewer import Role, Viewer

HEADER: Final = "cogwerk-timing"
"""`on`: an administrator's answers say in `extensions.timing` what took how long."""


class TracedExecutions(Executions):
    """Queries and mutations are noted, and of subscriptions each event: once, however many the execution serves."""

    def __init__(self, tracing: Tracing, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._tracing = tracing

    async def execute(self, prepared: Prepared) -> Answer:
        """See `Executions.execute`."""
        name, kind = prepared.name, prepared.kind.value
        attributes = {"graphql.operation.name": name, "graphql.operation.type": kind}
        noted = Recording()
        token = current.set(noted)
        try:
            with self._tracing.operation(f"{kind} {name}".strip(), attributes, prepared.headers):
                answer = await super().execute(prepared)
        finally:
            noted.open = False
            current.reset(token)
        return _with_timing(answer, noted) if self._shows(prepared) else answer

    async def _open(self, prepared: Prepared, after: str | None) -> Source:
        return _TracedSource(await super()._open(prepared, after), self._tracing, prepared.name)

    def _shows(self, prepared: Prepared) -> bool:
        principal = prepared.context.viewer.principal
        wanted = self._tracing.timings and prepared.headers.get(HEADER, "").lower() == "on"
        return wanted and Role.ADMINISTRATOR in principal.roles


@dataclass(frozen=True, slots=True)
class _TracedSource:
    """A subscription's source, of which the execution of each event is a trace of its own: it is no part of what one of
    its subscribers does."""

    source: Source
    tracing: Tracing
    name: str

    @property
    def events(self) -> AsyncIterator[Any]:
        """See `Source.events`."""
        return self.source.events

    async def answer(self, event: Any, viewer: Viewer) -> Answer:
        """See `Source.answer`."""
        attributes = {"graphql.operation.name": self.name, "graphql.operation.type": "subscription"}
        noted = Recording()
        token = current.set(noted)
        try:
            with self.tracing.operation(f"subscription {self.name}".strip(), attributes, {}):
                return await self.source.answer(event, viewer)
        finally:
            noted.open = False
            current.reset(token)

    async def close(self) -> None:
        """See `Source.close`."""
        await self.source.close()


def _with_timing(answer: Answer, noted: Recording) -> Answer:
    body = orjson.loads(answer.body)
    body.setdefault("extensions", {})["timing"] = noted.shown()
    return replace(answer, body=orjson.dumps(body))
