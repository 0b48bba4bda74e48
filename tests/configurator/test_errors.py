"""Every stable code has its refusal, drawn in the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modules.configurator.model import errors
from modules.kernel.errors import CogwerkError

CODES = """E_UNKNOWN_CHARACTERISTIC, E_UNKNOWN_OPTION, E_TYPE, E_RANGE, E_STEP, E_SCALE, E_LENGTH, E_QTY_REQUIRED,
E_QTY_FORBIDDEN, E_CONFLICT, E_LOCKED_BY_PACKAGE, E_INCOMPLETE, E_STOP_RULE, E_NO_REVISION, E_REVISION_OBSOLETE,
E_STALE_MODEL, E_DATE_OVERLAP, E_BAD_TRANSITION, E_IN_USE, E_UNSATISFIABLE_MODEL, E_CYCLE, E_SYNTAX, E_UNKNOWN_NAME,
E_TYPE_MISMATCH, E_DIV_ZERO, E_TABLE_NO_MATCH, E_NOT_USABLE, E_NO_ALTERNATE, E_NEGATIVE_QTY, E_BOM_CYCLE,
E_CHILD_INCOMPLETE, E_CHILD_CONFLICT, E_NO_BASE_PRICE, E_ZERO_COST, E_VERSION, E_HASH_COLLISION, E_BUDGET,
E_DOCUMENT, E_NO_SESSION, E_RIGHT, E_CLOSED, E_NOT_FOR_SALE, E_REBASE_REQUIRED, E_NO_LINK,
E_LINK_LIMIT"""


def kinds(base: type[CogwerkError]) -> Iterator[type[CogwerkError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_code_belongs_to_one_refusal() -> None:
    every = [*kinds(errors.ConfiguratorRefusal), *kinds(errors.Fault)]
    coded = [kind.code for kind in every if kind.code != CogwerkError.code and "code" in vars(kind)]
    assert sorted(coded) == sorted(re.findall(r"E_\w+", CODES))


def test_the_tree_at_the_top_draws_every_refusal_with_its_code() -> None:
    drawn = dict(re.findall(r"─ (\w+) +(E_\w+)", errors.__doc__ or ""))
    told = {kind.__name__: kind.code for kind in (*kinds(errors.ConfiguratorRefusal), *kinds(errors.Fault))}
    assert drawn == {name: code for name, code in told.items() if code.startswith("E_")}
