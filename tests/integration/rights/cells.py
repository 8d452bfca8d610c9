"""What each endpoint of the registry is asked about: which thing of a side stands in its path, query and body.

A name in a path is the side's thing of that name. Where an endpoint, or an endpoint in the hands of a role, is about another
thing, ABOUT says so. What the members have themselves is theirs by OWN_OF_STAFF; volunteers who are not the one of the side
are named in ASKED_BY.
"""

from collections.abc import Callable, Mapping
from typing import Any

from shared.contracts.vocabulary import Role
from tests.benchmarks.registry.recipes import RECIPES
from tests.integration.registry.calling import planned
from tests.integration.rights.world import PAPER, TEXT_VERSION, Side, new_key

Body = Callable[[Side, dict[str, Any]], Any]
PLACED = {Role.COORDINATOR: {"volunteer_id": "without_mail"}}
"""Coordinators act for those whom they registered because they have no mail."""

ABOUT: dict[str, dict[str, str] | dict[Role, dict[str, str]]] = {
    "volunteer": PLACED,
    "change-volunteer": PLACED,
    "pause-volunteer": PLACED,
    "return-volunteer": {
        Role.VOLUNTEER: {"volunteer_id": "paused"},
        Role.COORDINATOR: {"volunteer_id": "paused_without_mail"},
    },
    "verify-organisation": {"organisation_id": "to_verify"},
    "ask-for-address": PLACED,
    "leave": PLACED,
    "erase-volunteer": PLACED,
    "consents": PLACED,
    "give-consent": PLACED,
    "withdraw-consent": PLACED,
    "record-guardian-consent": {"volunteer_id": "young"},
    "withdraw-guardian-consent": {"volunteer_id": "cared_for"},
    "restriction": {"subject_id": "restricted"},
    "lift-restriction": {"subject_id": "restricted"},
    "export-person": {"subject_id": "volunteer_id"},
    "support-request": {"request_id": "support_request"},
    "write-support-message": {"request_id": "support_request"},
    "close-support-request": {"request_id": "support_request"},
    "carry-out-person-request": {"request_id": "to_restrict"},
    "correct-person": {"request_id": "to_correct"},
    "submit-campaign": {"campaign_id": "campaign_id"},
    "approve-campaign": {"campaign_id": "submitted"},
    "decline-campaign": {"campaign_id": "submitted"},
    "campaign": {"campaign_id": "called"},
    "withdraw-campaign": {"campaign_id": "called"},
    "answer-call": {"campaign_id": "called"},
    "end-boundary": {"boundary_id": "agreed"},
    "renew-invitation": {"invitation_id": "member_invitation"},
    "revoke-invitation": {"invitation_id": "member_invitation"},
    "agree-to-group": {"group_id": "initiative"},
    "unlink-group": {"group_id": "initiative"},
    "change-membership": {"role": "colleague_role"},
    "withdraw-membership": {"role": "colleague_role"},
}
OWN_OF_STAFF: dict[str, dict[str, str]] = {
    "export-person": {"subject_id": "subject_id"},
    "restriction": {"subject_id": "subject_id"},
    "lift-restriction": {"subject_id": "subject_id"},
    "person-request": {"request_id": "request_id"},
    "withdraw-person-request": {"request_id": "request_id"},
    "withdraw-membership": {"subject_id": "subject_id", "role": "role", "organisation_id": "house"},
    "change-contact": {"contact_id": "contact_id"},
    "confirm-contact": {"contact_id": "contact_id"},
    "looked-after": {"contact_id": "contact_id"},
    "support-request": {"request_id": "support_request"},
    "write-support-message": {"request_id": "support_request"},
    "close-support-request": {"request_id": "support_request"},
}
ASKED_BY: dict[str, str] = {
    "restriction": "restricted",
    "lift-restriction": "restricted",
    "return-volunteer": "paused",
    "erasure": "leaving",
    "links": "imported",
    "agree-to-link": "imported",
    "object-to-link": "imported",
    "leave-group": "other",
    "accept-group-invitation": "twin",
    "refuse-group-invitation": "twin",
    "group-invitations-of-mine": "twin",
    "sign-undertaking": "volunteer_id",
}
VERSIONS: dict[str, tuple[str, str]] = {
    "group_id": ("groups", "group_id"),
    "campaign_id": ("campaigns", "campaign_id"),
    "volunteer_id": ("volunteers", "volunteer_id"),
    "subject_id": ("members", "subject_id"),
    "contact_id": ("contacts", "contact_id"),
    "clearance_id": ("clearances", "clearance_id"),
    "boundary_id": ("boundaries", "boundary_id"),
    "duplicate_id": ("duplicates", "duplicate_id"),
    "merge_id": ("merges", "merge_id"),
    "request_id": ("person_requests", "request_id"),
    "organisation_id": ("organisations", "organisation_id"),
    "topic": ("contact_topics", "topic"),
}
"""Of which row the version is, by the last name in the path; what is not named is in its first version."""

