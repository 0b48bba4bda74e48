"""Whole imports into real databases: the demo shop, refused rows, interruptions."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest

from gateway.importing import Report, WrongMapping, import_files, run_import
from gateway.importing.mapping import load_mapping, read_mapping
from gateway.importing.progress import Bars, Lines, progress_on
from gateway.importing.report import StepReport
from gateway.wiring import Trade, wire_trade
from modules.kernel.names import Sku
from modules.kernel.quantity import pieces
from modules.kernel.viewer import OPERATOR
from modules.runtime.database import Database
from tests.builders import a_viewer

ROOT = Path(__file__).resolve().parents[3]
DEMO = ROOT / "examples" / "demo"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PRODUCTS = """
[[step]]
target = "products"
file = "products.csv"
[step.fields]
sku = "sku"
titles.en = "title"
quantity_scale = { column = "decimals", default = 0 }
"""


class Quiet:
    """Progress that nobody sees; stops the import with Ctrl-C when so many bytes or rows are done."""

    def __init__(self, stop_at: int | None = None) -> None:
        self._stop_at = stop_at
        self.said: list[StepReport] = []

    def begin(self, name: str, total: int, unit: str) -> None:
        """Nothing."""

    def moved(self, done: int) -> None:
        """Ctrl-C, if it is time."""
        if self._stop_at is not None and done >= self._stop_at:
            raise KeyboardInterrupt

    def end(self) -> None:
        """Nothing."""

    def say(self, step: StepReport) -> None:
        """Remembers."""
        self.said.append(step)


@pytest.fixture
def trade(database: Database) -> Trade:
    """The services of an empty shop."""
    return wire_trade(database)


async def load(trade: Trade, toml: str, directory: Path, files: dict[str, str | bytes] | None = None) -> Report:
    """Imports the files by the mapping."""
    for name, content in (files or {}).items():
        (directory / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return await run_import(trade, read_mapping(toml), directory, Quiet(), directory / "refused.csv", NOON)


def refused(directory: Path) -> list[tuple[str, str, str, str]]:
    """File, line, field and reason of the refused rows."""
    with (directory / "refused.csv").open(encoding="utf-8", newline="") as file:
        return [(row["file"], row["line"], row["field"], row["reason"]) for row in csv.DictReader(file)]


async def counts(database: Database, tables: Sequence[str]) -> list[int]:
    """Rows of tables."""
    found = []
    for table in tables:
        ((count,),) = await database.read(f"SELECT COUNT(*) FROM {table}")
        found.append(count)
    return found


async def test_the_demo_shop_comes_in_without_a_refusal_and_a_second_time_changes_nothing(
    trade: Trade, database: Database, tmp_path: Path
) -> None:
    mapping, now = load_mapping(DEMO / "mapping.toml"), datetime.now(UTC)
    first = await run_import(trade, mapping, DEMO, Quiet(), tmp_path / "refused.csv", now)
    assert (first.refused, first.unchanged, first.exit_code, first.refused_path) == (0, 0, 0, None)
    assert first.changed > 2_000
    written = await counts(database, ["runtime_outbox", "runtime_audit"])
    second = await run_import(trade, mapping, DEMO, Quiet(), tmp_path / "refused.csv", now)
    assert (second.changed, second.unchanged, second.refused) == (0, first.changed, 0)
    assert await counts(database, ["runtime_outbox", "runtime_audit"]) == written
    assert second.refused_path is None


async def test_the_demo_shop_has_prices_of_three_channels_and_every_state_of_stock(
    trade: Trade, tmp_path: Path
) -> None:
    await import_files(trade, DEMO / "mapping.toml", DEMO, tmp_path, Quiet())
    skus = [Sku("LAMP-STORCH-RED"), Sku("BULB-E27-8"), Sku("SCREW-M3X10"), Sku("BOOK-UHREN")]
    gross = {}
    for id in ("web-de", "web-ch", "tills-de"):
        viewer = a_viewer(OPERATOR, channel=trade.market.channel(id), now=datetime.now(UTC))
        answers = await trade.pricing.answers.prices(skus, viewer)
        gross[id] = [answer and answer.gross.amount for answer in answers]
    assert gross == {
        "web-de": ["102.90", "9.90", "0.0989", "34.00"],
        "web-ch": ["109.00", "10.50", "0.1048", "36.00"],
        "tills-de": ["102.90", "9.40", "0.0989", "34.00"],
    }
    viewer = a_viewer(channel=trade.market.channel("web-de"), now=datetime.now(UTC))
    wished = ["LAMP-STORCH-RED", "LAMP-STORCH-BRASS", "LAMP-STORCH-MOSS", "LAMP-KRAN-SILVER", "GIFTCARD-50"]
    found = await trade.inventory.availability([Sku(sku) for sku in wished], viewer)
    states = [answer.state.value for answer in found]
    assert states == ["IN_STOCK", "FEW_LEFT", "BACK_ORDER", "OUT_OF_STOCK", "IN_STOCK"]
    assert found[-1].available is None


async def test_the_demo_shop_sells_by_the_metre_and_in_tens(trade: Trade, tmp_path: Path) -> None:
    await import_files(trade, DEMO / "mapping.toml", DEMO, tmp_path, Quiet())
    cable, washer = await trade.catalog.articles([Sku("CABLE-2X075-RED"), Sku("WASHER-M3")])
    assert cable
    assert (cable.quantities.minimum, cable.quantities.step, cable.quantities.unit) == (500_000, 100_000, "m")
    assert cable.weight_grams == 55
    assert washer
    assert (washer.quantities.minimum, washer.quantities.step) == (pieces(10), pieces(10))


async def test_bad_rows_go_to_a_file_with_line_field_and_reason_and_the_others_come_in(
    trade: Trade, tmp_path: Path
) -> None:
    data = b"sku,title,decimals\nA,Lamp,\nB,Clock,x\n,No sku,\nC,\xff,\nD,Two,3,4\nE,,\nA,Again,\nF,Saw,9\nG,Nail,0\n"
    report = await load(trade, PRODUCTS, tmp_path, {"products.csv": data})
    assert (report.changed, report.refused, report.exit_code) == (2, 7, 1)
    assert report.refused_path == tmp_path / "refused.csv"
    rows = sorted(refused(tmp_path), key=lambda row: int(row[1]))
    assert [row[:3] for row in rows] == [
        ("products.csv", "3", "quantity_scale"),
        ("products.csv", "4", "sku"),
        ("products.csv", "5", ""),
        ("products.csv", "6", ""),
        ("products.csv", "7", "titles"),
        ("products.csv", "8", "sku"),
        ("products.csv", "9", "quantity_scale"),
    ]
    reasons = [row[3] for row in rows]
    assert reasons[0] == "'x' is not a decimal number"
    assert reasons[2] == "column 2 is not text in the file's encoding"
    assert reasons[5] == "line 2 of products.csv has the same sku"
    assert "allowed" in reasons[6]


async def test_refused_rows_of_a_former_import_vanish_when_all_is_well(trade: Trade, tmp_path: Path) -> None:
    await load(trade, PRODUCTS, tmp_path, {"products.csv": "sku,title,decimals\nA,Lamp,x\n"})
    assert (tmp_path / "refused.csv").exists()
    await load(trade, PRODUCTS, tmp_path, {"products.csv": "sku,title,decimals\nA,Lamp,0\n"})
    assert not (tmp_path / "refused.csv").exists()


async def test_a_file_that_is_not_ours_is_not_overwritten_with_refused_rows(trade: Trade, tmp_path: Path) -> None:
    (tmp_path / "refused.csv").write_text("precious\n")
    with pytest.raises(WrongMapping, match="name another place"):
        await load(trade, PRODUCTS, tmp_path, {"products.csv": "sku,title,decimals\nA,Lamp,x\n"})
    assert (tmp_path / "refused.csv").read_text() == "precious\n"


@pytest.mark.parametrize(
    ("toml", "parts"),
    [
        (PRODUCTS + 'group = "gruppe"', ["'fields.group'", "no column 'gruppe'", "sku, title, decimals"]),
        (PRODUCTS.replace('"products.csv"', '"missing.csv"'), ["step 1 (products, missing.csv)", "cannot be read"]),
        (
            PRODUCTS + "[lookup.x]\nfile = 'products.csv'\nkey = 'id'\nvalue = 'sku'\n",
            ["look-up 'x', key 'key'", "no column 'id'"],
        ),
    ],
)
async def test_nothing_is_written_when_a_file_or_column_is_missing(
    trade: Trade, database: Database, tmp_path: Path, toml: str, parts: list[str]
) -> None:
    first = '[[step]]\ntarget = "categories"\nrows = [{ id = "a", names = { en = "A" } }]\n'
    with pytest.raises(WrongMapping) as caught:
        await load(trade, first + toml, tmp_path, {"products.csv": "sku,title,decimals\nA,Lamp,0\n"})
    for part in parts:
        assert part.replace("step 1", "step 2") in str(caught.value)
    assert await counts(database, ["catalog_category", "catalog_product"]) == [0, 0]


async def test_ctrl_c_leaves_whole_batches_and_the_next_import_takes_up_the_rest(
    trade: Trade, database: Database, tmp_path: Path
) -> None:
    text = "sku,title,decimals\n" + "".join(f"A-{number},Lamp {number},0\n" for number in range(1_700))
    (tmp_path / "products.csv").write_text(text)
    mapping = read_mapping(PRODUCTS)
    with pytest.raises(KeyboardInterrupt):
        await run_import(trade, mapping, tmp_path, Quiet(stop_at=len(text) // 2), tmp_path / "refused.csv")
    (stopped,) = await counts(database, ["catalog_product"])
    assert stopped in (0, 500, 1_000, 1_500)
    report = await load(trade, PRODUCTS, tmp_path)
    assert (report.changed, report.unchanged, report.refused) == (1_700 - stopped, stopped, 0)


async def test_a_batch_is_one_transaction_with_one_outbox_entry(
    trade: Trade, database: Database, tmp_path: Path
) -> None:
    text = "sku,title,decimals\n" + "".join(f"A-{number},Lamp {number},0\n" for number in range(1_200))
    await load(trade, PRODUCTS, tmp_path, {"products.csv": text})
    assert await counts(database, ["runtime_outbox"]) == [3]


async def test_prices_of_a_sku_from_several_files_come_in_together_and_tell_the_past(
    trade: Trade, tmp_path: Path
) -> None:
    toml = """
