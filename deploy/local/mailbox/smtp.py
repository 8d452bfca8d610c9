"""The SMTP side: takes every mail for everyone and keeps it."""

import asyncio
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.mailbox.messages import Messages

BYTES_AT_MOST = 10 * 1024 * 1024


class KeepEverything:
    """What the SMTP server does with a mail."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail, then accept it."""
        content: Any = envelope.content
        body = content if isinstance(content, bytes) else str(content or "").encode()
        kept = self._messages.add(envelope.mail_from or "", envelope.rcpt_tos, body)
        return f"250 kept as {kept.id}"


async def listen(messages: Messages, host: str, port: int) -> asyncio.Server:
    """Start to take mails on `host`:`port`."""
    handler = KeepEverything(messages)

    def connection() -> SMTP:
        return SMTP(handler, data_size_limit=BYTES_AT_MOST, enable_SMTPUTF8=True, hostname="mailbox.invalid")

    return await asyncio.get_running_loop().create_server(connection, host, port)
