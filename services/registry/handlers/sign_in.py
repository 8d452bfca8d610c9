"""Volunteers sign in by a mailed link; refresh tokens rotate, and one that comes twice ends its whole family."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from services.registry.models.addresses import mail_hash
from services.registry.models.registrations import MAIL_SENT, RegistrationAnswer
from services.registry.models.sign_in import AskToSignIn, StoredRefreshToken, TokensAnswer
from services.registry.models.volunteers import VolunteerStatus
from services.registry.rules.sign_in import (
    FAMILY_LIFETIME,
    REFRESH_LIFETIME,
    RefreshTokenReused,
    Use,
    refresh_refused,
    refresh_token_hash,
    repeats_the_request,
    use_of,
)
from services.registry.settings import RegistrySettings
from services.registry.store import external_ids, imported_volunteers, volunteer_contacts, volunteers
from services.registry.store import sign_in as store
from shared.access.links import Link, burn, link_expired
from shared.contracts.registry import ConfirmationRequested, SignInRequested
from shared.postgres.subjects import held_or_erased, lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.ids import new_id

if TYPE_CHECKING:
    from shared.access.keys import SigningKey

log = structlog.get_logger()

REFRESH_TOKEN_BYTES = 32
STEP = 1000


@dataclass(frozen=True)
class TokenMint:
    """Makes volunteers' access tokens: the key, as whom it speaks, for whom, for how long."""

    key: "SigningKey"
    issuer: str
    audience: str
    lifetime: timedelta

    def access_token(self, volunteer_id: UUID, now: datetime) -> str:
        """A fresh access token."""
        # Only who signs in needs cryptography: the worker imports this module, too.
        from shared.access.tokens import mint_access_token  # noqa: PLC0415

        return mint_access_token(
            self.key,
            issuer=self.issuer,
            audience=self.audience,
            subject_id=volunteer_id,
            now=now,
            lifetime=self.lifetime,
        )


async def ask_to_sign_in(tx: Transaction, settings: RegistrySettings, asked: AskToSignIn) -> RegistrationAnswer:
    """Mail a link when the address is known; the answer is the same when it is not."""
    known = await volunteer_contacts.volunteer_of_mail(tx.connection, mail_hash(asked.mail))
    if known is not None:
        await request_mail(tx, settings, *known)
    return MAIL_SENT


async def request_mail(
    tx: Transaction, settings: RegistrySettings, volunteer_id: UUID, status: VolunteerStatus
) -> None:
    """Ask for the mail with a link: one that confirms the address, or, when that was done, one that signs in."""
    await lock_subject(tx, volunteer_id)
    if status is VolunteerStatus.UNCONFIRMED:
        expires_at = tx.now + settings.confirmation_lifetime
        await volunteers.await_confirmation(tx.connection, volunteer_id, expires_at)
        tx.publish(ConfirmationRequested(volunteer_id=volunteer_id, expires_at=expires_at))
    else:
        expires_at = tx.now + settings.sign_in_lifetime
        tx.publish(SignInRequested(volunteer_id=volunteer_id, sign_in_id=new_id(), expires_at=expires_at))


async def lock_by_link(tx: Transaction, link: Link) -> None:
    """Begin to act on a mailed link; whoever was erased since has none any more (`link-expired`)."""
    if await held_or_erased(tx.connection, link.subject_id):
        raise link_expired()


async def redeem_sign_in(
    tx: Transaction, settings: RegistrySettings, mint: TokenMint, link: Link, idempotency_key: str | None
) -> TokensAnswer:
    """Sign in by a mailed link (`link-used`; `link-expired`, also when it went to a former address)."""
    await lock_by_link(tx, link)
    await burn(tx, link, idempotency_key)
    volunteer = await volunteers.volunteer(tx.connection, link.subject_id)
    if volunteer is None or volunteer.status is VolunteerStatus.UNCONFIRMED:
        raise link_expired()
    # A token counts whole seconds.
    asked_before = link.expires_at - settings.sign_in_lifetime + timedelta(seconds=1)
    mail_since = await volunteer_contacts.mail_since(tx.connection, link.subject_id)
    if mail_since is not None and asked_before <= mail_since:
        raise link_expired()
    return await start(tx, mint, link.subject_id)


