"""A family's document says all of it, is laid out for review, and tells what is wrong, different and to be done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modules.configurator.engine.assembling import assemble
from modules.configurator.engine.checking import Kind as Finding, check_content
from modules.configurator.formats.differences import Did, differences
from modules.configurator.formats.drafts import read_family
from modules.configurator.formats.families import as_json, as_yaml, document_of
from modules.configurator.formats.planning import plan
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.changes import Become, Key, Kind, Put, Remove
from modules.configurator.model.formulas import Usability
from modules.configurator.model.revisions import Status
from modules.kernel.names import Sku

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo" / "configurator"
FAMILIES = sorted(DEMO.glob("*.yaml"))
DOORS = (DEMO / "doors.yaml").read_text(encoding="utf-8")


def read(text: str) -> Bundle:
    draft = read_family(text)
    assert [str(flaw) for flaw in draft.flaws] == []
    assert draft.bundle is not None
    return draft.bundle


def edited(before: str, after: str, text: str = DOORS) -> str:
    assert text.count(before) == 1, before
    return text.replace(before, after)


def flaws(text: str) -> list[str]:
    return [str(flaw) for flaw in read_family(text).flaws]


@pytest.mark.parametrize("path", FAMILIES, ids=lambda path: path.stem)
def test_a_family_of_the_demo_is_read_and_written_to_the_letter(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    bundle = read(text)
    assert as_yaml(bundle) == text
    assert read(as_json(bundle)) == bundle


@pytest.mark.parametrize("path", FAMILIES, ids=lambda path: path.stem)
def test_a_family_of_the_demo_has_nothing_to_mend(path: Path) -> None:
    bundle = read(path.read_text(encoding="utf-8"))
    for key in bundle.revisions:
        content = assemble(bundle, *key)
        usable = {id: replace(one, usability=Usability.USABLE) for id, one in content.formulas.items()}
        tables = {id: replace(one, usability=Usability.USABLE) for id, one in content.tables.items()}
        found = check_content(replace(content, formulas=usable, tables=tables))
        assert [one for one in found if one.kind is not Finding.GAP] == []


def test_an_unknown_field_is_told_with_its_line_and_the_nearest_one() -> None:
    text = edited("  - id: LEAF_AREA\n", "  - id: LEAF_AREA\n    expresion: x\n")
    line = text.splitlines().index("    expresion: x") + 1
    message = "There is no field of a formula 'expresion' here; did you mean 'expression'?"
    assert flaws(text) == [f"Line {line}, formulas 0 expresion: {message}"]


def test_an_unknown_name_in_an_expression_is_told_with_its_line() -> None:
    text = edited("condition: FIRE_CLASS = 'T90'", "condition: FIRE_CLAS = 'T90'")
    line = next(n for n, row in enumerate(text.splitlines(), 1) if "FIRE_CLAS =" in row)
    (flaw,) = read_family(text).flaws
    assert (flaw.error.code, flaw.line) == ("E_UNKNOWN_NAME", line)
    assert flaw.error.path == ("templates", "0", "rules", "0", "condition")


def test_one_flaw_does_not_hide_the_next() -> None:
    text = edited("scale: 2\ntables", "scale: two\ntables")
    text = edited("[20, RED, 20, 600]", "[20, RED, 20, 600, 1]", text)
    text = edited("amount: 60}", "amount: 60.0000001}", text)
    text = edited("id: T30, price_list", "id: PLUS, price_list", text)
    found = flaws(text)
    assert [one.split(": ")[0].split(", ")[1] for one in found] == [
        "formulas 0 scale",
        "tables 0 rows 2",
        "prices 0 amount",
        "prices 10",
    ]
    assert all(one.startswith("Line ") for one in found)
    assert "A row has 4 cells" in found[1]
    assert "stands here twice" in found[3]


WRONG = {
    "[]": "Here must be a mapping",
    "family: {id: X}": "begins with 'format: cogwerk-family/1'",
    "format: cogwerk-family/2\nfamily: {id: X}": "begins with 'format: cogwerk-family/1'",
    "format: cogwerk-family/1": "has no family",
    "format: cogwerk-family/1\nfamily: {id: X}\nparst: []": "did you mean 'parts'?",
    "format: cogwerk-family/1\nfamily: {id: X, version: 3}": "kept by the store",
    "format: cogwerk-family/1\nfamily: {id: X}\nformulas: {id: F}": "Here must be a list",
    "format: cogwerk-family/1\nfamily: {id: X}\nprices: [{id: P, amount_micros: 1}]": "write 'amount' instead",
    "format: cogwerk-family/1\nfamily: {id: X}\nformulas: [{id: F, family: Y, expression: '1'}]": "leave it out",
    "format: cogwerk-family/1\nfamily: {id: X}\ntables: [{id: T, factors: [A], rows: [[1, A, 5]]}]": "header",
    "format: cogwerk-family/1\nfamily: {id: X}\ncharacteristics: [{id: A}, {id: a}]": "stands here twice",
    "format: cogwerk-family/1\nfamily: {id: X}\nformulas: [{id: F, expression: '1 +'}]": "formulas 0 expression",
    "a: [": "Line 2",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_family_is_refused(text: str) -> None:
    found = flaws(text)
    assert any(WRONG[text] in one for one in found), found


def test_equal_families_need_no_change() -> None:
    bundle = read(DOORS)
    found = plan(bundle, bundle)
    assert (found.changes, found.differences) == ((), ())


def test_a_new_family_is_put_in_an_order_that_can_be_followed() -> None:
    bundle = read(DOORS)
    found = plan(None, bundle)
    puts = [change for change in found.changes if isinstance(change, Put)]
    kinds = [change.key.kind for change in puts]
    assert kinds == sorted(kinds, key=list(Kind).index)
    assert {change.key for change in puts} == {key for key, _ in bundle.masters()}
    assert [change.expected_version for change in puts if change.key.kind is Kind.REVISION] == [None, None]
    assert {change.expected_version for change in puts if change.key.kind is not Kind.REVISION} == {0}
    released = [Become(revision=key, status=Status.RELEASED) for key in sorted(bundle.revisions)]
    assert found.changes == (*puts, *released)
    assert all(one.did is Did.ADDED for one in found.differences)


def test_only_what_differs_is_changed_and_over_the_version_that_was_seen() -> None:
    stored = read(DOORS)
    formulas = {id: replace(one, version=7, usability=Usability.USABLE) for id, one in stored.formulas.items()}
    stored = replace(stored, formulas=formulas)
    (change,) = plan(stored, read(edited("HEIGHT * WIDTH / 1000", "HEIGHT * WIDTH / 1000 + 1"))).changes
    assert isinstance(change, Put)
    assert (change.key, change.expected_version) == (Key(Kind.FORMULA, "LEAF_AREA", "DOORS"), 7)


def test_what_the_document_lacks_is_removed_but_no_characteristic() -> None:
    stored = read(DOORS)
    outer = Sku("DOOR-OUTER")
    wanted = replace(
        stored,
        characteristics={id: one for id, one in stored.characteristics.items() if id != "AREA"},
        parts={sku: part for sku, part in stored.parts.items() if sku != outer},
        revisions={key: one for key, one in stored.revisions.items() if key.part != outer},
        rules={key: those for key, those in stored.rules.items() if key.part != outer},
        structures=tuple(one for one in stored.structures if one.part != outer),
        routings=tuple(one for one in stored.routings if one.part != outer),
        templates={},
    )
    changes = plan(stored, wanted).changes
    assert all(isinstance(change, Remove) for change in changes)
    assert [change.key for change in changes] == [Key(Kind.TEMPLATE, "FIRE", "DOORS"), Key(Kind.PART, "DOOR-OUTER")]


def test_a_characteristic_of_other_families_is_written_over_its_own_version() -> None:
    bundle = read(DOORS)
    known = {"COLOUR": replace(bundle.characteristics["COLOUR"], version=4, changed_us=9)}
    found = plan(None, bundle, known.get)
    assert Key(Kind.CHARACTERISTIC, "COLOUR") not in [change.key for change in found.changes]


def test_a_status_is_kept_and_said() -> None:
    stored = read(DOORS)
    wanted = read(DOORS.replace("status: released\n        phase_in", "status: obsolete\n        phase_in"))
    found = plan(stored, wanted)
    assert found.changes == tuple(Become(revision=key, status=Status.OBSOLETE) for key in sorted(stored.revisions))


def test_differences_are_told_by_names_not_by_places() -> None:
    before = read(DOORS)
    text = edited("[40, BLUE, 20, 800]", "[40, BLUE, 20, 850]\n      - [50, OAK, 20, 900]")
    text = edited("    - {characteristic: LEAF, sequence: 40}\n", "", text)
    text = edited("amount: 320", "amount: 330", text)
    found = differences(document_of(before), document_of(read(text)))
    assert [str(one) for one in found] == [
        "removed  family / members / LEAF: {characteristic: LEAF, sequence: 40}",
        "changed  tables / LEAF_PRICE / rows / row 40: [40, BLUE, 20, 800] -> [40, BLUE, 20, 850]",
        "added    tables / LEAF_PRICE / rows / row 50: [50, OAK, 20, 900]",
        "changed  prices / STEEL / amount: 320 -> 330",
    ]
