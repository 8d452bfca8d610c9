"""Calling the volunteers of a campaign's target group, and their answers.

Promises: nobody is called twice for a campaign, also when a process is killed between any two instructions (the call, its
event and how far the step came commit together); nobody more often a month than the settings allow, over all campaigns;
nobody without the consent to be called, and none by a characteristic without the consent to that; what the campaigner
learns of it are the counts of `rules/campaigns.py`.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers import consents
from services.registry.handlers.campaigns import NOBODY_YET, published, renewed
from services.registry.handlers.sign_in import lock_by_link
from services.registry.models.campaigns import Answer, CallAnswer, Campaign, CampaignStatus
from services.registry.models.consents import Purpose
from services.registry.permissions import PERMISSIONS
from services.registry.rules.campaigns import MONTH, OPEN, call_due, check_status, ends_at, midnight, next_district
from services.registry.settings import RegistrySettings
from services.registry.store import campaigns as store
from shared.access.callers import Caller
from shared.access.links import Link, burn, link_expired
from shared.access.permissions import Belongs
from shared.contracts.registry import CampaignCallDue, CampaignClosed, CampaignOpened
from shared.postgres.lists import Asked
from shared.postgres.subjects import lock_subject
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import not_found, version_mismatch

log = structlog.get_logger()

TOPIC = "registry.campaigns"
STEP = 200
"""So many volunteers are locked and called in one step."""
PRUNED_AT_ONCE = 1000


async def open_campaigns(tx: Transaction) -> int:
    """A timer's step: the period of an approved campaign begins."""
    campaign = await store.next_to_open(tx.connection, tx.now.astimezone(BERLIN).date())
    if campaign is None:
        return 0
    opened = replace(campaign, version=campaign.version + 1, status=CampaignStatus.CALLING, shown_at=tx.now)
    await store.save(tx.connection, opened)
    tx.publish(CampaignOpened(**published(opened)))
    log.info("campaign-opened", campaign_id=str(campaign.campaign_id))
    return 1


async def call_volunteers(tx: Transaction, settings: RegistrySettings) -> int:
    """A timer's step: look at the next volunteers of one campaign's districts, and call those of the target group."""
    if not await store.may_call(tx.connection):
        return 0
    campaign = await store.next_to_call(tx.connection)
    if campaign is None:
        return 0
    district = next_district(campaign.target, campaign.after_district)
    if district is None:
        await store.save(tx.connection, replace(campaign, version=campaign.version + 1, status=CampaignStatus.CALLED))
        log.info("campaign-called", campaign_id=str(campaign.campaign_id))
        return 1
    after = campaign.after_volunteer_id if district == campaign.after_district else NOBODY_YET
    looked_at = await store.volunteers_after(tx.connection, district, after, STEP)
    due = await _due(tx, campaign, settings, looked_at)
    made = await store.add_calls(tx.connection, campaign.campaign_id, due, tx.now)
    await _announce(tx, campaign, made.called)
    if len(looked_at) == STEP:
        campaign = replace(campaign, after_district=district, after_volunteer_id=looked_at[-1])
    else:
        # Behind this district and before the next one, whatever its key is.
        campaign = replace(campaign, after_district=f"{district}~", after_volunteer_id=NOBODY_YET)
    await store.save(tx.connection, campaign)
    return 1


async def call_later(tx: Transaction, settings: RegistrySettings) -> int:
    """A timer's step: volunteers whose month was full are looked at again."""
    if not await store.may_call(tx.connection):
        return 0
    campaign = await store.next_with_calls_due(tx.connection, tx.now)
    if campaign is None:
        return 0
    waiting = await store.calls_due(tx.connection, campaign.campaign_id, tx.now, STEP)
    due = await _due(tx, campaign, settings, waiting)
    made = await store.make_put_off_calls(tx.connection, campaign.campaign_id, due, tx.now)
    await store.drop_waiting(tx.connection, campaign.campaign_id, [each for each in waiting if each not in due])
    await _announce(tx, campaign, made.called)
    return len(waiting)


async def _due(
    tx: Transaction, campaign: Campaign, settings: RegistrySettings, volunteer_ids: list[UUID]
) -> dict[UUID, Any]:
    """Who of these is to be called, and when. Locked first, looked at then: whoever was erased meanwhile is not there."""
    await store.lock_subjects(tx.connection, volunteer_ids)
    over = ends_at(campaign.ends_on)
    due = {}
    for aim in await store.aims(tx.connection, campaign.target, volunteer_ids, tx.now - MONTH):
        at = call_due(aim, tx.now, over, settings.campaign_calls_a_month)
        if at is not None:
            due[aim.volunteer_id] = at
    return due


