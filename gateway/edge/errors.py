"""Errors as clients see them: expected ones with a stable code and their data, all others masked under a log id.

Codes: GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, LIMIT_EXCEEDED, BAD_REQUEST, BAD_USER_INPUT, TIMEOUT,
TOO_MANY_OPERATIONS, INTERNAL_SERVER_ERROR, and those of `modules.kernel.errors`.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from graphql import FieldNode, GraphQLError, GraphQLSyntaxError

from modules.kernel.errors import CogwerkError, Unauthenticated

_log: Final = logging.getLogger(__name__)

Shown = dict[str, Any]
"""An error as the specification's response format has it."""

INTERNAL: Final = "INTERNAL_SERVER_ERROR"
_MASK: Final = "Something went wrong on our side. It is logged under the given id."


class Stage(StrEnum):
    """Where an error without a code of its own arose: its code."""

    PARSING = "GRAPHQL_PARSE_FAILED"
    VALIDATION = "GRAPHQL_VALIDATION_FAILED"
    REQUEST = "BAD_USER_INPUT"
    EXECUTION = "INTERNAL_SERVER_ERROR"


_STATUS: Final[Mapping[str, int]] = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "TOO_MANY_OPERATIONS": 429,
    INTERNAL: 500,
    "UNAVAILABLE": 503,
    "TIMEOUT": 504,
}


class Rejected(Exception):
    """The request is answered without `data`: its document, its variables or its sender are refused."""

    def __init__(
        self, errors: Sequence[Shown], status: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(errors[0]["message"] if errors else "rejected")
        self.errors = list(errors)
        self.status = status if status is not None else _status(self.errors)
        self.headers = dict(headers or {})

    @classmethod
    def of(cls, errors: Sequence[GraphQLError], stage: Stage) -> Rejected:
        """Of graphql-core's errors of one stage."""
        return cls([shown(error, stage) for error in errors])


def request_error(message: str, code: str = "BAD_REQUEST", status: int = 400, **headers: str) -> Rejected:
    """A request that is malformed before any document is looked at; headers by name, `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Rejected([{"message": message, "extensions": {"code": code}}], status, named)


def rejection(error: BaseException) -> Rejected:
    """What any exception outside execution becomes; those that are not expected are logged and masked."""
    if isinstance(error, Rejected):
        return error
    headers = {"www-authenticate": "Bearer"} if isinstance(error, Unauthenticated) else {}
    return Rejected([_plain(error)], headers=headers)


def code_of(error: BaseException) -> str:
    """The code that `rejection` gives, without logging anything."""
    if isinstance(error, Rejected):
        return str(error.errors[0]["extensions"]["code"])
    if isinstance(error, CogwerkError):
        return error.code
    return "TIMEOUT" if isinstance(error, TimeoutError) else INTERNAL


def shown(error: GraphQLError, stage: Stage = Stage.EXECUTION) -> Shown:
    """The error in the response's form, with `extensions.code` always."""
    cause = _cause(error)
    answer: Shown = {"message": error.message}
    if isinstance(cause, CogwerkError):
        answer = _expected(cause)
    elif error.extensions and "code" in error.extensions:
        answer["extensions"] = dict(error.extensions)
    elif cause is None and (stage is not Stage.EXECUTION or _blames_document(error)):
        code = Stage.PARSING if isinstance(error, GraphQLSyntaxError) else stage
        answer["extensions"] = {"code": str(Stage.REQUEST if stage is Stage.EXECUTION else code)}
    else:
        answer = _masked(cause or error)
    if error.locations:
        answer["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        answer["path"] = list(error.path)
    return answer


def _plain(error: BaseException) -> Shown:
    if isinstance(error, CogwerkError):
        return _expected(error)
    if isinstance(error, TimeoutError):
        return {"message": "The request took too long and was stopped.", "extensions": {"code": "TIMEOUT"}}
    return _masked(error)


def _expected(error: CogwerkError) -> Shown:
    """An error of the house carries its data as plain attributes; they go out beside the code."""
    data = {name: _as_json(value) for name, value in vars(error).items() if not name.startswith("_")}
    known = {name: value for name, value in data.items() if value is not None}
    return {"message": error.message, "extensions": {"code": error.code, **known}}


def _as_json(value: object) -> object:
    if isinstance(value, tuple | list | frozenset):
        return [str(item) for item in value]
    return value if isinstance(value, str | int | bool) else None


def _masked(error: BaseException) -> Shown:
    log_id = secrets.token_hex(8)
    _log.error("unexpected error %s", log_id, exc_info=error)
    return {"message": _MASK, "extensions": {"code": INTERNAL, "logId": log_id}}


def _cause(error: GraphQLError) -> BaseException | None:
    """The exception that a resolver raised, below graphql-core's own wrappings; None when it is a GraphQLError."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _blames_document(error: GraphQLError) -> bool:
    # Arguments that cannot be coerced name the argument's or the variable's node; values of ours that cannot be
    # serialised name the field alone.
    return any(not isinstance(node, FieldNode) for node in error.nodes or ())


def _status(errors: Sequence[Shown]) -> int:
    return max((_STATUS.get(error["extensions"]["code"], 400) for error in errors), default=400)


def unavailable(systems: Sequence[Mapping[str, str]]) -> Shown:
    """`extensions` of a response some of whose modules did not answer."""
    return {"unavailable": [dict(item) for item in systems]}
