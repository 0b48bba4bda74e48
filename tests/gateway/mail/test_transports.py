"""Transports: a real conversation with a mail server, and files."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import stat
import subprocess
from pathlib import Path

import pytest

from gateway.mail.message import compose
from gateway.mail.transports import FileTransport, MailDeferred, MailRefused, MailServerAway, SmtpTransport
from tests.gateway.mail.notes import SENDER, a_note
from tests.mail_server import mail_server

AT_US = 1_770_000_000_000_000


async def deliver(transport: SmtpTransport, *ids: str) -> None:
    for id in ids:
        await asyncio.to_thread(transport.deliver, compose(a_note(id), SENDER, AT_US))


async def test_mails_of_a_batch_go_through_one_connection() -> None:
    async with mail_server() as mail:
        transport = SmtpTransport(mail.url)
        await deliver(transport, "a", "b")
        await asyncio.to_thread(transport.close)
        assert (mail.connections, mail.envelopes) == (1, [("shop@example.com", "anna@example.com")] * 2)
        assert [message["Message-ID"] for message in mail.taken] == ["<a@example.com>", "<b@example.com>"]
        assert "Grüße" in mail.taken[0].get_content()


@pytest.mark.parametrize(
    ("verb", "answer", "error"),
    [
        ("RCPT", "550 no such mailbox anna@example.com", MailRefused),
        ("RCPT", "451 greylisted anna@example.com", MailDeferred),
        ("DATA", "554 spam", MailRefused),
        ("DATA", "421 shutting down", MailDeferred),
        ("MAIL", "550 you may not send", MailServerAway),
        ("EHLO", "421 too busy", MailServerAway),
    ],
)
async def test_what_the_server_refuses_is_told_apart_and_names_no_address(
    verb: str, answer: str, error: type[Exception]
) -> None:
    async with mail_server() as mail:
        mail.answers = {verb: answer, "HELO": answer}
        transport = SmtpTransport(mail.url)
        with pytest.raises(error) as caught:
            await deliver(transport, "a")
        await asyncio.to_thread(transport.close)
        assert "anna" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


async def test_after_a_refusal_for_now_the_next_mail_has_a_new_connection() -> None:
    async with mail_server() as mail:
        transport = SmtpTransport(mail.url)
        mail.answers = {"RCPT": "451 later"}
        with pytest.raises(MailDeferred):
            await deliver(transport, "a")
        mail.answers = {}
        await deliver(transport, "b")
        await asyncio.to_thread(transport.close)
        assert (mail.connections, len(mail.taken)) == (2, 1)


async def test_a_connection_that_breaks_off_defers_its_mail() -> None:
    async with mail_server() as mail:
        mail.hangs_up_after = lambda message: True
        with pytest.raises(MailDeferred):
            await deliver(SmtpTransport(mail.url), "a")


async def test_nobody_who_answers_is_no_fault_of_the_mail() -> None:
    async with mail_server() as mail:
        url = mail.url
    with pytest.raises(MailServerAway):
        await deliver(SmtpTransport(url), "a")


CERTIFY = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
    " -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out certificate.pem"
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of 127.0.0.1 in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(CERTIFY.split(), cwd=folder, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "certificate.pem").read_text())
    return both


def serving(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_a_password_goes_over_tls_alone(certificate: Path) -> None:
    async with mail_server(serving(certificate)) as mail:
        url = mail.url.replace("//", "//shop:secret@")
        transport = SmtpTransport(url, lambda: ssl.create_default_context(cafile=certificate))
        await deliver(transport, "a")
        await asyncio.to_thread(transport.close)
        verbs = [line.split()[0] for line in mail.said]
        assert verbs == ["ehlo", "STARTTLS", "ehlo", "AUTH", "mail", "rcpt", "data", "quit"]


async def test_a_server_that_is_not_who_it_says_gets_no_mail(certificate: Path) -> None:
    async with mail_server(serving(certificate)) as mail:
        with pytest.raises(MailServerAway):
            await deliver(SmtpTransport(mail.url.replace("//", "//shop:secret@")), "a")
        assert not [line for line in mail.said if line.upper().startswith(("AUTH", "MAIL"))]


def test_a_file_is_written_whole_for_its_owner_alone_and_once(tmp_path: Path) -> None:
    transport = FileTransport(tmp_path / "mail")
    for _ in range(2):
        transport.deliver(compose(a_note("a"), SENDER, AT_US))
    (file,) = (tmp_path / "mail").iterdir()
    assert (file.name, stat.S_IMODE(file.stat().st_mode)) == ("a.eml", 0o600)
    assert b"To: anna@example.com\r\n" in file.read_bytes()
