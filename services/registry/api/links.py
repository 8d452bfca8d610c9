"""Mailed links that lead here: checked with the public keys of notifications."""

from shared.access.links import Link
from shared.http.state import ApiState


async def verified_link(state: ApiState, token: str, purpose: str) -> Link:
    """What a mailed link says (`link-invalid`, `link-expired`).

    Raises
    ------
    ConnectionError
        TANDEM_LINK_JWKS is not set: no link can be checked.
    """
    if state.links is None:
        raise ConnectionError("no keys to check mailed links with")
    return await state.links.verify(token, purpose)
