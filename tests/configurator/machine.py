"""A machine with something of everything, and the documents a front end configures it with."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from modules.configurator.model.characteristics import Bounds, Characteristic, DataType, ValueType
from modules.configurator.model.contents import Content
from modules.configurator.model.families import PackageComponent
from modules.configurator.model.rules import Compute, Level, Stop, Tell
from modules.configurator.model.trees import Arithmetic, Reference, ReferenceKind, Sign
from modules.kernel.names import Locale
from tests.configurator.builders import (
    DOOR,
    a_content,
    a_rule,
    a_table,
    an_expression,
    counted,
    discrete,
    equal,
    excludes,
    number,
    package,
    text,
    typed,
    value,
)
from tests.configurator.shop import Shop

CONFIGURE = """
mutation ($input: ConfigureInput!) {
  configure(input: $input) {
    key
    session {
      id state version stale obsolete partial approximate missing
      categories { id label characteristics { id } }
      characteristics {
        id label category required quantityUse lockedBy missing mayBeUnset
        options { id label possible }
        ranges { low high approximate }
        assignment { value label quantity provenance }
      }
      messages { rule level text }
    }
    dropped { choice { characteristic value valueLabel } instead insteadLabel }
    news { assignments { characteristic after { value provenance } } offers { characteristic more fewer } }
    problems { ...Told }
  }
}
fragment Told on Problem {
  code message path
  ... on BadConfigurationChoice { characteristic allowed nearest }
  ... on ConfigurationConflict {
    characteristic
    explanation { exact choices { label valueLabel } rules { id text } }
    repairs { dropped { choice { characteristic } instead } }
  }
  ... on ConfigurationLocked { characteristic package }
  ... on ConfigurationVersionConflict { expected current }
  ... on NoConfigurableRevision { sku day }
  ... on ConfigurationObsolete { revision }
  ... on ConfigurationClosed { state }
}
"""
FINALISE = """
mutation ($key: String!) {
  finaliseConfiguration(input: { key: $key }) {
    session { state configuration { id pinnedId number fingerprint product { sku } values { characteristic value } } }
    problems {
      code path
      ... on ConfigurationIncomplete { missing }
      ... on ConfigurationStopped { rules }
      ... on ConfigurationUndefined { chain }
      ... on ConfigurationStale { mine current }
      ... on BadConfigurationChoice { characteristic }
    }
  }
}
"""
MOVE = """
mutation ($input: MoveConfigurationInput!) {
  moveConfiguration(input: $input) {
    session { revision needDate stale choices { characteristic value } }
    left { choice { characteristic } reason }
    newlyRequired
    problems { code ... on ConfigurationRebaseRequired { mine holds mayKeep } }
  }
}
"""
WHY = """
query ($key: String!, $characteristic: ID!, $value: String!) {
  configurationSession(key: $key) {
    why(characteristic: $characteristic, value: $value) {
      verdict package
      explanation { choices { characteristic } rules { text } }
      repairs { dropped { choice { characteristic } instead } }
    }
  }
}
"""


def named(one: Characteristic, german: str, english: str) -> Characteristic:
    return replace(one, descriptions=((Locale("de"), german), (Locale("en"), english)))


def a_machine() -> Content:
    """Something of everything."""
    ratio = a_rule("ratio", Compute("RATIO", an_expression(Arithmetic(number(10), Sign.OVER, value("WIDTH")))))
    fee = a_rule("fee", Compute("FEE", an_expression(Reference("FEES", ReferenceKind.TABLE))))
    width = Bounds(scale=1, low=Decimal(0), high=Decimal(100), step=Decimal("0.5"))
    return a_content(
        named(discrete("COLOUR", "RED BLUE"), "Farbe", "Colour"),
        discrete("GLASS", "YES NO"),
        package("PACK", "SPORT NONE"),
        discrete("WHEELS", "STEEL ALLOY"),
        counted("KEY"),
        Characteristic(id="WIDTH", data_type=DataType.NUMBER, value_type=ValueType.VARIABLE, bounds=width, unit="mm"),
        text("NAME", max_length=10),
        typed("RATIO", None, None, scale=2),
        typed("FEE", None, None),
        discrete("SECRET", "A B", hidden=True),
        optional="NAME GLASS SECRET",
        tables=[a_table("FEES", "COLOUR", [("RED",)], [Decimal(5)])],
        components=[PackageComponent(package="PACK", option="SPORT", component="WHEELS", value="ALLOY")],
        rules=[
            replace(
                excludes("no-red-glass", equal("COLOUR", "RED"), equal("GLASS", "YES")),
                descriptions=((Locale("de"), "Rotes Glas gibt es nicht."), (Locale("en"), "There is no red glass.")),
            ),
            ratio,
            fee,
            a_rule("loud", Tell(Level.WARN, ((Locale("de"), "Laut!"),)), when=equal("WHEELS", "STEEL")),
            a_rule("stop", Stop(((Locale("de"), "So nicht."),)), when=equal("NAME", "FORBIDDEN")),
        ],
    )


COMPLETE = {"COLOUR": "RED", "PACK": "SPORT", "WIDTH": "20"}


def chosen(**choices: str | None) -> list[dict[str, Any]]:
    return [{"characteristic": name, "value": value} for name, value in choices.items()]


async def begin(shop: Shop, *choices: dict[str, Any]) -> str:
    payload = await configure(shop, sku=DOOR, choices=list(choices))
    assert payload["problems"] == []
    key: str = payload["key"]
    return key


async def configure(shop: Shop, **input: Any) -> dict[str, Any]:
    data = await shop.run(CONFIGURE, input=input)
    payload: dict[str, Any] = data["configure"]
    return payload


async def finalise(shop: Shop, key: str) -> dict[str, Any]:
    data = await shop.run(FINALISE, key=key)
    payload: dict[str, Any] = data["finaliseConfiguration"]
    return payload


def characteristic(payload: dict[str, Any], id: str) -> dict[str, Any]:
    (found,) = [one for one in payload["session"]["characteristics"] if one["id"] == id]
    return dict(found)
