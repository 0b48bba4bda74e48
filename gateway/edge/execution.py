"""Execution: one operation of a prepared document, through graphql-core, to the bytes of its response.

Strawberry's own `execute` is left out: its extensions, its context and its second look at the document cost more than
they give here. Its resolvers run unchanged.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final, cast

import orjson
from graphql import (
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
)
from graphql.execution import create_source_event_stream

from gateway.edge.asking import ContextMaker
from gateway.edge.documents import Document, Documents
from gateway.edge.errors import Rejected, Shown, Stage, code_of, rejection, request_error, shown, unavailable
from gateway.edge.executor import PlannedExecutor, executor_of
from gateway.edge.groups import Groups, Source
from gateway.edge.limits import is_introspection
from gateway.edge.members import Push
from gateway.edge.observing import Nobody, Observer
from gateway.edge.operations import Operations, read_id
from gateway.edge.plans import Plans
from gateway.edge.rates import Rates, Standing, points_of
from gateway.edge.settings import Bounds
from gateway.edge.sharing import find_sharing
from gateway.edge.usage import Usage
from gateway.resuming import Resumed
from gateway.schema import GraphSchema
from modules.kernel.errors import Unauthenticated
from modules.kernel.graph import GraphContext
from modules.kernel.viewer import ANONYMOUS, Viewer

_KEPT_INTROSPECTIONS: Final = 8


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks, in the form that all transports share."""

    query: str
    """Empty where `id` says it."""
    variables: dict[str, Any]
    operation: str | None
    id: str | None = None
    """Of a persisted operation."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request whose document is known, valid and within its sender's limits."""

    request: Request
    document: Document
    operation: OperationDefinitionNode
    context: GraphContext
    headers: Mapping[str, str]
    """What the context was made of."""
    standing: Standing | None = None
    """What its sender may still ask, where that is counted."""
    arrived: float = 0.0
    """By `time.perf_counter`."""

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.operation.operation

    @property
    def name(self) -> str:
        """What the document calls the operation; empty for nothing."""
        return self.operation.name.value if self.operation.name else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: its JSON, and the list of errors alone when the request was rejected before execution."""

    body: bytes
    status: int = 200
    """For application/graphql-response+json."""
    rejected: bytes | None = None
    headers: Mapping[str, str] | None = None

    def with_headers(self, more: Mapping[str, str]) -> Answer:
        """The same, with these headers too."""
        return replace(self, headers={**(self.headers or {}), **more})


class Executions:
    """Runs operations of one schema for all transports, which bound the time of what they await here."""

    def __init__(
        self,
        schema: GraphSchema,
        context: ContextMaker,
        bounds: Bounds,
        *,
        introspection: bool,
        suggestions: bool,
        operations: Operations | None = None,
        rates: Rates | None = None,
        observer: Observer | None = None,
        usage: Usage | None = None,
    ) -> None:
        self._schema = schema._schema
        self._context = context
        self._bounds = bounds
        self._operations = operations or Operations()
        self._rates = rates or Rates(None, None)
        self._observer = observer or Nobody()
        self._usage = usage
        self._hide_suggestions = not suggestions
        self._slots = dict.fromkeys(schema.owners, "Product")
        self._introspections: dict[tuple[str, str | None], Answer] = {}
        self._documents = Documents(self._schema, introspection=introspection, suggestions=suggestions)
        self._groups = Groups(context, self._open)

    async def prepare(self, request: Request, headers: Mapping[str, str]) -> Prepared:
        """Makes the context and finds the operation. Raises Rejected, and what the context maker raises."""
        try:
            return await self._prepare(request, headers, perf_counter())
        except Exception as error:
            self._observer.refused(code_of(error))
            raise

    def refuse(self, error: Rejected) -> Answer:
        """The answer to what is no request at all."""
        self._observer.refused(code_of(error))
        return reject(error)

    async def _prepare(self, request: Request, headers: Mapping[str, str], arrived: float) -> Prepared:
        context = await self._context(headers)
        standing = self._rates.take(context.viewer, 1)
        named = self._operations.find(request.query, request.id)
        stranger = context.viewer.principal is ANONYMOUS and not named.registered
        limits = self._bounds.anonymous if stranger else self._bounds.known
        document = await self._documents.get(named.text, limits)
        self._operations.keep(named.text, request.id)
        operation = document.operation(request.operation)
        fields = self._documents.check_request(document, operation, limits, request.variables)
        if points := points_of(fields):
            standing = self._rates.take(context.viewer, points)
        if self._usage is not None:
            self._usage.count(document, headers, stranger=stranger)
        return Prepared(request, document, operation, context, headers, standing, arrived)

    async def welcome(self, headers: Mapping[str, str]) -> datetime | None:
        """Until when a client may connect, None for ever: raises what the context maker raises."""
        return (await self._context(headers)).viewer.principal.until

    async def execute(self, prepared: Prepared) -> Answer:
        """A query or mutation. Raises Rejected for variables that do not fit."""
        if is_introspection(prepared.operation):
            return await self._introspect(prepared)
        executor = self._executor(prepared)
        result = executor.execute_operation()
        if not isinstance(result, ExecutionResult):
            result = await result
        answer = _answer(result, prepared.context)
        seconds = perf_counter() - prepared.arrived
        self._observer.answered(prepared.kind.value, prepared.name, seconds, bool(result.errors))
        return answer

    async def stream(self, prepared: Prepared, push: Push | None = None) -> AsyncGenerator[Answer, None]:
        """A subscription's answers, one per event; closing this closes its source. Raises what the source raises.

        Answers that equal subscribers share are handed to `push` between these, as long as it takes them.
        Raises Unauthenticated in place of the first event after the sender's rights have ended.
        """
        sharing = find_sharing(self._schema, prepared.document, prepared.operation)
        answers = self._groups.stream(prepared, sharing, push) if sharing else self._alone(prepared)
        async with aclosing(answers):
            async for answer in answers:
                yield answer

    async def _alone(self, prepared: Prepared) -> AsyncGenerator[Answer, None]:
        source = await self._open(prepared, None)
        try:
            async for event in source.events:
                # What the customer is, and what its sender may, is what they are at the event's moment.
                yield await source.answer(event, await self._still_allowed(prepared))
        finally:
            await source.close()

    async def _still_allowed(self, prepared: Prepared) -> Viewer:
        now = await self._context(prepared.headers)
        if now.viewer.principal != prepared.context.viewer.principal:
            raise Unauthenticated()
        return now.viewer

    async def _open(self, prepared: Prepared, after: str | None) -> Source:
        """The operation's stream of events; with a cursor, behind it. Raises Rejected."""
        executor = self._executor(prepared, None if after is None else Resumed(after))
        made = create_source_event_stream(executor)
        events = await made if isinstance(made, Awaitable) else made
        if isinstance(events, ExecutionResult):
            raise Rejected.of(events.errors or [], Stage.EXECUTION)
        return _Source(prepared, executor, aiter(events), self._observer)

    def _executor(self, prepared: Prepared, root: Resumed | None = None) -> PlannedExecutor:
        document, plans = prepared.document, self._plans(prepared.document)
        if plans is not None:
            prepared.context.kept = plans.selections
        try:
            return executor_of(
                self._schema,
                document.node,
                prepared.operation,
                prepared.request.variables,
                prepared.context,
                plans,
                root=root,
                hide_suggestions=self._hide_suggestions,
            )
        except Rejected as error:
            self._observer.refused(code_of(error))
            raise

    def _plans(self, document: Document) -> Plans | None:
        if not self._bounds.plans:
            return None
        if document.has_directives:
            return Plans(self._slots)
        if document.plans is None:
            document.plans = Plans(self._slots)
        return document.plans

    async def _introspect(self, prepared: Prepared) -> Answer:
        """Questions about the schema alone take long and never change: made aside, kept unless they have variables."""
        key = (prepared.document.text, prepared.request.operation)
        known = self._introspections.get(key)
        if known is not None:
            return known
        executor = self._executor(prepared)
        executor.on_loop = False
        result = await self._documents.aside(executor.execute_operation)
        answer = _answer(cast("ExecutionResult", result), prepared.context)
        if not prepared.operation.variable_definitions:
            if len(self._introspections) >= _KEPT_INTROSPECTIONS:
                self._introspections.clear()
            self._introspections[key] = answer
        return answer


