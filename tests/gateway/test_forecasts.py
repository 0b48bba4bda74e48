"""The command `forecast`: a picture of what is known, plans of a whole source, and clear words otherwise."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gateway.__main__ import main
from gateway.drawing import Axis, Sheet, round_step
from gateway.importing import import_files
from gateway.importing.progress import Lines
from gateway.process import open_trade
from gateway.settings import ROOT, Settings

DEMO = ROOT / "examples" / "demo"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo shop's data directory."""
    data = tmp_path_factory.mktemp("demo") / "data"

    async def fill() -> None:
        async with open_trade(Settings(data=data)) as (_, trade):
            with (data / "lines.txt").open("w") as stream:
                report = await import_files(trade, DEMO / "mapping.toml", DEMO, data, Lines(stream))
            assert report.refused == 0

    asyncio.run(fill())
    return data


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's environment counts."""
    for name in ("DATABASE_URL", "COGWERK_MODE", "COGWERK_HOST"):
        monkeypatch.delenv(name, raising=False)


def forecast(data: Path, action: str, *options: object) -> int:
    """The command's exit code."""
    return main(["forecast", action, "--data", str(data), *map(str, options)])


def texts(path: Path) -> list[str]:
    """What a picture says; it is well-formed and fetches nothing."""
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    assert not [each for each in root.iter() if each.tag == f"{SVG}script" or "href" in "".join(each.attrib)]
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def test_a_picture_shows_demand_forecast_and_safety_stock(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lamp.svg"
    assert forecast(shop, "plot", "LAMP-STORCH-RED", "--source", "leipzig", "--out", path) == 0
    assert "smooth demand, forecast by exponential_smoothing" in capsys.readouterr().out
    said = texts(path)
    assert "LAMP-STORCH-RED, leipzig" in said
    assert {"promotion", "not to be had", "forecast", "safety stock", "reorder point", "order now"} <= set(said)
    assert "98.0%" in said
    assert "10 ± 2 days" in said


def test_the_day_to_order_is_marked(shop: Path, tmp_path: Path) -> None:
    path = tmp_path / "hammer.svg"
    assert forecast(shop, "plot", "HAMMER-300", "--source", "leipzig", "--out", path) == 0
    assert any(text.startswith("order on ") for text in texts(path))


def test_an_article_with_too_little_past_is_drawn_without_a_reorder_point(shop: Path, tmp_path: Path) -> None:
    """S-6."""
    path = tmp_path / "hammer.svg"
    assert forecast(shop, "plot", "HAMMER-500", "--source", "leipzig", "--out", path) == 0
    assert "Too little is known of the demand: least stock is set by hand." in texts(path)


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["HAMER-300"], 2, "SKU is 'HAMER-300'; allowed: a product of this shop: HAMMER-300"),
        (["\n"], 2, "SKU is '\\n'"),
        (["HAMMER-300", "--source", "moon"], 2, "--source is 'moon'; allowed: one of: basel, berlin"),
        (["HAMMER-300", "--out", "/no/such/directory/x.svg"], 2, "--out is '/no/such/directory/x.svg'"),
        (["HAMMER-MESSING"], 1, "HAMMER-MESSING: nothing is known of its demand yet"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    shop: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    code: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert forecast(shop, "plot", *options) == code
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_all_of_a_source_is_planned_in_one_go(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert forecast(shop, "plan", "--source", "leipzig") == 0
    assert "7 articles planned" in capsys.readouterr().out
    with sqlite3.connect(shop / "cogwerk.db") as database:
        rows = database.execute(
            "SELECT sku, method FROM inventory_stock_plan WHERE reorder_point IS NOT NULL ORDER BY sku"
        )
        assert dict(rows.fetchall()) == {
            "CLOCK-KUCKUCK-S": "sba",
            "GEAR-BRASS-12": "sba",
            "HAMMER-100": "tsb",
            "HAMMER-200": "croston",
            "HAMMER-300": "seasonal_naive",
            "LAMP-STORCH-BRASS": "tsb",
            "LAMP-STORCH-RED": "exponential_smoothing",
        }
    database.close()


@pytest.mark.parametrize(
    ("most", "step", "ticks"),
    [
        (0, 1, [0]),
        (3, 1, [0, 1, 2, 3]),
        (18, 5, [0, 5, 10, 15]),
        (8, 2, [0, 2, 4, 6, 8]),
        (0.4, 0.1, [0, 0.1, 0.2, 0.3, 0.4]),
    ],
)
def test_axes_have_round_numbers(most: float, step: float, ticks: list[float]) -> None:
    assert round_step(most) == pytest.approx(step)
    assert list(Axis(0, most, 0, 100).ticks()) == pytest.approx(ticks)


def test_texts_of_a_sheet_cannot_leave_their_place() -> None:
    sheet = Sheet(10, 10, 'a"<b>')
    sheet.text((1, 2.26), "<script>&", fill='"x"')
    sheet.rect(0, 0, 0, 5, fill="#fff")
    root = ElementTree.fromstring(sheet.svg())
    (text,) = root.iter(f"{SVG}text")
    assert (text.text, text.attrib) == ("<script>&", {"x": "1", "y": "2.3", "fill": '"x"'})
    assert not list(root.iter(f"{SVG}rect"))