async def _announce(tx: Transaction, campaign: Campaign, called: list[UUID]) -> None:
    if not called:
        return
    await store.count_called(tx.connection, campaign.campaign_id, called)
    over = ends_at(campaign.ends_on)
    for volunteer_id in called:
        tx.publish(CampaignCallDue(volunteer_id=volunteer_id, campaign_id=campaign.campaign_id, expires_at=over))
    log.info("campaign-calls-due", campaign_id=str(campaign.campaign_id))


async def renew_counts(tx: Transaction) -> int:
    """A timer's step: once a day what is shown of a campaign follows what is true, as far as it may."""
    campaign = await store.next_to_show(tx.connection, midnight(tx.now))
    if campaign is None:
        return 0
    await store.save(tx.connection, renewed(campaign, tx.now))
    return 1


async def end_campaigns(tx: Transaction) -> int:
    """A timer's step: a period is over; what was not decided on by then never was."""
    campaign = await store.next_to_end(tx.connection, tx.now.astimezone(BERLIN).date())
    if campaign is None:
        return 0
    await store.drop_waiting(tx.connection, campaign.campaign_id)
    ended = replace(renewed(campaign, tx.now), version=campaign.version + 1, status=CampaignStatus.ENDED)
    await store.save(tx.connection, ended)
    if campaign.status in OPEN:
        tx.publish(CampaignClosed(**published(ended)))
    log.info("campaign-ended", campaign_id=str(campaign.campaign_id))
    return 1


async def forget(tx: Transaction, settings: RegistrySettings) -> int:
    """A timer's step: who was called, some time after the end; and the campaigns of which nobody reads any more."""
    today = tx.now.astimezone(BERLIN).date()
    before = today - timedelta(days=settings.campaign_calls_kept_days)
    forgotten = await store.prune_calls(tx.connection, before, PRUNED_AT_ONCE)
    before = today - timedelta(days=settings.campaigns_kept_days)
    campaigns = await store.forget(tx.connection, before, PRUNED_AT_ONCE)
    for campaign_id in campaigns:
        tx.bury(TOPIC, campaign_id)
    return forgotten + len(campaigns)


async def answer(tx: Transaction, caller: Caller, campaign_id: UUID, version: int, told: Answer) -> CallAnswer:
    """A volunteer answers a call, or answers otherwise than before."""
    PERMISSIONS.require("answer-call", caller, Belongs(person=caller.subject_id), what="call")
    volunteer_id = caller.require_person()
    await lock_subject(tx, volunteer_id)
    await _answer(tx, campaign_id, volunteer_id, told, version)
    shown = await store.own_call(tx.connection, campaign_id, volunteer_id)
    if shown is None:
        raise not_found("call")
    return shown


async def answer_by_link(tx: Transaction, link: Link, idempotency_key: str | None, told: Answer | None) -> None:
    """The same through the mailed link; None: no calls of any campaign any more (`link-used`, `link-expired`)."""
    await lock_by_link(tx, link)
    await burn(tx, link, idempotency_key)
    if told is None:
        await consents.withdraw(tx, link.subject_id, Purpose.CAMPAIGNS)
        await store.drop_waiting_of(tx.connection, link.subject_id)
        return
    if link.resource is None:
        raise link_expired()
    await _answer(tx, link.resource, link.subject_id, told, None)


async def _answer(tx: Transaction, campaign_id: UUID, volunteer_id: UUID, told: Answer, version: int | None) -> None:
    # The campaign first, as the steps that call do.
    campaign = await store.campaign(tx.connection, campaign_id, lock=True)
    call = await store.call(tx.connection, campaign_id, volunteer_id)
    if campaign is None or call is None:
        raise not_found("call")
    if version is not None and call.version != version:
        raise version_mismatch(call.version)
    check_status(campaign.status, OPEN)
    if call.answer is told:
        return
    if call.answer is not None:
        await store.count_answer(tx.connection, campaign_id, volunteer_id, call.answer, -1)
    await store.count_answer(tx.connection, campaign_id, volunteer_id, told, 1)
    await store.save_answer(tx.connection, campaign_id, volunteer_id, told, tx.now)


async def calls(connection: Any, caller: Caller, asked: Asked) -> list[CallAnswer]:
    """What the caller was called for."""
    PERMISSIONS.require("answer-call", caller, Belongs(person=caller.subject_id), what="call")
    return await store.own_calls(connection, asked, caller.require_person())
