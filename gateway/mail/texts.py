"""What mails say, by kind and language: the first line is the subject, `$names` come from the notification's data.

Plain text that reads well aloud: no table, no picture, no sign in the place of a word; a link has its own line.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from typing import Any, Final

FALLBACK: Final = "en"

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "test": {
        "de": "Eine Probe\n\nDiese Nachricht zeigt, dass der Versand funktioniert: $text\n",
        "en": "A test\n\nThis message shows that mail is delivered: $text\n",
    },
}


class UnknownText(Exception):
    """Nobody has written what a kind of mail says, or its data lacks a name that stands in it."""


def write(kind: str, language: str, data: Mapping[str, Any]) -> tuple[str, str, str]:
    """Subject, body and the language of both: `de` for `de-AT`, English for what is not written in it.

    Raises UnknownText.
    """
    texts = TEXTS.get(kind, {})
    written = next((each for each in (language, language.partition("-")[0], FALLBACK) if each in texts), None)
    if written is None:
        raise UnknownText(f"there is no text for {kind!r}")
    try:
        text = Template(texts[written]).substitute(data)
    except KeyError as missing:
        raise UnknownText(f"the text for {kind!r} needs {missing}") from None
    subject, _, body = text.partition("\n")
    return subject, body.lstrip("\n"), written