[defaults]
zone = "Europe/Berlin"
[[step]]
target = "markets"
rows = [{ id = "de", country = "DE", zone = "Europe/Berlin", currencies = ["EUR"], locales = ["en"] }]
[[step]]
target = "channels"
rows = [{ id = "web", market = "de", price_lists = ["list"] }]
[[step]]
target = "tax_rules"
rows = [{ country = "DE", tax_class = "standard", rate = 0.19 }]
[[step]]
target = "products"
rows = [{ sku = "A", titles = { en = "Lamp" } }, { sku = "B", titles = { en = "Clock" } }]
"""
    for kind, last in (("base", ""), ("sale", 'valid_until = { column = "last", day_after = true }')):
        toml += f"""
[[step]]
target = "prices"
file = "{kind}.csv"
[step.fields]
sku = "sku"
price_list = {{ constant = "list" }}
kind = {{ constant = "{kind}" }}
currency = {{ constant = "EUR" }}
amount = {{ column = "amount", decimal_comma = true }}
tax_mode = {{ constant = "gross" }}
valid_from = "first"
{last}
"""
    files: dict[str, str | bytes] = {
        "base.csv": 'sku,amount,first\nB,"50,00",today-100d\nA,"100,00",today-100d\n',
        "sale.csv": 'sku,amount,first,last\nA,"80,00",today-10d,today-5d\nX,"1,00",today,today\n',
    }
    report = await load(trade, toml, tmp_path, files)
    assert (report.changed, report.refused) == (8, 1)
    assert refused(tmp_path) == [("sale.csv", "3", "sku", "There is no product 'X'")]
    assert report.steps[-1].name == "prices from base.csv, sale.csv"
    past = a_viewer(OPERATOR, channel=trade.market.channel("web"), now=NOON)
    days = {-101: None, -20: "100.00", -10: "80.00", -5: "80.00", -4: "100.00", 0: "100.00"}
    for day, expected in days.items():
        (price,) = await trade.pricing.answers.prices([Sku("A")], past, at=NOON + timedelta(days=day))
        assert (price and price.gross.amount) == expected, day


async def test_a_price_that_stands_in_two_files_is_refused_the_second_time(trade: Trade, tmp_path: Path) -> None:
    step = """
