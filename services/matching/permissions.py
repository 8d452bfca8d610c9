"""Who may do what in matching: the one matrix. What is not in it is denied; what is outside one's scope looks absent."""

from services.matching.models.activities import Activity
from services.matching.models.offers import Offer
from services.matching.models.placements import PlacementView
from services.matching.models.tandems import TandemView
from shared.access.permissions import Belongs, Permissions, Relation
from shared.contracts.vocabulary import Role

PERMISSIONS = Permissions(
    {
        "publish-offer": {Role.COORDINATOR: Relation.COVERED},
        "change-offer": {Role.COORDINATOR: Relation.COVERED, Role.ORGANISATION_ADMIN: Relation.COVERED},
        "close-offer": {Role.COORDINATOR: Relation.COVERED, Role.ORGANISATION_ADMIN: Relation.COVERED},
        "move-offer": {Role.COORDINATOR: Relation.COVERED, Role.ORGANISATION_ADMIN: Relation.COVERED},
        "keep-templates": {Role.COORDINATOR: Relation.COVERED, Role.ORGANISATION_ADMIN: Relation.COVERED},
        "read-coverage": dict.fromkeys(
            (Role.COORDINATOR, Role.ORGANISATION_ADMIN, Role.DISTRICT_ADMIN), Relation.COVERED
        ),
        "plan-shifts": {Role.COORDINATOR: Relation.COVERED, Role.ORGANISATION_ADMIN: Relation.COVERED},
        "keep-activity": {Role.COORDINATOR: Relation.COVERED, Role.ORGANISATION_ADMIN: Relation.COVERED},
        "read-own-offers": {Role.COORDINATOR: Relation.COVERED, Role.ORGANISATION_ADMIN: Relation.COVERED},
        "suggest-volunteers": {Role.COORDINATOR: Relation.COVERED},
        "suggest-offers": {Role.VOLUNTEER: Relation.OWN},
        "request-placement": {Role.VOLUNTEER: Relation.OWN},
        "invite-volunteers": {Role.COORDINATOR: Relation.COVERED},
        "confirm-placement": {Role.COORDINATOR: Relation.COVERED},
        "decline-placement": {Role.VOLUNTEER: Relation.OWN, Role.COORDINATOR: Relation.COVERED},
        "start-placement": {Role.COORDINATOR: Relation.COVERED},
        "suspend-placement": {Role.COORDINATOR: Relation.COVERED},
        "resume-placement": {Role.COORDINATOR: Relation.COVERED},
        "complete-placement": {Role.COORDINATOR: Relation.COVERED},
        "end-placement": {Role.COORDINATOR: Relation.COVERED},
        "find-replacements": {Role.COORDINATOR: Relation.COVERED},
        "withdraw-placement": {Role.VOLUNTEER: Relation.OWN, Role.COORDINATOR: Relation.COVERED},
        "accept-placement": {Role.VOLUNTEER: Relation.OWN},
        "read-placement": {Role.VOLUNTEER: Relation.OWN, Role.COORDINATOR: Relation.COVERED},
        "list-placements": {Role.VOLUNTEER: Relation.OWN, Role.COORDINATOR: Relation.ANY},
        "record-counterpart": {Role.COORDINATOR: Relation.COVERED},
        "read-counterparts": {Role.COORDINATOR: Relation.COVERED},
        "list-counterparts": {Role.COORDINATOR: Relation.COVERED},
        "own-tandem-wishes": {Role.VOLUNTEER: Relation.OWN},
        "propose-tandem": {Role.COORDINATOR: Relation.COVERED},
        "answer-tandem": {Role.VOLUNTEER: Relation.OWN},
        "agree-tandem": {Role.VOLUNTEER: Relation.OWN, Role.COORDINATOR: Relation.COVERED},
        "end-tandem": {Role.VOLUNTEER: Relation.OWN, Role.COORDINATOR: Relation.COVERED},
        "read-tandem": {Role.VOLUNTEER: Relation.OWN, Role.COORDINATOR: Relation.COVERED},
        "list-tandems": {Role.VOLUNTEER: Relation.OWN, Role.COORDINATOR: Relation.ANY},
        "settle-check-in": {Role.COORDINATOR: Relation.COVERED},
        "list-check-ins": {Role.COORDINATOR: Relation.ANY},
        "make-plan": {Role.COORDINATOR: Relation.COVERED, Role.DISTRICT_ADMIN: Relation.COVERED},
        "read-plan": {Role.COORDINATOR: Relation.COVERED, Role.DISTRICT_ADMIN: Relation.COVERED},
        "list-plans": {Role.COORDINATOR: Relation.ANY, Role.DISTRICT_ADMIN: Relation.ANY},
        "list-pairings": {Role.COORDINATOR: Relation.ANY},
        "change-pairing": {Role.COORDINATOR: Relation.COVERED},
        "read-statistics": dict.fromkeys((Role.COORDINATOR, Role.DISTRICT_ADMIN, Role.STATE_ADMIN), Relation.ANY),
        "export-person": dict.fromkeys(Role, Relation.OWN) | {Role.PRIVACY_OFFICER: Relation.ANY},
    },
    even_unverified={"close-offer", "read-own-offers"},
    rights_of_persons={"export-person"},
)
"""`list-counterparts`: narrowed to the caller's districts; `list-tandems`, `list-check-ins`: as `list-placements`.
`list-plans`: one's own. `list-pairings`: narrowed like the list of placements, a district_admin sees no persons.
`list-placements`: a coordinator's list is narrowed to their (organisation, district) pairs by the query itself."""


def activity_belongs(activity: Activity | None) -> Belongs:
    """To whom an entry of the directory belongs; one that does not exist belongs to nobody."""
    return Belongs(activity.organisation_id, activity.district) if activity else Belongs()


def offer_belongs(offer: Offer | None) -> Belongs:
    """To whom an offer belongs; one that does not exist belongs to nobody."""
    return Belongs(organisation_id=offer.organisation_id, district=offer.district) if offer else Belongs()


def placement_belongs(view: PlacementView | None) -> Belongs:
    """To whom a placement belongs: the volunteer, and the organisation for the district of its offer."""
    if view is None:
        return Belongs()
    return Belongs(view.placement.organisation_id, view.district, view.placement.volunteer_id)


def tandem_belongs(view: TandemView | None) -> Belongs:
    """To whom a tandem belongs: the volunteer, and the organisation for the district of its offer."""
    if view is None:
        return Belongs()
    return Belongs(view.tandem.organisation_id, view.district, view.tandem.volunteer_id)
