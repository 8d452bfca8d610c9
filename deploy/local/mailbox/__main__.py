"""`python -m deploy.local.mailbox`: take mails by SMTP and show them, until stopped."""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn

from deploy.local.mailbox.messages import Messages
from deploy.local.mailbox.smtp import listen
from deploy.local.mailbox.web import application


def main() -> None:
    """Run both servers in one process."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.mailbox", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--web-port", type=int, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    arguments = parser.parse_args()
    messages = Messages(arguments.folder)

    @asynccontextmanager
    async def taking_mails() -> AsyncIterator[None]:
        server = await listen(messages, arguments.host, arguments.smtp_port)
        try:
            yield
        finally:
            server.close()

    uvicorn.run(
        application(messages, taking_mails),
        host=arguments.host,
        port=arguments.web_port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
