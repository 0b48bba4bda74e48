"""Models on the command line: documents, UVL and XCSP are taken in, written out and timed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.__main__ import main
from gateway.settings import ROOT

DEMO = ROOT / "examples" / "demo" / "configurator"
UVL = "namespace Shop\nfeatures\n Shop\n  optional\n   Search\n   Basket\n  or\n   Cash\n   Card\n"
XCSP = (
    '<instance format="XCSP3" type="CSP"><variables><array id="x" size="[3]"> 0 1 </array></variables>'
    "<constraints><extension><list> x[] </list><supports> (0,1,1)(1,0,0)(1,1,*) </supports></extension></constraints>"
    "</instance>"
)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COGWERK_DATA", str(tmp_path / "data"))
    return tmp_path


def test_a_family_is_taken_in_and_written_out_to_the_letter(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = DEMO / "doors.yaml"
    assert main(["configurator", "import", str(document), "--dry-run"]) == 0
    assert "DOORS: 41 would be changed" in capsys.readouterr().out
    assert main(["configurator", "import", str(document)]) == 0
    capsys.readouterr()
    assert main(["configurator", "export", "DOORS"]) == 0
    assert capsys.readouterr().out == document.read_text(encoding="utf-8")
    assert main(["configurator", "import", str(document)]) == 0
    assert capsys.readouterr().out == "DOORS: 0 changed, 0 as they were\n"


def test_a_change_is_shown_before_it_is_made(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["configurator", "import", str(DEMO / "doors.yaml")]) == 0
    text = (DEMO / "doors.yaml").read_text(encoding="utf-8")
    edited = data / "doors.yaml"
    edited.write_text(text.replace("amount: 320", "amount: 330"), encoding="utf-8")
    capsys.readouterr()
    assert main(["configurator", "import", str(edited), "--dry-run"]) == 0
    assert capsys.readouterr().out == (
        "changed  prices / STEEL / amount: 320 -> 330\nDOORS: 1 would be changed, 0 as they were\n"
    )


def test_what_is_wrong_is_told_and_nothing_is_changed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (DEMO / "doors.yaml").read_text(encoding="utf-8")
    edited = data / "doors.yaml"
    edited.write_text(text.replace("characteristic: LEAF, options: [GLASS]", "characteristc: LEAF, options: [GLASS]"))
    assert main(["configurator", "import", str(edited)]) == 1
    assert "did you mean 'characteristic'?" in capsys.readouterr().err
    assert main(["configurator", "export", "DOORS"]) == 2


@pytest.mark.parametrize(
    ("action", "name", "text"), [("import-uvl", "shop.uvl", UVL), ("import-xcsp", "shop.xml", XCSP)]
)
def test_a_model_of_others_is_taken_in_and_timed(
    data: Path, capsys: pytest.CaptureFixture[str], action: str, name: str, text: str
) -> None:
    (data / name).write_text(text, encoding="utf-8")
    part = ["--family", "SHOP"] if action == "import-xcsp" else []
    assert main(["configurator", action, name, "--dry-run", *part]) == 0
    assert main(["configurator", action, name, *part]) == 0
    capsys.readouterr()
    sku = "SHOP" if part else "Shop"
    assert main(["configurator", "bench", sku, "--sessions", "20", "--seed", "7", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["part"] == sku
    assert 0 < figures["valid_p50_ms"] <= figures["valid_p99_ms"]
    assert main(["configurator", "bench", sku, "--replay", f"{sku}-sessions.jsonl", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["choices"] == figures["choices"]


def test_problems_are_told_by_file_and_line(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "typed.uvl").write_text("features\n    A\n        optional\n            Integer B\n", encoding="utf-8")
    assert main(["configurator", "import-uvl", "typed.uvl"]) == 1
    assert capsys.readouterr().err.startswith("typed.uvl: line 4: B is a typed feature (Integer)")


def test_an_unknown_part_or_file_is_refused(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["configurator", "bench", "NOTHING"]) == 2
    assert main(["configurator", "import", "nothing.yaml"]) == 2
    assert main(["configurator", "bench", "NOTHING", "--replay", "nothing.jsonl"]) == 2


def test_a_revision_is_checked_tried_and_compared(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["configurator", "import", str(DEMO / "cars.yaml")]) == 0
    capsys.readouterr()
    assert main(["configurator", "check", "SPORTSCAR"]) == 0
    told = capsys.readouterr().out
    assert "SPORTSCAR#1: can be released" in told
    assert "passed  case" in told
    assert main(["configurator", "trace", "SPORTSCAR", "BRAKES=CERAMIC", "SPARE_KEY=YES#2"]) == 0
    told = capsys.readouterr().out
    assert "choice     SPARE_KEY.qty = 2\n" in told
    assert "rule       CERAMIC_NEEDS_ROOM: fires\n" in told
    assert main(["configurator", "trace", "SPORTSCAR", "BRAKES=CERAMIC", "WHEELS=W17"]) == 1
    assert "E_CONFLICT" in capsys.readouterr().err
    assert main(["configurator", "diff", "SPORTSCAR", "1", "1.1"]) == 0
    assert capsys.readouterr().out == "0 differences\n"
    assert main(["configurator", "diff", "SPORTSCAR", "1", "2"]) == 2
    assert main(["configurator", "trace", "SPORTSCAR", "BRAKES"]) == 2
