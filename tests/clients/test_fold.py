"""The clients' fold is the shop's: any operations lead to the same lines and codes on the device and in the cart."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, strategies as st

from clients.python.cogwerk_cart.fold import Draft
from clients.python.cogwerk_cart.schema import CartOperationInput
from modules.cart.model import (
    AddCode,
    AddLine,
    Entry,
    Operation,
    RemoveCode,
    RemoveLine,
    SetQuantity,
    Wish,
    default_line,
    fold,
)
from modules.kernel.names import LineId, Sku
from modules.kernel.quantity import format_quantity, parse_quantity
from tests.journeys.typescript import compile_into, why_not

SKUS = ["mug", "plate", "Käse/ü 1"]
LINES = ["wrapped", "l-made-up", *(default_line(Sku(sku)) for sku in SKUS)]
QUANTITIES = ["0", "1", "2.5", "0.000001", "999999.999999", "1000000"]
CODES = ["SPRING", "spring ", "ＳＰＲＩＮＧ", "Straße", "AUTUMN"]
NODE = """
const { Draft } = await import(process.argv[1]);
let text = "";
for await (const part of process.stdin) text += part;
const results = JSON.parse(text).map((operations) => {
  const draft = new Draft(null);
  operations.forEach((operation) => draft.do(operation));
  return [draft.lines.map(({ id, sku, quantity }) => [id, sku, quantity]), draft.codes];
});
console.log(JSON.stringify(results));
"""

Folded = tuple[list[list[str]], list[str]]


def operations() -> st.SearchStrategy[list[CartOperationInput]]:
    """What devices may do, one after the other."""
    line, quantity, code = st.sampled_from(LINES), st.sampled_from(QUANTITIES), st.sampled_from(CODES)
    added = st.fixed_dictionaries(
        {"sku": st.sampled_from(SKUS), "quantity": quantity.filter(lambda text: text != "0")},
        optional={"lineId": line},
    )
    one: st.SearchStrategy[Any] = st.one_of(
        st.builds(lambda wish: {"addLine": wish}, added),
        st.builds(lambda id, text: {"setQuantity": {"lineId": id, "quantity": text}}, line, quantity),
        st.builds(lambda id: {"removeLine": {"lineId": id}}, line),
        st.builds(lambda text: {"addCode": text}, code),
        st.builds(lambda text: {"removeCode": text}, code),
    )
    return st.lists(one, max_size=25)


def wish(operation: CartOperationInput) -> Wish:
    """As the shop reads it."""
    if "addLine" in operation:
        added = operation["addLine"]
        line = LineId(added["lineId"]) if added.get("lineId") else None  # type: ignore[arg-type]
        return AddLine(Sku(added["sku"]), parse_quantity(added["quantity"]), line)
    if "setQuantity" in operation:
        change = operation["setQuantity"]
        return SetQuantity(LineId(change["lineId"]), parse_quantity(change["quantity"]))
    if "removeLine" in operation:
        return RemoveLine(LineId(operation["removeLine"]["lineId"]))
    return AddCode(operation["addCode"]) if "addCode" in operation else RemoveCode(operation["removeCode"])


def in_the_shop(done: Sequence[CartOperationInput]) -> Folded:
    """Lines and codes as the cart has them."""
    entries = [Entry(place, Operation(str(place), wish(one)), "") for place, one in enumerate(done)]
    state = fold(entries)
    return [[line.id, line.sku, format_quantity(line.quantity)] for line in state.lines], list(state.codes)


@given(operations())
def test_the_python_client_shows_what_the_shop_will_hold(done: list[CartOperationInput]) -> None:
    draft = Draft(None)
    for one in done:
        draft.do(one)
    assert ([[line.id, line.sku, line.quantity] for line in draft.lines], list(draft.codes)) == in_the_shop(done)


def test_the_typescript_client_shows_what_the_shop_will_hold(tmp_path: Path) -> None:
    if reason := why_not():
        pytest.skip(reason)
    chance = Random(4711)
    many = [[some(chance) for _ in range(chance.randint(0, 25))] for _ in range(300)]
    node = shutil.which("node")
    assert node
    command = [node, "--input-type=module", "-e", NODE, str(compile_into(tmp_path) / "fold.js")]
    answer = subprocess.run(command, input=json.dumps(many), capture_output=True, text=True, check=True).stdout
    assert [(lines, codes) for lines, codes in json.loads(answer)] == [in_the_shop(done) for done in many]


def some(chance: Random) -> CartOperationInput:
    """An operation, for a client in another language."""
    line, quantity, code = chance.choice(LINES), chance.choice(QUANTITIES), chance.choice(CODES)
    sku, more = chance.choice(SKUS), chance.choice(QUANTITIES[1:])
    choices: list[CartOperationInput] = [
        {"addLine": {"sku": sku, "quantity": more}},
        {"addLine": {"sku": sku, "quantity": more, "lineId": line}},
        {"setQuantity": {"lineId": line, "quantity": quantity}},
        {"removeLine": {"lineId": line}},
        {"addCode": code},
        {"removeCode": code},
    ]
    return chance.choice(choices)
