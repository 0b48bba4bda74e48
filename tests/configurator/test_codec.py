"""Whatever the model holds can be written as plain values and read again, and what is wrong is named with its place."""

from __future__ import annotations

import json
from decimal import Decimal
from time import process_time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from modules.configurator.formats.codec import dump, load
from modules.configurator.model.characteristics import Characteristic, Option
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import BadDocument, BadSyntax
from modules.configurator.model.families import Family
from modules.configurator.model.formulas import CombinationTable, Formula
from modules.configurator.model.prices import PriceEntry
from modules.configurator.model.revisions import Part, Revision
from modules.configurator.model.rules import Action, FrontRule, MakeUnavailable, RuleTemplate
from modules.configurator.model.sessions import Assignment, Session, Specification
from modules.configurator.model.structures import Routing, Structure
from modules.configurator.model.trees import Expression, ResultType
from tests.configurator.builders import a_table
from tests.configurator.model_objects import always, objects, parse

MASTERS: list[Any] = [
    Characteristic, Family, Formula, CombinationTable, FrontRule, RuleTemplate, Part, Revision, Structure, Routing,
    PriceEntry, Session, Specification, Assignment, Content,
]  # fmt: skip


@pytest.mark.parametrize("kind", MASTERS, ids=lambda kind: kind.__name__)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_what_was_written_and_read_is_equal_also_through_json(kind: Any, data: st.DataObject) -> None:
    value = data.draw(objects(kind))
    plain = dump(value)
    assert load(kind, plain, parse) == value
    assert load(kind, json.loads(json.dumps(plain)), parse) == value


@settings(max_examples=100)
@given(objects(Action))
def test_members_of_a_union_are_told_apart_by_their_kind(action: Any) -> None:
    assert load(Action, dump(action, Action), parse) == action  # type: ignore[arg-type]


def test_what_is_at_its_default_is_left_out() -> None:
    assert dump(Characteristic(id="COLOUR", options=(Option(id="RED"),))) == {
        "id": "COLOUR",
        "options": [{"id": "RED"}],
    }


def test_a_texts_digits_and_a_number_stay_apart() -> None:
    table = a_table("T", "A", [("1",), (1,), (None,)], ["1.10", Decimal("1.10"), True])
    plain = dump(table)
    assert isinstance(plain, dict)
    assert plain["rows"] == [[1, "1.10", "1"], [2, {"number": "1.10"}, 1], [3, True, None]]
    read = load(CombinationTable, plain, parse)
    assert [type(row.result) for row in read.rows] == [str, Decimal, bool]
    assert [row.cells[0].operands for row in read.rows] == [("1",), (Decimal(1),), ()]


def test_an_expression_is_read_for_what_it_must_give() -> None:
    asked = []

    def note(source: str, gives: ResultType | None) -> Expression:
        asked.append((source, gives))
        return always(source, gives)

    rule = {"id": "R", "condition": "A = 1", "actions": [{"kind": "compute", "characteristic": "B", "expression": "2"}]}
    load(FrontRule, rule, note)
    load(Formula, {"id": "F", "expression": "'x'", "result_type": "text"}, note)
    assert asked == [("A = 1", ResultType.BOOL), ("2", None), ("'x'", ResultType.TEXT)]


