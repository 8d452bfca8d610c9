"""How a page behind a mailed link is written: language, direction, footer, and what the browser may do with it."""

import secrets
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.registry.api import page_notes as notes
from services.registry.api.access import settings_of
from services.registry.api.page_texts import FOR_DEVELOPERS, LANGUAGES, NUMBER, RENEWED, RIGHT_TO_LEFT, PageText
from shared.http.problems import preferred_language
from shared.http.state import state_of
from shared.runtime.ids import new_id

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates"), autoescape=True, undefined=StrictUndefined
)

_ABSENT = dict.fromkeys(("action", "token", "tokens", "number", "not_me", "invitation", "contacts"))


def language_of(request: Request, wanted: str) -> str:
    """That of the mail; of the browser where the link names none."""
    return wanted if wanted in LANGUAGES else preferred_language(request.headers.get("accept-language"), LANGUAGES)


def page(request: Request, language: str, text: PageText, status: int = 200, **values: Any) -> Response:
    """One page, which loads nothing and is stored nowhere."""
    settings = settings_of(state_of(request))
    addresses_told = ((notes.IMPRINT, settings.imprint_url), (notes.PRIVACY, settings.privacy_url))
    nonce = secrets.token_urlsafe(16)
    document = _templates.get_template("page.html").render(
        language=language,
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        text=text,
        number_label=NUMBER[language],
        for_developers=FOR_DEVELOPERS[language],
        renewed=RENEWED[language].format(minutes=tokens.expires_in // 60) if (tokens := values.get("tokens")) else "",
        nonce=nonce,
        idempotency_key=str(new_id()),
        contacts_label=notes.CONTACTS[language],
        no_contacts=notes.NO_CONTACTS[language],
        about=notes.FOOTER[language],
        addresses=[(label[language], address) for label, address in addresses_told if address],
        **{**_ABSENT, **values},
    )
    headers = {
        "Content-Security-Policy": f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'",
        "Content-Language": language,
        "Cache-Control": "no-store",
        "X-Frame-Options": "DENY",
    }
    return Response(document, status, headers, "text/html; charset=utf-8")
