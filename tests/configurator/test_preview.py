"""Modellers preview drafts that nothing can be configured by yet: they are shown why."""

from __future__ import annotations

from typing import Any

import pytest

from modules.configurator.formats.rereading import unread
from modules.configurator.model.changes import Key, Kind, Put, Remove
from modules.configurator.model.rules import Compute
from modules.configurator.model.trees import ResultType
from modules.runtime.database import Database
from tests.configurator.shopfloor import FIRST, a_shop, accepted, require, rule
from tests.configurator.test_modellers_graph import ask

pytestmark = pytest.mark.usefixtures("open_shops")
SHOWN = """fragment Shown on ConfigurationSession {
    state kind missing characteristics { id assignment { value } options { possible } }
    alternatives { characteristic } why(characteristic: "COLOUR", value: "RED") { verdict }
    problems { code message ... on ConfigurationConflict { explanation { rules { id } } } } }"""
OPEN = f"""{SHOWN} mutation($choices: [ConfigurationChoiceInput!]! = []) {{
    configure(input: {{ sku: "DOOR", kind: PREVIEW, choices: $choices }}) {{
        key problems {{ code }} session {{ ...Shown }} }} }}"""
LOOK = "query($key: String!) { configurationSession(key: $key) { state choices { value } problems { code } } }"
CHOOSE = """mutation($key: String!) {
    configure(input: { key: $key, choices: [{ characteristic: "WIDTH", value: "2" }] }) {
        session { state problems { code } } problems { code } } }"""
RED, BLUE = (rule(id, None, require(f"COLOUR = '{id}'")) for id in ("RED", "BLUE"))
CIRCLE = rule("GROW", None, Compute("WIDTH", unread("WIDTH + 1", ResultType.NUMBER)))


def gone(id: str) -> Remove:
    return Remove(key=Key(Kind.RULE, id, FIRST.text))


@pytest.mark.parametrize(("rules", "code", "blamed"), [((RED, BLUE), "E_CONFLICT", 2), ((CIRCLE,), "E_CYCLE", None)])
async def test_a_draft_that_allows_nothing_is_shown_with_its_problems(
    database: Database, rules: tuple[Put, ...], code: str, blamed: int | None
) -> None:
    shop = await a_shop(database)
    await accepted(shop, *rules)
    opened: Any = (await ask(shop, OPEN))["configure"]
    session = opened["session"]
    assert (opened["problems"], session["state"], session["kind"]) == ([], "INCOMPLETE", "PREVIEW")
    (problem,) = session["problems"]
    assert (problem["code"], blamed and len(problem["explanation"]["rules"])) == (code, blamed)
    assert (session["alternatives"], session["why"]["verdict"]) == ([], "IMPOSSIBLE")
    assert {one["assignment"] for one in session["characteristics"]} == {None}
    chosen = (await ask(shop, CHOOSE, key=opened["key"]))["configure"]
    assert [one["code"] for one in chosen["problems"]] == [code]
    assert [one["code"] for one in chosen["session"]["problems"]] == [code]


async def test_a_session_outlives_a_draft_that_contradicts_itself_for_a_while(database: Database) -> None:
    shop = await a_shop(database)
    key = (await ask(shop, OPEN, choices=[{"characteristic": "COLOUR", "value": "RED"}]))["configure"]["key"]
    told = []
    for changes in ((RED, BLUE), (CIRCLE,), (gone("BLUE"),), (gone("GROW"),)):
        await accepted(shop, *changes)
        session = (await ask(shop, LOOK, key=key))["configurationSession"]
        told.append(([one["code"] for one in session["problems"]], [one["value"] for one in session["choices"]]))
    assert told == [(["E_CONFLICT"], ["RED"]), (["E_CYCLE"], ["RED"]), (["E_CYCLE"], ["RED"]), ([], ["RED"])]
