"""Single things told by external ids: organisations under an association, their members and contacts, volunteers."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.integration.registry.exchange import Association, association, imported, ndjson, rows_of, volunteer_row
from tests.integration.registry.platform import CELLE, GIFHORN, Person, Registry

ORGANISATION: dict[str, Any] = {"name": "Demo-Ortsverein", "kind": "initiative", "districts": [CELLE]}
MEMBER: dict[str, Any] = {
    "name": "Demo Kraft",
    "mail": "kraft@example.org",
    "role": "coordinator",
    "districts": [CELLE],
}
CONTACT: dict[str, Any] = {
    "district": CELLE,
    "topic": "funding",
    "languages": ["de"],
    "name": "Demo Kontakt",
    "mail": "kontakt@example.org",
}


@pytest.fixture
async def at(registry: Registry) -> Association:
    return await association(registry)


@pytest.fixture
async def machine(at: Association) -> Person:
    return await at.machine("crm")


async def put(
    registry: Registry, person: Person, kind: str, external_id: str, body: object, source: str = "crm"
) -> httpx.Response:
    return await registry.send("PUT", f"/exchange/{source}/{kind}/{external_id}", person, body)


async def outcome(registry: Registry, person: Person, kind: str, external_id: str, body: object) -> str:
    answer = await put(registry, person, kind, external_id, body)
    return str(answer.json()["outcome"] if answer.status_code == 200 else answer.json()["code"])


async def sub_organisation(registry: Registry, at: Association, machine: Person, external_id: str = "OV-1") -> str:
    """A verified organisation under the association; our id of it."""
    assert await outcome(registry, machine, "organisations", external_id, ORGANISATION) == "created"
    found = (await registry.get(f"/exchange/crm/organisations/{external_id}", machine)).json()
    path = f"/organisations/{found['id']}/verification"
    assert (await registry.post(path, at.state_admin, version=1)).status_code == 200
    return str(found["id"])


async def test_an_organisation_is_registered_under_the_association_and_repeated_without_effect(
    registry: Registry, at: Association, machine: Person
) -> None:
    assert await outcome(registry, machine, "organisations", "OV/1", ORGANISATION) == "created"
    told = await registry.last("organisation-registered")
    assert (told["umbrella_id"], told["status"]) == (at.organisation_id, "registered")
    path = f"/organisations/{told['organisation_id']}"
    narrowed = {"umbrella_id": at.organisation_id}
    assert not (await registry.get("/exchange/crm/organisations/OV/1", machine)).json()["is_confirmed"]
    listed = (await registry.get("/organisations", at.admin, **narrowed)).json()["items"]
    assert [each["organisation_id"] for each in listed] == [told["organisation_id"]]
    assert (await registry.get(path, at.admin)).status_code == 200
    stranger = (await association(registry, "other")).admin
    assert (await registry.get("/organisations", stranger, **narrowed)).json()["items"] == []
    assert (await registry.get(path, stranger)).status_code == 404
    before = len(await registry.announced())
    assert await outcome(registry, machine, "organisations", "OV/1", ORGANISATION) == "unchanged"
    assert len(await registry.announced()) == before
    changed = ORGANISATION | {"districts": [CELLE, GIFHORN]}
    assert await outcome(registry, machine, "organisations", "OV/1", changed) == "updated"
    assert (await registry.last("organisation-updated"))["districts"] == [GIFHORN, CELLE]
    authority = ORGANISATION | {"kind": "district_authority"}
    assert await outcome(registry, machine, "organisations", "OV/2", authority) == "kind-not-by-import"
    assert (
        await outcome(registry, machine, "organisations", "OV/2", ORGANISATION | {"districts": ["00000"]})
        == "district-unknown"
    )
    told = ORGANISATION | {"districts": ["00000"], "contact_name": "Demo", "contact_mail": "demo@example.org"}
    elsewhere = (await registry.post("/organisations", registry.staff("nobody"), told)).json()
    assert (elsewhere["code"], "00000" in elsewhere["detail"]) == ("district-unknown", True)


async def test_what_was_verified_is_not_exchanged_for_something_else(
    registry: Registry, at: Association, machine: Person
) -> None:
    await sub_organisation(registry, at, machine)
    for change in (
        {"name": "Etwas anderes"}, {"kind": "church"}, {"districts": [GIFHORN]}, {"legal_profile": "kdg"}
    ):  # fmt: skip
        refused = await outcome(registry, machine, "organisations", "OV-1", ORGANISATION | change)
        assert refused == "only-the-state-administration"


async def test_the_law_of_an_organisation_is_told_until_it_is_verified_and_stays_when_it_is_not_told(
    registry: Registry, at: Association, machine: Person
) -> None:
    async def law() -> Any:
        return await registry.value("SELECT legal_profile FROM organisations WHERE umbrella_id IS NOT NULL")

    assert await outcome(registry, machine, "organisations", "OV-1", ORGANISATION) == "created"
    assert await law() == "gdpr"
    for told, expected in (({"legal_profile": "kdg"}, "kdg"), ({}, "kdg"), ({"legal_profile": "gdpr"}, "gdpr")):
        assert await outcome(registry, machine, "organisations", "OV-1", ORGANISATION | told) == "updated"
        assert await law() == expected
    found = (await registry.get("/exchange/crm/organisations/OV-1", machine)).json()
    path = f"/organisations/{found['id']}"
    version = (await registry.get(path, at.state_admin)).json()["version"]
    assert (await registry.post(f"{path}/verification", at.state_admin, version=version)).status_code == 200
    church = {"legal_profile": "dsg_ekd"}
    changed = await registry.send("PATCH", path, at.state_admin, church, version=version + 1)
    assert changed.status_code == 200, changed.text
    assert await outcome(registry, machine, "organisations", "OV-1", ORGANISATION) == "updated"
    assert await law() == "dsg_ekd"


async def test_under_a_suspended_organisation_nothing_is_changed_by_its_association(
    registry: Registry, at: Association, machine: Person
) -> None:
    organisation_id = await sub_organisation(registry, at, machine)
    contact = CONTACT | {"organisation": "OV-1"}
    assert await outcome(registry, machine, "contacts", "K-1", contact) == "created"
    path = f"/organisations/{organisation_id}/suspension"
    assert (await registry.post(path, at.state_admin, version=2)).status_code == 200
    before = len(await registry.announced())
    for kind, external_id, row, code in (
        ("contacts", "K-1", contact | {"name": "Demo Anders"}, "organisation-not-verified"),
        ("contacts", "K-2", contact, "organisation-not-verified"),
        ("members", "M-1", MEMBER | {"organisation": "OV-1"}, "organisation-suspended"),
        ("organisations", "OV-1", ORGANISATION | {"legal_profile": "kdg"}, "only-the-state-administration"),
    ):
        assert await outcome(registry, machine, kind, external_id, row) == code
    assert len(await registry.announced()) == before
    assert await outcome(registry, machine, "contacts", "K-3", CONTACT) == "created"


async def test_a_member_is_invited_once_and_bound_when_they_redeem(
    registry: Registry, at: Association, machine: Person
) -> None:
    organisation_id = await sub_organisation(registry, at, machine)
    body = MEMBER | {"organisation": "OV-1"}
    assert await outcome(registry, machine, "members", "M-1", body) == "created"
    invited = await registry.last("invitation-requested")
    assert (invited["organisation_id"], invited["role"]) == (organisation_id, "coordinator")
    assert await outcome(registry, machine, "members", "M-1", body) == "unchanged"
    assert await outcome(registry, machine, "members", "M-1", body | {"name": "Demo Neu"}) == "updated"
    assert len(await registry.announced("invitation-requested")) == 1
    worker = registry.staff("worker")
    assert (await registry.redeem(worker)).status_code == 200
    contact = body | {"name": "Demo Neu", "mail": "neu@example.org"}
    assert await outcome(registry, machine, "members", "M-1", contact) == "updated"
    assert (await registry.last("member-contact-updated"))["mail"] == "neu@example.org"
    trainer = contact | {"role": "trainer"}
    assert await outcome(registry, machine, "members", "M-1", trainer) == "updated"
    assert await outcome(registry, machine, "members", "M-1", trainer) == "unchanged"
    told = await registry.last("member-updated")
    assert [(each["organisation_id"], each["role"]) for each in told["memberships"]] == [(organisation_id, "trainer")]
    assert len(await registry.announced("invitation-requested")) == 1
    # Of two roles nobody knows which one is meant.
    await registry.value(
        """UPDATE members SET memberships = memberships || jsonb_build_array(
            jsonb_set(memberships -> 0, '{role}', '"organisation_admin"')) WHERE subject_id = $1""",
        told["subject_id"],
    )
    assert await outcome(registry, machine, "members", "M-1", contact) == "role-held-already"
    # The only organisation_admin stays one.
    await registry.value(
        "UPDATE members SET memberships = jsonb_build_array(memberships -> 1) WHERE subject_id = $1",
        told["subject_id"],
    )
    assert await outcome(registry, machine, "members", "M-1", contact) == "last-organisation-admin"
    assert (await registry.last("member-updated"))["version"] == told["version"]


async def test_a_machine_never_widens_its_own_reach(registry: Registry, at: Association, machine: Person) -> None:
    await sub_organisation(registry, at, machine)
    for role in ("organisation_admin", "state_admin", "district_admin", "integration", "privacy_officer", "volunteer"):
        assert await outcome(registry, machine, "members", "M-1", MEMBER | {"role": role}) == "role-not-by-import"
    below = MEMBER | {"role": "organisation_admin", "organisation": "OV-1"}
    assert await outcome(registry, machine, "members", "M-2", below) == "created"
    elsewhere = MEMBER | {"organisation": "somebody-elses"}
    assert await outcome(registry, machine, "members", "M-3", elsewhere) == "organisation-not-found"
    # Not by the ordinary way either.
    assert (await registry.invite(machine, {"organisation_id": at.organisation_id}, "trainer")).status_code == 403


async def test_who_gives_up_their_last_role_is_not_brought_back(
    registry: Registry, at: Association, machine: Person
) -> None:
    organisation_id = await sub_organisation(registry, at, machine)
    row = MEMBER | {"organisation": "OV-1"}
    assert await outcome(registry, machine, "members", "M-1", row) == "created"
    worker = registry.staff("worker")
    me = (await registry.redeem(worker)).json()
    role = f"/members/{me['subject_id']}/memberships/{organisation_id}/{row['role']}"
    left = await registry.send("DELETE", role, worker, version=me["version"])
    assert left.status_code == 200, left.text
    assert await outcome(registry, machine, "members", "M-1", row) == "suppressed"


async def test_whoever_is_told_under_two_ids_has_both_roles(
    registry: Registry, at: Association, machine: Person
) -> None:
    first = await sub_organisation(registry, at, machine)
    worker = registry.staff("worker")
    for external_id, role in (("M-1", "coordinator"), ("M-2", "trainer")):
        row = MEMBER | {"organisation": "OV-1", "role": role}
        assert await outcome(registry, machine, "members", external_id, row) == "created"
        redeemed = await registry.redeem(worker)
        assert redeemed.status_code == 200, redeemed.text
    roles = redeemed.json()["memberships"]
    assert {(each["organisation_id"], each["role"]) for each in roles} == {(first, "coordinator"), (first, "trainer")}
    # The row of one role goes: the other stays, and so does the person.
    assert (await registry.send("DELETE", "/exchange/crm/members/M-1", machine)).status_code == 204
    left = (await registry.announced("member-updated"))[-1].data or {}
    assert [(each["organisation_id"], each["role"]) for each in left["memberships"]] == [(first, "trainer")]
    assert (await registry.get("/exchange/crm/members/M-2", machine)).status_code == 200


async def test_a_machine_redeems_no_invitation_and_nobody_invites_one(
    registry: Registry, at: Association, machine: Person
) -> None:
    await registry.invite(at.admin, {"organisation_id": at.organisation_id}, "coordinator")
    refused = await registry.redeem(machine)
    assert (refused.status_code, refused.json()["code"]) == (409, "identity-in-use")
    invited = await registry.invite(at.admin, {"organisation_id": at.organisation_id}, "integration")
    assert (invited.status_code, invited.json()["code"]) == (422, "machine-not-by-mail")


async def test_a_contact_is_published_changed_and_not_brought_back(
    registry: Registry, at: Association, machine: Person
) -> None:
    assert await outcome(registry, machine, "contacts", "K-1", CONTACT) == "created"
    assert await outcome(registry, machine, "contacts", "K-1", CONTACT) == "unchanged"
    assert await outcome(registry, machine, "contacts", "K-1", CONTACT | {"phone": "05141 1"}) == "updated"
    assert await outcome(registry, machine, "contacts", "K-1", CONTACT | {"district": GIFHORN}) == "another-contact"
    assert await outcome(registry, machine, "contacts", "K-2", CONTACT | {"topic": "moon"}) == "topic-unknown"
    assert (
        await outcome(registry, machine, "contacts", "K-2", CONTACT | {"member": "M-9"}) == "no-member-of-organisation"
    )
    contact_id = (await registry.get("/exchange/crm/contacts/K-1", machine)).json()["id"]
    assert (await registry.send("DELETE", f"/contacts/{contact_id}", at.admin, version=2)).status_code < 300
    assert await outcome(registry, machine, "contacts", "K-1", CONTACT | {"phone": "05141 2"}) == "ended-here"
    assert await registry.value("SELECT count(*) FROM contacts") == 0


async def test_a_volunteer_needs_proof_of_their_consent(registry: Registry, machine: Person) -> None:
    """Art. 7 (1) DSGVO: whoever processes must be able to show that the person consented."""
    body = {name: value for name, value in volunteer_row(1).items() if name != "external_id"}
    for part in body["consent"]:
        lacking = {**body, "consent": {n: v for n, v in body["consent"].items() if n != part}}
        answer = await put(registry, machine, "volunteers", "P-1", lacking)
        assert answer.status_code == 422, part
    future = {**body, "consent": body["consent"] | {"given_at": "2099-01-01T00:00:00Z"}}
    assert await outcome(registry, machine, "volunteers", "P-1", future) == "consent-in-the-future"
    other = {**body, "consent": body["consent"] | {"purpose": "campaigns"}}
    assert (await put(registry, machine, "volunteers", "P-1", other)).status_code == 422
    assert await outcome(registry, machine, "volunteers", "P-1", body) == "created"
    entry = await registry.value(
        "SELECT to_jsonb(c) || to_jsonb(p) FROM consents c, consent_proofs p WHERE c.purpose = 'processing'"
    )
    assert (entry["decision"], entry["reference"], entry["text_version"]) == ("given", "Ordner 0, Blatt 1", "2025-11")
    linked = (await registry.get("/exchange/crm/volunteers/P-1", machine)).json()
    assert not linked["is_confirmed"]
    assert linked["id"] != str(await registry.value("SELECT volunteer_id FROM volunteers"))


async def test_nobody_speaks_in_the_name_of_somebody_elses_source(registry: Registry, machine: Person) -> None:
    other = await association(registry, "other")
    stranger = await other.machine("elsewhere")
    assert await outcome(registry, machine, "contacts", "K-1", CONTACT) == "created"
    answer = await put(registry, stranger, "contacts", "K-1", CONTACT)
    assert (answer.status_code, answer.json()["code"]) == (404, "source-not-found")
    assert (await registry.get("/exchange/crm/contacts/K-1", stranger)).status_code == 404
    # The same id in another source system is another thing.
    assert (await put(registry, stranger, "contacts", "K-1", CONTACT, "elsewhere")).json()["outcome"] == "created"


async def test_files_of_every_kind_are_taken_over_and_change_nothing_the_second_time(
    registry: Registry, at: Association, machine: Person
) -> None:
    await sub_organisation(registry, at, machine)
    files = {
        "organisations": [ORGANISATION | {"external_id": f"OV-{n}"} for n in range(2, 40)],
        "members": [
            MEMBER | {"external_id": f"M-{n}", "organisation": "OV-1", "mail": f"m{n}@example.org"} for n in range(30)
        ],
        "contacts": [CONTACT | {"external_id": f"K-{n}", "topic": "nothing" if n == 3 else "sport"} for n in range(30)],
    }
    for kind, rows in files.items():
        done = await imported(registry, machine, kind, ndjson(rows))
        refused = await rows_of(registry, machine, done, outcome="refused")
        assert (done["created"], len(refused)) == (len(rows) - len(refused), 1 if kind == "contacts" else 0), refused
        before = len(await registry.announced())
        again = await imported(registry, machine, kind, ndjson(rows))
        assert again["unchanged"] == done["created"]
        assert len(await registry.announced()) == before


async def test_invitations_by_file_are_bounded_by_the_day_and_go_on_the_next(
    registry: Registry, at: Association, machine: Person
) -> None:
    registry.settings = registry.settings.model_copy(update={"imported_invitations_per_day": 3})
    rows = ndjson(MEMBER | {"external_id": f"M-{n}", "mail": f"m{n}@example.org"} for n in range(5))
    done = await imported(registry, machine, "members", rows)
    assert (done["created"], done["refused"]) == (3, 2)
    assert (await imported(registry, machine, "members", rows))["created"] == 0
    registry.clock.advance(timedelta(hours=25))
    assert (await imported(registry, machine, "members", rows))["created"] == 2
