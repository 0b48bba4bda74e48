"""Constraints of feature models: propositional sentences over features, weakest last: ! & | => <=>."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from modules.configurator.model.trees import All, Any, Condition, Implies, Not

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<name>"[^"\r\n]+"|[^\W\d][\w#§%?\\';]*)|(?P<sign><=>|=>|[!&|()])|(?P<other>==|!=|<=|>=|.))""",
    re.DOTALL,
)
_DEEPEST: Final = 30
"""Brackets and negations within one another; conditions may be 40 deep."""
_AGGREGATES: Final = ("sum", "avg", "len", "floor", "ceil")


class Unreadable(Exception):
    """The sentence is none, or none that is read; the message says why."""


class _Token(NamedTuple):
    kind: str
    text: str


def proposition(source: str, literals: Mapping[str, Condition]) -> Condition:
    """The sentence as a condition; raises Unreadable."""
    return _Parser(source, literals).whole()


class _Parser:
    def __init__(self, source: str, literals: Mapping[str, Condition]) -> None:
        self._literals = literals
        self._tokens = [_Token(str(found.lastgroup), found[0].strip()) for found in _TOKEN.finditer(source.strip())]
        self._at = 0
        self._depth = 0

    def whole(self) -> Condition:
        found = self._equivalence()
        if self._at < len(self._tokens):
            raise _unexpected(self._tokens[self._at].text)
        return found

    def _take(self, sign: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at].text == sign:
            self._at += 1
            return True
        return False

    def _equivalence(self) -> Condition:
        found = self._implication()
        while self._take("<=>"):
            other = self._implication()
            found = All((Implies(found, other), Implies(other, found)))
        return found

    def _implication(self) -> Condition:
        found = self._some("|", self._all, Any)
        while self._take("=>"):
            found = Implies(found, self._some("|", self._all, Any))
        return found

    def _all(self) -> Condition:
        return self._some("&", self._denial, All)

    def _some(
        self, sign: str, part: Callable[[], Condition], join: Callable[[tuple[Condition, ...]], Condition]
    ) -> Condition:
        parts = [part()]
        while self._take(sign):
            parts.append(part())
        return parts[0] if len(parts) == 1 else join(tuple(parts))

    def _denial(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unreadable(f"More than {_DEEPEST} brackets and negations stand within one another.")
        try:
            if self._take("!"):
                return Not(self._denial())
            if self._take("("):
                found = self._equivalence()
                if not self._take(")"):
                    raise Unreadable("A bracket is not closed.")
                return found
            return self._literal()
        finally:
            self._depth -= 1

    def _literal(self) -> Condition:
        if self._at == len(self._tokens):
            raise Unreadable("It ends where a feature should stand.")
        token = self._tokens[self._at]
        if token.kind != "name":
            raise _unexpected(token.text)
        name = token.text.strip('"')
        self._at += 1
        if name in _AGGREGATES and name not in self._literals:
            raise Unreadable(f"{name}(...) is an aggregate, which is not read.")
        if self._at < len(self._tokens) and self._tokens[self._at].text in (
            ".",
            *"+-*/",
            "==",
            "!=",
            "<",
            "<=",
            ">",
            ">=",
        ):
            raise _unexpected(self._tokens[self._at].text)
        if name not in self._literals:
            raise Unreadable(f"There is no feature {name!r}.")
        return self._literals[name]


def _unexpected(text: str) -> Unreadable:
    if text == ".":
        return Unreadable("Names of imported models and attributes are not read.")
    if text in ("==", "!=", "<", "<=", ">", ">=", *"+-*/") or text.isdecimal():
        return Unreadable(
            f"{text!r} is arithmetic, which is not read: constraints are over features with ! & | => <=>."
        )
    return Unreadable(f"{text!r} stands where it has no meaning.")
