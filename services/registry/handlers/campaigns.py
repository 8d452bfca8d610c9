"""Campaigns as the staff deals with them: written, submitted, decided on by somebody else, withdrawn; counts, no names."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from services.registry.handlers import audit
from services.registry.models.campaigns import (
    Campaign,
    CampaignAnswer,
    CampaignStatus,
    Count,
    CountAnswer,
    CountsAnswer,
    PlanCampaign,
    Target,
    TargetAnswer,
    TargetInput,
    TextAnswer,
    WriteCampaign,
)
from services.registry.permissions import PERMISSIONS
from services.registry.rules.campaigns import (
    CHANGEABLE,
    OPEN,
    SMALLEST,
    UNDER_WAY,
    check_decision,
    check_period,
    check_status,
    check_under_way,
    ends_at,
    shown_count,
)
from services.registry.rules.members import organisation_not_verified
from services.registry.settings import RegistrySettings
from services.registry.store import campaigns as store
from services.registry.store import organisations as organisations_store
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.contracts.registry import Campaign as PublishedCampaign
from shared.contracts.registry import CampaignClosed, CampaignText
from shared.contracts.vocabulary import OrganisationStatus, Role
from shared.postgres.lists import Asked
from shared.postgres.transaction import Transaction
from shared.runtime.clock import BERLIN
from shared.runtime.errors import Reason, Refusal, not_found, version_mismatch
from shared.runtime.ids import new_id

log = structlog.get_logger()

NOBODY_YET = UUID(int=0)


async def plan(tx: Transaction, caller: Caller, told: PlanCampaign) -> CampaignAnswer:
    """Write a campaign for a verified organisation: a coordinator for their districts, an organisation_admin for all."""
    target = await _checked(tx, caller, told.organisation_id, told)
    campaign = Campaign(
        campaign_id=new_id(),
        version=1,
        organisation_id=told.organisation_id,
        created_by=caller.require_person(),
        created_at=tx.now,
        target=target,
        starts_on=told.starts_on,
        ends_on=told.ends_on,
        texts={language: text.model_dump(mode="json") for language, text in told.texts.items()},
        status=CampaignStatus.DRAFT,
        submitted_by=None,
        decided_by=None,
        decided_at=None,
        after_district="",
        after_volunteer_id=NOBODY_YET,
        counts=dict.fromkeys(store.COUNTED, Count(0, 0)),
        shown={},
        shown_at=None,
    )
    await store.add(tx.connection, campaign)
    log.info("campaign-planned", campaign_id=str(campaign.campaign_id))
    return answer(campaign)


async def _checked(tx: Transaction, caller: Caller, organisation_id: UUID, told: WriteCampaign) -> Target:
    _check_districts(caller, organisation_id, told.target)
    organisation = await organisations_store.organisation(tx.connection, organisation_id, lock=True)
    if organisation is None:
        raise not_found("organisation")
    if organisation.status is not OrganisationStatus.VERIFIED:
        raise organisation_not_verified()
    if not set(told.target.districts) <= set(organisation.districts):
        raise Refusal(
            Reason.INVALID,
            "district-not-of-organisation",
            de="Die Organisation ist in einem dieser Landkreise nicht tätig.",
            en="The organisation is not active in one of these districts.",
        )
    check_period(told.starts_on, told.ends_on, tx.now.astimezone(BERLIN).date())
    return Target(
        districts=tuple(sorted(set(told.target.districts))),
        languages=tuple(sorted(set(told.target.languages))),
        age_bands=tuple(sorted({band.value for band in told.target.age_bands})),
        own_migration_experience=told.target.own_migration_experience,
    )


def _check_districts(caller: Caller, organisation_id: UUID, target: TargetInput) -> None:
    """Of one's own organisation the districts that are told are one's own (`district-not-yours` names those)."""
    own = caller.districts(Role.COORDINATOR, organisation_id=organisation_id)
    for district in target.districts:
        belongs = Belongs(organisation_id=organisation_id, district=district)
        if own and not PERMISSIONS.allows("write-campaign", caller, belongs):
            raise Refusal(
                Reason.INVALID,
                "district-not-yours",
                de=f"Der Aufruf kann nur in Ihren Landkreisen gelten: {', '.join(sorted(own))}.",
                en=f"The call can only be for your own districts: {', '.join(sorted(own))}.",
                districts=sorted(own),
            )
        PERMISSIONS.require("write-campaign", caller, belongs, what="organisation")


def _require_districts(caller: Caller, organisation_id: UUID, target: Target) -> None:
    for district in target.districts:
        belongs = Belongs(organisation_id=organisation_id, district=district)
        PERMISSIONS.require("write-campaign", caller, belongs, what="campaign")


async def change(
    tx: Transaction, caller: Caller, campaign_id: UUID, version: int, told: WriteCampaign
) -> CampaignAnswer:
    """Write a campaign anew that was not submitted, or was declined."""
    campaign = await _locked(tx, caller, "write-campaign", campaign_id, version)
    _require_districts(caller, campaign.organisation_id, campaign.target)
    check_status(campaign.status, CHANGEABLE)
    target = await _checked(tx, caller, campaign.organisation_id, told)
    changed = replace(
        campaign,
        version=version + 1,
        target=target,
        starts_on=told.starts_on,
        ends_on=told.ends_on,
        texts={language: text.model_dump(mode="json") for language, text in told.texts.items()},
        status=CampaignStatus.DRAFT,
    )
    await store.save(tx.connection, changed)
    return answer(changed)


async def submit(
    tx: Transaction, caller: Caller, settings: RegistrySettings, campaign_id: UUID, version: int
) -> CampaignAnswer:
    """Ask for the decision of somebody else."""
    campaign = await _locked(tx, caller, "write-campaign", campaign_id, version)
    _require_districts(caller, campaign.organisation_id, campaign.target)
    check_status(campaign.status, CHANGEABLE)
    check_period(campaign.starts_on, campaign.ends_on, tx.now.astimezone(BERLIN).date())
    await organisations_store.organisation(tx.connection, campaign.organisation_id, lock=True)
    under_way = await store.count_under_way(tx.connection, campaign.organisation_id)
    check_under_way(under_way, settings.campaigns_at_once)
    return await _move(tx, caller, campaign, CampaignStatus.SUBMITTED, submitted_by=caller.require_person())


async def decide(tx: Transaction, caller: Caller, campaign_id: UUID, version: int, *, approve: bool) -> CampaignAnswer:
    """Approve or decline: a second person of the organisation, or the state administration where it must be that."""
    campaign = await _locked(tx, caller, "decide-campaign", campaign_id, version)
    check_status(campaign.status, (CampaignStatus.SUBMITTED,))
    check_decision(
        campaign.target,
        caller.require_person(),
        (campaign.created_by, campaign.submitted_by),
        is_state_admin=caller.has_role(Role.STATE_ADMIN),
    )
    status = CampaignStatus.APPROVED if approve else CampaignStatus.DECLINED
    return await _move(tx, caller, campaign, status, decided_by=caller.require_person(), decided_at=tx.now)


async def withdraw(tx: Transaction, caller: Caller, campaign_id: UUID, version: int) -> CampaignAnswer:
    """Stop a campaign: from the commit on nobody is called any more."""
    campaign = await _locked(tx, caller, "withdraw-campaign", campaign_id, version)
    check_status(campaign.status, CHANGEABLE | UNDER_WAY)
    await store.drop_waiting(tx.connection, campaign_id)
    moved = await _move(tx, caller, campaign, CampaignStatus.WITHDRAWN)
    if campaign.status in OPEN:
        tx.publish(CampaignClosed(**published(replace(campaign, version=moved.version))))
    return moved


async def _move(
    tx: Transaction, caller: Caller, campaign: Campaign, status: CampaignStatus, **changes: Any
) -> CampaignAnswer:
    moved = replace(campaign, version=campaign.version + 1, status=status, **changes)
    await store.save(tx.connection, moved)
    await audit.record(
        tx, caller, status.value, "campaign", campaign.campaign_id, organisation_id=campaign.organisation_id
    )
    log.info("campaign-moved", campaign_id=str(campaign.campaign_id), campaign_status=status.value)
    return answer(moved)


async def _locked(tx: Transaction, caller: Caller, operation: str, campaign_id: UUID, version: int) -> Campaign:
    campaign = _permitted(caller, operation, await store.campaign(tx.connection, campaign_id, lock=True))
    if campaign.version != version:
        raise version_mismatch(campaign.version)
    return campaign


def _permitted(caller: Caller, operation: str, campaign: Campaign | None) -> Campaign:
    belongs = Belongs() if campaign is None else Belongs(organisation_id=campaign.organisation_id)
    PERMISSIONS.require(operation, caller, belongs, what="campaign")
    if campaign is None or (campaign.status is CampaignStatus.DRAFT and campaign.organisation_id not in _own(caller)):
        raise not_found("campaign")
    return campaign


def _own(caller: Caller) -> frozenset[UUID]:
    return caller.organisations(Role.COORDINATOR, Role.ORGANISATION_ADMIN)


async def campaign(connection: Any, caller: Caller, campaign_id: UUID) -> CampaignAnswer:
    """One campaign."""
    return answer(_permitted(caller, "read-campaign", await store.campaign(connection, campaign_id)))


async def campaigns(
    connection: Any,
    caller: Caller,
    asked: Asked,
    *,
    status: CampaignStatus | None,
    organisation_id: UUID | None,
) -> list[CampaignAnswer]:
    """The campaigns of the caller's organisations; for the state administration all that were submitted at some time."""
    caller.require(*PERMISSIONS.rules["read-campaign"])
    sees_all = caller.has_role(Role.STATE_ADMIN)
    found = await store.campaigns(
        connection,
        asked,
        organisation_ids=None if sees_all else _own(caller),
        organisation_id=organisation_id,
        status=status,
        hidden=(CampaignStatus.DRAFT,) if sees_all else None,
    )
    return [answer(each) for each in found]


