"""Templates: what an organisation states of an offer again and again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic_core import to_jsonable_python

from services.matching.models.drafts import OfferChange, OfferDraft
from services.matching.models.offers import Offer
from shared.http.models import Line, RequestModel

NOT_KEPT = frozenset(("organisation_id", "status", "template_id", "starts_on", "ends_on"))
"""What belongs to one offer only."""


@dataclass(frozen=True, slots=True)
class Template:
    """`stated`: fields of an `OfferDraft`, as they are sent."""

    template_id: UUID
    version: int
    organisation_id: UUID
    name: str
    stated: Mapping[str, Any]
    created_at: datetime
    changed_at: datetime


class SaveTemplate(RequestModel):
    """What an offer states is kept as a template."""

    offer_id: UUID
    name: Line


class ChangeTemplate(RequestModel):
    """Another name, or what another offer of the organisation states; what is left out stays."""

    name: Line | None = None
    offer_id: UUID | None = None


class FromTemplate(OfferChange):
    """What is different from the template. It is a draft unless it is to be published at once."""

    status: Literal["draft", "published"] = "draft"


def stated_by(offer: Offer) -> dict[str, Any]:
    """What an offer states, as it is sent, without what belongs to it alone."""
    kept = OfferDraft.model_fields.keys() - NOT_KEPT
    stated: dict[str, Any] = to_jsonable_python({name: getattr(offer, name) for name in sorted(kept)})
    return stated


def draft_of(template: Template, told: FromTemplate) -> OfferDraft:
    """A new offer as the template states it, with what is different."""
    different = told.model_dump(mode="json", exclude_unset=True, exclude={"status"})
    if "languages_required" in different:
        different.setdefault("language_levels", [])
    return OfferDraft.model_validate(
        {
            **template.stated,
            **different,
            "organisation_id": template.organisation_id,
            "template_id": template.template_id,
            "status": told.status,
        }
    )
