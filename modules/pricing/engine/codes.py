"""Codes: their compared form, how they are judged, taken in and made up."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Container, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from modules.kernel.intake import check, window
from modules.kernel.moments import contains
from modules.kernel.names import PromotionId
from modules.kernel.outcome import Path
from modules.pricing.engine.case import CodeClaim, CodeResult
from modules.pricing.model.codes import BatchInput, Code, CodeBatch, CodeInput

LONGEST: Final = 64
"""Characters of a code in its compared form."""
MOST_USES: Final = 1_000_000_000
MOST_IN_BATCH: Final = 1_000_000
LONGEST_PREFIX: Final = 20
LONGEST_SUFFIX: Final = 32
ALPHABET: Final = "23456789BCDFGHJKMNPQRSTVWXYZ"
"""Nothing that looks like something else (0 O, 1 I L), and no vowels, so that no code is a word."""
GUESSES: Final = 1_000_000
"""Of so many guesses at a batch, one at most is expected to hit."""

PROMOTIONS: Final = "the id of a promotion"
CODES: Final = f"1 to {LONGEST} printable characters"
# Bytes at or above the largest multiple of the alphabet's size would favour its first signs.
_FAIR: Final = 256 // len(ALPHABET) * len(ALPHABET)
_UNFAIR: Final = bytes(range(_FAIR, 256))
_SIGNS: Final = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))


def normalise(text: str) -> str:
    r"""The compared form: NFKC, trimmed, case folded (C-1); empty for a text that no code can be.

    >>> normalise("  Sommer10 "), normalise("STRASSE") == normalise("stra\u00dfe")
    ('sommer10', True)
    """
    if len(text) > 4 * LONGEST:
        return ""
    # Folding can undo NFKC and the other way round: the second turn settles both.
    folded = text
    for _ in range(2):
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold())
    folded = folded.strip()
    return folded if len(folded) <= LONGEST and folded.isprintable() else ""


@dataclass(frozen=True, slots=True)
class Found:
    """A code that exists, with what counts of its uses now: holds that are due and the asker's own do not."""

    code: Code
    uses: int = 0


@dataclass(frozen=True, slots=True)
class Tries:
    """What an asker has tried lately, as marks that nobody can read back: unknown codes within the hour, and codes that
    were found to exist. `most` None: may try without bound."""

    unknown: frozenset[str] = frozenset()
    good: frozenset[str] = frozenset()
    most: int | None = None

    @property
    def spent(self) -> bool:
        """Whether no unknown code may be tried any more."""
        return self.most is not None and len(self.unknown) >= self.most


@dataclass(frozen=True, slots=True)
class Answers:
    """A claim for each code, in order, and the marks of what is to be remembered of the asker."""

    claims: tuple[CodeClaim, ...]
    unknown: tuple[str, ...]
    good: tuple[str, ...]
    """Only of an asker who has tried unknown ones."""
    fresh: tuple[str, ...]
    """All good ones that were not remembered yet."""


def entered(codes: Iterable[str]) -> dict[str, str]:
    """Codes as they were typed, by their compared form, in order: entering one twice keeps the first (C-1).

    What no code can be stands under the empty form, once.
    """
    found: dict[str, str] = {}
    for typed in codes:
        found.setdefault(normalise(typed), typed)
    return found


def exact(found: Mapping[str, Found], typed: Mapping[str, str]) -> dict[str, Found]:
    """Those that were typed with the capitals of their authors, where a market tells them apart (section 7, 22)."""
    return {name: one for name, one in found.items() if _kept(typed[name]) == _kept(one.code.shown)}


