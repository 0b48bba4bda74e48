"""Who a change of the schema would break: told before it is made, from manifests and from what was seen."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import httpx
import pytest
from graphql import build_schema, parse
from starlette.applications import Starlette

from gateway.__main__ import main
from gateway.contract.checking import breaking_changes, broken, name_of, used
from gateway.edge import Edge
from gateway.edge.documents import Document
from gateway.edge.usage import Usage, without_texts
from gateway.settings import Settings
from modules.kernel.errors import Unavailable
from modules.runtime.database import Database
from modules.runtime.usage import UsageLog, Use
from tests.gateway.edge.toy import Bell, ToyContext, a_schema
from tests.gateway_process import ROOT

CLIENTS = ROOT / "tests" / "contracts" / "clients"
SHOP = """
type Query { product(sku: ID!, at: Moment): Product search(by: By, color: Color): [Product] }
type Product { sku: ID! title(short: Boolean): String price: Int }
input By { text: String color: Color inner: Inner }
input Inner { depth: Int }
enum Color { RED GREEN }
scalar Moment
"""


def document(text: str) -> Document:
    """As the edge keeps it."""
    return Document(text, parse(text), 1, {})


def parsed(text: str) -> Document:
    """The same, with its tokens counted."""
    node = parse(text)
    return Document(text, node, node.token_count, {})


def _into(written: list[Use]) -> Callable[[Sequence[Use]], Awaitable[None]]:
    async def write(uses: Sequence[Use]) -> None:
        written.extend(uses)

    return write


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{ product(sku: 1) { title } }", {"Query.product", "Query.product(sku:)", "Product.title", "Product", "ID"}),
        ("{ product(sku: 1) { title(short: true) } }", {"Product.title(short:)", "Boolean"}),
        ('{ search(by: { text: "x" }) { sku } }', {"By", "By.text", "Query.search(by:)"}),
        ("{ search(color: RED) { sku } }", {"Color.RED", "Color"}),
        ("query ($b: By) { search(by: $b) { sku } }", {"By.inner", "Inner.depth", "Color.GREEN"}),
        ("fragment F on Product { price } { search { ...F } }", {"Product.price"}),
    ],
)
def test_what_an_operation_uses(text: str, wanted: set[str]) -> None:
    assert used(build_schema(SHOP), text) >= wanted


def test_what_an_operation_does_not_use() -> None:
    assert not used(build_schema(SHOP), "{ search(color: RED) { sku } }") & {"Color.GREEN", "Product.title", "By"}
    assert used(build_schema(SHOP), "no document") == set()


@pytest.mark.parametrize(
    ("old", "new", "coordinate"),
    [
        ("price: Int", "", "Product.price"),
        ("price: Int", "price: String", "Product.price"),
        ("title(short: Boolean)", "title", "Product.title(short:)"),
        ("title(short: Boolean)", "title(short: Boolean, in: ID!)", "Product.title"),
        ("depth: Int", "depth: Int more: Int!", "Inner"),
        ("RED GREEN", "RED", "Color.GREEN"),
        ("scalar Moment", "enum Moment { NOW }", "Moment"),
    ],
)
def test_a_breaking_change_is_known_by_what_it_touches(old: str, new: str, coordinate: str) -> None:
    changes = breaking_changes(build_schema(SHOP), build_schema(SHOP.replace(old, new)))
    assert [change.coordinate for change in changes] == [coordinate]


def test_an_operation_breaks_with_its_reason_and_hidden_texts_are_taken_for_good_ones() -> None:
    schema = build_schema(SHOP)
    assert broken(schema, 'query Q { product(sku: "*", at: "*") { title } }') == []
    assert broken(schema, "{ search(color: BLUE) { sku } }") == ["Value 'BLUE' does not exist in 'Color' enum."]
    assert broken(schema, "{ oops") == ["Syntax Error: Expected Name, found <EOF>."]
    assert (name_of("query A { a } query B { b }"), name_of("{ a }"), name_of("{")) == (
        "A, B",
        "(unnamed)",
        "(unnamed)",
    )


def test_what_stands_in_quotes_is_not_kept() -> None:
    kept = without_texts(parse('query Q { a(by: "anna@example.com", n: 3) b(t: """long\\ntext""") }'))
    assert "anna" not in kept
    assert "long" not in kept
    assert "n: 3" in kept


async def test_uses_are_counted_by_the_names_clients_give_themselves() -> None:
    written: list[Use] = []

    async def write(uses: Sequence[Use]) -> None:
        written.extend(uses)

    usage = Usage(write)
    one, same = document("{ a }"), document("{  a  }")
    usage.count(one, {"graphql-client-name": "web", "graphql-client-version": "2.1"})
    usage.count(same, {"apollographql-client-name": "web", "apollographql-client-version": "2.1"})
    usage.count(one, {"graphql-client-name": "x\n" + "y" * 99})
    usage.count(one, {})
    await usage.flush()
    assert [(use.client, use.version, use.times) for use in written] == [("web", "2.1", 2), ("", "", 2)]
    written.clear()
    await usage.flush()
    assert written == []


async def test_what_cannot_be_written_is_counted_still() -> None:
    written: list[Use] = []
    away = [True]

    async def write(uses: Sequence[Use]) -> None:
        if away[0]:
            raise Unavailable("The database")
        written.extend(uses)

    usage = Usage(write)
    usage.count(document("{ a }"), {})
    usage.count(document("{ c }"), {})
    with pytest.raises(Unavailable):
        await usage.flush()
    usage.count(document("{ a }"), {})
    away[0] = False
    await usage.flush()
    assert {(use.document, use.times) for use in written} == {("{\n  a\n}", 2), ("{\n  c\n}", 1)}


@pytest.mark.parametrize("stranger", [True, False])
async def test_names_and_documents_that_somebody_makes_up_take_bounded_room(stranger: bool) -> None:
    written: list[Use] = []
    usage = Usage(_into(written), most_bytes=1_000_000)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(600):
        name = f"n{number}" + "x" * 8_000
        headers = {"graphql-client-name": name, "graphql-client-version": name[::-1]}
        usage.count(parsed(f"{{ a{number} b c }} # {'x' * 1_000}"), headers, stranger=stranger)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 2_000_000
    await usage.flush()
    assert 50 < len(written) < 600


async def test_what_is_asked_often_is_counted_among_what_somebody_makes_up() -> None:
    written: list[Use] = []
    usage = Usage(_into(written), most_bytes=500_000)
    often, known = parsed("{ often }"), parsed("{ known }")
    usage.count(known, {})
    for number in range(5_000):
        usage.count(parsed(f"{{ a{number} }}"), {"graphql-client-name": f"n{number}"}, stranger=True)
        if number % 40 == 0:
            usage.count(often, {"graphql-client-name": "web"}, stranger=True)
    await usage.flush()
    times = {use.document: use.times for use in written}
    assert times["{\n  often\n}"] == 125
    assert times["{\n  known\n}"] == 1


async def test_no_more_than_so_many_different_ones_are_written_at_once() -> None:
    written: list[Use] = []
    usage = Usage(_into(written))
    for number in range(5_000):
        usage.count(document("{ b }"), {"graphql-client-name": f"n{number}"})
    await usage.flush()
    assert 1_000 <= len(written) <= 2_000
    assert ("n4999", 1) in {(use.client, use.times) for use in written}


async def test_the_edge_counts_what_is_asked_and_not_what_is_refused(tmp_path: Path) -> None:
    written: list[Use] = []

    async def write(uses: Sequence[Use]) -> None:
        written.extend(uses)

    usage, schema = Usage(write), a_schema()
    edge = Edge(schema, ToyContext(schema, Bell()), Settings(data=tmp_path), usage=usage)
    transport = httpx.ASGITransport(Starlette(routes=edge.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        for query in ("{ text(length: 3) }", "{ text(length: 3) }", "{ nowhere }"):
            await client.post("/graphql", json={"query": query}, headers={"GraphQL-Client-Name": "web"})
    await usage.flush()
    assert [(use.client, use.document, use.times) for use in written] == [("web", "{\n  text(length: 3)\n}", 2)]


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """The command, and what it prints."""

    def run(*arguments: str) -> tuple[int, str]:
        code = main(["check", "--data", str(tmp_path / "data"), *arguments])
        return code, capsys.readouterr().out

    return run


Check = Callable[..., tuple[int, str]]


def test_the_known_clients_break_nowhere_in_this_checkout(check: Check) -> None:
    code, said = check(str(CLIENTS))
    assert (code, said.splitlines()[-1].endswith("of 3 clients; 0 findings that break a client")) == (0, True)


def test_whom_a_removed_field_breaks_is_named_by_client_and_operation(check: Check, tmp_path: Path) -> None:
    changed = tmp_path / "next.graphql"
    text = (ROOT / "schema.graphql").read_text()
    head, mark, rest = text.partition("type Availability")
    assert mark
    changed.write_text(head + mark + rest.replace("  available:", "  availableNow:", 1))
    code, said = check(str(CLIENTS), "--schema", str(changed), "--against", str(ROOT / "schema.graphql"))
    assert code == 1
    assert "BREAKS  pos  StockChanged  registered: Cannot query field 'available' on type 'Availability'." in said
    change = said[said.index("BREAKS  Field Availability.available was removed.") :]
    assert "        pos  StockChanged  registered" in change


async def test_live_traffic_counts_by_client_and_version(
    tmp_path: Path, sqlite_template: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "cogwerk.db").write_bytes(sqlite_template)
    database = await Database.open(f"sqlite:///{data / 'cogwerk.db'}")
    old, new = "query Old { colour }", "query Page { product(sku: 1) { title } }"
    await UsageLog(database).add([Use("app", "1.0", old, 1_200), Use("app", "2.0", new, 7)])
    await database.close()
    code, said = await told(capsys, "check", "--data", str(data), "--field", "Product.title")
    assert code == 1
    assert "BREAKS  app 1.0  Old  1,200 times, last " in said
    assert "BREAKS  app 2.0" not in said
    assert "        app 2.0  Page  7 times, last " in said
    code, said = await told(capsys, "check", str(CLIENTS), "--data", str(data), "--no-traffic")
    assert (code, "app" in said) == (0, False)


async def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """What the command prints; it has an event loop of its own."""
    code = await asyncio.to_thread(main, arguments)
    return code, capsys.readouterr().out


def test_a_manifest_names_its_client_and_version(check: Check, tmp_path: Path) -> None:
    body = "query Gone { nowhere }"
    manifest = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "1", "body": body}]}
    (tmp_path / "kiosk@4.1.json").write_text(json.dumps(manifest))
    code, said = check(str(tmp_path / "kiosk@4.1.json"))
    assert code == 1
    assert "BREAKS  kiosk 4.1  Gone  registered: Cannot query field 'nowhere' on type 'Query'." in said


def test_what_cannot_be_read_is_named(check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "none.graphql")]) == 2
    assert "none.graphql" in capsys.readouterr().err
    (tmp_path / "bad.graphql").write_text("type {")
    assert main(["check", str(CLIENTS), "--schema", str(tmp_path / "bad.graphql")]) == 2
    assert "bad.graphql" in capsys.readouterr().err