async def start(tx: Transaction, mint: TokenMint, volunteer_id: UUID) -> TokensAnswer:
    """Sign a volunteer in on a device: a new family of refresh tokens."""
    family_id = new_id()
    ends = tx.now + FAMILY_LIFETIME
    await store.add_family(tx.connection, family_id, volunteer_id, tx.now, ends)
    await take_over(tx, volunteer_id)
    log.info("volunteer-signed-in", volunteer_id=str(volunteer_id), family_id=str(family_id))
    return await _tokens(tx, mint, volunteer_id, family_id, ends)


async def take_over(tx: Transaction, volunteer_id: UUID) -> None:
    """Whoever was told of by an association has proved the address, and the profile is theirs from now on."""
    if not await external_ids.take_over_profile(tx.connection, volunteer_id, tx.now):
        return
    contact = await volunteer_contacts.contact(tx.connection, volunteer_id)
    if contact is not None and contact.mail is not None:
        await volunteer_contacts.lock_address(tx.connection, mail_hash(contact.mail))
        await imported_volunteers.claim_address(tx.connection, volunteer_id)


async def refresh(tx: Transaction, mint: TokenMint, refresh_token: str) -> TokensAnswer:
    """Renew: the token given is used up, a new pair is made.

    Raises
    ------
    RefreshTokenReused
        It was used before; the caller of this handler revokes the family in a transaction of its own.
    Refusal
        `refresh-token-invalid`.
    """
    digest = refresh_token_hash(refresh_token)
    stored = await _locked(tx, digest)
    match use_of(stored, tx.now):
        case Use.REUSED:
            raise RefreshTokenReused(stored.family_id)
        case Use.OVER:
            raise refresh_refused()
    await store.use_token(tx.connection, digest, tx.now)
    return await _tokens(tx, mint, stored.volunteer_id, stored.family_id, stored.family_expires_at)


async def refresh_again(tx: Transaction, mint: TokenMint, refresh_token: str) -> TokensAnswer:
    """Answer the same request again, whose first answer may have been lost, for a short time."""
    stored = await _locked(tx, refresh_token_hash(refresh_token))
    if not repeats_the_request(stored, tx.now):
        raise refresh_refused()
    return await _tokens(tx, mint, stored.volunteer_id, stored.family_id, stored.family_expires_at)


async def revoke(tx: Transaction, family_id: UUID) -> None:
    """End a family: somebody else may hold one of its tokens."""
    await store.revoke_family(tx.connection, family_id, tx.now)
    log.warning("refresh-token-reused", family_id=str(family_id))


async def _locked(tx: Transaction, digest: bytes) -> StoredRefreshToken:
    # First whose it is, then the subject, then the family: an erasure locks in the same order.
    found = await store.token(tx.connection, digest)
    if found is None:
        raise refresh_refused()
    await lock_subject(tx, found.volunteer_id)
    locked = await store.token(tx.connection, digest, lock=True)
    if locked is None:
        raise refresh_refused()
    return locked


async def _tokens(
    tx: Transaction, mint: TokenMint, volunteer_id: UUID, family_id: UUID, family_ends: datetime
) -> TokensAnswer:
    refresh_token = secrets.token_urlsafe(REFRESH_TOKEN_BYTES)
    expires_at = min(tx.now + REFRESH_LIFETIME, family_ends)
    await store.add_token(tx.connection, refresh_token_hash(refresh_token), family_id, tx.now, expires_at)
    return TokensAnswer(
        access_token=mint.access_token(volunteer_id, tx.now),
        expires_in=int(mint.lifetime.total_seconds()),
        refresh_token=refresh_token,
        volunteer_id=volunteer_id,
    )


async def prune_sign_ins(tx: Transaction) -> int:
    """A timer's step: forget sign-ins and tokens that are over."""
    return await store.prune(tx.connection, tx.now, STEP)
