"""The pages behind mailed links: GET shows a button, POST acts. Scanners of mail, which fetch links, do no harm so.

The pages need no script, show nothing of the person, and are stored nowhere. An invitation's names organisation and role.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import TypeAdapter, ValidationError

from services.registry.api import page_notes as notes
from services.registry.api.access import LINKS_BY_CLIENT, mint_of, settings_of
from services.registry.api.answer_texts import ANSWERS
from services.registry.api.answers import LINK_ANSWER
from services.registry.api.guardian_shown import contacts_shown
from services.registry.api.invitation_shown import invitation_shown, is_over
from services.registry.api.links import verified_link
from services.registry.api.page_rendering import language_of, page
from services.registry.api.page_texts import (
    INCOMPLETE,
    INVITATION_OVER,
    PAGES,
    PageText,
    refused,
)
from services.registry.handlers import (
    addresses,
    campaign_calls,
    group_invitations,
    invitations,
    links,
    registrations,
    sign_in,
)
from services.registry.handlers.organisations import staff_identity
from services.registry.models.campaigns import Answer
from services.registry.models.sign_in import Secret, TokensAnswer
from shared.access.callers import caller_of
from shared.http.problems import STATUS
from shared.http.state import ApiState, client_of, state_of
from shared.postgres.transaction import Transaction
from shared.runtime.errors import Reason, Refusal
from shared.runtime.settings import Mode

router = APIRouter(include_in_schema=False)

CONFIRMATION, ADDRESS, SIGN_IN, INVITATION, CALL, GROUP, LINK = (
    "/volunteers/confirmation/page",
    "/volunteers/address/page",
    "/sign-in/redemption/page",
    "/invitations/redemption/page",
    "/calls/answer/page",
    "/group-invitations/answer/page",
    "/volunteers/links/answer/page",
)
FORM_PATHS = (CONFIRMATION, ADDRESS, SIGN_IN, INVITATION, CALL, GROUP, LINK)
TEXTS = {**PAGES, **ANSWERS}

_secret: TypeAdapter[str] = TypeAdapter(Secret)

Token = Annotated[str, Query()]
"""Whoever opens a link that was cut somewhere reads a page, not a problem; so its form is checked by `_button`."""
Language = Annotated[str, Query(max_length=8)]
"""That of the mail: its reader understands it, whatever the browser says."""
FormLanguage = Annotated[str, Form(max_length=8)]
FormToken = Annotated[Secret, Form()]
FormAccessToken = Annotated[str, Form()]
"""Typed in by a person, who reads a page and not a problem when it is wrong."""
FormKey = Annotated[str, Form(min_length=8, max_length=128)]


@router.get("/volunteers/confirmation")
async def confirmation_page(request: Request, token: Token = "", language: Language = "") -> Response:
    """The button that confirms a registration."""
    return _button(request, "confirmation", CONFIRMATION, token, language)


@router.get("/volunteers/address")
async def address_page(request: Request, token: Token = "", language: Language = "") -> Response:
    """The button that confirms a new address."""
    return _button(request, "address", ADDRESS, token, language)


@router.get("/sign-in/redemption")
async def sign_in_page(request: Request, token: Token = "", language: Language = "") -> Response:
    """The button that signs in."""
    return _button(request, "sign-in", SIGN_IN, token, language)


@router.get("/invitations/redemption")
async def invitation_page(request: Request, token: Token = "", language: Language = "") -> Response:
    """What somebody is invited to, the way to sign in, and the button that accepts; none for what was taken back."""
    if _is_whole(token) and await is_over(state_of(request), token):
        request.scope["tandem.problem"] = "invitation-over"
        named = language_of(request, language)
        return page(request, named, INVITATION_OVER[named], status=HTTPStatus.GONE)
    shown = await invitation_shown(state_of(request), token if _is_whole(token) else "", language_of(request, language))
    return _button(request, "invitation", INVITATION, token, language, invitation=shown)


@router.post(CONFIRMATION)
async def confirm_by_page(
    request: Request, token: FormToken, idempotency_key: FormKey, language: FormLanguage = ""
) -> Response:
    """Confirm a registration."""
    state = state_of(request)

    async def act(tx: Transaction) -> TokensAnswer:
        link = await verified_link(state, token, "confirmation")
        return await registrations.confirm(tx, settings_of(state), mint_of(state), link, idempotency_key)

    return await _acted(request, "confirmed", act, language)


@router.post(ADDRESS)
async def confirm_address_by_page(
    request: Request, token: FormToken, idempotency_key: FormKey, language: FormLanguage = ""
) -> Response:
    """Confirm a new address."""
    state = state_of(request)

    async def act(tx: Transaction) -> TokensAnswer:
        link = await verified_link(state, token, "address")
        return await addresses.confirm_new_address(tx, mint_of(state), link, idempotency_key)

    return await _acted(request, "address-confirmed", act, language)


@router.post(SIGN_IN)
async def sign_in_by_page(
    request: Request, token: FormToken, idempotency_key: FormKey, language: FormLanguage = ""
) -> Response:
    """Sign in."""
    state = state_of(request)

    async def act(tx: Transaction) -> TokensAnswer:
        link = await verified_link(state, token, "sign-in")
        return await sign_in.redeem_sign_in(tx, settings_of(state), mint_of(state), link, idempotency_key)

    return await _acted(request, "signed-in", act, language)


@router.post(INVITATION)
async def redeem_by_page(
    request: Request,
    token: FormToken,
    idempotency_key: FormKey,
    access_token: FormAccessToken = "",
    language: FormLanguage = "",
) -> Response:
    """Accept an invitation."""
    state = state_of(request)

    async def act(tx: Transaction) -> None:
        identity = await state.tokens.identify(access_token)
        link = await verified_link(state, token, "invitation")
        caller = await caller_of(tx.connection, identity)
        await invitations.redeem_invitation(tx, staff_identity(caller), link, idempotency_key)

    wording = PAGES["invitation"][language_of(request, language)]
    # Whoever mistyped what proves who they are tries again here; what is wrong with the link stays wrong.
    again = {"action": INVITATION.rpartition("/")[2], "token": token} if _is_whole(token) else {}
    return await _acted(request, "invited", act, language, again=wording, **again)


@router.get("/calls/answer")
async def call_page(request: Request, token: Token = "", language: Language = "") -> Response:
    """The buttons that answer a call of a campaign, or end all calls."""
    return _button(request, "call", CALL, token, language)


@router.post(CALL)
async def answer_call_by_page(
    request: Request,
    token: FormToken,
    idempotency_key: FormKey,
    answer: Annotated[Literal["interested", "not_interested", "never"], Form()],
    language: FormLanguage = "",
) -> Response:
    """Answer a call of a campaign, or end all calls."""
    state = state_of(request)

    async def act(tx: Transaction) -> None:
        link = await verified_link(state, token, "campaign-answer")
        told = None if answer == "never" else Answer(answer)
        await campaign_calls.answer_by_link(tx, link, idempotency_key, told)

    return await _acted(request, "calls-ended" if answer == "never" else "call-answered", act, language)


@router.get("/group-invitations/answer")
async def group_page(request: Request, token: Token = "", language: Language = "") -> Response:
    """The buttons that answer an invitation into a group."""
    return _button(request, "group-invitation", GROUP, token, language)


@router.post(GROUP)
async def answer_group_by_page(
    request: Request,
    token: FormToken,
    idempotency_key: FormKey,
    answer: Annotated[Literal["accept", "refuse"], Form()],
    language: FormLanguage = "",
) -> Response:
    """Answer an invitation into a group."""
    state = state_of(request)

    async def act(tx: Transaction) -> None:
        link = await verified_link(state, token, "group-invitation")
        await group_invitations.answer_by_link(tx, link, idempotency_key, accepts=answer == "accept")

    return await _acted(request, "group-invitation-answered", act, language)


@router.get("/volunteers/links/answer")
async def link_page(request: Request, token: Token = "", language: Language = "") -> Response:
    """The buttons with which somebody answers to an association that told of them."""
    return _button(request, "link", LINK, token, language)


@router.post(LINK)
async def answer_link_by_page(
    request: Request,
    token: FormToken,
    idempotency_key: FormKey,
    answer: Annotated[Literal["agree", "object"], Form()],
    language: FormLanguage = "",
) -> Response:
    """Answer to an association that told of me."""
    state = state_of(request)

    async def act(tx: Transaction) -> None:
        link = await verified_link(state, token, LINK_ANSWER)
        await links.answer_by_mail(tx, link, idempotency_key, agrees=answer == "agree")

    return await _acted(request, "link-agreed" if answer == "agree" else "link-objected", act, language)


async def _acted(
    request: Request,
    done: str,
    act: Callable[[Transaction], Awaitable[TokensAnswer | None]],
    wanted: str,
    again: PageText | None = None,
    **form: Any,
) -> Response:
    state = state_of(request)
    language = language_of(request, wanted)
    try:
        await state.rate_limits.take(LINKS_BY_CLIENT, client_of(request))
        async with state.database.transaction() as tx:
            tokens = await act(tx)
    except Refusal as refusal:
        request.scope["tandem.problem"] = refusal.code
        text = refused(language, refusal.code, refusal.de, refusal.en)
        if again is not None and form and refusal.reason in (Reason.UNAUTHENTICATED, Reason.FORBIDDEN):
            text = replace(text, button=again.button, access_token_label=again.access_token_label)
            return page(request, language, text, status=STATUS[refusal.reason], **form)
        return page(request, language, text, status=STATUS[refusal.reason])
    shown = tokens if _shows_tokens(state) else None
    if tokens is not None and tokens.guardian_awaited:
        contacts = await contacts_shown(state, tokens.volunteer_id)
        text, number = PAGES["guardian-awaited"][language], tokens.volunteer_id
        return page(request, language, text, tokens=shown, number=number, contacts=contacts)
    return page(request, language, TEXTS[done][language], tokens=shown)


def _shows_tokens(state: ApiState) -> bool:
    """Whoever tries the platform out by hand needs the token; in production nobody reads one off a page."""
    return state.settings.mode is Mode.LOCAL


def _button(request: Request, name: str, action: str, token: str, wanted: str, **values: Any) -> Response:
    language = language_of(request, wanted)
    if not _is_whole(token):
        request.scope["tandem.problem"] = "link-incomplete"
        return page(request, language, INCOMPLETE[language], status=HTTPStatus.UNPROCESSABLE_ENTITY)
    # Relative to /…/<last part>, so that it holds behind a proxy that adds a prefix.
    relative = "/".join(action.rsplit("/", 2)[1:])
    settings = settings_of(state_of(request))
    not_me = (
        notes.NOT_ME.get(name, {})
        .get(language, "")
        .format(days=settings.unconfirmed_days, hours=settings.address_hours, minutes=settings.sign_in_minutes)
    )
    return page(request, language, TEXTS[name][language], action=relative, token=token, not_me=not_me, **values)


def _is_whole(token: str) -> bool:
    try:
        _secret.validate_python(token)
    except ValidationError:
        return False
    return True
