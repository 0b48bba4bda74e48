"""Where operations begin and end: the edge's executions, noted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import orjson

from gateway.edge.execution import Answer, Executions, Prepared
from gateway.tracing.recording import Recording, current
from gateway.tracing.spans import Tracing
from modules.kernel.viewer import Role

HEADER: Final = "cogwerk-timing"
"""`on`: an administrator's answers say in `extensions.timing` what took how long."""


class TracedExecutions(Executions):
    """Queries and mutations are noted; a subscription's events are not, as one execution serves many."""

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

    def _shows(self, prepared: Prepared) -> bool:
        principal = prepared.context.viewer.principal
        wanted = self._tracing.timings and prepared.headers.get(HEADER, "").lower() == "on"
        return wanted and Role.ADMINISTRATOR in principal.roles


def _with_timing(answer: Answer, noted: Recording) -> Answer:
    body = orjson.loads(answer.body)
    body.setdefault("extensions", {})["timing"] = noted.shown()
    return replace(answer, body=orjson.dumps(body))
