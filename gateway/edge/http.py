"""HTTP: the GraphQL over HTTP draft on one path, as a bare ASGI application.

POST takes JSON alone, so that a page of another origin needs a preflight; GET runs queries alone and no navigation, no
script and no image of a page can use it. Cookies are not read. There is no batching and there are no uploads.
A request that is not even a GraphQL request is 400 always; one whose document or variables are refused is 400 as
application/graphql-response+json and, as the draft wants it for old clients, 200 as application/json.
Subscriptions are answered as a stream to those who take one; all else is never streamed beside a client's JSON, as many
clients name every form they know in every Accept.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs

import orjson
from graphql import OperationType
from starlette.types import Message, Receive, Scope, Send

from gateway.address import PEER
from gateway.edge.errors import Rejected, request_error
from gateway.edge.execution import Answer, Executions, Prepared, Request, read_request, reject
from gateway.edge.media import JSON, Accepted, negotiate, takes_gzip
from gateway.edge.settings import Bounds
from gateway.edge.streaming import Streams

_PREFLIGHTED: Final = ("authorization", "x-requested-with", "apollo-require-preflight", "cogwerk-channel")
_METHODS: Final = "GET, POST"


class GraphHttp:
    """The endpoint. Every answer it gives is a GraphQL response in JSON."""

    def __init__(self, executions: Executions, bounds: Bounds) -> None:
        self._executions = executions
        self._bounds = bounds
        self.streams = Streams(executions, bounds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        headers = read_headers(scope)
        accepted = Accepted(JSON, None)
        try:
            accepted = negotiate(headers.get("accept", ""))
            request = await self._read(scope, headers, receive)
        except _Gone:
            return
        except Rejected as error:
            # Not a GraphQL request yet: the status tells it in either media type.
            refused = self._executions.refuse(error)
            await self._reply(send, headers, accepted.single or JSON, refused, malformed=True)
            return
        answer = await self._answer(request, headers, scope["method"], accepted)
        if isinstance(answer, Answer) and accepted.single is not None:
            await self._reply(send, headers, accepted.single, answer, malformed=False)
            return
        assert accepted.stream is not None
        if isinstance(answer, Answer):
            await self.streams.tell(answer, accepted.stream, receive, send)
        else:
            await self.streams.subscribe(answer, accepted.stream, receive, send)

    async def _answer(
        self, request: Request, headers: Mapping[str, str], method: str, accepted: Accepted
    ) -> Answer | Prepared:
        """The answer; of a subscription that the client takes as a stream, what it is answered with."""
        try:
            async with asyncio.timeout(self._bounds.request_time):
                prepared = await self._executions.prepare(request, headers)
                _check_kind(prepared, method, accepted)
                if prepared.kind is OperationType.SUBSCRIPTION:
                    return prepared
                answer = await self._executions.execute(prepared)
                return answer if prepared.standing is None else answer.with_headers(prepared.standing.headers())
        except Exception as error:
            return reject(error)

    async def _read(self, scope: Scope, headers: Mapping[str, str], receive: Receive) -> Request:
        method = scope["method"]
        if method == "POST":
            _check_content(headers)
            return read_request(_parse(await self._body(headers, receive), "The body"))
        if method == "GET":
            _check_origin_of_get(headers)
            return _read_query_string(scope.get("query_string", b""))
        raise request_error(f"{method} is not served here.", status=405, allow=_METHODS)

    async def _body(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        most = self._bounds.body_bytes
        announced = headers.get("content-length", "")
        if announced.isdigit() and int(announced[:20]) > most:
            raise _too_large(most)
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._bounds.body_time):
                async for part in _parts(receive):
                    size += len(part)
                    if size > most:
                        raise _too_large(most)
                    parts.append(part)
        except TimeoutError:
            raise request_error("The body did not arrive in time.", "TIMEOUT", 408, connection="close") from None
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def _reply(
        self, send: Send, headers: Mapping[str, str], media: str, answer: Answer, *, malformed: bool
    ) -> None:
        status = answer.status
        if status == 400 and media == JSON and not malformed:
            status = 200
        fields = {
            "content-type": f"{media}; charset=utf-8",
            "vary": "Accept, Accept-Encoding",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            **(answer.headers or {}),
        }
        body = answer.body
        if len(body) >= self._bounds.gzip_bytes and takes_gzip(headers.get("accept-encoding", "")):
            body = zlib.compress(body, 1, 31)
            fields["content-encoding"] = "gzip"
        fields["content-length"] = str(len(body))
        raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in fields.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})


class _Gone(Exception):
    """The client left before its request was complete; there is nobody to answer."""


async def _parts(receive: Receive) -> Any:
    more = True
    while more:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        yield message.get("body", b"")
        more = message.get("more_body", False)


def read_headers(scope: Scope) -> dict[str, str]:
    """Names in lower case, and the connection's own address; a header that came twice has both values, so that two
    tokens are no valid one."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    headers[PEER] = (scope.get("client") or ("", 0))[0]
    return headers


def _check_content(headers: Mapping[str, str]) -> None:
    media, *parameters = (part.strip() for part in headers.get("content-type", "").lower().split(";"))
    if media == "multipart/form-data":
        raise request_error("Files are not uploaded through the graph; POST JSON.", status=415)
    charsets = [item.partition("=")[2].strip('"') for item in parameters if item.startswith("charset=")]
    if media != JSON or charsets not in ([], ["utf-8"], ["utf8"]):
        raise request_error(f"Content-Type must be {JSON} in UTF-8.", status=415)
    if headers.get("content-encoding", "identity") != "identity":
        raise request_error("The body must come unpacked, without Content-Encoding.", status=415)


def _check_origin_of_get(headers: Mapping[str, str]) -> None:
    """Browsers name the kind of their requests; those that need no preflight and no permission are refused."""
    if headers.get("sec-fetch-mode") not in ("no-cors", "navigate") or any(map(headers.__contains__, _PREFLIGHTED)):
        return
    raise request_error("GET is for programs: send the query by fetch, or by POST.", "FORBIDDEN", 403)


def _read_query_string(raw: bytes) -> Request:
    try:
        given = parse_qs(raw.decode("ascii"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise request_error("The query string cannot be read.") from None
    payload: dict[str, object] = {}
    for name in ("query", "operationName", "documentId", "variables", "extensions"):
        values = given.get(name, [])
        if len(values) > 1:
            raise request_error(f"{name} is given more than once.")
        if values and values[0]:
            plain = name in ("query", "operationName", "documentId")
            payload[name] = values[0] if plain else _parse(values[0].encode(), name)
    return read_request(payload)


def _parse(data: bytes, what: str) -> object:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        raise request_error(f"{what} is not JSON in UTF-8, or is nested too deeply.") from None


def _check_kind(prepared: Prepared, method: str, accepted: Accepted) -> None:
    if prepared.kind is OperationType.SUBSCRIPTION and accepted.stream is None:
        raise request_error(
            "Subscriptions run over WebSocket (graphql-transport-ws) on this path, or with Accept: text/event-stream."
        )
    if prepared.kind is OperationType.MUTATION and method == "GET":
        raise request_error("Mutations are sent by POST.", status=405, allow="POST")


def _too_large(most: int) -> Rejected:
    return request_error(f"The body is larger than {most} bytes.", "LIMIT_EXCEEDED", 413, connection="close")
