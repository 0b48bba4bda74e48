"""Mails: readable by people, by machines and by mailboxes that see one twice."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from string import Template

import pytest

from gateway.mail.message import compose
from gateway.mail.texts import FALLBACK, TEXTS, UnknownText, write
from modules.kernel.notification import is_address
from tests.gateway.mail.notes import SENDER, a_note

AT_US = 1_770_000_000_000_000


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_mail_is_plain_text_in_the_readers_language_and_tells_which_one() -> None:
    message = parsed(compose(a_note(), SENDER, AT_US).as_bytes())
    assert (message["Subject"], message["Content-Language"]) == ("Sollen wir dir schreiben?", "de")
    assert (message.get_content_type(), message.get_content_charset()) == ("text/plain", "utf-8")
    assert "Grüße" in message.get_content()
    assert (message["From"], message["To"]) == ("Zahnräder <shop@example.com>", "anna@example.com")
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_mail_made_again_is_the_same_mail() -> None:
    first, second = (compose(a_note(), SENDER, AT_US).as_bytes() for _ in range(2))
    assert first == second
    assert parsed(first)["Message-ID"] == "<n-1@example.com>"


def test_unsubscribing_is_one_click_where_it_is_offered() -> None:
    message = compose(a_note(unsubscribe="https://shop.example/mail/stop/abc"), SENDER, AT_US)
    assert message["List-Unsubscribe"] == "<https://shop.example/mail/stop/abc>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert compose(a_note(), SENDER, AT_US)["List-Unsubscribe"] is None


def test_a_long_link_stands_in_its_header_as_it_is() -> None:
    """Folded it would be encoded as a text, and mailboxes would offer nothing."""
    link = f"https://shop.example/mail/stop/{'a' * 200}"
    raw = compose(a_note(unsubscribe=link), SENDER, AT_US).as_bytes()
    assert f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in raw
    assert max(map(len, raw.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 78


@pytest.mark.parametrize(("asked", "written"), [("de-AT", "de"), ("de", "de"), ("en-GB", "en"), ("fr", "en")])
def test_a_language_without_a_text_of_its_own_gets_the_nearest(asked: str, written: str) -> None:
    assert write("wishlist.confirm", asked, {"link": "x"})[2] == written


def test_what_nobody_has_written_is_named() -> None:
    with pytest.raises(UnknownText, match="no text for 'party'"):
        write("party", "de", {})
    with pytest.raises(UnknownText, match=r"'wishlist\.confirm' needs 'link'"):
        write("wishlist.confirm", "de", {})


def test_every_text_is_there_in_german_and_english_and_names_the_same_data() -> None:
    for kind, texts in TEXTS.items():
        assert set(texts) >= {"de", FALLBACK}, kind
        names = {language: set(Template(text).get_identifiers()) for language, text in texts.items()}
        assert len(set(map(frozenset, names.values()))) == 1, (kind, names)


def test_a_name_with_line_breaks_adds_no_header(monkeypatch: pytest.MonkeyPatch) -> None:
    """A title or a list's name is somebody's text; it must not become a second recipient."""
    monkeypatch.setitem(TEXTS, "evil", {"en": "News of $link\nBody\n"})
    note = a_note(kind="evil", language="en", text="x\r\nBcc: all@example.com")
    message = parsed(compose(note, SENDER, AT_US).as_bytes())
    assert message["Bcc"] is None


@pytest.mark.parametrize("text", ["anna@example.com", "a.b+c@x-y.example", "o'neill@localhost"])
def test_a_mail_address_is_taken(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anna",
        "@example.com",
        "anna@",
        "an na@example.com",
        "anna@example..com",
        "anna@example.com\n",
        "a@b\r\nBcc: c@d",
        "anna@-x.example",
        ".anna@example.com",
        "<anna@example.com>",
        f"{'a' * 65}@example.com",
        f"a@{'b.' * 130}example",
        "anna@exämple.com",
    ],
)
def test_what_is_no_mail_address_is_not(text: str) -> None:
    assert not is_address(text)