def _kept(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def judge(found: Found, at_us: int) -> CodeResult:
    """What a code is by itself at this moment (C-2); the promotion may say otherwise."""
    code = found.code
    if code.withdrawn_us is not None or (code.valid_until_us is not None and code.valid_until_us <= at_us):
        return CodeResult.EXPIRED
    if not contains(code.valid_from_us, None, at_us):
        return CodeResult.NOT_STARTED
    if code.max_uses is not None and found.uses >= code.max_uses:
        return CodeResult.LIMIT_REACHED
    return CodeResult.ACCEPTED


def answer(
    typed: Mapping[str, str], marks: Mapping[str, str], found: Mapping[str, Found], tries: Tries, at_us: int
) -> Answers:
    """What each code is; `marks` are the codes' marks, `found` those that exist.

    Each unknown code costs a try, once. When none is left, whatever is not known to exist is TOO_MANY_TRIES, existing
    or not: the answer tells nothing, however many codes stand in one question.
    """
    unknown, claims = set(tries.unknown), []
    for code, text in typed.items():
        spent = tries.most is not None and len(unknown) >= tries.most and marks.get(code) not in tries.good
        if code and spent:
            claims.append(CodeClaim(code, text, None, CodeResult.TOO_MANY_TRIES))
        elif code in found:
            one = found[code]
            claims.append(CodeClaim(code, text, one.code.promotion, judge(one, at_us), _next_change(one.code, at_us)))
        else:
            unknown.update([marks[code]] if code else [])
            claims.append(CodeClaim(code, text, None, CodeResult.UNKNOWN))
    return _answers(claims, marks, unknown - tries.unknown, tries)


def _next_change(code: Code, at_us: int) -> int | None:
    window = (code.valid_from_us, code.valid_until_us)
    ahead = (moment for moment in window if moment is not None and moment > at_us)
    return None if code.withdrawn_us is not None else min(ahead, default=None)


def _answers(claims: Sequence[CodeClaim], marks: Mapping[str, str], unknown: Set[str], tries: Tries) -> Answers:
    if tries.most is None:
        return Answers(tuple(claims), (), (), ())
    good = {marks[claim.code] for claim in claims if claim.promotion is not None} - tries.good
    # Good codes are remembered of those askers only who have tried bad ones: an honest customer costs no write.
    suspect = bool(unknown or tries.unknown)
    fresh = tuple(sorted(good))
    return Answers(tuple(claims), tuple(sorted(unknown)), fresh if suspect else (), fresh)


def read_code(given: CodeInput, path: Path, promotions: Container[str], held: Mapping[str, Code]) -> Code:
    """The code that was meant; `held` are those there are. Raises InvalidInput.

    A code stays with its promotion for ever: another one's is refused.
    """
    code = normalise(given.code)
    check(bool(code), given.code, (*path, "code"), CODES)
    check(given.promotion in promotions, given.promotion, (*path, "promotion"), PROMOTIONS)
    before = held.get(code)
    mine = before is None or (before.promotion == given.promotion and before.batch is None)
    check(mine, given.code, (*path, "code"), "a code that is not another promotion's or batch's")
    uses = given.max_uses
    check(uses is None or 1 <= uses <= MOST_USES, uses, (*path, "maxUses"), f"1 to {MOST_USES}, or null")
    since_us, until_us = window(given.valid_from, given.valid_until, path)
    return Code(
        code=code,
        shown=given.code.strip(),
        promotion=PromotionId(given.promotion),
        max_uses=uses,
        valid_from_us=since_us,
        valid_until_us=until_us,
        held=before.held if before else 0,
        confirmed=before.confirmed if before else 0,
    )


def least_length(count: int) -> int:
    """How many random signs codes need, so that guessing is hopeless when there are so many of them."""
    length = 1
    while len(ALPHABET) ** length < count * GUESSES:
        length += 1
    return length


def read_batch(given: BatchInput, id: str, most: int) -> CodeBatch:
    """The batch that was meant, nothing of it made yet; raises InvalidInput."""
    path: Path = ("input",)
    check(1 <= given.count <= most, given.count, (*path, "count"), f"1 to {most}")
    prefix = given.prefix.strip()
    folded = normalise(prefix)
    good = not prefix or (bool(folded) and len(folded) <= LONGEST_PREFIX and prefix.isprintable())
    check(good, given.prefix, (*path, "prefix"), f"at most {LONGEST_PREFIX} printable characters")
    least = least_length(given.count)
    length = least if given.length is None else given.length
    check(least <= length <= LONGEST_SUFFIX, length, (*path, "length"), f"{least} to {LONGEST_SUFFIX}")
    since_us, until_us = window(given.valid_from, given.valid_until, path)
    return CodeBatch(
        id=id,
        promotion=PromotionId(given.promotion),
        prefix=prefix,
        length=length,
        count=given.count,
        valid_from_us=since_us,
        valid_until_us=until_us,
    )


def make_up(count: int, length: int) -> list[str]:
    """So many endings of codes, each of `length` random signs of the alphabet, all equally likely, none there twice."""
    made: dict[str, None] = {}
    while len(made) < count:
        signs = secrets.token_bytes((count - len(made)) * length + 64).translate(_SIGNS, _UNFAIR).decode()
        made.update((signs[at : at + length], None) for at in range(0, len(signs) - length + 1, length))
    return list(made)[:count]
