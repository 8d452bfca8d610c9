"""Handing a letter to the mail server, and what its answers mean for us.

The Message-ID follows from the delivery alone, so a receiver (and a person) recognises a mail that had to be sent twice.
"""

import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import aiosmtplib

from services.notifications.models import Letter
from services.notifications.rules.addresses import address

_PORTS = {"smtp": 25, "smtps": 465}
_PERMANENT = 500


class SmtpUrlError(Exception):
    """The setting cannot be understood; the text never repeats it."""


class ServerAway(Exception):
    """The mail server cannot be reached, or is not usable by us (sign-in, sender): nothing is wrong with this mail."""


class RefusedForNow(Exception):
    """4xx: the server wants to be asked again later."""


class RefusedForGood(Exception):
    """5xx: this mail is never going to be accepted."""


@dataclass(frozen=True)
class SmtpServer:
    """Where mails are handed over."""

    host: str
    port: int
    username: str | None
    password: str | None
    use_tls: bool
    start_tls: bool

    @property
    def is_encrypted(self) -> bool:
        """Whether the dialogue cannot be overheard."""
        return self.use_tls or self.start_tls


def parse_smtp_url(url: str) -> SmtpServer:
    """Read `smtp://[user:password@]host[:port][?starttls=1]`; `smtps://` speaks TLS from the first byte.

    Raises
    ------
    SmtpUrlError
        Something about it is wrong.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SmtpUrlError("cannot be read as a URL") from None
    if parts.scheme not in _PORTS:
        raise SmtpUrlError("must begin with smtp:// or smtps://")
    if not parts.hostname or parts.path not in ("", "/") or parts.fragment:
        raise SmtpUrlError("must name a host, and no path")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    start_tls = options.pop("starttls", "0")
    if options or start_tls not in ("0", "1"):
        raise SmtpUrlError("knows only the option starttls=1")
    return SmtpServer(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or "") if parts.username else None,
        use_tls=parts.scheme == "smtps",
        start_tls=start_tls == "1",
    )


class Transport:
    """One mail server. A dialogue per mail, each step bounded in time."""

    def __init__(self, url: str, sender: str, seconds_at_most: float, ca_file: Path | None = None) -> None:
        self._server = parse_smtp_url(url)
        self._sender = address(*parseaddr(sender))
        self._seconds = seconds_at_most
        self._tls = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)

    async def send(self, letter: Letter) -> None:
        """Hand it over; when this returns the server has accepted it.

        Raises
        ------
        AddressUnusable, RefusedForGood
            Never again.
        RefusedForNow
            Later again.
        ServerAway
            Later again, and the others had better wait too.
        """
        recipient = address(letter.to_name, letter.to_mail)
        message = compose(letter, self._sender, recipient)
        needs_utf8 = not recipient.addr_spec.isascii()
        wire = message.as_bytes(policy=WIRE.clone(utf8=needs_utf8))
        accepted = False
        try:
            async with self._client() as client:
                await self._dialogue(client, recipient.addr_spec, wire, needs_utf8)
                accepted = True
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refusal(max((one.code for one in error.recipients), default=_PERMANENT)) from error
        except (
            aiosmtplib.SMTPSenderRefused,
            aiosmtplib.SMTPAuthenticationError,
            aiosmtplib.SMTPHeloError,
        ) as error:
            raise ServerAway from error
        except (
            aiosmtplib.SMTPConnectError,
            aiosmtplib.SMTPServerDisconnected,
            aiosmtplib.SMTPTimeoutError,
        ) as error:
            raise ServerAway from error
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal(error.code) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            # What goes wrong after the server has accepted, on taking leave, does not matter.
            if not accepted:
                raise ServerAway from error

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.use_tls,
            start_tls=server.start_tls,
            tls_context=self._tls if server.is_encrypted else None,
            timeout=self._seconds,
        )

    async def _dialogue(self, client: aiosmtplib.SMTP, recipient: str, wire: bytes, needs_utf8: bool) -> None:
        if needs_utf8:
            await client.ehlo()
            if not client.supports_extension("SMTPUTF8"):
                raise RefusedForGood
        options = ["SMTPUTF8", "BODY=8BITMIME"] if needs_utf8 else []
        await client.sendmail(self._sender.addr_spec, [recipient], wire, mail_options=options)


def compose(letter: Letter, sender: Address, recipient: Address) -> EmailMessage:
    """The letter as a mail: the same bytes whenever it is made."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.date)
    message["Message-ID"] = f"<{letter.delivery_id}@{sender.domain}>"
    # RFC 3834: no out-of-office replies.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    # Only now: headers that begin with Content- belong to the part that is set.
    message["Content-Language"] = ", ".join(letter.languages)
    message.set_boundary(f"=_{letter.delivery_id.hex}")
    return message


def _refusal(code: int) -> Exception:
    return RefusedForGood() if code >= _PERMANENT else RefusedForNow()