_RECIPES = {recipe.operation: recipe for recipe in RECIPES}


def _consent(purpose: str) -> dict[str, str]:
    return {"purpose": purpose, "text_version": TEXT_VERSION, "language": "de"}


def _side(side: Side) -> dict[str, str]:
    return {"organisation_id": str(side.told["organisation_id"])}


def _proposal(side: Side) -> dict[str, Any]:
    tasks = [{"task": "Begleitung", "carried_by": "staff", **_side(side)}]
    return _side(side) | {
        "responsible_organisation_id": side.told["organisation_id"],
        "tasks": tasks,
        "valid_until": "2027-12-31",
    }


def _campaign(side: Side, _: Any) -> dict[str, Any]:
    told = planned(side.registry, side.told["organisation_id"]) | {"target": {"districts": [side.district]}}
    del told["organisation_id"]
    return told


def _today(side: Side) -> str:
    return side.registry.clock.today().isoformat()


def _inspection(side: Side) -> dict[str, Any]:
    return {"inspected_on": _today(side), "certificate_date": _today(side), "relevant_conviction": False}


BODIES: dict[str, Body] = {
    "propose-boundary": lambda side, _: (
        _proposal(side)
        | {"district": side.district, "kind_of_activity": "sport"}
        | {"other_organisation_id": side.told["other_organisation"]}
    ),
    "revise-boundary": lambda side, _: _proposal(side),
    "agree-to-boundary": lambda side, _: _side(side),
    "end-boundary": lambda side, _: _side(side),
    "comment-on-boundary": lambda side, _: _side(side) | {"text": "Ein Satz."},
    "plan-campaign": lambda side, _: _campaign(side, _) | _side(side),
    "change-campaign": _campaign,
    "publish-contact": lambda side, _: (
        _side(side) | {"district": side.district, "topic": "housing", "name": "Demo", "mail": "demo@example.org"}
    ),
    "change-contact": lambda _side, _: {"languages": ["de", "uk"]},
    "state-duplicate": lambda side, _: {"first_id": side.told["volunteer_id"], "second_id": side.told["other"]},
    "merge-duplicate": lambda side, _: {"survivor_id": side.told["volunteer_id"]},
    "link-group": lambda side, _: _side(side),
    "name-speaker": lambda side, _: {"volunteer_id": side.told["other"]},
    "invite-to-group": lambda side, _: {"mail": f"other.{side.name}@example.org"},
    "change-membership": lambda side, _: {"districts": [side.district]},
    "invite-member": lambda side, _: {
        "name": "Demo", "mail": f"{new_key()[:8]}@example.org", "role": "organisation_admin",
    },
    "register-for-somebody": lambda side, _: {
        "name": "Demo Neu", "postal_code": side.postal_code, "district": side.district, "consent": PAPER,
        "languages": [{"language": "de", "level": "native"}],
    },
    "record-clearance": lambda side, _: (
        _inspection(side)
        | {"volunteer_id": side.told["other"], "legal_basis": "sgb8_72a", "kind_of_activity": "homework_help"}
    ),
    "correct-clearance": lambda side, _: _inspection(side),
    "record-person-request": lambda side, _: {
        "kind": "access", "subject_id": side.told["volunteer_id"], "received_on": _today(side),
        "identity_established": "document_seen", "addressed_to": side.told["organisation_id"],
    },
    "correct-person": lambda _side, _: {"reach_km": 12},
    "give-consent": lambda _side, _: _consent("campaigns"),
    "withdraw-consent": lambda _side, _: {},
    "tell-age-band": lambda _side, _: {"value": "27-39", "text_version": TEXT_VERSION, "language": "de"},
    "record-guardian-consent": lambda _side, _: PAPER,
    "withdraw-guardian-consent": lambda _side, _: {"channel": "paper"},
    "ask-for-support": lambda _side, _: {"topic": "housing", "text": "Eine erfundene Frage."},
    "lift-restriction": lambda _side, _: {"reason": "wish_of_person"},
    "register-person-request": lambda _side, _: {"kind": "portability"},
    "upsert-volunteer": lambda side, _: {
        "name": "Demo Neu", "postal_code": side.postal_code, "district": side.district,
        "mail": f"{new_key()[:8]}@example.org",
        "consent": {"purpose": "processing", "text_version": "2026-01", "given_at": "2026-02-01T10:00:00Z",
                    "channel": "paper", "reference": "Ordner 1"},
    },
    "delete-external-ids": lambda side, _: {"external_ids": [side.told["external_id"]]},
    "upsert-organisation": lambda side, _: {
        "name": "Ortsverein (Demo)", "kind": "initiative", "districts": [side.district],
    },
    "upsert-contact": lambda side, _: {
        "district": side.district, "topic": "housing", "name": "Demo", "mail": "demo@example.org",
    },
    "upsert-member": lambda side, _: {
        "name": "Demo", "mail": f"{new_key()[:8]}@example.org", "role": "coordinator", "districts": [side.district],
    },
}  # fmt: skip
QUERIES: dict[str, Callable[[Side], dict[str, str]]] = {
    "begin-import": lambda side: {"source": side.told["source"], "kind": "volunteers"},
    "imports": _side,
    "changes": _side,
    "needs": lambda side: {"district": side.district},
    "print-clearance-letter": lambda side: {
        "legal_basis": "sgb8_72a", "kind_of_activity": "homework_help", "volunteer_id": side.told["volunteer_id"],
    },
}  # fmt: skip

