"""A claimed delivery becomes a letter: address, facts, words, and the link's secret, all looked up and made only now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from services.notifications import store
from services.notifications.handlers.telling import is_locked
from services.notifications.links import link
from services.notifications.models import Contact, Delivery, Facts, Letter, RecipientKind
from services.notifications.rendering import languages_for, render, render_entry
from services.notifications.rules.content import FactUnknown, district_of, named, values
from services.notifications.rules.mails import MAILS, PASS_ON, RECEIPT
from services.notifications.rules.recipients import may_read
from shared.access.keys import SigningKey
from shared.contracts.vocabulary import OrganisationStatus

Connection = asyncpg.Connection


class NotYet(Exception):
    """Something is not known here yet; `reason` is a stable code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoLonger(Exception):
    """Nobody is to be told any more; `reason` is a stable code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Stationery:
    """What every letter needs: the key that signs links, where they lead, how long a receipt waits for its address."""

    key: SigningKey
    registry_url: str
    receipt_address_wait: timedelta


async def letter(connection: "Connection[Any]", delivery: Delivery, stationery: Stationery, now: datetime) -> Letter:
    """The letter of a delivery.

    Raises
    ------
    NotYet
        An address or a fact is not in the read models yet.
    NoLonger
        It has expired, the offer is closed, the recipient left the organisation, or that is suspended.
    """
    if delivery.expires_at <= now:
        raise NoLonger("expired")
    mail = MAILS[delivery.mail]
    if await is_locked(connection, delivery.mail, delivery.subject_id, delivery.concerns):
        raise NoLonger("processing-restricted")
    await _require_consent(connection, delivery)
    found = await store.contacts(connection, delivery.recipient, [delivery.subject_id])
    contact = found.get(delivery.subject_id)
    if contact is None:
        if delivery.mail == RECEIPT and now - delivery.created_at >= stationery.receipt_address_wait:
            raise NoLonger("address-gone")
        raise NotYet("address-unknown")
    facts = await _facts(connection, delivery)
    if delivery.concerns is not None:
        await _require_membership(connection, delivery, facts)
    await _require_open_campaign(connection, facts)
    content = _values(delivery, facts, contact.language)
    content["expires_at"] = delivery.expires_at
    if mail.link is not None:
        content["link"] = link(stationery.key, stationery.registry_url, mail.link, delivery, contact.language)
    to_mail = contact.mail_to_confirm if mail.to_new_address else contact.mail
    if to_mail is None:
        try:
            return await _to_member(connection, delivery, contact, content)
        except NotYet:
            if delivery.mail == RECEIPT and now - delivery.created_at >= stationery.receipt_address_wait:
                raise NoLonger("address-gone") from None
            raise
    name = contact.name or ""
    rendered = render(delivery.mail, contact.language, name, content)
    return Letter(
        delivery_id=delivery.delivery_id,
        to_name=name if mail.greets_by_name else "",
        to_mail=to_mail,
        languages=rendered.languages,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        date=delivery.created_at,
    )


async def _to_member(
    connection: "Connection[Any]", delivery: Delivery, volunteer: Contact, content: dict[str, Any]
) -> Letter:
    """What somebody without mail is to be told goes to the member through whom they are reached, to be passed on."""
    mail = MAILS[delivery.mail]
    if mail.to_new_address:
        raise NotYet("address-unknown")
    if mail.link is not None or not mail.passed_on or volunteer.through is None:
        # A link acts for the person: nobody else gets it.
        raise NoLonger("no-address")
    member = (await store.contacts(connection, RecipientKind.MEMBER, [volunteer.through])).get(volunteer.through)
    if member is None or member.mail is None or not await store.memberships(connection, volunteer.through):
        raise NotYet("member-unknown")
    languages = languages_for(PASS_ON, member.language)
    entry = render_entry(delivery.mail, languages[0], content)
    told = {"volunteer": {"name": volunteer.name}, "title": entry.title, "lines": _lines(entry.text)}
    rendered = render(PASS_ON, member.language, member.name or "", told)
    return Letter(
        delivery_id=delivery.delivery_id,
        to_name=member.name or "",
        to_mail=member.mail,
        languages=rendered.languages,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        date=delivery.created_at,
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


async def _require_consent(connection: "Connection[Any]", delivery: Delivery) -> None:
    """A consent that was withdrawn since it was noted stops the mail (Art. 7 (3) DSGVO)."""
    purpose = MAILS[delivery.mail].consent
    if purpose is None:
        return
    held = await store.consents(connection, delivery.subject_id)
    if held is None:
        raise NotYet("consents-unknown")
    if purpose not in held:
        raise NoLonger("not-consented")


async def _facts(connection: "Connection[Any]", delivery: Delivery) -> Facts:
    wanted = named([(delivery.mail, delivery.data)])
    return await store.facts(
        connection,
        offers=wanted.offers,
        courses=wanted.courses,
        organisations=wanted.organisations,
        volunteers=wanted.volunteers,
        members=wanted.members,
        campaigns=wanted.campaigns,
        speakers=wanted.speakers,
    )


async def _require_open_campaign(connection: "Connection[Any]", facts: Facts) -> None:
    """A campaign that was withdrawn, or whose organisation was suspended since, calls nobody."""
    for campaign in facts.campaigns.values():
        if not campaign.is_open:
            raise NoLonger("campaign-closed")
        if await store.organisation_status(connection, campaign.organisation_id) is OrganisationStatus.SUSPENDED:
            raise NoLonger("organisation-suspended")


def _values(delivery: Delivery, facts: Facts, language: str) -> dict[str, Any]:
    if MAILS[delivery.mail].may_be_switched_off and any(not offer.is_open for offer in facts.offers.values()):
        raise NoLonger("offer-closed")
    try:
        return values(delivery.mail, delivery.data, facts, language)
    except FactUnknown as unknown:
        raise NotYet(f"{unknown.fact.value}-unknown") from None


async def _require_membership(connection: "Connection[Any]", delivery: Delivery, facts: Facts) -> None:
    """What is about a volunteer goes to nobody who has left, or lost the role, since; nor to a suspended organisation."""
    if delivery.recipient is not RecipientKind.MEMBER:
        return
    held = await store.memberships(connection, delivery.subject_id)
    if held is None:
        raise NotYet("member-unknown")
    organisation_id = UUID(str(delivery.data["organisation_id"]))
    if not may_read(MAILS[delivery.mail].roles, held, organisation_id, district_of(delivery.data, facts)):
        raise NoLonger("recipient-left")
    match await store.organisation_status(connection, organisation_id):
        case OrganisationStatus.SUSPENDED:
            raise NoLonger("organisation-suspended")
        case OrganisationStatus.REGISTERED | None:
            raise NotYet("organisation-unknown")
