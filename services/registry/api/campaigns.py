"""Campaigns: for the staff, and the calls that volunteers get of them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.registry.api.access import settings_of
from services.registry.handlers import campaign_calls
from services.registry.handlers import campaigns as handlers
from services.registry.models.campaigns import (
    AnswerCall,
    CallAnswer,
    CampaignAnswer,
    CampaignStatus,
    PlanCampaign,
    WriteCampaign,
)
from shared.http.commands import Command, Query
from shared.http.conditional import ExpectedVersion
from shared.http.listing import CSV, Listed, Listing
from shared.http.paging import Page

router = APIRouter(tags=["campaigns"])

CAMPAIGNS = Listing(
    "campaigns",
    CampaignAnswer,
    {"campaign_id": None},
    key="campaign_id",
    descending=True,
    columns=("campaign_id", "organisation_id", "starts_on", "ends_on", "status", "target", "counts"),
)
CALLS = Listing("calls", CallAnswer, {"called_at": datetime}, key="campaign_id", descending=True)


@router.post("/campaigns", status_code=201, response_model=CampaignAnswer)
async def plan_campaign(body: PlanCampaign, command: Command) -> Response:
    """Write a campaign of a verified organisation (its coordinators for their districts, its organisation_admin)."""
    return await command.run(
        lambda tx, caller: handlers.plan(tx, caller, body),
        status=201,
        location=lambda campaign: f"/campaigns/{campaign.campaign_id}",
    )


@router.get("/campaigns", response_model=Page[CampaignAnswer], responses=CSV)
async def campaigns(
    query: Query,
    listed: Annotated[Listed, Depends(CAMPAIGNS.asked)],
    status: CampaignStatus | None = None,
    organisation_id: UUID | None = None,
) -> Response:
    """The campaigns of my organisations, latest first; for the state administration all but drafts."""
    return await listed.answer(
        query,
        lambda connection, caller, asked: handlers.campaigns(
            connection, caller, asked, status=status, organisation_id=organisation_id
        ),
    )


@router.get("/campaigns/{campaign_id}", response_model=CampaignAnswer)
async def campaign(campaign_id: UUID, query: Query) -> Response:
    """One campaign, with reach and answers as counts from 5 up."""
    return await query.run(lambda connection, caller: handlers.campaign(connection, caller, campaign_id))


@router.put("/campaigns/{campaign_id}", response_model=CampaignAnswer)
async def change_campaign(
    campaign_id: UUID, body: WriteCampaign, command: Command, version: ExpectedVersion
) -> Response:
    """Write it anew, before it is submitted."""
    return await command.run(lambda tx, caller: handlers.change(tx, caller, campaign_id, version, body))


@router.post("/campaigns/{campaign_id}/submission", response_model=CampaignAnswer)
async def submit_campaign(campaign_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Ask for a decision."""
    settings = settings_of(command.state)
    return await command.run(lambda tx, caller: handlers.submit(tx, caller, settings, campaign_id, version))


@router.post("/campaigns/{campaign_id}/approval", response_model=CampaignAnswer)
async def approve_campaign(campaign_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Approve it: another organisation_admin; the state administration when it selects by age or migration experience."""
    return await command.run(lambda tx, caller: handlers.decide(tx, caller, campaign_id, version, approve=True))


@router.post("/campaigns/{campaign_id}/refusal", response_model=CampaignAnswer)
async def decline_campaign(campaign_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Decline it; it can be written anew."""
    return await command.run(lambda tx, caller: handlers.decide(tx, caller, campaign_id, version, approve=False))


@router.post("/campaigns/{campaign_id}/withdrawal", response_model=CampaignAnswer)
async def withdraw_campaign(campaign_id: UUID, command: Command, version: ExpectedVersion) -> Response:
    """Stop it at once."""
    return await command.run(lambda tx, caller: handlers.withdraw(tx, caller, campaign_id, version))


@router.get("/calls", response_model=Page[CallAnswer], responses=CSV)
async def calls(query: Query, listed: Annotated[Listed, Depends(CALLS.asked)]) -> Response:
    """What I was called for, latest first. Calls end with the withdrawal of the consent `campaigns`."""
    return await listed.answer(query, campaign_calls.calls)


@router.put("/calls/{campaign_id}/answer", response_model=CallAnswer)
async def answer_call(campaign_id: UUID, body: AnswerCall, command: Command, version: ExpectedVersion) -> Response:
    """Whether I am interested. The organisation learns only how many are."""
    return await command.run(lambda tx, caller: campaign_calls.answer(tx, caller, campaign_id, version, body.answer))
