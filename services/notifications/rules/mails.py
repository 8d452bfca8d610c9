"""The one list of mails: who gets it, which facts its text needs, whether it carries a link, whether it stands in the inbox.

The name of a mail is the name of its folder in `templates/`.
"""

from dataclasses import dataclass
from enum import StrEnum

from services.notifications.models import RecipientKind
from shared.contracts.vocabulary import Role


class Fact(StrEnum):
    """Something that a text names and a read model knows."""

    OFFER = "offer"
    COURSE = "course"
    ORGANISATION = "organisation"
    VOLUNTEER = "volunteer"
    COORDINATOR = "coordinator"
    CAMPAIGN = "campaign"
    SPEAKER = "speaker"


@dataclass(frozen=True)
class LinkTarget:
    """Where a mailed link leads. `resource` names the entry of the delivery's data whose id the link acts on."""

    purpose: str
    audience: str
    path: str
    resource: str


@dataclass(frozen=True)
class Mail:
    """What is to be known of a mail besides its text."""

    recipient: RecipientKind
    needs: tuple[Fact, ...] = ()
    link: LinkTarget | None = None
    greets_by_name: bool = True
    in_inbox: bool = True
    may_be_switched_off: bool = False
    consent: str | None = None
    """The purpose to which the volunteer has to consent; asked when it is sent, so a withdrawal counts at once."""
    to_new_address: bool = False
    """It goes to an address that is yet to be confirmed."""
    passed_on: bool = True
    """Somebody without mail hears of it through the member by whom they are reached."""
    roles: frozenset[Role] = frozenset()
    """As what a member reads it; none named: whatever they are in the organisation."""
    while_restricted: bool = False
    """Told also while the person's data is only to be stored (Art. 18 DSGVO): what they asked for themselves, and what
    becomes of their rights."""
    in_bulk: bool = False
    """Told to many at once by an import, a campaign, a plan, a timer, and nobody waits for it: sent after what somebody
    waits for."""


_VOLUNTEER = RecipientKind.VOLUNTEER
_MEMBER = RecipientKind.MEMBER
_OFFER = (Fact.OFFER, Fact.ORGANISATION)
_ABOUT = (*_OFFER, Fact.VOLUNTEER)
"""What staff read about a volunteer in an offer."""
_COURSE = (Fact.COURSE, Fact.ORGANISATION)
_COORDINATOR = frozenset((Role.COORDINATOR,))
_CONTACT = frozenset((Role.COORDINATOR, Role.ORGANISATION_ADMIN))

RECEIPT = "erasure-receipt"
PASS_ON = "pass-on"
"""What somebody without mail is to be told, wrapped for the member who tells them."""

