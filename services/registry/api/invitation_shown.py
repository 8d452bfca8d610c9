"""What the page of an invitation shows besides its text: to what somebody is invited, and the way to sign in."""

from contextlib import suppress
from typing import Any
from urllib.parse import quote

from services.registry.api import page_notes as notes
from services.registry.api.access import settings_of
from services.registry.api.links import verified_link
from services.registry.handlers import invitations
from services.registry.models.invitations import OfferedRole
from shared.http.state import ApiState
from shared.runtime.errors import Refusal
from shared.runtime.settings import Mode


async def invitation_shown(state: ApiState, token: str, language: str) -> dict[str, Any]:
    """For the template. Whatever is wrong with a link is said when its button is pressed, as on the other pages."""
    settings = settings_of(state)
    address, is_local = settings.staff_sign_in_url, settings.mode is Mode.LOCAL
    return {
        "facts": _facts(await _offered(state, token), language),
        "address": None if address is None else address.replace("{token}", quote(token, safe="")),
        "sign_in": notes.SIGN_IN[language],
        "by_token": notes.BY_TOKEN[language],
        "no_sign_in": notes.NO_SIGN_IN[language],
        "locally": notes.LOCALLY[language] if is_local else None,
        "command": notes.LOCAL_COMMAND,
    }


async def is_over(state: ApiState, token: str) -> bool:
    """Whether a link that was good leads to nothing any more: taken already, taken back, or its time is over."""
    with suppress(Refusal):
        link = await verified_link(state, token, "invitation")
        async with state.database.reading() as connection:
            return await invitations.offered(connection, link) is None
    return False


async def _offered(state: ApiState, token: str) -> OfferedRole | None:
    with suppress(Refusal):
        link = await verified_link(state, token, "invitation")
        async with state.database.reading() as connection:
            return await invitations.offered(connection, link)
    return None


def _facts(offer: OfferedRole | None, language: str) -> list[tuple[str, str]]:
    if offer is None:
        return []
    role = notes.ROLES.get(offer.role, {}).get(language, offer.role.value)
    return [(notes.ORGANISATION[language], offer.organisation), (notes.ROLE[language], role)]