@dataclass(frozen=True, slots=True)
class _Source:
    """One run of a subscription."""

    prepared: Prepared
    executor: PlannedExecutor
    events: AsyncIterator[Any]
    observer: Observer

    async def answer(self, event: object, viewer: Viewer) -> Answer:
        """The operation executed for the event; what its resolvers read as "now" is the event's moment."""
        begun, context = perf_counter(), self.prepared.context
        context.viewer = replace(viewer, now=datetime.now(UTC))
        result = self.executor.build_per_event_executor(event).execute_operation(False)
        if not isinstance(result, ExecutionResult):
            result = await cast("Awaitable[ExecutionResult]", result)
        answer = _answer(result, context)
        context.unavailable.clear()
        self.observer.told(self.prepared.name, perf_counter() - begun)
        return answer

    async def close(self) -> None:
        """Closes the module's generator."""
        close = getattr(self.events, "aclose", None)
        if close is not None:
            await close()


def read_request(payload: object) -> Request:
    """The parameters of a request, whatever carried them. Raises Rejected with the parameter's name."""
    if not isinstance(payload, dict):
        raise request_error("A request is a JSON object with a query; lists of requests are not served.")
    query, id = payload.get("query"), read_id(payload)
    if query is None and id is not None:
        query = ""
    elif not isinstance(query, str) or not query:
        raise request_error("query must be a string that holds a GraphQL document.")
    name = payload.get("operationName")
    if name is not None and not isinstance(name, str):
        raise request_error("operationName must be a string or null.")
    for parameter in ("variables", "extensions"):
        if not isinstance(payload.get(parameter), dict | None):
            raise request_error(f"{parameter} must be an object or null.")
    return Request(query, payload.get("variables") or {}, name or None, id)


def reject(error: BaseException) -> Answer:
    """The response without `data` that an exception becomes."""
    rejected = rejection(error)
    errors = orjson.dumps(rejected.errors, default=str)
    return Answer(b'{"errors":' + errors + b"}", rejected.status, errors, rejected.headers)


def _answer(result: ExecutionResult, context: GraphContext) -> Answer:
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = _all_shown(result.errors)
    if context.unavailable:
        body["extensions"] = unavailable(context.unavailable)
    try:
        return Answer(orjson.dumps(body))
    except TypeError as error:
        # A scalar of ours gave what JSON does not have; orjson knows no partial answer.
        return reject(error)


def _all_shown(errors: list[GraphQLError]) -> list[Shown]:
    return [shown(error) for error in errors]
