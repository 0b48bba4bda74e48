"""The words and sentences of conditions and formulas (section 13), for lark's LALR parser.

English and German keywords, in any case, make one tree. Words that begin an operand or stand between two are reserved
(`RESERVED`): an id that is one of them is written between backticks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from modules.configurator.model.trees import Function, Owner

GRAMMAR: Final = r"""
start: expression
?expression: either
    | _IF either _THEN either -> implies
    | _IF either _THEN either _ELSE either -> choice
?either: both | both (_OR both)+ -> any
?both: denial | denial (_AND denial)+ -> all
?denial: relation | _NOT denial -> deny
?relation: sum
    | sum OPERATOR sum -> compare
    | sum _IN constants -> among
    | sum _NOT_IN constants -> not_among
    | sum _BETWEEN sum _AND sum -> between
    | sum _NOT_BETWEEN sum _AND sum -> not_between
    | sum _IS_SET -> is_set
    | sum _IS_NOT_SET -> is_not_set
    | _MATCHES _TABLE name -> matches
constants: _LPAR constant (_COMMA constant)* _RPAR
?constant: NUMBER | TEXT | TRUTH | MINUS NUMBER -> below_zero
?sum: product | sum (PLUS | MINUS) product -> calculate
?product: signed | product (TIMES | OVER) signed -> calculate
?signed: power | MINUS signed -> negative
?power: atom | atom _POWER NUMBER -> power
?atom: NUMBER | TEXT | TRUTH
    | [OWNER] name [QUANTITY] -> value
    | _FORMULA name -> formula
    | _TABLE name -> table
    | NAME _LPAR arguments _RPAR -> call
    | _IF _LPAR expression _COMMA expression _COMMA expression _RPAR -> choice
    | _LPAR expression _RPAR -> group
arguments: expression (_COMMA expression)*
name: NAME | QUOTED

NAME: /[^\W\d]\w*/
QUOTED: /`[^`\n]*`/
NUMBER: /[0-9]+(\.[0-9]+)?/
TEXT: /'([^'\x00-\x1f\x7f-\x9f]|'')*'|"([^"\x00-\x1f\x7f-\x9f]|"")*"/
TRUTH.2: /(true|false|wahr|falsch)(?!\w)/i
OWNER.3: /(self|parent|root|selbst|eltern|wurzel)\s*\./i
QUANTITY: /\.\s*(qty|menge)(?!\w)/i
_FORMULA.3: /(formula|formel)\s*:/i
_TABLE.3: /(table|tabelle)\s*:/i
_AND.2: /(and|und)(?!\w)/i
_OR.2: /(or|oder)(?!\w)/i
_NOT.2: /(not|nicht)(?!\w)/i
_IF.2: /(if|wenn)(?!\w)/i
_THEN.2: /(then|dann)(?!\w)/i
_ELSE.2: /(else|sonst)(?!\w)/i
_IN.2: /in(?!\w)/i
_NOT_IN.3: /(not|nicht)\s+in(?!\w)/i
_BETWEEN.2: /(between|zwischen)(?!\w)/i
_NOT_BETWEEN.3: /(not|nicht)\s+(between|zwischen)(?!\w)/i
_IS_SET.3: /(is\s+set|ist\s+gesetzt)(?!\w)/i
_IS_NOT_SET.3: /(is\s+not\s+set|is\s+empty|ist\s+nicht\s+gesetzt|ist\s+leer)(?!\w)/i
_MATCHES.2: /(matches|passt)(?!\w)/i
OPERATOR: /<>|!=|<=|>=|=|<|>|≤|≥|≠/
PLUS: "+"
MINUS: "-"
TIMES: "*"
OVER: "/"
_POWER: /\^|\*\*/
_LPAR: "("
_RPAR: ")"
_COMMA: ","
%ignore /\s+/
"""

RESERVED: Final = frozenset(
    "and und or oder not nicht if wenn then dann else sonst in between zwischen matches passt"
    " true false wahr falsch is ist self parent root selbst eltern wurzel formula formel table tabelle".split()
)
"""Words that cannot be names as they stand, casefolded; some only before a point, a colon or another word."""

OWNERS: Final[Mapping[str, Owner]] = {
    "self": Owner.SELF,
    "selbst": Owner.SELF,
    "parent": Owner.PARENT,
    "eltern": Owner.PARENT,
    "root": Owner.ROOT,
    "wurzel": Owner.ROOT,
}
FUNCTIONS: Final[Mapping[str, Function]] = {
    "abs": Function.ABS,
    "betrag": Function.ABS,
    "min": Function.MIN,
    "max": Function.MAX,
    "round": Function.ROUND,
    "runden": Function.ROUND,
    "ceil": Function.CEIL,
    "aufrunden": Function.CEIL,
    "floor": Function.FLOOR,
    "abrunden": Function.FLOOR,
}
OPERATORS: Final[Mapping[str, str]] = {"!=": "<>", "≠": "<>", "≤": "<=", "≥": ">="}
"""Other ways to write an operator."""

EXPECTED: Final[Mapping[str, str]] = {
    "NAME": "a name",
    "QUOTED": "a name",
    "NUMBER": "a number",
    "TEXT": "a text in quotes",
    "TRUTH": "true or false",
    "_LPAR": "(",
    "OPERATOR": "a comparison (= <> < <= > >=)",
    "_IN": "IN (...)",
    "_BETWEEN": "BETWEEN ... AND ...",
    "_IS_SET": "IS SET",
    "PLUS": "an arithmetic sign (+ - * / ^)",
    "_POWER": "an arithmetic sign (+ - * / ^)",
    "_AND": "AND",
    "_OR": "OR",
    "_THEN": "THEN",
    "_ELSE": "ELSE",
    "_COMMA": "a comma",
    "_RPAR": ")",
    "_TABLE": "table:NAME",
    "$END": "the end",
}
"""What a modeller calls what the parser would take, in the order in which it is told; the rest goes without saying."""
