"""The pages and the JSON interface on which the mails are read.

    GET    /api/messages?to=ADDRESS&after=ID   newest first: those to an address, those after a mail
    GET    /api/messages/ID                    one mail with text, html, links and source
    DELETE /api/messages                       delete all

A mail's own HTML is shown in a sandbox without scripts, and nothing of it is fetched from elsewhere.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from deploy.local.mailbox.messages import Mail, Messages, Summary, split_links

HERE = Path(__file__).parent
SHOWN_AT_ONCE = 200
_PAGE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_SANDBOX = {
    "Content-Security-Policy": "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';"
    " style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def application(messages: Messages, while_running: Callable[[], Any] | None = None) -> Starlette:
    """The web application; `while_running` makes a context manager that is open as long as it serves."""
    pages = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True)
    pages.filters["linked"] = _linked
    mailbox = _Mailbox(messages, pages)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if while_running is None:
            yield
            return
        async with while_running():
            yield

    return Starlette(
        lifespan=lifespan,
        # Another site that a browser has open must not read mails by pointing its own name at this address.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"])],
        routes=[
            Route("/", mailbox.list_page),
            Route("/messages/{id}", mailbox.message_page),
            Route("/messages/{id}/html", mailbox.html),
            Route("/messages/{id}/source", mailbox.source),
            Route("/delete", mailbox.delete_page, methods=["POST"]),
            Route("/api/messages", mailbox.list_json),
            Route("/api/messages", mailbox.delete_json, methods=["DELETE"]),
            Route("/api/messages/{id}", mailbox.message_json),
            Route("/health/live", _healthy),
            Route("/health/ready", _healthy),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
    )


def _healthy(_: Request) -> Response:
    return JSONResponse({"status": "ready"})


def _linked(text: str) -> Markup:
    link = Markup('<a href="{0}" target="_blank" rel="noreferrer">{0}</a>')
    return Markup("").join(link.format(part) if is_link else part for is_link, part in split_links(text))


def _as_json(summary: Summary) -> dict[str, Any]:
    return {
        "id": summary.id,
        "received_at": summary.received_at.isoformat(),
        "from": summary.sender,
        "to": list(summary.recipients),
        "subject": summary.subject,
    }


class _Mailbox:
    def __init__(self, messages: Messages, pages: Environment) -> None:
        self._messages = messages
        self._pages = pages

    def list_page(self, request: Request) -> Response:
        to = request.query_params.get("to", "")
        found = self._messages.newest_first(to, at_most=SHOWN_AT_ONCE + 1)
        shown = found[:SHOWN_AT_ONCE]
        newest = self._messages.newest_first(at_most=1)
        return self._page(
            "list.html", messages=shown, to=to, more=len(found) > len(shown), newest=newest[0].id if newest else ""
        )

    def message_page(self, request: Request) -> Response:
        mail = self._find(request)
        return self._page("message.html", mail=mail, message=mail.summary)

    def html(self, request: Request) -> Response:
        # Links of a mail open beside the mailbox, as they would in a mail program.
        return HTMLResponse('<base target="_blank">' + (self._find(request).html or ""), headers=_SANDBOX)

    def source(self, request: Request) -> Response:
        return PlainTextResponse(self._find(request).source, headers=_PAGE)

    def delete_page(self, request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise HTTPException(403, "only from the mailbox's own page")
        self._messages.delete_all()
        return RedirectResponse("/", status_code=303)

    def list_json(self, request: Request) -> Response:
        asked = request.query_params
        found = self._messages.newest_first(asked.get("to", ""), asked.get("after", ""))
        return JSONResponse([_as_json(summary) for summary in found])

    def message_json(self, request: Request) -> Response:
        mail = self._find(request)
        body = {"text": mail.text, "html": mail.html, "links": mail.links, "source": mail.source}
        return JSONResponse(_as_json(mail.summary) | body)

    def delete_json(self, _: Request) -> Response:
        return JSONResponse({"deleted": self._messages.delete_all()})

    def _find(self, request: Request) -> Mail:
        mail = self._messages.read(request.path_params["id"])
        if mail is None:
            raise HTTPException(404, "no such mail")
        return mail

    def _page(self, name: str, **values: Any) -> Response:
        return HTMLResponse(self._pages.get_template(name).render(**values), headers=_PAGE)
