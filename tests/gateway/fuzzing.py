"""What schemathesis is to give the schema's own scalars, and to hold against each answer.

Schemathesis loads this as its hooks.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import requests
import schemathesis

from gateway.parts import make_graph
from tests.gateway.repeating import SCALARS, changed, with_variables

FAULTS: Final = {"INTERNAL_SERVER_ERROR", "TIMEOUT", None}
"""Codes of what is our fault."""
SCHEMA: Final = make_graph()._schema

for name, strategy in SCALARS.items():
    schemathesis.graphql.scalar(name, strategy)


def no_fault(context: Any, response: Any, case: Any) -> None:
    """Its own check takes every refusal for a fault. Asks the same again, then with variables, good ones and none.

    A known document takes a way of its own.
    """
    check_answer(response.status_code, response.json())
    with requests.Session() as session:
        for body in bodies(case.body):
            sent = response.request.copy()
            sent.prepare_body(None, None, json=body)
            answer = session.send(sent)
            check_answer(answer.status_code, answer.json())


def bodies(text: str) -> Iterator[dict[str, Any]]:
    """What is sent after the first: each twice."""
    operation = with_variables(SCHEMA, text)
    empty = islice(changed(operation.variables, (None, {})), 20)
    yield {"query": text}
    for variables in (operation.variables, operation.variables, *empty):
        yield {"query": operation.text, "variables": variables}


def check_answer(status: int, told: dict[str, Any]) -> None:
    """Whether it is no fault of ours."""
    assert status < 500
    codes = {error["extensions"].get("code") for error in told.get("errors", [])}
    assert codes.isdisjoint(FAULTS), codes


schemathesis.check(no_fault)
