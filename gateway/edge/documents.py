"""Documents: texts that were parsed, measured and validated once, kept by their text.

Unseen documents are prepared by one worker thread, so that a hostile one takes its turn behind others and never holds
the event loop. What is kept is bounded by number and by tokens; the least recently used goes first.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from graphql.language import ObjectValueNode
from graphql.validation import ValidationContext
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gateway.edge.errors import Rejected, Stage, request_error
from gateway.edge.limits import LimitExceeded, Limits, Survey, check_values, size_of
from gateway.edge.plans import Plans

_KEPT: Final = 1_000
_KEPT_TOKENS: Final = 100_000
"""Of all together; a parsed token takes about 500 bytes, so these are some 50 megabytes."""
_KEPT_SIZES: Final = 64
_MAX_WAITING: Final = 200
_MAX_ERRORS: Final = 20

if TYPE_CHECKING:
    from gateway.edge.sharing import Sharing

T = TypeVar("T")


class OneOfRule(OneOfInputValidationRule):
    """Strawberry's rule, which fails on fragments that stand before their operation and on unknown variables."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.variable_definitions = {
            item.variable.name.value: item
            for definition in context.document.definitions
            if isinstance(definition, OperationDefinitionNode)
            for item in definition.variable_definitions or ()
        }

    def enter_operation_definition(self, node: Any, *_: Any) -> None:
        """Nothing: the variables of all operations are known from the start."""

    def enter_object_value(self, node: ObjectValueNode, *_: Any) -> None:
        """As Strawberry has it; an undefined variable is another rule's error."""
        try:
            super().enter_object_value(node)
        except KeyError:
            return


class NoServiceRule(ASTValidationRule):
    """Where introspection is off, `_service { sdl }` would show the same to everybody."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Refuses the one field."""
        if node.name.value == "_service":
            self.report_error(GraphQLError("The schema is not shown here.", node))


