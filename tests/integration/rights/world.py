"""Two organisations in two districts with one thing of every kind: what is near, and what is far.

Made once, through HTTP, by those who make it in life; ids by the names that paths and bodies have for them.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from shared.access.keys import load_signing_key
from shared.access.tokens import mint_access_token
from shared.contracts.base import EventData
from shared.contracts.vocabulary import Role
from tests.integration.registry.calling import planned
from tests.integration.registry.exchange import Association, imported, ndjson, volunteer_row
from tests.integration.registry.inspecting import Body
from tests.integration.registry.platform import CELLE, GIFHORN, Person, Registry
from tests.support import events
from tests.support.served import AUDIENCE, VOLUNTEER_ISSUER

TEXT_VERSION = "2026-01"
PAPER = {"text_version": TEXT_VERSION, "language": "de", "channel": "paper"}
SEEN = [{"purpose": purpose, "text_version": TEXT_VERSION} for purpose in ("contact_by_organisations", "campaigns")]


@dataclass
class Side:
    """An organisation in its district: who is there, and one thing of every kind."""

    registry: Registry
    name: str
    district: str
    postal_code: str
    staff: dict[Role, Person] = field(default_factory=dict)
    colleague: Person | None = None
    """A second coordinator, whose contact and requests these are not."""
    told: dict[str, Any] = field(default_factory=dict)
    own: dict[Role, dict[str, Any]] = field(default_factory=dict)
    """What concerns the members themselves."""

    @property
    def organisation(self) -> dict[str, Any]:
        return {"organisation_id": self.told["organisation_id"]}

    def person(self, name: str) -> Person:
        """The volunteer of this name, signed in."""
        return signed_in(self.registry, UUID(str(self.told[name])))

    async def post(self, path: str, by: Person, body: object = None, **how: Any) -> Any:
        answer = await self.registry.post(path, by, body, **how)
        assert answer.status_code < 300, f"{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else {}

    async def member(self, role: Role, at: dict[str, Any], by: Person, subject: str | None = None) -> Person:
        """Somebody who was invited to an organisation and came."""
        invited = await self.registry.invite(by, at, role.value, [self.district])
        assert invited.status_code == 202, invited.text
        person = self.registry.staff(f"{self.name}-{subject or role}")
        redeemed = await self.registry.redeem(person)
        assert redeemed.status_code == 200, redeemed.text
        return Person(person.token, UUID(redeemed.json()["subject_id"]))

    async def volunteer(self, called: str, name: str, **told: Any) -> Person:
        """A confirmed volunteer of the district."""
        where = {"postal_code": self.postal_code, "district": self.district}
        mail = f"{called}.{self.name}@example.org"
        person, _ = await self.registry.volunteer(**where | {"mail": mail, "name": f"{name} {self.name}"} | told)
        self.told[called] = str(person.subject_id)
        return person


@dataclass(frozen=True)
class World:
    registry: Registry
    near: Side
    far: Side


def signed_in(registry: Registry, subject_id: UUID) -> Person:
    """A volunteer with a token."""
    settings = registry.settings
    assert settings.signing_key_file is not None
    key = load_signing_key(settings.signing_key_file, settings.mode)
    token = mint_access_token(
        key, issuer=VOLUNTEER_ISSUER, audience=AUDIENCE, subject_id=subject_id, now=registry.clock.now()
    )
    return Person(token, subject_id)


async def made(registry: Registry) -> World:
    """Both sides, and the Land above them."""
    near, far = (
        Side(registry, name, district, postal_code)
        for name, district, postal_code in (("near", CELLE, "29221"), ("far", GIFHORN, "38518"))
    )
    state = await registry.state_admin()
    for side in (near, far):
        await _staff(side, state)
        await _people(side)
        await _contacts(side)
        await _what_they_do(side)
        await _what_the_organisation_does(side)
        await _rights(side)
    for timer in ("look-again-at-contacts", "find-own-contacts", "open-campaigns"):
        await registry.let_timer_run(timer)
    await registry.let_timer_run("call-volunteers")
    for side in (near, far):
        await _what_follows(side)
    return World(registry, near, far)


async def _me(registry: Registry, person: Person) -> Person:
    answer = await registry.get("/me", person)
    return Person(person.token, UUID(answer.json()["subject_id"]))


async def _staff(side: Side, state: Person) -> None:
    registry = side.registry
    admin = registry.staff(f"{side.name}-admin")
    told = {"name": f"Demo-Verein {side.name}", "kind": "initiative", "districts": [side.district]}
    made = await registry.organisation(admin, verified_by=state, **told)
    side.told |= {"organisation_id": made["organisation_id"], "district": side.district, "name": told["name"]}
    admin = await _me(registry, admin)
    side.staff[Role.ORGANISATION_ADMIN] = admin
    for role in (Role.COORDINATOR, Role.TRAINER):
        side.staff[role] = await side.member(role, made, admin)
    side.colleague = await side.member(Role.COORDINATOR, made, admin, "colleague")
    source = f"{side.name}_crm"
    machine = await Association(registry, admin, made["organisation_id"], state).machine(source)
    side.staff[Role.INTEGRATION] = machine
    side.told |= {"source": source, "external_id": "P-1", "kind": "volunteers", "colleague": side.colleague.subject_id}
    authority_admin = registry.staff(f"{side.name}-authority")
    told = {"name": f"Landkreis {side.name} (Demo)", "kind": "district_authority", "districts": [side.district]}
    authority = await registry.organisation(authority_admin, verified_by=state, **told)
    side.staff[Role.DISTRICT_ADMIN] = await side.member(Role.DISTRICT_ADMIN, authority, authority_admin)
    land_admin = registry.staff(f"{side.name}-land")
    told = {"name": f"Landesamt {side.name} (Demo)", "kind": "state_authority", "districts": [side.district]}
    land = await registry.organisation(land_admin, verified_by=state, **told)
    for role in (Role.PRIVACY_OFFICER, Role.STATE_ADMIN):
        side.staff[role] = await side.member(role, land, state)
    houses = dict.fromkeys(side.staff, made) | {Role.DISTRICT_ADMIN: authority}
    houses |= dict.fromkeys((Role.PRIVACY_OFFICER, Role.STATE_ADMIN), land)
    admins = {made["organisation_id"]: admin, authority["organisation_id"]: authority_admin}
    admins[land["organisation_id"]] = land_admin
    side.told["other_organisation"] = authority["organisation_id"]
    for role, person in side.staff.items():
        house = houses[role]["organisation_id"]
        side.own[role] = {"subject_id": str(person.subject_id), "role": role.value, "house": house}
        if role is not Role.INTEGRATION:
            about = {"organisation_id": house, "district": side.district, "topic": "housing", "name": "Demo"}
            # Volunteers are given to the coordinator only.
            capacity = {} if role is Role.COORDINATOR else {"capacity": 0}
            about |= {"subject_id": str(person.subject_id), "languages": ["de"], **capacity}
            published = await side.post("/contacts", admins[house], about)
            side.own[role]["contact_id"] = published["contact_id"]
    side.told["authority_admin"] = authority_admin
    told = {"name": f"Neu {side.name} (Demo)", "kind": "initiative", "districts": [side.district]}
    new = await registry.organisation(registry.staff(f"{side.name}-new"), verified_by=None, **told)
    side.told["to_verify"] = new["organisation_id"]


async def _people(side: Side) -> None:
    registry, coordinator = side.registry, side.staff[Role.COORDINATOR]
    organisation_id = UUID(side.told["organisation_id"])
    offer = events.offer(
        organisation_id=organisation_id,
        coordinator_id=coordinator.subject_id or uuid4(),
        topic="homework_help",
        district=side.district,
    )
    side.told["topic"] = "homework_help"
    elsewhere = events.offer(
        organisation_id=organisation_id,
        coordinator_id=uuid4(),
        topic="homework_help",
        district=GIFHORN if side.district == CELLE else CELLE,
    )
    dealt_elsewhere = await side.volunteer("elsewhere", "Karla Weit", consents=SEEN)
    requested: list[EventData] = [
        *(offer, elsewhere),
        events.placement(
            volunteer_id=dealt_elsewhere.subject_id, organisation_id=organisation_id, offer_id=elsewhere.offer_id
        ),
    ]
    for called, name in (
        ("volunteer_id", "Anna Schmidt"), ("twin", "Schmitt, Anna"), ("other", "Bertold Krug"),
        ("merged", "Clara Vogel"), ("merged_into", "Vogel, Klara"), ("restricted", "Dieter Lang"),
        ("neighbour", "Jan Nachbar"),
    ):  # fmt: skip
        person = await side.volunteer(called, name, consents=SEEN if called != "neighbour" else [])
        placement = events.placement(
            volunteer_id=person.subject_id, organisation_id=organisation_id, offer_id=offer.offer_id
        )
        requested.append(placement)
    await registry.hear(*requested)
    paused = await side.volunteer("paused", "Inge Rast")
    await side.post(f"/volunteers/{paused.subject_id}/pause", paused, {}, version=1)
    leaving = await side.volunteer("leaving", "Emil Haas")
    left = await side.post(f"/volunteers/{leaving.subject_id}/leave", leaving)
    side.told["erasure_id"] = left["erasure_id"]
    without_mail = {
        "name": f"Frieda Ohne {side.name}",
        "postal_code": side.postal_code,
        "district": side.district,
        "languages": [{"language": "de", "level": "native"}],
        "consent": PAPER,
    }
    path = f"/organisations/{side.told['organisation_id']}/volunteers"
    for called in ("without_mail", "paused_without_mail"):
        side.told[called] = (await side.post(path, coordinator, without_mail))["volunteer_id"]
    await side.post(f"/volunteers/{side.told['paused_without_mail']}/pause", coordinator, {}, version=1)
    born = registry.clock.today().replace(year=registry.clock.today().year - 15).isoformat()
    await side.volunteer("young", "Gisela Jung", birth_date=born)
    cared_for = await side.volunteer("cared_for", "Hanno Klein", birth_date=born)
    await side.post(f"/volunteers/{cared_for.subject_id}/guardian-consent", coordinator, PAPER)


async def _contacts(side: Side) -> None:
    admin = side.staff[Role.ORGANISATION_ADMIN]
    side.told["contact_id"] = side.own[Role.COORDINATOR]["contact_id"]
    side.told |= {"subject_id": str(side.told["colleague"]), "colleague_role": "coordinator"}
    invited = await side.registry.invite(admin, side.organisation, "trainer", [side.district])
    assert invited.status_code == 202, invited.text
    side.told["member_invitation"] = (await side.registry.last("invitation-requested"))["invitation_id"]
    path = f"/organisations/{side.told['organisation_id']}/machines"
    told = {"name": "Demo", "source": f"{side.name}_second"}
    side.told["machine_id"] = (await side.post(path, admin, told))["machine_id"]


async def _what_they_do(side: Side) -> None:
    registry, speaker, other = side.registry, side.person("volunteer_id"), side.person("other")
    for called, linked in (("group_id", False), ("initiative", True)):
        formed = await side.post("/groups", speaker, {"name": f"Gruppe {side.name}"})
        side.told[called] = formed["group_id"]
        for invited, person in (("other", other), ("twin", None)):
            mail = {"mail": f"{invited}.{side.name}@example.org"}
            await side.post(f"/groups/{formed['group_id']}/invitations", speaker, mail)
            asked = await registry.last("group-invitation-requested")
            if person is not None:
                await side.post(f"/group-invitations/{asked['invitation_id']}/acceptance", person)
            side.told["invitation_id"] = asked["invitation_id"]
        if linked:
            version = await registry.value("SELECT version FROM groups WHERE group_id = $1", UUID(formed["group_id"]))
            path = f"/groups/{formed['group_id']}/organisation"
            answer = await registry.send("PUT", path, speaker, side.organisation, version=version)
            assert answer.status_code == 200, answer.text
    told = {"text_version": TEXT_VERSION, "language": "de", "value": "yes"}
    await side.post(f"/volunteers/{speaker.subject_id}/characteristics/migration_experience", speaker, told)
    side.told["characteristic"] = "migration_experience"


async def _what_the_organisation_does(side: Side) -> None:
    registry, coordinator, admin = side.registry, side.staff[Role.COORDINATOR], side.staff[Role.ORGANISATION_ADMIN]
    organisation_id = UUID(side.told["organisation_id"])
    inspecting = Body(registry, organisation_id, admin, coordinator)
    side.told["clearance_id"] = (await inspecting.inspected(UUID(side.told["volunteer_id"])))["clearance_id"]
    told = inspecting.told(UUID(side.told["elsewhere"]))
    side.told["clearance_elsewhere"] = (await side.post(inspecting.path, admin, told))["clearance_id"]
    for called, steps in (("campaign_id", 0), ("submitted", 1), ("called", 2)):
        told = planned(registry, organisation_id) | {"target": {"districts": [side.district]}}
        campaign = await side.post("/campaigns", coordinator, told)
        side.told[called] = campaign["campaign_id"]
        for step, by in (("submission", coordinator), ("approval", admin))[:steps]:
            path = f"/campaigns/{campaign['campaign_id']}/{step}"
            campaign = await side.post(path, by, version=campaign["version"])
    authority_id = side.told["other_organisation"]
    for called, kind in (("boundary_id", "homework_help"), ("agreed", "events")):
        tasks = [{"task": "Begleitung", "carried_by": "staff", "organisation_id": str(organisation_id)}]
        told = {"responsible_organisation_id": str(organisation_id), "tasks": tasks, "valid_until": "2027-12-31"}
        told |= {"district": side.district, "kind_of_activity": kind, "organisation_id": str(organisation_id)}
        boundary = await side.post("/boundaries", coordinator, told | {"other_organisation_id": authority_id})
        path = f"/boundaries/{boundary['boundary_id']}/agreement"
        side.told[called] = boundary["boundary_id"]
        if called == "agreed":
            for house, by in ((str(organisation_id), admin), (authority_id, side.told["authority_admin"])):
                await side.post(path, by, {"organisation_id": house}, version=1)
    rows = ndjson([volunteer_row(1) | {"postal_code": side.postal_code, "district": side.district,
                                       "external_id": "P-1", "mail": f"p1.{side.name}@example.org"}])  # fmt: skip
    done = await imported(registry, side.staff[Role.INTEGRATION], "volunteers", rows, source=side.told["source"])
    assert done["created"] == 1, done
    side.told["import_id"] = done["import_id"]
    linked = await registry.last("volunteer-imported")
    side.told |= {"link_id": linked["link_id"], "imported": linked["volunteer_id"]}


async def _rights(side: Side) -> None:
    registry, officer = side.registry, side.staff[Role.PRIVACY_OFFICER]
    restricted = side.person("restricted")
    await side.post("/person-requests", restricted, {"kind": "restriction", "ground": "accuracy_contested"})
    for called, kind in (("request_id", "access"), ("to_correct", "correction")):
        asked = await side.post("/person-requests", side.person("volunteer_id"), {"kind": kind})
        side.told[called] = asked["request_id"]
    told = {"kind": "restriction", "ground": "accuracy_contested", "subject_id": side.told["other"]}
    told |= {"received_on": registry.clock.today().isoformat(), "identity_established": "document_seen"}
    side.told["to_restrict"] = (await side.post("/person-requests/recorded", officer, told))["request_id"]
    told = {"kind": "erasure", "subject_id": side.told["volunteer_id"], "identity_established": "document_seen"}
    told |= {"received_on": registry.clock.today().isoformat()}
    await side.post("/person-requests/recorded", officer, told)
    for role, person in side.staff.items():
        if role is not Role.INTEGRATION:
            asked = await side.post("/person-requests", person, {"kind": "access"})
            side.own[role]["request_id"] = asked["request_id"]


async def _what_follows(side: Side) -> None:
    coordinator = side.staff[Role.COORDINATOR]
    question = {"topic": "housing", "text": "Eine erfundene Frage."}
    for called, who, role in (
        ("support_request", "volunteer_id", Role.COORDINATOR),
        ("asked_of_admin", "other", Role.ORGANISATION_ADMIN),
    ):
        told = question | {"contact_id": side.own[role]["contact_id"]}
        side.told[called] = (await side.post("/support-requests", side.person(who), told))["request_id"]
        side.own[role]["support_request"] = side.told[called]
    for called, first, second in (("duplicate_id", "volunteer_id", "twin"), ("to_merge", "merged_into", "merged")):
        pair = {"first_id": side.told[first], "second_id": side.told[second]}
        side.told[called] = (await side.post("/duplicates", coordinator, pair))["duplicate_id"]
    path = f"/duplicates/{side.told['to_merge']}/merge"
    # As if the rules had found them: a coordinator merges nobody whom they only say to be one.
    async with side.registry.database.transaction() as tx:
        await tx.connection.execute("UPDATE duplicates SET reasons = '{similar_name}'")
    merged = await side.post(path, coordinator, {"survivor_id": side.told["merged_into"]}, version=1)
    side.told["merge_id"] = merged["merge_id"]
    restriction = {"kind": "restriction", "ground": "accuracy_contested"}
    for role, person in side.staff.items():
        if role is not Role.INTEGRATION:
            await side.post("/person-requests", person, restriction)


def new_key() -> str:
    return str(uuid4())