SHOWN: dict[str, str | dict[Role, str]] = {
    "calls": "called",
    "campaigns": "called",
    "duplicates": "duplicate_id",
    "export-me": "volunteer_id",
    "group-invitations-of-mine": "invitation_id",
    "groups": {Role.VOLUNTEER: "group_id", Role.ORGANISATION_ADMIN: "initiative"},
    "merges-of-mine": "merge_id",
    "own-clearances": "clearance_id",
    "own-contact": "contact_id",
    "own-person-requests": "request_id",
    "own-volunteer": "volunteer_id",
    "links": "link_id",
    "person-requests": "request_id",
    "support-request-list": "support_request",
    "volunteers": "volunteer_id",
}
"""By which thing of a side one sees that a list shows what is the side's."""
SHOWN_OF_STAFF = {
    "own-person-requests": "request_id",
    "export-me": "subject_id",
    "support-request-list": "support_request",
}
SHOWS_COUNTS_OR_TIMES = ("audit-entries", "changes", "imports", "needs")
"""Without a thing's id, or of the organisation that the query names."""


def shown(name: str, side: Side, role: Role) -> str:
    """The id that a list of this side has to hold."""
    if role is not Role.VOLUNTEER and name in SHOWN_OF_STAFF:
        return str(side.own[role][SHOWN_OF_STAFF[name]])
    written = SHOWN[name]
    return str(side.told[written if isinstance(written, str) else written[role]])


def things(name: str, side: Side, role: Role, *, own: bool) -> Mapping[str, Any]:
    """The side's things by the names in the endpoint's path; `own`: those of this member of its staff."""
    found = dict(side.told)
    about: Any = ABOUT.get(name, {})
    about = about.get(role, {}) if about and isinstance(next(iter(about)), Role) else about
    found |= {wanted: side.told[thing] for wanted, thing in about.items()}
    if own and role is not Role.VOLUNTEER:
        mine = side.own.get(role, {})
        found |= {wanted: mine[thing] for wanted, thing in OWN_OF_STAFF.get(name, {}).items() if thing in mine}
    return found


def body(name: str, operation: str, side: Side, told: Mapping[str, Any]) -> Any:
    """What is sent as JSON; None when nothing is."""
    if name in BODIES:
        return BODIES[name](side, dict(told))
    recipe = _RECIPES.get(operation)
    return recipe.body(told, int(new_key()[:6], 16)) if recipe is not None and recipe.body is not None else None
