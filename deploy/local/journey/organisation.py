"""The steps of the staff: an organisation with its coordinator and its trainer, their offer and their course."""

from datetime import UTC, datetime, timedelta

from deploy.local.journey.mails import link_of, token_of
from deploy.local.journey.people import Person
from deploy.local.journey.walk import Walk

DISTRICT = "03351"
"""Landkreis Celle."""
POSTAL_CODE = "29221"
PLACES = 2
COURSE_PLACES = 10


def organisation_is_registered_and_verified(walk: Walk) -> None:
    """An organisation introduces itself, the state administration verifies it."""
    admin, suffix = walk.people.organisation_admin, walk.people.suffix
    registered = walk.calls.post(
        admin,
        "registry",
        "/organisations",
        {
            "name": f"Nachbarschaftshilfe Celle {suffix} (Demo)",
            "kind": "welfare_association",
            "districts": [DISTRICT],
            "contact_name": admin.name,
            "contact_mail": admin.mail,
        },
        expected=201,
    )
    walk.organisation_id = registered.json["organisation_id"]
    verified = walk.calls.post(
        walk.people.state_admin,
        "registry",
        f"/organisations/{walk.organisation_id}/verification",
        version=registered.version,
        told="POST /organisations/…/verification",
    )
    walk.expect(verified.json["status"] == "verified", "a verified organisation", verified.json)


def coordinator_and_trainer_are_invited(walk: Walk) -> None:
    """Both get their invitation by mail and redeem it with their staff sign-in."""
    for person, role in ((walk.people.coordinator, "coordinator"), (walk.people.trainer, "trainer")):
        walk.calls.post(
            walk.people.organisation_admin,
            "registry",
            f"/organisations/{walk.organisation_id}/members",
            {"name": person.name, "mail": person.mail, "role": role, "districts": [DISTRICT]},
            expected=202,
            told=f"POST /organisations/…/members ({role})",
        )
        mail = walk.mails.wait_for(person, "Einladung", "registry")
        _redeem(walk, person, token_of(link_of(mail, "/invitations/redemption")))


def _redeem(walk: Walk, person: Person, token: str) -> None:
    person.secrets.append(token)
    page = walk.calls.get(
        None,
        "registry",
        f"/invitations/redemption?token={token}",
        told="GET /invitations/redemption: a page with a button",
    )
    walk.expect("<button" in page.text, "a page with a button", page.text)
    member = walk.calls.post(person, "registry", "/invitations/redemption", {"token": token})
    person.subject_id = member.json["subject_id"]


def offer_is_published(walk: Walk) -> None:
    """Homework help in Celle, Tuesdays 15–17; matching has to know organisation and coordinator first."""
    published = walk.calls.post(
        walk.people.coordinator,
        "matching",
        "/offers",
        {
            "organisation_id": walk.organisation_id,
            "title": f"Hausaufgabenhilfe {walk.people.suffix} (Demo)",
            "description": "Kinder von 8 bis 12 Jahren, in einer Gemeinschaftsunterkunft. Eine erfundene Anzeige.",
            "topic": "homework",
            "district": DISTRICT,
            "postal_code": POSTAL_CODE,
            "weekly": [{"day": "tuesday", "start": "15:00", "end": "17:00"}],
            "languages_welcome": ["uk", "ar"],
            "qualifications": ["basic"],
            "places": PLACES,
            "urgency": 4,
        },
        expected=201,
        not_yet=("forbidden", "organisation-not-verified", "organisation-not-found", "postal-code-unknown"),
        hop=("registry", "organisation and coordinator are known"),
    )
    walk.offer = published.json


def course_is_published(walk: Walk) -> None:
    """A compact course of one session that has just begun, so that attendance can be recorded right away."""
    begin = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=30)
    published = walk.calls.post(
        walk.people.trainer,
        "training",
        "/courses",
        {
            "organisation_id": walk.organisation_id,
            "title": f"Basisqualifizierung {walk.people.suffix} (Demo)",
            "grants": "basic",
            "district": DISTRICT,
            "postal_code": POSTAL_CODE,
            "languages": ["de"],
            "places": COURSE_PLACES,
            "sessions": [{"starts_at": begin.isoformat(), "ends_at": (begin + timedelta(minutes=90)).isoformat()}],
        },
        expected=201,
        not_yet=("forbidden", "organisation-not-verified", "organisation-not-found"),
        hop=("registry", "organisation and trainer are known"),
    )
    walk.course = published.json


def close_offer(walk: Walk) -> None:
    """The coordinator closes the offer: nothing of this run is left open."""
    current = walk.calls.get(None, "matching", f"/offers/{walk.offer['offer_id']}", told="")
    walk.calls.post(
        walk.people.coordinator,
        "matching",
        f"/offers/{walk.offer['offer_id']}/closure",
        version=current.version,
        told="POST /offers/…/closure",
    )
