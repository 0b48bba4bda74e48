"""The page about importing is true: its example runs, and it names every target, field and key there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.importing import run_import
from gateway.importing.conditions import TESTS
from gateway.importing.conversions import CONVERSION_KEYS
from gateway.importing.fields import Items, Leaf
from gateway.importing.mapping import STEP_KEYS, read_mapping
from gateway.importing.reader import FORMAT_KEYS
from gateway.importing.targets import TARGETS, Target
from gateway.importing.values import CASES, VALUE_KEYS
from gateway.wiring import wire_trade
from modules.kernel.names import Sku
from modules.kernel.viewer import OPERATOR
from modules.market.model import ChannelInput, MarketInput
from modules.runtime.database import Database
from tests.builders import a_viewer
from tests.gateway.importing.test_run import NOON, Quiet

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "importing.md").read_text(encoding="utf-8")


BOSS = a_viewer(OPERATOR)
GERMANY = MarketInput(id="de", country="DE", zone="Europe/Berlin", currencies=("EUR",), locales=("de", "en"))


def blocks(language: str) -> list[str]:
    """The page's code of one language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


async def test_the_worked_example_does_what_the_page_says(database: Database, tmp_path: Path) -> None:
    for name, text in zip(("artikel.csv", "gruppen.csv"), blocks("csv"), strict=True):
        (tmp_path / name).write_bytes(text.encode("cp1252"))
    trade = wire_trade(database)
    await trade.market.upsert_markets(BOSS, [GERMANY], "the shop the page speaks of")
    await trade.market.upsert_channels(BOSS, [ChannelInput(id="web", market="de", price_lists=("list",))], "the same")
    report = await run_import(trade, read_mapping(blocks("toml")[0]), tmp_path, Quiet(), tmp_path / "refused.csv", NOON)
    assert [(step.changed, step.refused, step.left_out) for step in report.steps] == [(2, 0, 0), (2, 0, 1), (2, 0, 1)]
    assert list((await trade.catalog.outline()).categories) == ["handwerkzeug", "saegen-feilen"]
    assert [article is not None for article in await trade.catalog.articles([Sku("ERP-4711"), Sku("ERP-4713")])] == [
        True,
        False,
    ]
    rows = await database.read("SELECT sku, amount_micros, valid_until_us FROM pricing_price_row ORDER BY sku")
    assert [tuple(row) for row in rows] == [
        ("ERP-4711", 15_900_000, None),
        ("ERP-4712", 1_019_000_000, 1_774_994_400_000_000),
    ]


@pytest.mark.parametrize("target", TARGETS.values(), ids=list(TARGETS))
def test_the_page_lists_every_field_of_every_target(target: Target) -> None:
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| `{target.name}` |"))
    for name, shape in target.shapes.items():
        needed = isinstance(shape, Leaf) and shape.required
        assert re.search(rf"\*\*{name}\*\*" if needed else rf"\b{name}\b", line), name
        for inner in shape.fields if isinstance(shape, Items) else ():
            assert inner in line


def test_the_page_names_every_key_of_the_language() -> None:
    for key in (*STEP_KEYS, *VALUE_KEYS, *CONVERSION_KEYS, *FORMAT_KEYS, *TESTS, *CASES, "split"):
        assert f"`{key}" in PAGE or f"{key} = " in PAGE or f'"{key}"' in PAGE, key
