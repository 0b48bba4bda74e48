"""Where expressions come from when masters are read."""

from __future__ import annotations

from modules.configurator.engine.language import Scope, condition, term
from modules.configurator.formats.reading import Parse
from modules.configurator.model.trees import Expression, ResultType


def parser(scope: Scope) -> Parse:
    """Makes expressions of their sources in a scope; `load` takes it."""

    def parse(source: str, gives: ResultType | None) -> Expression:
        return condition(source, scope) if gives is ResultType.BOOL else term(source, scope, gives)

    return parse
