"""From a source to lark's tree of it, or to what is wrong with it in words that a modeller understands."""

from __future__ import annotations

import re
from functools import cache
from typing import Final
from unicodedata import normalize

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from modules.configurator.engine.language.grammar import EXPECTED, GRAMMAR
from modules.configurator.model.errors import BadSyntax

Branch = Tree[Token] | Token
LONGEST: Final = 2_000
"""Characters of a source (section 13)."""
DEEPEST: Final = 40
"""Levels of nesting (section 13); it keeps every walk over a tree far from Python's own limit."""
_HINTS: Final = {
    "'": "A text in quotes is not closed.",
    '"': "A text in quotes is not closed.",
    "`": "A name in backticks is not closed.",
    ".": "Of a value only its quantity can be asked (.qty); decimals need a digit on both sides of the point.",
}


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="basic", propagate_positions=True, maybe_placeholders=True)


def parse(source: str) -> Tree[Token]:
    """The source's tree, every token in composed form; lines and columns count from 1 in that form.

    Raises BadSyntax with the place and what could stand there instead.
    """
    text = normalize("NFC", source)
    if len(text) > LONGEST:
        raise too_long()
    try:
        return _parser().parse(text)
    except UnexpectedCharacters as error:
        raise _strange(text, error) from None
    except UnexpectedToken as error:
        raise _misplaced(text, error) from None


def too_long() -> BadSyntax:
    """What is told of a source beyond the limit."""
    return BadSyntax(f"An expression has at most {LONGEST} characters; name parts of it as formulas.", 1, 1)


def too_deep(line: int, column: int) -> BadSyntax:
    """What is told of a tree beyond the limit."""
    message = f"This is nested more than {DEEPEST} levels deep (each + of a long sum is one): name parts as formulas."
    return BadSyntax(message, line, column)


def _strange(text: str, error: UnexpectedCharacters) -> BadSyntax:
    char = text[error.pos_in_stream or 0]
    hint = _HINTS.get(char, f"The character {char!r} means nothing here.")
    return BadSyntax(hint, error.line, error.column)


def _misplaced(text: str, error: UnexpectedToken) -> BadSyntax:
    token, end = error.token, error.token.type == "$END"
    place = len(text) if end or token.start_pos is None else token.start_pos
    expected = _expected(text[:place])
    wish = f" Expected: {', '.join(expected)}." if expected else ""
    if end:
        lines = text.rstrip().split("\n")
        return BadSyntax(f"Something is missing at the end.{wish}", len(lines), len(lines[-1]) + 1, expected)
    if re.match(r"\d,\d", text[place - 1 : place + 2]):
        wish = " Decimals are written with a point." + wish
    return BadSyntax(f"{str(token)[:40]!r} cannot stand here.{wish}", error.line, error.column, expected)


def _expected(beginning: str) -> list[str]:
    """What could follow, in a modeller's words. The error itself knows only a part: it comes after reductions."""
    parser = _parser().parse_interactive(beginning)
    parser.exhaust_lexer()
    accepted: set[str] = parser.accepts()  # type: ignore[no-untyped-call]  # lark leaves it without types
    if "NAME" in accepted:
        accepted -= {"_TABLE"}
    return list(dict.fromkeys(word for name, word in EXPECTED.items() if name in accepted))
