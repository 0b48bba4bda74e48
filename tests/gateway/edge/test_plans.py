"""Plans answer exactly as graphql-core does, or leave the answer to it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, cast

import pytest
import strawberry
from hypothesis import event, given, settings, strategies as st

from gateway.edge import Bounds
from gateway.edge.errors import Rejected
from gateway.edge.execution import Executions, Request
from gateway.edge.executor import PlannedExecutor
from gateway.edge.plans import Plans
from gateway.schema import GraphSchema
from modules.kernel.errors import Forbidden
from modules.kernel.graph import (
    DateTime,
    Decimal,
    GraphContext,
    Info,
    Part,
    Product,
    Wanted,
    field,
    product_field,
    subscription,
)
from tests.builders import a_viewer


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Thing(Named):
    """An implementation of an interface: graphql-core decides what it is."""

    size: int


def _slow(parent: strawberry.Parent[Leaf]) -> str:
    return f"slow {parent.text}"


async def _slower(parent: strawberry.Parent[Leaf]) -> str | None:
    return f"slower {parent.text}"


@strawberry.type
class Leaf:
    text: str
    maybe: str | None
    number: int
    flag: bool
    colour: Colour
    amount: Decimal
    at: DateTime
    texts: list[str]
    holes: list[int | None]
    wrong: int
    missing: str
    slow: str = field(_slow, description="A resolver.")
    slower: str | None = field(_slower, description="An asynchronous one.")


async def _later(parent: strawberry.Parent[Branch], fails: bool = False) -> Leaf | None:
    if fails:
        raise Forbidden("luck")
    return parent.leaf


async def _needed(parent: strawberry.Parent[Branch], fails: bool = False) -> Leaf:
    return cast("Leaf", None if fails else parent.leaf)


@strawberry.type
class Branch:
    leaf: Leaf
    leaves: list[Leaf]
    absent: Leaf | None
    things: list[Named]
    broken: Leaf | None
    product: Product
    later: Leaf | None = field(_later, description="An asynchronous resolver that may fail.")
    needed: Leaf = field(_needed, description="One whose failure costs the whole branch.")


@dataclass
class Wild:
    """What a module might hand over by mistake: a number that is none, and nothing where something must be."""

    text: Any = "t"
    maybe: Any = None
    number: Any = 7
    flag: Any = True
    colour: Any = Colour.BLUE
    amount: Any = "1.50"
    at: Any = datetime(2026, 1, 2, tzinfo=UTC)
    texts: Any = ("a", "b")
    holes: Any = (1, None)
    wrong: Any = "no number"
    missing: Any = None


def _branch(broken: Any = None, things: Sequence[Any] = ()) -> Branch:
    return Branch(
        leaf=cast("Leaf", Wild()),
        leaves=[cast("Leaf", Wild(number=number)) for number in range(3)],
        absent=None,
        things=list(things),
        broken=broken,
        product=Product(sku=strawberry.ID("A")),
    )


def _root(info: Info) -> Branch:
    return _branch(broken=ValueError("no"), things=[Thing(name="n", size=1)])


async def _roots() -> list[Branch]:
    return [_branch(), _branch(things=[Thing(name="n", size=1)])]


@strawberry.type
class Query:
    root: Branch | None = field(_root, description="One.")
    roots: list[Branch] = field(_roots, description="Two.")


async def _roots_in_time(info: Info) -> AsyncGenerator[Branch, None]:
    for _ in range(20):
        yield _branch()


@strawberry.type
class Subscription:
    branches: Branch = subscription(_roots_in_time, description="Twenty.")


async def _grow(info: Info) -> Branch:
    grown.append(1)
    return _branch(broken=ValueError("no"))


grown: list[int] = []


@strawberry.type
class Mutation:
    grow: Branch | None = field(_grow, description="Counts its calls.")


def _title(parent: strawberry.Parent[Product], info: Info, size: int = 1) -> str | None:
    return parent.slot(info, "title", size)  # type: ignore[no-any-return]


async def _prefetch(page: Sequence[Product], selection: Sequence[Wanted], context: GraphContext) -> None:
    for product in page:
        for want in selection:
            refused = want.arguments == (13,)
            product.filled[want] = Forbidden("luck") if refused else f"{product.sku} {want.arguments}"


PART = Part(
    "toy",
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    product_fields={"title": product_field(_title, description="T")},
    prefetch=_prefetch,
    types=(Thing,),
)
SCHEMA = GraphSchema([PART])


_LOG_ID = re.compile(rb"[0-9a-f]{8,}")
"""A masked error names its line in the log, another one each time."""


async def answers(query: str, **variables: object) -> tuple[bytes, bytes]:
    """The same request without plans and with them, the second time, when they are kept."""

    async def context(headers: object) -> GraphContext:
        return GraphContext(a_viewer(), cast("Any", None), {}, SCHEMA.parts, SCHEMA.owners)

    request = Request(query, variables, None)
    bodies = []
    for plans in (False, True):
        runs = Executions(SCHEMA, context, Bounds(plans=plans), introspection=True, suggestions=True)
        for _ in range(2):
            body = (await runs.execute(await runs.prepare(request, {}))).body
        bodies.append(_LOG_ID.sub(b"", body))
    for _ in range(5):  # what graphql-core lets run on behind an answer that failed
        await asyncio.sleep(0)
    return bodies[0], bodies[1]


LEAVES = ("text", "maybe", "number", "flag", "colour", "amount", "at", "texts", "holes", "__typename")
RISKY = ("wrong", "missing", "slow", "slower")

leaf_fields = st.lists(st.sampled_from(LEAVES + RISKY), min_size=1, max_size=5)
safe_fields = st.lists(st.sampled_from(LEAVES), min_size=1, max_size=5)


def _selection(names: Sequence[str], aliased: bool) -> str:
    return " ".join(f"a{index}: {name}" if aliased else name for index, name in enumerate(names))


leaf_sets = st.builds(_selection, leaf_fields | safe_fields, st.booleans())
branch_parts = st.one_of(
    st.builds("leaf {{ {} }}".format, leaf_sets),
    st.builds("x{}: leaf {{ {} }}".format, st.integers(0, 2), leaf_sets),
    st.builds("leaves {{ {} }}".format, leaf_sets),
    st.builds("absent {{ {} }}".format, leaf_sets),
    st.builds("broken {{ {} }}".format, leaf_sets),
    st.builds("things {{ {} }}".format, st.sampled_from(["name", "__typename name", "... on Thing { size }"])),
    st.builds("product {{ sku {} }}".format, st.sampled_from(["", "title", "title(size: 2)", "t: title(size: $n)"])),
    st.builds("... on Branch {{ leaf {{ {} }} }}".format, leaf_sets),
    st.sampled_from(["later { text }", "later(fails: true) { text }", "l: later { slow number }", "needed { text }"]),
    st.sampled_from(["needed(fails: true) { text }", "needed { missing }", "needed { wrong slower }", "__typename"]),
    st.builds("leaf @include(if: $yes) {{ {} }}".format, leaf_sets),
    st.builds("leaves @skip(if: $yes) {{ {} }}".format, leaf_sets),
)


def _document(root: str, parts: Sequence[str]) -> str:
    body = " ".join((*parts, "__typename"))
    declared = [text for name, text in {"$n": "$n: Int = 3", "$yes": "$yes: Boolean = true"}.items() if name in body]
    head = f"({', '.join(declared)})" if declared else ""
    return f"query {head} {{ {root} {{ {body} }} }}"


documents = st.builds(
    _document, st.sampled_from(["root", "roots", "r: roots"]), st.lists(branch_parts, min_size=1, max_size=4)
)


@settings(max_examples=150)
@given(documents, st.booleans(), st.integers(0, 5))
async def test_any_document_has_the_same_answer_with_and_without_plans(document: str, yes: bool, number: int) -> None:
    try:
        without, planned = await answers(document, n=number, yes=yes)
    except Rejected:  # one name for two fields: refused before execution
        event("refused")
        return
    event("executed")
    assert without == planned


@pytest.mark.parametrize(
    "document",
    [
        "{ roots { leaf { text number colour at texts holes amount } leaves { number } absent { text } } }",
        "{ roots { leaf { text wrong } } }",
        "{ __typename roots { __typename leaf { __typename text } later { text } needed { number } } }",
        "{ roots { leaf { text } later(fails: true) { text } leaves { number } } }",
        "{ root { needed(fails: true) { text } } roots { needed { wrong } } }",
        "{ root { later { slow slower missing } leaf { wrong } absent { text } } }",
        "mutation { grow { leaf { text } broken { text } later(fails: true) { text } leaves { wrong } } }",
        "mutation { one: grow { later { text } leaf { text } } two: grow { needed(fails: true) { text } } }",
        "{ roots { absent { text } leaf { missing } } }",
        "{ root { broken { text } leaf { text } } }",
        "{ roots { things { name ... on Thing { size } } } }",
        "{ roots { leaf { slow slower text } } }",
        "{ roots { product { sku title two: title(size: 2) } } }",
        "{ roots { product { sku title unlucky: title(size: 13) } } }",
        "fragment F on Leaf { text ...G } fragment G on Leaf { number } { roots { leaf { ...F flag } } }",
    ],
)
async def test_every_kind_of_value_and_fault_is_answered_the_same(document: str) -> None:
    without, planned = await answers(document)
    assert without == planned


async def test_kept_plans_read_each_operations_own_variables() -> None:
    async def context(headers: object) -> GraphContext:
        return GraphContext(a_viewer(), cast("Any", None), {}, SCHEMA.parts, SCHEMA.owners)

    runs = Executions(SCHEMA, context, Bounds(), introspection=True, suggestions=True)
    document = "query ($n: Int!) { roots { product { title(size: $n) } } }"
    for number in (1, 2, 3):
        body = (await runs.execute(await runs.prepare(Request(document, {"n": number}, None), {}))).body
        assert f"A ({number},)".encode() in body


async def test_what_a_plan_gives_up_is_completed_anew_and_never_resolved_anew() -> None:
    grown.clear()
    await answers("mutation { grow { leaf { wrong } broken { text } leaves { missing } later { missing } } }")
    assert len(grown) == 4, "once for each of the four requests"


@pytest.mark.parametrize("directive", ["", "@include(if: true)"])
async def test_a_subscription_remembers_no_more_of_its_document_with_every_event(
    directive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def context(headers: object) -> GraphContext:
        return GraphContext(a_viewer(), cast("Any", None), {}, SCHEMA.parts, SCHEMA.owners)

    runs = Executions(SCHEMA, context, Bounds(), introspection=True, suggestions=True)
    made: list[Plans] = []
    follow = PlannedExecutor.follow

    def spy(executor: PlannedExecutor, plans: Plans) -> None:
        made.append(plans)
        follow(executor, plans)

    monkeypatch.setattr(PlannedExecutor, "follow", spy)
    text = f"subscription {{ branches {{ leaf {{ text }} later {directive} {{ slow }} }} }}"
    events = runs.stream(await runs.prepare(Request(text, {}, None), {}))
    sizes = [len(made[0].collected) async for _ in events]
    assert len(sizes) == 20
    assert len(set(sizes)) == 1


async def test_a_plain_selection_has_a_plan_and_one_with_a_resolver_has_none() -> None:
    async def context(headers: object) -> GraphContext:
        return GraphContext(a_viewer(), cast("Any", None), {}, SCHEMA.parts, SCHEMA.owners)

    runs = Executions(SCHEMA, context, Bounds(), introspection=True, suggestions=True)
    found = []
    for selection in ("leaf { text number }", "leaf { slow }"):
        prepared = await runs.prepare(Request(f"{{ roots {{ {selection} }} }}", {}, None), {})
        await runs.execute(prepared)
        assert prepared.document.plans is not None
        found.append([plan and bool(plan.complete) for plan in prepared.document.plans._plans.values()])
    assert found == [[True], [None, None]]
