"""Documents: prepared once, kept within bounds."""

from __future__ import annotations

import asyncio

import pytest

from gateway.edge import documents as module
from gateway.edge.documents import Documents
from gateway.edge.errors import Rejected
from gateway.edge.limits import ANONYMOUS_LIMITS, KNOWN_LIMITS
from tests.gateway.edge.toy import a_schema


@pytest.fixture
def documents() -> Documents:
    return Documents(a_schema()._schema, introspection=True, suggestions=False)


async def test_a_text_is_prepared_once_also_for_those_who_ask_together(documents: Documents) -> None:
    asked = await asyncio.gather(*(documents.get("{ now }", ANONYMOUS_LIMITS) for _ in range(5)))
    assert {id(document) for document in (*asked, await documents.get("{ now }", ANONYMOUS_LIMITS))} == {id(asked[0])}


async def test_a_document_that_is_not_valid_is_remembered_with_its_errors(documents: Documents) -> None:
    for _ in range(2):
        with pytest.raises(Rejected, match="nothing"):
            await documents.get("{ nothing }", ANONYMOUS_LIMITS)
    assert len(documents._kept) == 1


async def test_what_a_known_principal_brought_in_is_not_open_to_a_stranger(documents: Documents) -> None:
    text = "{ " + "node { name } " * 100 + "}"
    await documents.get(text, KNOWN_LIMITS)
    assert await documents.get(text, KNOWN_LIMITS)
    with pytest.raises(Rejected, match="more than 400 tokens"):
        await documents.get(text, ANONYMOUS_LIMITS)


async def test_the_least_recently_used_goes_first(documents: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT", 2)
    for text in ("{ a: now }", "{ b: now }", "{ a: now }", "{ c: now }"):
        await documents.get(text, ANONYMOUS_LIMITS)
    assert list(documents._kept) == ["{ a: now }", "{ c: now }"]


async def test_what_is_kept_is_bounded_in_tokens(documents: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT_TOKENS", 1_000)
    for number in range(10):
        await documents.get(f"{{ a{number}: now " + "node { name } " * 90 + "}", ANONYMOUS_LIMITS)
    assert len(documents._kept) == 2
    assert documents._kept_tokens == sum(document.tokens for document in documents._kept.values())


async def test_what_is_counted_of_a_document_is_bounded(documents: Documents) -> None:
    document = await documents.get("query ($n: Int) { products(first: $n) { edges { cursor } } }", ANONYMOUS_LIMITS)
    for number in range(200):
        operation = document.operation(None)
        assert documents.check_request(document, operation, ANONYMOUS_LIMITS, {"n": number}) == number + 2
    assert len(document.fields_allowed) <= 64


async def test_an_operation_is_chosen_by_name_or_because_it_is_alone(documents: Documents) -> None:
    document = await documents.get("query A { now } query B { now }", ANONYMOUS_LIMITS)
    assert document.operation("B") is document.operations["B"]
    for name in (None, "C"):
        with pytest.raises(Rejected):
            document.operation(name)


async def test_more_unseen_documents_than_can_wait_are_turned_away(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_WAITING", 3)
    asked = (documents.get(f"{{ a{number}: now }}", ANONYMOUS_LIMITS) for number in range(5))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Rejected)]
    assert [answer.status for answer in refused] == [503, 503]
