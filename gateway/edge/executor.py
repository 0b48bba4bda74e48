"""Executor: graphql-core's, with Strawberry's resolve info, plans for what needs no more than a look, and strides for
long lists: a cart of a thousand lines with all that can be asked of them must not hold the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from contextlib import suppress
from time import perf_counter
from typing import Any, Final, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLResolveInfoHelpers,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    is_composite_type,
    is_non_null_type,
)
from graphql.execution import Executor, default_field_resolver, default_type_resolver
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.get_variable_signature import GraphQLVariableSignature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.pyutils import AwaitableOrValue, Path, Undefined, gather_with_cancel
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gateway.edge.coercing import coerce
from gateway.edge.errors import Rejected, Stage
from gateway.edge.plans import AT_ONCE, Ground, Plan, Plans
from modules.kernel.selection import Wanted

Response = AwaitableOrValue[ExecutionResult]
_STRIDE: Final = 0.005
"""Seconds after which the completion of a long list lets others have their turn."""


def executor_of(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    context: object,
    plans: Plans | None,
    *,
    root: object = None,
    hide_suggestions: bool,
) -> PlannedExecutor:
    """An executor of the operation; resolvers of root fields find `root`. Raises Rejected for variables that do not
    fit."""
    awaitable = cast("Any", optimized_is_awaitable)
    ground = plans.grounds.get(id(operation)) if plans else None
    values = read_variables(ground.signatures, variables) if ground else None
    if ground is not None and values is not None:
        fragments = ground.fragment_definitions, ground.fragments
        resolvers = default_field_resolver, default_type_resolver, default_field_resolver
        known = schema, *fragments, root, context, operation, values, *resolvers
        made: Any = PlannedExecutor(*known, is_awaitable=awaitable, hide_suggestions=hide_suggestions)
    else:
        made = PlannedExecutor.build(
            schema,
            document,
            root,
            context,
            cast("dict[str, Any]", variables),
            operation.name.value if operation.name else None,
            is_awaitable=awaitable,
            hide_suggestions=hide_suggestions,
        )
    if isinstance(made, list):
        raise Rejected.of(made, Stage.REQUEST)
    executor = cast("PlannedExecutor", made)
    if plans is not None:
        executor.follow(plans)
    return executor


def read_variables(signatures: Sequence[GraphQLVariableSignature], given: Mapping[str, Any]) -> VariableValues | None:
    """The operation's variables, as graphql-core coerces them; None where it must look at them, or say what is wrong.

    Its own way finds out anew for each request what types the document names.
    """
    sources: dict[str, VariableValueSource] = {}
    coerced: dict[str, Any] = {}
    for signature in signatures:
        name, kind = signature.name, signature.type
        value = given.get(name, Undefined)
        sources[name] = VariableValueSource(signature, value)
        if value is Undefined:
            if signature.default is not None or is_non_null_type(kind):
                return None
        else:
            try:
                coerced[name] = coerce(value, kind)
            except Exception:
                return None
    return VariableValues(sources, coerced)


class PlannedExecutor(Executor[None]):
    """Answers what graphql-core would: without plans by the same steps, with them by fewer."""

    operation_extensions: dict[str, Any] | None = None
    build_resolve_info = cast("Any", StrawberryGraphQLCoreExecutionContext.build_resolve_info)
    on_loop = True
    """Whether it runs on the event loop, which others wait for."""
    _plans: Plans | None = None
    _wishes: dict[Plan, tuple[Wanted, ...]]

    @property
    def async_helpers(self) -> GraphQLResolveInfoHelpers:
        """Made when it is asked for: kept, it would tie the executor, and with it all that the request read, into a
        cycle that only Python's collector undoes."""
        return GraphQLResolveInfoHelpers(gather=self.gather_async_work, track=self.track_async_work)

    @async_helpers.setter
    def async_helpers(self, kept: GraphQLResolveInfoHelpers) -> None:
        """graphql-core keeps its own."""

    def follow(self, plans: Plans) -> None:
        """Takes the plans of its document from now on."""
        self._plans = plans
        self._wishes = {}
        self._relevant_sub_fields = plans.collected
        if id(self.operation) not in plans.grounds:
            signatures = tuple(source.signature for source in self.variable_values.sources.values())
            plans.grounds[id(self.operation)] = Ground(self.fragment_definitions, self.fragments, signatures)

    def execute_operation(self, serially: bool | None = None) -> Response:
        """As graphql-core does, but root fields are collected once for a document, not for each event anew."""
        kind = self.schema.get_root_type(self.operation.operation)
        grouped = None
        if self._plans is not None and kind is not None:
            with suppress(Exception):
                grouped = self._plans.root(self, kind)
        if kind is None or grouped is None:
            return cast("Response", super().execute_operation(serially))
        one_by_one = self.operation.operation is OperationType.MUTATION if serially is None else serially
        try:
            data = self.execute_root_grouped_field_set(kind, self.root_value, grouped, one_by_one, None)
        except GraphQLError as error:
            return self._respond_with(error)
        return self._respond(data) if isinstance(data, Awaitable) else cast("Response", self.build_response(data))

    async def _respond(self, data: Awaitable[dict[str, Any]]) -> ExecutionResult:
        try:
            return cast("ExecutionResult", self.build_response(await data))
        except GraphQLError as error:
            return self._respond_with(error)

    def _respond_with(self, error: GraphQLError) -> ExecutionResult:
        """A null that could not stay where it was has reached the root."""
        self.collected_errors.add(error, None)
        return cast("ExecutionResult", self.build_response(None))

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: None,
    ) -> Any:
        """By plan where there is one; graphql-core says what is wrong with what a plan gives up."""
        plan = self._plans.get(self, return_type, field_details_list) if self._plans else None
        if plan is not None and plan.complete is None:
            return self._complete_by_field(return_type, plan, path, result)
        if plan is not None and plan.complete is not None:
            with suppress(Exception):
                return plan.complete(result, self._asked(plan))
        return super().complete_object_value(return_type, field_details_list, info, path, result, position_context)

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: None,
    ) -> Any:
        """As graphql-core does, with arguments that are read as the document's plans say."""
        call = self._plans.call(parent_type, field_details_list) if self._plans else None
        arguments = None
        if call is not None and call.read is not None:
            with suppress(Exception):
                arguments = call.read(self.variable_values.coerced)
        if call is None or arguments is None:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        kind = call.definition.type
        info = self.build_resolve_info(call.definition, call.nodes, parent_type, path)
        try:
            result = cast("Any", call.definition.resolve)(source, info, **arguments)
            if self.is_awaitable(result):
                return self.complete_awaitable_value(kind, field_details_list, info, path, result, None)
            completed = self.complete_value(kind, field_details_list, info, path, result, None)
            if self.is_awaitable(completed):
                return self._completed(completed, kind, field_details_list, path)
        except Exception as error:
            self.handle_field_error(error, kind, field_details_list, path)
            return None
        return completed

    async def _completed(
        self, waiting: Awaitable[Any], kind: GraphQLOutputType, fields: FieldDetailsList, path: Path
    ) -> Any:
        try:
            return await waiting
        except Exception as error:
            self.handle_field_error(error, kind, fields, path)
            return None

    def complete_list_value(
        self,
        return_type: GraphQLList[GraphQLOutputType],
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: None,
    ) -> Any:
        """As graphql-core does; a long list of objects in strides."""
        if self.on_loop and isinstance(result, Sequence) and len(result) > AT_ONCE and _is_of_objects(return_type):
            result = _in_strides(result)
        return super().complete_list_value(return_type, field_details_list, info, path, result, position_context)

    def _complete_by_field(self, kind: GraphQLObjectType, plan: Plan, path: Path, source: Any) -> Any:
        """As graphql-core's `execute_fields`, but for the fields that have a way of their own."""
        results: dict[str, Any] = {}
        waiting: list[str] = []
        try:
            for field in plan.fields:
                if field.read is not None:
                    with suppress(Exception):
                        results[field.name] = field.read(source, self._asked(plan))
                        continue
                result = self.execute_field(kind, source, field.details, Path(path, field.name, kind.name), None)
                if result is Undefined:
                    continue
                results[field.name] = result
                if self.is_awaitable(result):
                    waiting.append(field.name)
        except Exception:
            if waiting:
                self.settle_in_background([results[name] for name in waiting])
            raise
        return self._all_there(results, waiting) if waiting else results

    async def _all_there(self, results: dict[str, Any], waiting: Sequence[str]) -> dict[str, Any]:
        if len(waiting) == 1:
            results[waiting[0]] = await results[waiting[0]]
        else:
            found = await gather_with_cancel(*(results[name] for name in waiting))
            results.update(zip(waiting, found, strict=True))
        return results

    def _asked(self, plan: Plan) -> tuple[Wanted, ...]:
        """What the plan's slots ask for in this operation. Raises GraphQLError for arguments that do not fit."""
        if plan.bound is not None:
            return plan.bound
        if plan not in self._wishes:
            self._wishes[plan] = plan.wishes(self)
        return self._wishes[plan]


def _is_of_objects(kind: GraphQLList[GraphQLOutputType]) -> bool:
    return is_composite_type(get_named_type(kind))


async def _in_strides(items: Sequence[Any]) -> AsyncGenerator[Any, None]:
    """The items; whoever else waits for the loop has it whenever completing them has taken a stride's time."""
    begun = perf_counter()
    for item in items:
        if perf_counter() - begun > _STRIDE:
            await asyncio.sleep(0)
            begun = perf_counter()
        yield item
