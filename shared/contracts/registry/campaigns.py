"""Campaigns: calls to volunteers for a purpose. Two topics that only notifications may read.

Whom a campaign is for (languages, age band, own migration experience, district) is in no event; who is called is told
to nobody but notifications.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.contracts.base import EventData, StateData, contract
from shared.contracts.registry.parts import Part
from shared.contracts.vocabulary import LanguageCode, Title

Paragraph = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class CampaignText(Part):
    """What a campaign says in one language: a line and some paragraphs of plain text."""

    language: LanguageCode
    subject: Title
    paragraphs: tuple[Paragraph, ...] = Field(min_length=1, max_length=20)


class Campaign(StateData):
    campaign_id: UUID
    organisation_id: UUID
    texts: tuple[CampaignText, ...] = Field(min_length=1, max_length=12)
    """One for each language, German among them."""
    ends_at: datetime
    """Until then it can be answered."""


@contract("campaign-opened", topic="registry.campaigns", key="campaign_id")
class CampaignOpened(Campaign):
    """It was approved and its period has begun: volunteers are being called."""


@contract("campaign-closed", topic="registry.campaigns", key="campaign_id")
class CampaignClosed(Campaign):
    """Over, or withdrawn: nobody is called any more. The texts stay for those who were."""


@contract("campaign-call-due", topic="registry.campaign-calls", key="volunteer_id", person="volunteer_id")
class CampaignCallDue(EventData):
    """A volunteer is to be told of a campaign, once."""

    volunteer_id: UUID
    campaign_id: UUID
    expires_at: datetime