@dataclass(eq=False, slots=True)
class Document:
    """A text ready to be executed, or the errors of its validation."""

    text: str
    node: DocumentNode
    tokens: int
    operations: Mapping[str, OperationDefinitionNode]
    """By name; the one without a name under the empty string."""
    errors: tuple[GraphQLError, ...] = ()
    shape_allowed: set[Limits] = field(default_factory=set)
    fields_allowed: dict[tuple[Limits, str, tuple[int | None, ...]], int] = field(default_factory=dict)
    """How many they are, by limits, operation and lengths of the lists in the variables."""
    plans: Plans | None = None
    """Made with the first execution, kept for the next."""
    sharing: dict[str, Sharing | None] = field(default_factory=dict)
    """How equal subscribers of its operations are known, by operation name."""

    @property
    def has_directives(self) -> bool:
        """Whether the same nodes may be another selection next time; an @ inside a string counts too."""
        return "@" in self.text

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The one of this name, or the only one. Raises Rejected."""
        if name:
            if name in self.operations:
                return self.operations[name]
            raise request_error(f"Unknown operation named {name!r}.", Stage.REQUEST)
        if len(self.operations) == 1:
            return next(iter(self.operations.values()))
        number = "several operations" if self.operations else "no operation"
        raise request_error(f"The document has {number}: operationName must name one.", Stage.REQUEST)


class Documents:
    """All documents of one schema."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool, suggestions: bool) -> None:
        self._schema = schema
        self._suggestions = suggestions
        refused: tuple[type[ASTValidationRule], ...] = (
            () if introspection else (NoSchemaIntrospectionCustomRule, NoServiceRule)
        )
        self._rules = (*specified_rules, *refused, MaybeNullValidationRule, OneOfRule)
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._kept_tokens = 0
        self._waiting: dict[tuple[str, Limits], asyncio.Future[Document]] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="documents")

    async def get(self, text: str, limits: Limits) -> Document:
        """Parsed, within the limits, valid. Raises Rejected."""
        document = self._kept.get(text)
        if document is None:
            document = await self._prepared(text, limits)
        else:
            self._kept.move_to_end(text)
            self._check_shape(document, limits)
        if document.errors:
            raise Rejected.of(document.errors, Stage.VALIDATION)
        return document

    def check_request(
        self, document: Document, operation: OperationDefinitionNode, limits: Limits, variables: Mapping[str, Any]
    ) -> int:
        """Holds the variables and the number of response fields against the limits; gives that number.

        Raises Rejected.
        """
        try:
            check_values(variables, limits)
            return self._check_fields(document, operation, limits, variables)
        except LimitExceeded as error:
            raise Rejected.of([error], Stage.VALIDATION) from None

    def _check_fields(
        self, document: Document, operation: OperationDefinitionNode, limits: Limits, variables: Mapping[str, Any]
    ) -> int:
        """Counted once per lengths of the lists in the variables."""
        names = [item.variable.name.value for item in operation.variable_definitions or ()]
        lengths = tuple(size_of(variables.get(name)) for name in names)
        key = (limits, operation.name.value if operation.name else "", lengths)
        known = document.fields_allowed.get(key)
        if known is not None:
            return known
        sizes = {name: length for name, length in zip(names, lengths, strict=True) if name in variables}
        fields = Survey(self._schema, document.node, limits, sizes).check_fields(operation)
        if len(document.fields_allowed) >= _KEPT_SIZES:
            document.fields_allowed.clear()
        document.fields_allowed[key] = fields
        return fields

    async def aside(self, work: Callable[[], T]) -> T:
        """Runs what takes long in the worker thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _prepared(self, text: str, limits: Limits) -> Document:
        """Those who ask for the same text at the same time wait for one preparation."""
        key = (text, limits)
        future = self._waiting.get(key)
        if future is None:
            if _bytes(text) > limits.bytes:
                raise request_error(f"The document is longer than {limits.bytes} bytes.", "LIMIT_EXCEEDED")
            if len(self._waiting) >= _MAX_WAITING:
                raise request_error("Too many new documents wait to be read; try again.", "UNAVAILABLE", 503)
            future = asyncio.ensure_future(self.aside(lambda: self._prepare(text, limits)))
            self._waiting[key] = future
            future.add_done_callback(lambda done: self._settle(key, done))
        return await asyncio.shield(future)

    def _settle(self, key: tuple[str, Limits], future: asyncio.Future[Document]) -> None:
        del self._waiting[key]
        if future.cancelled() or future.exception():
            return
        text, document = key[0], future.result()
        if text not in self._kept:
            self._kept[text] = document
            self._kept_tokens += document.tokens
        while len(self._kept) > _KEPT or self._kept_tokens > _KEPT_TOKENS:
            _, oldest = self._kept.popitem(last=False)
            self._kept_tokens -= oldest.tokens

    def _prepare(self, text: str, limits: Limits) -> Document:
        try:
            node = parse(text, max_tokens=limits.tokens)
        except GraphQLError as error:
            raise _too_long(error, limits) from None
        operations = {
            item.name.value if item.name else "": item
            for item in node.definitions
            if isinstance(item, OperationDefinitionNode)
        }
        document = Document(text, node, getattr(node, "token_count", 0), operations)
        self._check_shape(document, limits)
        # Validation comes last: some of its rules compare all fields of a selection set with one another.
        errors = validate(
            self._schema, node, self._rules, max_errors=_MAX_ERRORS, hide_suggestions=not self._suggestions
        )
        document.errors = tuple(errors)
        return document

    def _check_shape(self, document: Document, limits: Limits) -> None:
        if limits in document.shape_allowed:
            return
        if document.tokens > limits.tokens or _bytes(document.text) > limits.bytes:
            raise request_error(f"The document has more than {limits.tokens} tokens.", "LIMIT_EXCEEDED")
        try:
            Survey(self._schema, document.node, limits).check_shape()
        except LimitExceeded as error:
            raise Rejected.of([error], Stage.VALIDATION) from None
        document.shape_allowed.add(limits)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _too_long(error: GraphQLError, limits: Limits) -> Rejected:
    if "tokens" in error.message and "aborted" in error.message:
        return request_error(f"The document has more than {limits.tokens} tokens.", "LIMIT_EXCEEDED")
    return Rejected.of([error], Stage.PARSING)
