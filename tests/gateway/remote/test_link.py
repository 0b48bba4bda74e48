"""The way to another process: bounded, and no dearer than its answers when nobody is there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import orjson
import pytest

from gateway.remote import Link
from gateway.remote.link import Address
from modules.kernel.errors import BadUserInput, Forbidden, Unavailable
from modules.kernel.names import Sku

Answer = Callable[[httpx.Request], Awaitable[httpx.Response]]


class Other:
    """Another process, by what it answers in turn; the last answer is given again and again."""

    def __init__(self, *answers: Answer | httpx.HTTPError | dict[str, Any] | int) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.now = 0.0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, httpx.HTTPError):
            raise answer
        if isinstance(answer, dict):
            return httpx.Response(200, content=orjson.dumps(answer))
        if isinstance(answer, int):
            return httpx.Response(answer, content=b"<html>")
        return await answer(request)

    async def articles(self, seconds: float = 60) -> Any:
        """Asks it for one article."""
        async with httpx.AsyncClient(transport=httpx.MockTransport(self)) as http:
            return await self.link(http, seconds).ask("articles", [Sku("A")])

    def link(self, http: httpx.AsyncClient, seconds: float = 60) -> Link:
        """The way to it."""
        return Link("catalog", Address("http://other:8000", "a token", seconds), http, lambda: self.now)


def failed(message: str, **extensions: object) -> dict[str, Any]:
    """A response of a port that raised."""
    return {"data": {"articles": None}, "errors": [{"message": message, "extensions": extensions}]}


async def test_a_question_is_one_request_with_the_token() -> None:
    other = Other({"data": {"articles": [None]}})
    assert await other.articles() == [None]
    (request,) = other.asked
    assert (str(request.url), request.headers["authorization"]) == ("http://other:8000/internal", "Bearer a token")
    assert orjson.loads(request.content)["variables"] == {"question": {"skus": ["A"]}}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        502,
        {"data": {"articles": [5]}},
        {"data": None},
        {"errors": [{"message": "This needs the scope 'internal'.", "extensions": {"code": "FORBIDDEN"}}]},
        failed("Something went wrong on our side.", code="INTERNAL_SERVER_ERROR", logId="1"),
        failed("It took too long.", code="TIMEOUT"),
    ],
)
async def test_no_answer_is_unavailable_with_the_name_of_the_module(answer: Any) -> None:
    with pytest.raises(Unavailable, match="The module catalog does not answer"):
        await Other(answer).articles()


async def test_a_module_that_is_served_elsewhere_does_not_answer_a_greeting() -> None:
    other = Other({"errors": [{"message": "Cannot query field 'articles' on type 'Query'."}]})
    async with httpx.AsyncClient(transport=httpx.MockTransport(other)) as http:
        with pytest.raises(Unavailable, match="The module catalog does not answer"):
            await other.link(http).greet()


async def test_an_answer_that_does_not_come_in_time_is_unavailable() -> None:
    async def never(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(Unavailable):
        await Other(never).articles(seconds=0.01)


async def test_a_process_that_is_down_is_left_alone_for_a_second() -> None:
    other = Other(httpx.ConnectError("refused"), {"data": {"articles": [None]}})
    async with httpx.AsyncClient(transport=httpx.MockTransport(other)) as http:
        link = other.link(http)
        for other.now in (0.0, 0.5):
            with pytest.raises(Unavailable):
                await link.ask("articles", [Sku("A")])
        assert len(other.asked) == 1
        other.now = 1.0
        assert await link.ask("articles", [Sku("A")]) == [None]


async def test_a_kept_connection_that_was_closed_meanwhile_costs_a_second_try() -> None:
    other = Other(httpx.RemoteProtocolError("closed"), {"data": {"articles": [None]}})
    assert await other.articles() == [None]
    assert len(other.asked) == 2


async def test_what_the_other_process_lacks_is_unavailable_by_its_own_name() -> None:
    with pytest.raises(Unavailable, match="The database does not answer"):
        await Other(failed("The database does not answer.", code="UNAVAILABLE", system="The database")).articles()


async def test_what_the_asker_did_wrong_is_raised_as_it_was() -> None:
    with pytest.raises(BadUserInput, match=r"No\.") as raised:
        await Other(failed("No.", code="BAD_USER_INPUT", argument="skus", allowed="others")).articles()
    assert (raised.value.argument, raised.value.allowed) == ("skus", "others")
    with pytest.raises(Forbidden, match="'stock:read'"):
        await Other(failed("No.", code="FORBIDDEN", permission="stock:read")).articles()
