"""Masters read anew: in Unicode's composed form, and with the names that hold now."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, TypeVar
from unicodedata import is_normalized, normalize

from modules.configurator.engine.language import Scope
from modules.configurator.formats.codec import dump, load
from modules.configurator.formats.expressions import parser
from modules.configurator.model.changes import AnyMaster, AtTheTop
from modules.configurator.model.trees import TRUE, Expression, ResultType

M = TypeVar("M", bound=AnyMaster)


def unread(source: str, gives: ResultType | None) -> Expression:
    """An expression that nobody has read yet: whoever takes it over reads its source."""
    return Expression(source, TRUE)


def composed(master: M) -> M:
    """With all its ids and texts in composed form (NFC), in which they are stored."""
    plain: Any = dump(master)
    text = json.dumps(plain, ensure_ascii=False)
    if is_normalized("NFC", text):
        return master
    return load(type(master), json.loads(normalize("NFC", text)), unread)


def reread(master: M, scope: Scope) -> M:
    """With its expressions read in the scope; raises what the language refuses, with the path in the master."""
    if isinstance(master, AtTheTop):
        scope = replace(scope, has_above=False)
    return load(type(master), dump(master), parser(scope))
