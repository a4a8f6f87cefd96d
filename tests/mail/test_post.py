"""Mail is handed in to a real server; what is lasting is told apart from what passes."""

import asyncio
import ssl
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from adapters.clock import SYSTEM_CLOCK
from adapters.delivery import RetryLater, Unreachable
from adapters.mail.smtp import MailServer, Post, Tls, address_of
from tests.mail.conftest import SENDER, Mailbox, Server
from tests.ports import free_ports

TO = "anna.lindqvist@lindqvist.example"


def letter(to: str = TO) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, to, "Hello"
    message.set_content("Words")
    return message


async def test_a_message_reaches_the_server(smtp: Server) -> None:
    await Post(smtp.described()).send(letter())
    assert smtp.mailbox.recipients == [TO]


@pytest.mark.parametrize("answer", ["550 no such user", "553 not here", "552 mailbox is full"])
async def test_a_lasting_no_to_the_recipient_is_undeliverable(smtp: Server, answer: str) -> None:
    smtp.mailbox.answers[TO] = answer
    with pytest.raises(Unreachable, match=answer):
        await Post(smtp.described()).send(letter())


async def test_a_lasting_no_to_the_message_is_undeliverable(smtp: Server) -> None:
    smtp.mailbox.data_answer = "554 looks like spam"
    with pytest.raises(Unreachable, match="554"):
        await Post(smtp.described()).send(letter())


@pytest.mark.parametrize("answer", ["450 try later", "421 closing", "452 too many"])
async def test_a_passing_no_is_patience(smtp: Server, answer: str) -> None:
    smtp.mailbox.answers[TO] = answer
    with pytest.raises(RetryLater, match=answer[:3]):
        await Post(smtp.described()).send(letter())


async def test_a_server_that_is_down_is_away() -> None:
    (port,) = free_ports(1)
    with pytest.raises(RetryLater):
        await Post(MailServer("127.0.0.1", port, Tls.NONE, SENDER)).send(letter())


async def test_a_server_that_says_nothing_is_away_before_long() -> None:
    silent: list[asyncio.StreamWriter] = []
    served = await asyncio.start_server(lambda _reader, writer: silent.append(writer), "127.0.0.1", 0)
    async with served:
        server = MailServer("127.0.0.1", served.sockets[0].getsockname()[1], Tls.NONE, SENDER)
        with pytest.raises(RetryLater):
            await asyncio.wait_for(Post(server, timeout_seconds=0.2).send(letter()), 5)
        for writer in silent:
            writer.close()


async def test_a_server_without_encryption_gets_nothing_where_encryption_is_wanted(smtp: Server) -> None:
    for tls in (Tls.STARTTLS, Tls.IMPLICIT):
        with pytest.raises(RetryLater):
            await Post(smtp.described(tls=tls), timeout_seconds=1).send(letter())
    assert not smtp.mailbox.received


@pytest.fixture
def guarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that takes mail by STARTTLS from whoever logs in, with a certificate that this process trusts."""
    certificate, key = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    (port,) = free_ports(1)

    def who(_server: object, _session: object, _envelope: object, _mechanism: object, said: object) -> AuthResult:
        return AuthResult(success=isinstance(said, LoginPassword) and said.password == b"right", handled=False)

    mailbox = Mailbox()
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=who,
    )
    controller.start()
    yield Server(mailbox, port)
    controller.stop()


async def test_mail_is_encrypted_and_logged_in_where_that_is_set(guarded: Server) -> None:
    server = guarded.described(host="localhost", tls=Tls.STARTTLS, user="interlock", password=SecretStr("right"))
    await Post(server).send(letter())
    assert len(guarded.mailbox.received) == 1


async def test_a_wrong_password_makes_no_dead_letters(guarded: Server) -> None:
    server = guarded.described(host="localhost", tls=Tls.STARTTLS, user="interlock", password=SecretStr("wrong"))
    with pytest.raises(RetryLater, match="535") as away:
        await Post(server).send(letter())
    assert "wrong" not in str(away.value)


async def test_a_certificate_of_another_name_is_not_trusted(guarded: Server) -> None:
    server = guarded.described(host="127.0.0.1", tls=Tls.STARTTLS, user="interlock", password=SecretStr("right"))
    with pytest.raises(RetryLater, match=r"(?i)certificate"):
        await Post(server).send(letter())


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for `localhost` and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = SYSTEM_CLOCK()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, secret


@pytest.mark.parametrize(
    "text", ["anna@lindqvist.example", "Anna Lindqvist <anna@lindqvist.example>", "a.b+c@x.example"]
)
def test_an_address_is_taken_with_a_name_and_without(text: str) -> None:
    assert address_of(text).addr_spec in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anna",
        "anna@",
        "@lindqvist.example",
        "anna@lindqvist.example, eve@evil.example",
        "anna@lindqvist.example\r\nBcc: eve@evil.example",
        "anna@lindqvist.example eve@evil.example",
        "eve@evil.example@lindqvist.example",
        "anna..b@lindqvist.example",
        "änna@lindqvist.example",
        f"{'a' * 250}@lindqvist.example",
    ],
)
def test_whatever_mail_cannot_carry_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="is not an e-mail address"):
        address_of(text)