[[step]]
target = "prices"
file = "{name}.csv"
[step.fields]
sku = "sku"
price_list = {{ constant = "list" }}
currency = {{ constant = "EUR" }}
amount = "amount"
tax_mode = {{ constant = "gross" }}
"""
    shop = """
[[step]]
target = "markets"
rows = [{ id = "de", country = "DE", zone = "Europe/Berlin", currencies = ["EUR"], locales = ["en"] }]
[[step]]
target = "channels"
rows = [{ id = "web", market = "de", price_lists = ["list"] }]
[[step]]
target = "products"
rows = [{ sku = "A", titles = { en = "Lamp" } }]
"""
    toml = shop + step.format(name="one") + step.format(name="two")
    report = await load(trade, toml, tmp_path, {"one.csv": "sku,amount\nA,1\n", "two.csv": "sku,amount\nA,2\n"})
    assert (report.changed, report.refused) == (4, 1)
    reason = "line 2 of one.csv has the same sku, price_list, currency"
    assert refused(tmp_path) == [("two.csv", "2", "sku", reason)]


def test_progress_is_a_bar_on_a_terminal_and_lines_elsewhere() -> None:
    class Terminal(StringIO):
        """A stream that says it is one."""

        def isatty(self) -> bool:
            return True

    step = StepReport("products", changed=2, left_out=1)
    terminal, pipe = Terminal(), StringIO()
    for stream, kind in ((terminal, Bars), (pipe, Lines)):
        progress = progress_on(stream)
        assert isinstance(progress, kind)
        progress.begin("products", 100, "B")
        progress.moved(50)
        progress.end()
        progress.say(step)
    assert pipe.getvalue() == "products: 2 changed, 0 unchanged, 0 refused, 1 left out (0.0 s)\n"
    assert "100" in terminal.getvalue()


def test_a_long_step_without_a_terminal_says_where_it_is_every_ten_seconds() -> None:
    now = [0.0]
    stream = StringIO()
    lines = Lines(stream, clock=lambda: now[0])
    lines.begin("products", 200, "B")
    for second in range(25):
        now[0] = second
        lines.moved(second * 4)
    assert stream.getvalue() == "products: 20 %\nproducts: 40 %\n"