CASES: dict[str, tuple[type, Any, tuple[str, ...], str]] = {
    "a field that there is not": (FrontRule, {"id": "R", "sequnce": 1}, ("sequnce",), "sequence"),
    "a kind that there is not": (
        FrontRule,
        {"id": "R", "actions": [{"kind": "allows"}]},
        ("actions", "0", "kind"),
        "allow",
    ),
    "a field of a member": (
        Characteristic,
        {"id": "C", "options": [{"id": "A"}, {"id": "B", "nummer": 1}]},
        ("options", "1", "nummer"),
        "number",
    ),
    "a word that there is not": (Characteristic, {"id": "C", "data_type": "numbr"}, ("data_type",), "number"),
    "a match that there is not": (
        CombinationTable,
        {"id": "T", "factors": [{"reference": "A"}], "rows": [[1, 5, ["<", 3]], [2, 5, ["betwen", 1, 2]]]},
        ("rows", "1", "2"),
        "between",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_not_known_is_refused_with_its_place_and_the_nearest(case: str) -> None:
    kind, plain, path, nearest = CASES[case]
    with pytest.raises(BadDocument) as refused:
        load(kind, plain, always)
    assert (refused.value.code, refused.value.path, refused.value.nearest[0]) == ("E_DOCUMENT", path, nearest)


WRONG: list[tuple[type, Any, tuple[str, ...]]] = [
    (FrontRule, [], ()),
    (FrontRule, {}, ()),
    (FrontRule, {"id": 5}, ("id",)),
    (FrontRule, {"id": True}, ("id",)),
    (FrontRule, {"id": "R", "sequence": "1"}, ("sequence",)),
    (FrontRule, {"id": "R", "sequence": True}, ("sequence",)),
    (FrontRule, {"id": "R", "sequence": 1.5}, ("sequence",)),
    (FrontRule, {"id": "R", "disabled": "no"}, ("disabled",)),
    (FrontRule, {"id": "R", "descriptions": {"English": "x"}}, ("descriptions", "English")),
    (FrontRule, {"id": "R", "actions": {"kind": "stop"}}, ("actions",)),
    (FrontRule, {"id": "R", "actions": [{"options": ["A"]}]}, ("actions", "0")),
    (Characteristic, {"id": "C", "bounds": {"low": "ten"}}, ("bounds", "low")),
    (Characteristic, {"id": "C", "bounds": {"low": "NaN"}}, ("bounds", "low")),
    (Characteristic, {"id": "C", "bounds": {"low": 0.5}}, ("bounds", "low")),
    (Revision, {"part": "P", "number": 1, "phase_in": "20260101"}, ("phase_in",)),
    (Revision, {"part": "P", "number": 1, "phase_in": "2026-02-30"}, ("phase_in",)),
    (CombinationTable, {"id": "T", "factors": [], "rows": [[1, None, ["between", 1]]]}, ("rows", "0", "2")),
    (CombinationTable, {"id": "T", "factors": [], "rows": [[1, None, ["any", 1]]]}, ("rows", "0", "2")),
    (CombinationTable, {"id": "T", "factors": [], "rows": [[1]]}, ("rows", "0")),
    (CombinationTable, {"id": "T", "factors": [], "rows": [[1, 1.5]]}, ("rows", "0", "1")),
]


@pytest.mark.parametrize(("kind", "plain", "path"), WRONG)
def test_what_does_not_fit_is_refused_with_its_place(kind: type, plain: Any, path: tuple[str, ...]) -> None:
    with pytest.raises(BadDocument) as refused:
        load(kind, plain, always)
    assert refused.value.path == path


def test_a_bad_expression_gets_the_place_it_stands_at() -> None:
    def refuse(source: str, gives: ResultType | None) -> Expression:
        raise BadSyntax("no", 1, 3)

    with pytest.raises(BadSyntax) as refused:
        load(FrontRule, {"id": "R", "actions": [{"kind": "exclude", "condition": "A ="}]}, refuse)
    assert (refused.value.path, refused.value.column) == (("actions", "0", "condition"), 3)


def test_equal_cells_become_one_object_and_unlike_ones_do_not() -> None:
    rows = [[1, None, "A", 1], [2, None, "A", "1"], [3, None, ["in", 1], ["in", True]]]
    one, two, three = load(CombinationTable, {"id": "T", "factors": [], "rows": rows}, always).rows
    assert one.cells[0] is two.cells[0]
    assert [one.cells[1].operands, two.cells[1].operands] == [(Decimal(1),), ("1",)]
    assert [cell.operands for cell in three.cells] == [(Decimal(1),), (True,)]


def test_a_table_of_ten_thousand_rows_is_written_and_read_in_a_moment() -> None:
    table = a_table(
        "T", "A B C D E", [(f"A{n % 9}", n % 7, None, "X", n) for n in range(10_000)], map(Decimal, range(10_000))
    )
    begin = process_time()
    assert len(load(CombinationTable, dump(table), always).rows) == 10_000
    assert process_time() - begin < 2


def test_sets_are_written_in_order() -> None:
    assert dump(MakeUnavailable("C", frozenset({"B", "A"}))) == {"characteristic": "C", "options": ["A", "B"]}
