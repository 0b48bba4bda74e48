"""Numbers, texts and truth values as they are written, and where in a source something stands."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from lark import Token, Tree

from modules.configurator.engine.entering import shortest
from modules.configurator.engine.language.syntax import Branch
from modules.configurator.model.errors import BadSyntax, TypeMismatch
from modules.configurator.model.trees import FALSE, TRUE, Constant, ResultType

_MOST_DIGITS: Final = 28
_TRUE: Final = ("true", "wahr")


def place(branch: Branch) -> tuple[int, int]:
    """Line and column of its first character, from 1."""
    at = branch.meta if isinstance(branch, Tree) else branch
    return at.line or 1, at.column or 1


def constant(token: Token) -> tuple[Constant, ResultType]:
    """What a token says; raises BadSyntax for a number of more than 28 digits."""
    match token.type:
        case "NUMBER":
            return Constant(_number(token)), ResultType.NUMBER
        case "TEXT":
            quote = token[0]
            return Constant(token[1:-1].replace(quote * 2, quote)), ResultType.TEXT
    return TRUE if token.casefold() in _TRUE else FALSE, ResultType.BOOL


def _number(token: Token) -> Decimal:
    number = Decimal(str(token))
    if len(number.as_tuple().digits) > _MOST_DIGITS:
        raise BadSyntax(f"A number has at most {_MOST_DIGITS} digits.", *place(token))
    return shortest(number)


def whole(branch: Branch, most: int) -> int:
    """A whole number that is written out, 0 to `most`; raises TypeMismatch for anything else."""
    if isinstance(branch, Token) and branch.type == "NUMBER" and "." not in branch and int(branch) <= most:
        return int(branch)
    raise TypeMismatch(f"Here stands a whole number from 0 to {most}.", *place(branch))
