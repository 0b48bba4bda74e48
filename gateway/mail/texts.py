"""What mails say, by kind and language: the first line is the subject, `$names` come from the notification's data.

Plain text that reads well aloud: no table, no picture, no sign in the place of a word; a link has its own line.
A list in the data becomes lines, each by the text of the mail's kind and its own `kind`; money is written as the
language does.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from typing import Any, Final

FALLBACK: Final = "en"

TEXTS: Final[dict[str, dict[str, str]]] = {
    "cart.link": {
        "de": (
            "Dein Warenkorb\n\nHier findest du deinen Warenkorb wieder:\n\n$url\n\n"
            "Wer diesen Link hat, kann den Warenkorb ändern.\n"
        ),
        "en": "Your cart\n\nHere you find your cart again:\n\n$url\n\nWhoever has this link can change the cart.\n",
    },
    "wishlist.confirm": {
        "de": (
            "Sollen wir dir schreiben?\n\n"
            "Jemand, vermutlich du, möchte an diese Adresse Nachrichten zu einer Wunschliste haben:\n"
            "wenn etwas wieder lieferbar oder günstiger ist.\n\n"
            "Wenn du das bist, bestätige es hier:\n\n$link\n\n"
            "Wenn nicht, brauchst du nichts zu tun: Es kommt keine weitere Nachricht.\n"
        ),
        "en": (
            "Shall we write to you?\n\n"
            "Somebody, probably you, would like news about a wishlist at this address:\n"
            "when something is back in stock or cheaper.\n\n"
            "If it was you, confirm it here:\n\n$link\n\n"
            "If not, there is nothing to do: no further message will come.\n"
        ),
    },
    "wishlist.news": {
        "de": (
            "Neues von deiner Wunschliste\n\n$news\n\n"
            "Du hast gebeten, das zu erfahren. Keine Nachrichten mehr:\n\n$stop\n"
        ),
        "en": "News of your wishlist\n\n$news\n\nYou asked to be told. No more messages:\n\n$stop\n",
    },
    "wishlist.news.BACK_IN_STOCK": {
        "de": "$title ist wieder lieferbar.",
        "en": "$title is back in stock.",
    },
    "wishlist.news.CHEAPER": {
        "de": "$title kostet jetzt $new statt $old.",
        "en": "$title now costs $new instead of $old.",
    },
}


class UnknownText(Exception):
    """Nobody has written what a kind of mail says, or its data lacks a name that stands in it."""


def write(kind: str, language: str, data: Mapping[str, Any]) -> tuple[str, str, str]:
    """Subject, body and the language of both: `de` for `de-AT`, English for what is not written in it.

    Raises UnknownText.
    """
    written = next((each for each in (language, language.partition("-")[0]) if each in TEXTS.get(kind, {})), FALLBACK)
    subject, _, body = _fill(kind, written, data).partition("\n")
    return subject, body.lstrip("\n"), written


def _fill(kind: str, language: str, data: Mapping[str, Any]) -> str:
    text = TEXTS.get(kind, {}).get(language)
    if text is None:
        raise UnknownText(f"there is no text for {kind!r}")
    try:
        return Template(text).substitute({name: _shown(kind, language, value) for name, value in data.items()})
    except KeyError as missing:
        raise UnknownText(f"the text for {kind!r} needs {missing}") from None


def _shown(kind: str, language: str, value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(_fill(f"{kind}.{each['kind']}", language, each) for each in value)
    if isinstance(value, dict):
        return _money(language, **value)
    return str(value)


def _money(language: str, amount: str, currency: str) -> str:
    return f"{amount.replace('.', ',') if language == 'de' else amount} {currency}"
