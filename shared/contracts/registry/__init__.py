"""What the registry publishes, by noun."""

from shared.contracts.registry.boundaries import (
    AgreedBoundary,
    Boundary,
    BoundaryAgreed,
    BoundaryDiscussed,
    BoundaryEnded,
    BoundaryProposed,
    BoundaryRevised,
    BoundaryStatus,
    BoundaryTask,
    CarriedBy,
)
from shared.contracts.registry.campaigns import (
    Campaign,
    CampaignCallDue,
    CampaignClosed,
    CampaignOpened,
    CampaignText,
)
from shared.contracts.registry.clearances import ClearanceEnded, ClearanceExpiring, ClearanceRecorded, LegalBasis
from shared.contracts.registry.consents import ConsentGiven, Consents, ConsentWithdrawn, HeldConsent
from shared.contracts.registry.contacts import Contact, ContactRegistered, ContactUpdated, ContactWithdrawn
from shared.contracts.registry.erasures import ErasedRecords, ErasureReceiptDue
from shared.contracts.registry.groups import (
    Group,
    GroupDissolved,
    GroupFormed,
    GroupInvitationRequested,
    GroupSpeakerChanged,
    GroupUpdated,
)
from shared.contracts.registry.members import (
    InvitationRequested,
    Member,
    MemberContactUpdated,
    MemberRegistered,
    Membership,
    MemberUpdated,
    MemberWithdrawn,
)
from shared.contracts.registry.merges import MergeAnnounced, VolunteerMerged, VolunteerRestored
from shared.contracts.registry.organisations import Organisation, OrganisationRegistered, OrganisationUpdated
from shared.contracts.registry.parts import Part
from shared.contracts.registry.places import Place, PlaceRegistered, PlaceUpdated
from shared.contracts.registry.sign_in import ConfirmationRequested, SignInRequested
from shared.contracts.registry.volunteers import (
    Absence,
    AvailablePart,
    SpokenLanguage,
    Volunteer,
    VolunteerContactUpdated,
    VolunteerErased,
    VolunteerRegistered,
    VolunteerUpdated,
)

__all__ = [
    "Absence",
    "AgreedBoundary",
    "AvailablePart",
    "Boundary",
    "BoundaryAgreed",
    "BoundaryDiscussed",
    "BoundaryEnded",
    "BoundaryProposed",
    "BoundaryRevised",
    "BoundaryStatus",
    "BoundaryTask",
    "Campaign",
    "CampaignCallDue",
    "CampaignClosed",
    "CampaignOpened",
    "CampaignText",
    "CarriedBy",
    "ClearanceEnded",
    "ClearanceExpiring",
    "ClearanceRecorded",
    "ConfirmationRequested",
    "ConsentGiven",
    "ConsentWithdrawn",
    "Consents",
    "Contact",
    "ContactRegistered",
    "ContactUpdated",
    "ContactWithdrawn",
    "ErasedRecords",
    "ErasureReceiptDue",
    "Group",
    "GroupDissolved",
    "GroupFormed",
    "GroupInvitationRequested",
    "GroupSpeakerChanged",
    "GroupUpdated",
    "HeldConsent",
    "InvitationRequested",
    "LegalBasis",
    "Member",
    "MemberContactUpdated",
    "MemberRegistered",
    "MemberUpdated",
    "MemberWithdrawn",
    "Membership",
    "MergeAnnounced",
    "Organisation",
    "OrganisationRegistered",
    "OrganisationUpdated",
    "Part",
    "Place",
    "PlaceRegistered",
    "PlaceUpdated",
    "SignInRequested",
    "SpokenLanguage",
    "Volunteer",
    "VolunteerContactUpdated",
    "VolunteerErased",
    "VolunteerMerged",
    "VolunteerRegistered",
    "VolunteerRestored",
    "VolunteerUpdated",
]
