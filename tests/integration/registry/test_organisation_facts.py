"""Organisations change, belong to umbrella associations, work under a law on data protection, and are listed."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.registry.platform import CELLE, GIFHORN, Person, Registry


async def change(registry: Registry, person: Person, organisation: dict[str, Any], **told: Any) -> Any:
    path = f"/organisations/{organisation['organisation_id']}"
    return await registry.send("PATCH", path, person, told, version=organisation["version"])


async def test_its_admin_changes_what_was_not_verified_yet(registry: Registry) -> None:
    admin = registry.staff("admin-1")
    organisation = await registry.organisation(admin)
    changed = await change(
        registry, admin, organisation, name="Demo-Verein Neu", kind="church", legal_profile="kdg", districts=[GIFHORN]
    )
    assert changed.status_code == 200, changed.text
    facts = changed.json()
    assert (facts["name"], facts["kind"], facts["legal_profile"], facts["districts"], facts["version"]) == (
        "Demo-Verein Neu",
        "church",
        "kdg",
        [GIFHORN],
        2,
    )
    event = await registry.last("organisation-updated")
    assert (event["name"], event["legal_profile"], event["version"]) == ("Demo-Verein Neu", "kdg", 2)
    before = len(await registry.announced())
    assert (await change(registry, admin, facts, name="Demo-Verein Neu")).json()["version"] == 2
    assert len(await registry.announced()) == before
    assert (await change(registry, admin, organisation, name="Zu spät")).status_code == 412
    assert (await change(registry, registry.staff("stranger"), facts, name="Fremd")).status_code == 403


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        ({"name": "Ganz anders"}, ["name"]),
        ({"kind": "municipality"}, ["kind"]),
        ({"legal_profile": "kdg"}, ["legal_profile"]),
        ({"districts": [CELLE, GIFHORN]}, ["districts"]),
        ({"name": "Demo-Verein Celle"}, None),
    ],
)
async def test_what_was_verified_stays_until_the_state_administration_changes_it(
    registry: Registry, told: dict[str, Any], fields: list[str] | None
) -> None:
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    organisation = await registry.organisation(admin, verified_by=state)
    answer = await change(registry, admin, organisation, **told)
    if fields is None:
        assert answer.status_code == 200
        return
    assert (answer.status_code, answer.json()["code"]) == (409, "verified-facts-fixed")
    assert answer.json()["details"]["fields"] == fields
    assert (await change(registry, state, organisation, **told)).status_code == 200


async def test_who_leaves_a_district_has_nobody_responsible_there(registry: Registry) -> None:
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    organisation = await registry.organisation(admin, verified_by=state, districts=[CELLE, GIFHORN])
    await registry.invite(admin, organisation, "coordinator")
    coordinator = registry.staff("coordinator-1")
    await registry.redeem(coordinator)
    assert (await change(registry, admin, organisation, districts=[CELLE])).status_code == 200
    for person in (admin, coordinator):
        (held,) = (await registry.get("/me", person)).json()["roles"]
        assert held["districts"] == [CELLE]
    told = [event.data for event in await registry.announced("member-updated")]
    assert [data["memberships"][0]["districts"] for data in told if data] == [[CELLE], [CELLE]]


async def test_an_organisation_belongs_to_a_verified_umbrella(registry: Registry) -> None:
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    umbrella = await registry.organisation(registry.staff("umbrella"), name="Dachverband", verified_by=state)
    member = await registry.organisation(admin, umbrella_id=umbrella["organisation_id"])
    assert member["umbrella_id"] == umbrella["organisation_id"]
    assert (await registry.last("organisation-registered"))["umbrella_id"] == umbrella["organisation_id"]
    listed = await registry.get("/organisations", admin, umbrella_id=umbrella["organisation_id"])
    assert [item["organisation_id"] for item in listed.json()["items"]] == [member["organisation_id"]]
    left = await change(registry, admin, member, umbrella_id=None)
    assert left.json()["umbrella_id"] is None
    unverified = await registry.organisation(registry.staff("other"))
    for unknown in (unverified["organisation_id"], str(uuid4())):
        refused = await change(registry, admin, left.json(), umbrella_id=unknown)
        assert (refused.status_code, refused.json()["code"]) == (422, "umbrella-unknown")


async def test_umbrellas_make_no_circle_even_when_two_are_closed_at_once(registry: Registry) -> None:
    state = await registry.state_admin()
    one, other = [
        await registry.organisation(registry.staff(name), name=name, verified_by=state) for name in ("one", "other")
    ]
    answers = await asyncio.gather(
        change(registry, state, one, umbrella_id=other["organisation_id"]),
        change(registry, state, other, umbrella_id=one["organisation_id"]),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "umbrella-in-a-circle"}


async def test_a_public_body_works_under_the_gdpr(registry: Registry) -> None:
    """Art. 91 DSGVO, § 3 KDG, § 2 DSG-EKD: the churches' law binds the churches' own bodies only."""
    admin = registry.staff("admin-1")
    body = {
        "name": "Demo-Gemeinde",
        "kind": "municipality",
        "districts": [CELLE],
        "legal_profile": "kdg",
        "contact_name": "Demo",
        "contact_mail": "demo@example.org",
    }
    refused = await registry.post("/organisations", admin, body)
    assert (refused.status_code, refused.json()["code"]) == (422, "legal-profile-not-for-this-kind")
    assert (await registry.post("/organisations", admin, body | {"legal_profile": "gdpr"})).status_code == 201


@pytest.mark.parametrize(
    ("profile", "law", "months", "authority"),
    [
        ("gdpr", "DSGVO", 1, "Der Landesbeauftragte für den Datenschutz Niedersachsen"),
        ("kdg", "KDG", 1, "Katholische Datenschutzaufsicht Nord"),
        ("dsg_ekd", "DSG-EKD", 3, "Der Beauftragte für den Datenschutz der EKD"),
    ],
)
async def test_the_law_switches_notice_period_and_authority(
    registry: Registry, profile: str, law: str, months: int, authority: str
) -> None:
    """Art. 12(3) DSGVO and § 14(3) KDG one month, § 16(3) DSG-EKD three; Art. 77 DSGVO, § 48 KDG, § 46 DSG-EKD."""
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    organisation = await registry.organisation(admin, legal_profile=profile)
    path = f"/organisations/{organisation['organisation_id']}"
    assert (await registry.get(f"{path}/data-protection")).status_code == 404
    await registry.post(f"{path}/verification", state, version=1)
    found = (await registry.get(f"{path}/data-protection")).json()
    assert law in found["law"]
    assert (found["answer_months"], found["authority"]["name"]) == (months, authority)
    for notice in (found["notice_de"], found["notice_en"]):
        assert authority in notice and "Demo-Verein Celle" in notice and law in notice.replace("GDPR", "DSGVO")


async def test_the_list_is_sorted_as_people_sort_and_found_by_words(registry: Registry) -> None:
    state = await registry.state_admin()
    admin = registry.staff("admin-1")
    for name in ("Zebra", "Übersee-Hilfe", "apfelbaum", "Straßenfest", "Ärztehaus", "Strasse 1"):
        await registry.organisation(admin, name=name, kind="initiative", verified_by=state)

    async def names(**narrowed: str) -> list[str]:
        items = (await registry.get("/organisations", None, kind="initiative", **narrowed)).json()["items"]
        return [item["name"] for item in items]

    by_name = ["apfelbaum", "Ärztehaus", "Strasse 1", "Straßenfest", "Übersee-Hilfe", "Zebra"]
    assert await names() == by_name
    assert await names(sort="-name") == by_name[::-1]
    assert await names(sort="registered_at") == [
        "Zebra", "Übersee-Hilfe", "apfelbaum", "Straßenfest", "Ärztehaus", "Strasse 1",
    ]  # fmt: skip
    assert await names(words="strasse") == ["Strasse 1", "Straßenfest"]
    assert await names(words="hilfe ubersee") == ["Übersee-Hilfe"]
    assert await names(words="'; DROP TABLE organisations --") == []
    paged: list[str] = []
    cursor: dict[str, str] = {}
    while len(paged) < 10:
        page = (await registry.get("/organisations", None, kind="initiative", limit="1", **cursor)).json()
        paged += [item["name"] for item in page["items"]]
        if not page["next"]:
            break
        cursor = {"cursor": page["next"]}
    assert paged == by_name
    file = await registry.get("/organisations", None, kind="initiative", format="csv")
    assert [line.split(";")[2] for line in file.text.splitlines()[1:]] == by_name
    assert file.headers["content-type"] == "text/csv; charset=utf-8"


async def test_the_file_shows_no_more_than_the_list(registry: Registry) -> None:
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    await registry.organisation(admin, name="Noch nicht bestätigt")
    for person, seen in ((None, False), (registry.staff("other"), False), (admin, True), (state, True)):
        file = await registry.get("/organisations", person, format="csv")
        assert ("Noch nicht bestätigt" in file.text) is seen


async def test_in_a_suspended_organisation_roles_give_nothing_but_keeping_house(registry: Registry) -> None:
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    organisation = await registry.organisation(admin, verified_by=state)
    path = f"/organisations/{organisation['organisation_id']}"
    contact = {"organisation_id": organisation["organisation_id"], "district": CELLE, "topic": "language"}
    contact |= {"name": "Demo", "mail": "demo@example.org", "postal_code": "29221", "languages": ["de"]}
    contact |= {"office_hours": [{"day": "monday", "start": "10:00", "end": "12:00"}]}
    assert (await registry.post(f"{path}/suspension", state, version=2)).status_code == 200
    refused = await registry.post("/contacts", admin, contact)
    assert (refused.status_code, refused.json()["code"]) == (409, "organisation-not-verified")
    assert (await registry.get(f"{path}/members", admin)).status_code == 200
    assert (await registry.get(path, admin)).json()["status"] == "suspended"
    unchanged = await change(registry, admin, organisation | {"version": 3}, name="Neu")
    assert unchanged.json()["code"] == "organisation-suspended-unchanged"
    assert (await registry.post(f"{path}/verification", state, version=3)).json()["status"] == "verified"
    assert (await registry.post("/contacts", admin, contact)).status_code == 201


async def test_the_state_administration_does_not_decide_on_itself(registry: Registry) -> None:
    state = await registry.state_admin()
    authority = (await registry.get("/organisations", state, kind="state_authority")).json()["items"][0]
    path = f"/organisations/{authority['organisation_id']}/suspension"
    refused = await registry.post(path, state, version=1)
    assert (refused.status_code, refused.json()["code"]) == (403, "own-organisation")