MAILS: dict[str, Mail] = {
    # Nobody has proved yet that the address is theirs: a name that a stranger typed is no greeting.
    "registration-confirmation": Mail(
        _VOLUNTEER,
        link=LinkTarget("confirmation", "registry", "/volunteers/confirmation", "volunteer_id"),
        greets_by_name=False,
        in_inbox=False,
    ),
    "sign-in": Mail(
        _VOLUNTEER,
        link=LinkTarget("sign-in", "registry", "/sign-in/redemption", "sign_in_id"),
        greets_by_name=False,
        in_inbox=False,
        while_restricted=True,
    ),
    "invitation": Mail(
        _MEMBER,
        needs=(Fact.ORGANISATION,),
        link=LinkTarget("invitation", "registry", "/invitations/redemption", "invitation_id"),
        in_inbox=False,
    ),
    "address-confirmation": Mail(
        _VOLUNTEER,
        link=LinkTarget("address", "registry", "/volunteers/address", "change_id"),
        greets_by_name=False,
        in_inbox=False,
        to_new_address=True,
        while_restricted=True,
    ),
    # To the address that counts so far: whoever did not ask for another one hears of it before it is lost.
    "address-change-asked": Mail(
        _VOLUNTEER, greets_by_name=False, in_inbox=False, passed_on=False, while_restricted=True
    ),
    "undertaking-due": Mail(_VOLUNTEER, in_bulk=True),
    "offer-suggestion": Mail(
        _VOLUNTEER, needs=_OFFER, may_be_switched_off=True, consent="suggestions_by_mail", in_bulk=True
    ),
    "training-enrolled": Mail(_VOLUNTEER, needs=_COURSE),
    "training-waitlisted": Mail(_VOLUNTEER, needs=_COURSE),
    "training-place-offered": Mail(_VOLUNTEER, needs=_COURSE),
    "training-completed": Mail(_VOLUNTEER, needs=_COURSE),
    "placement-requested-coordinator": Mail(_MEMBER, needs=_ABOUT, roles=_COORDINATOR),
    "placement-requested-volunteer": Mail(_VOLUNTEER, needs=_OFFER),
    "placement-waitlisted": Mail(_VOLUNTEER, needs=_OFFER),
    "placement-offered": Mail(_VOLUNTEER, needs=_OFFER),
    "placement-confirmed-volunteer": Mail(_VOLUNTEER, needs=(*_OFFER, Fact.COORDINATOR)),
    "placement-confirmed-coordinator": Mail(_MEMBER, needs=_ABOUT, roles=_COORDINATOR),
    "placement-declined": Mail(_VOLUNTEER, needs=_OFFER),
    "placement-withdrawn": Mail(_MEMBER, needs=_ABOUT, roles=_COORDINATOR),
    "placement-invited": Mail(_VOLUNTEER, needs=_OFFER, in_bulk=True),
    "invitation-withdrawn": Mail(_VOLUNTEER, needs=_OFFER),
    # Whoever has only been invited has not dealt with the organisation: no name.
    "invitation-declined": Mail(_MEMBER, needs=_OFFER, roles=_COORDINATOR),
    "placement-suspended-volunteer": Mail(_VOLUNTEER, needs=_OFFER),
    "placement-suspended-coordinator": Mail(_MEMBER, needs=_ABOUT, roles=_COORDINATOR),
    "placement-resumed-volunteer": Mail(_VOLUNTEER, needs=_OFFER),
    "placement-resumed-coordinator": Mail(_MEMBER, needs=_ABOUT, roles=_COORDINATOR),
    "placement-completed": Mail(_VOLUNTEER, needs=_OFFER),
    "placement-ended-volunteer": Mail(_VOLUNTEER, needs=_OFFER),
    "placement-ended-coordinator": Mail(_MEMBER, needs=_ABOUT, roles=_COORDINATOR),
    "offer-moved": Mail(_VOLUNTEER, needs=_OFFER),
    "shift-moved": Mail(_VOLUNTEER, needs=_OFFER),
    "shift-cancelled": Mail(_VOLUNTEER, needs=_OFFER),
    "shift-cancelled-coordinator": Mail(_MEMBER, needs=_OFFER, roles=_COORDINATOR),
    "replacements-found": Mail(_MEMBER, needs=_ABOUT, roles=_COORDINATOR),
    "place-vacated": Mail(_MEMBER, needs=_OFFER, roles=_COORDINATOR),
    "group-member-left": Mail(_VOLUNTEER, needs=_OFFER),
    "group-member-left-coordinator": Mail(_MEMBER, needs=_ABOUT, roles=_COORDINATOR),
    "offer-confirmation-due": Mail(_MEMBER, needs=_OFFER, in_bulk=True),
    "offer-boundary-ended": Mail(_MEMBER, needs=_OFFER, in_bulk=True),
    "activity-confirmation-due": Mail(_MEMBER, needs=(Fact.ORGANISATION,), in_bulk=True),
    "tandem-proposed": Mail(_VOLUNTEER, needs=_OFFER),
    "tandem-started": Mail(_MEMBER, needs=_ABOUT, roles=_COORDINATOR),
    "tandem-agreed-volunteer": Mail(_VOLUNTEER, needs=_OFFER),
    "tandem-agreed-coordinator": Mail(_MEMBER, needs=_ABOUT, roles=_COORDINATOR),
    "tandem-ended-volunteer": Mail(_VOLUNTEER, needs=_OFFER),
    "tandem-ended-coordinator": Mail(_MEMBER, needs=_ABOUT, roles=_COORDINATOR),
    "tandem-check-in-due": Mail(_MEMBER, needs=_ABOUT, roles=_COORDINATOR, in_bulk=True),
    "tandem-trial-over-volunteer": Mail(_VOLUNTEER, needs=_OFFER, in_bulk=True),
    "tandem-trial-over-coordinator": Mail(_MEMBER, needs=_ABOUT, roles=_COORDINATOR, in_bulk=True),
    PASS_ON: Mail(_MEMBER, in_inbox=False),
    "clearance-expiring-volunteer": Mail(_VOLUNTEER, needs=(Fact.ORGANISATION,), in_bulk=True),
    "clearance-expiring-member": Mail(_MEMBER, needs=(Fact.ORGANISATION, Fact.VOLUNTEER), in_bulk=True),
    "contact-confirmation-due": Mail(_MEMBER, needs=(Fact.ORGANISATION,), in_bulk=True),
    # The directory names the contact as they want to be named; how they signed in may be another name.
    "own-contact": Mail(_VOLUNTEER, needs=(Fact.ORGANISATION,), in_bulk=True),
    "own-contact-missing": Mail(_VOLUNTEER, in_bulk=True),
    "volunteer-entrusted": Mail(_MEMBER, needs=(Fact.ORGANISATION,), roles=_CONTACT, in_bulk=True),
    "support-request-asked": Mail(_MEMBER, needs=(Fact.ORGANISATION,), roles=_CONTACT),
    "support-request-followed-up": Mail(_MEMBER, needs=(Fact.ORGANISATION,), roles=_CONTACT),
    "support-request-escalated": Mail(_MEMBER, needs=(Fact.ORGANISATION,), roles=_CONTACT),
    "support-request-answered": Mail(_VOLUNTEER, needs=(Fact.ORGANISATION,)),
    "person-request-received": Mail(_VOLUNTEER, while_restricted=True),
    "person-request-extended": Mail(_VOLUNTEER, while_restricted=True),
    "person-request-answered": Mail(_VOLUNTEER, while_restricted=True),
    "person-request-received-member": Mail(_MEMBER, while_restricted=True),
    "person-request-extended-member": Mail(_MEMBER, while_restricted=True),
    "person-request-answered-member": Mail(_MEMBER, while_restricted=True),
    "person-request-due": Mail(_MEMBER, roles=frozenset((Role.PRIVACY_OFFICER,)), in_bulk=True),
    "restriction-ending": Mail(_VOLUNTEER, while_restricted=True, in_bulk=True),
    "restriction-ending-member": Mail(_MEMBER, while_restricted=True, in_bulk=True),
    "campaign-call": Mail(
        _VOLUNTEER,
        needs=(Fact.CAMPAIGN, Fact.ORGANISATION),
        link=LinkTarget("campaign-answer", "registry", "/calls/answer", "campaign_id"),
        consent="campaigns",
        in_bulk=True,
    ),
    "group-invitation": Mail(
        _VOLUNTEER,
        needs=(Fact.SPEAKER,),
        link=LinkTarget("group-invitation", "registry", "/group-invitations/answer", "invitation_id"),
    ),
    "group-speaker": Mail(_VOLUNTEER),
    # The association says that it is their address: nobody has proved it yet, so no name either.
    "volunteer-imported": Mail(
        _VOLUNTEER,
        needs=(Fact.ORGANISATION,),
        link=LinkTarget("link-answer", "registry", "/volunteers/links/answer", "link_id"),
        greets_by_name=False,
        in_inbox=False,
        in_bulk=True,
    ),
    "volunteer-link-requested": Mail(
        _VOLUNTEER,
        needs=(Fact.ORGANISATION,),
        link=LinkTarget("link-answer", "registry", "/volunteers/links/answer", "link_id"),
        in_bulk=True,
    ),
    # To both addresses, also to the one that has no inbox any more.
    "registrations-merged": Mail(_VOLUNTEER, in_inbox=False),
    "registrations-restored": Mail(_VOLUNTEER, in_inbox=False),
    RECEIPT: Mail(_VOLUNTEER, in_inbox=False, while_restricted=True),
}