def published(campaign: Campaign) -> dict[str, Any]:
    """What notifications needs of a campaign: no target group in it."""
    state = PublishedCampaign(
        campaign_id=campaign.campaign_id,
        version=campaign.version,
        organisation_id=campaign.organisation_id,
        texts=tuple(
            CampaignText.model_validate({"language": language, **text}) for language, text in campaign.texts.items()
        ),
        ends_at=ends_at(campaign.ends_on),
    )
    return dict(state)


def renewed(campaign: Campaign, now: datetime) -> Campaign:
    """The campaign with the counts that are shown from now on."""
    shown = {name: shown_count(count, campaign.shown.get(name)) for name, count in campaign.counts.items()}
    return replace(campaign, shown=shown, shown_at=now)


def answer(campaign: Campaign) -> CampaignAnswer:
    """A campaign as the staff sees it."""
    return CampaignAnswer(
        campaign_id=campaign.campaign_id,
        version=campaign.version,
        organisation_id=campaign.organisation_id,
        target=TargetAnswer.model_validate(campaign.target, from_attributes=True),
        starts_on=campaign.starts_on,
        ends_on=campaign.ends_on,
        texts={language: TextAnswer.model_validate(text) for language, text in campaign.texts.items()},
        status=campaign.status,
        decided_at=campaign.decided_at,
        districts_done=_districts_done(campaign),
        counts=_counts(campaign),
    )


def _districts_done(campaign: Campaign) -> int:
    if campaign.status in (CampaignStatus.CALLED, CampaignStatus.ENDED):
        return len(campaign.target.districts)
    return sum(district < campaign.after_district for district in campaign.target.districts)


def _counts(campaign: Campaign) -> CountsAnswer | None:
    if campaign.shown_at is None or not campaign.shown:
        return None
    told = {
        name: CountAnswer(at_least=shown.at_least, fewer_than=SMALLEST if shown.at_least is None else None)
        for name, shown in campaign.shown.items()
    }
    return CountsAnswer(**told, as_of=campaign.shown_at)
