"""Constraint instances become families with as many configurations as they have solutions."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings, strategies as st

from modules.configurator.engine.assembling import assemble
from modules.configurator.formats.drafts import read_family
from modules.configurator.formats.families import as_yaml
from modules.configurator.formats.xcsp import import_xcsp
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.rules import Allow, Exclude, HoldTo, MakeUnavailable
from modules.kernel.names import Sku
from tests.configurator.brute import Brute

DAY = date(2026, 1, 1)


def instance(
    constraints: str, variables: str = '<var id="x"> 0..2 </var><var id="y"> 0 1 2 </var><var id="z"> -1 5 </var>'
) -> str:
    return (
        f'<instance format="XCSP3" type="CSP">\n<variables>{variables}</variables>\n'
        f"<constraints>\n{constraints}\n</constraints>\n</instance>"
    )


def bundle(text: str) -> Bundle:
    imported = import_xcsp(text, "model", DAY)
    assert imported.problems == ()
    assert imported.bundle is not None
    return imported.bundle


def count(text: str) -> int:
    return len(Brute(assemble(bundle(text), Sku("model"), 1)).every())


def extension(names: str, tuples: str, kind: str = "supports") -> str:
    return f"<extension><list> {names} </list><{kind}> {tuples} </{kind}></extension>"


CASES = {
    "": 18,
    extension("x y", "(0,0)(1,2)"): 4,
    extension("x y", "(0,0)(1,2)", "conflicts"): 14,
    extension("x y z", "(0,*,5)(2,1,-1)"): 4,
    extension("x", "0 2"): 12,
    extension("x", "1..2", "conflicts"): 6,
    extension("x y", "(0,0)(0,7)"): 2,
    extension("x y", ""): 0,
    extension("x y", "", "conflicts"): 18,
    extension("x z", "(0,-1)(1,5)") + extension("y z", "(2,5)(0,-1)(1,-1)"): 3,
    f"<block>{extension('x y', '(0,0)')}</block>": 2,
    "<group><extension><list> %0 %1 </list><supports> (0,0)(1,1) </supports></extension><args> x y </args></group>": 4,
    "<group><extension><list> %... </list><conflicts> (0,0) </conflicts></extension><args> x y </args></group>": 16,
}


@pytest.mark.parametrize("constraints", CASES)
def test_an_instance_has_as_many_solutions_as_its_family_configurations(constraints: str) -> None:
    assert count(instance(constraints)) == CASES[constraints]


def test_arrays_are_variables_with_places() -> None:
    array = '<array id="a" size="[2][2]"> 0 1 </array>'
    assert count(instance("", array)) == 16
    assert count(instance(extension("a[][0]", "(0,1)"), array)) == 4
    assert count(instance(extension("a[0][] a[1][1]", "(0,1,1)"), array)) == 2
    assert list(bundle(instance("", array)).characteristics) == ["a_0_0", "a_0_1", "a_1_0", "a_1_1"]


def test_symbols_and_domains_of_others_are_read() -> None:
    symbols = '<var id="c" type="symbolic"> red green </var><var id="d" as="c" type="symbolic"/>'
    found = bundle(instance(extension("c d", "(red,green)(green,red)"), symbols))
    assert [option.id for option in found.characteristics["d"].options] == ["red", "green"]
    assert len(Brute(assemble(found, Sku("model"), 1)).every()) == 2


def test_each_list_becomes_the_rule_that_says_it() -> None:
    kinds = [
        extension("x y", "(0,0)"),
        extension("x y", "(0,0)", "conflicts"),
        extension("x", "0"),
        extension("x", "0", "conflicts"),
    ]
    found = bundle(instance("".join(kinds)))
    (rules,) = found.rules.values()
    assert [type(rule.actions[0]) for rule in rules] == [HoldTo, Exclude, Allow, MakeUnavailable]
    assert [table.test_cases[0].result for table in found.tables.values()] == [True, True]


def test_an_imported_instance_is_a_document_like_any_other() -> None:
    found = bundle(instance(extension("x y z", "(0,*,5)(2,1,-1)")))
    draft = read_family(as_yaml(found))
    assert draft.flaws == ()
    assert draft.bundle == found


TRIPLES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)), max_size=12)


@settings(max_examples=40)
@given(TRIPLES, TRIPLES)
def test_any_lists_mean_what_they_list(allowed: list[tuple[int, ...]], forbidden: list[tuple[int, ...]]) -> None:
    variables = "".join(f'<var id="v{place}"> 0..2 </var>' for place in range(4))

    def written(rows: list[tuple[int, ...]]) -> str:
        return "".join(f"({','.join(map(str, row))})" for row in rows)

    both = extension("v0 v1 v2", written(allowed)) + extension("v1 v2 v3", written(forbidden), "conflicts")
    solutions = sum(one[:3] in allowed and one[1:] not in forbidden for one in product(range(3), repeat=4))
    assert count(instance(both, variables)) == solutions


REFUSED = {
    "": "line 1: This is no XML",
    "<instance>": "line 1: This is no XML",
    "<a/>": "line 1: Expected is an <instance>",
    '<!DOCTYPE a [<!ENTITY b "c">]>\n<instance/>': "line 1: This is no XML that is read: document types",
    instance("<allDifferent> x y </allDifferent>"): "line 4: <allDifferent> is not read",
    instance("\n<intension> eq(x,y) </intension>"): "line 5: <intension> is not read",
    instance("<group><sum/><args/></group>"): "line 4: A group of <sum> is not read",
    instance(extension("x w", "(0,0)")): "line 4: There is no variable 'w'",
    instance(extension("x x", "(0,0)")): "line 4: A list names each",
    instance(extension("x y", "(0,0,0)")): "line 4: The tuple (0,0,0) has 3 values for 2 variables",
    instance(extension("x y", "(0,0) 5")): "line 4: '5' is no tuple",
    instance("<extension><list> x </list></extension>"): "line 4: The <extension> has neither",
    instance("", '<var id="x"> </var>'): "line 2: x has no values",
    instance("", '<var id="x"> 0 </var><var id="x"> 1 </var>'): "line 2: The variable 'x' stands here twice",
    instance("", '<var id="x" type="set"> 0 </var>'): "line 2: x is set",
    instance("", '<var id="x"> 0..1000000 </var>'): "line 2: A domain has at most",
    instance("", '<array id="a" size="[99999999]"> 0 </array>'): "line 2: The array a needs",
    instance("", '<var> 0 </var>'): "line 2: Expected is a <var>",
    instance("").replace("</instance>", "<objectives/></instance>"): "line 6: <objectives> is not read",
    "<instance><variables/>" + "<a>" * 40: "line 1: This is no XML that is read: its elements stand too deep",
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: REFUSED[text][:40])
def test_what_is_not_read_is_refused_by_its_line(text: str) -> None:
    imported = import_xcsp(text, "model", DAY)
    assert imported.bundle is None
    assert [str(problem) for problem in imported.problems if str(problem).startswith(REFUSED[text])], imported.problems


def test_a_list_over_many_variables_is_refused() -> None:
    names = [f"v{place}" for place in range(16)]
    variables = "".join(f'<var id="{name}"> 0 1 </var>' for name in names)
    row = f"({','.join('0' * 16)})"
    imported = import_xcsp(instance(extension(" ".join(names), row), variables), "model", DAY)
    assert [str(problem) for problem in imported.problems] == ["line 4: A list has at most 15 variables, not 16."]
