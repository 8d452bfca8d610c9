"""Organisations are registered, verified, suspended; their people are invited, and leave."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from tests.integration.registry.platform import CELLE, GIFHORN, Person, Registry


async def test_whoever_registers_an_organisation_becomes_its_admin(registry: Registry) -> None:
    admin = registry.staff("admin-1")
    assert (await registry.get("/me", admin)).json() == {"kind": "member", "subject_id": None, "roles": []}
    organisation = await registry.organisation(admin)
    assert (organisation["status"], organisation["version"]) == ("registered", 1)
    me = (await registry.get("/me", admin)).json()
    (role,) = me["roles"]
    assert (role["role"], role["organisation_id"]) == ("organisation_admin", organisation["organisation_id"])
    assert [e.type for e in await registry.announced()] == [
        "organisation-registered",
        "member-registered",
        "member-contact-updated",
    ]
    member = await registry.last("member-registered")
    assert (member["issuer"], member["subject"], member["subject_id"]) == (
        "https://sign-in.example",
        "admin-1",
        me["subject_id"],
    )


async def test_one_identity_is_one_subject_however_many_organisations_at_once(registry: Registry) -> None:
    admin = registry.staff("admin-1")
    await asyncio.gather(*(registry.organisation(admin, name=f"Demo {n}") for n in range(5)))
    assert await registry.value("SELECT count(*) FROM members") == 1
    assert await registry.value("SELECT version FROM members") == 5
    assert await registry.value("SELECT jsonb_array_length(memberships) FROM members") == 5


async def test_the_state_administration_verifies_and_suspends(registry: Registry) -> None:
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    organisation = await registry.organisation(admin)
    path = f"/organisations/{organisation['organisation_id']}"
    assert (await registry.get(path)).status_code == 404
    assert (await registry.get(path, admin)).status_code == 200
    assert (await registry.post(f"{path}/verification", admin, version=1)).status_code == 403
    assert (await registry.post(f"{path}/verification", state)).status_code == 428
    assert (await registry.post(f"{path}/verification", state, version=2)).status_code == 412
    answer = await registry.post(f"{path}/verification", state, version=1)
    assert (answer.json()["status"], answer.headers["etag"]) == ("verified", '"2"')
    assert (await registry.get(path)).status_code == 200
    again = await registry.post(f"{path}/verification", state, version=2)
    assert (again.status_code, again.json()["code"]) == (409, "organisation-status-unchanged")
    assert (await registry.post(f"{path}/suspension", state, version=2)).json()["status"] == "suspended"
    assert (await registry.last("organisation-updated"))["version"] == 3
    assert (await registry.get(path)).status_code == 404


async def test_lists_show_the_verified_ones_own_ones_and_all_to_the_state(registry: Registry) -> None:
    state, admin, other = await registry.state_admin(), registry.staff("admin-1"), registry.staff("admin-2")
    await registry.organisation(admin, name="A")
    await registry.organisation(other, name="B")
    await registry.organisation(other, name="C", verified_by=state, districts=[GIFHORN])

    async def names(person: Person | None = None, **parameters: str) -> list[str]:
        answer = await registry.get("/organisations", person, **parameters)
        return sorted(item["name"] for item in answer.json()["items"])

    assert await names() == ["C", "Land (Demo)"]
    assert await names(admin) == ["A", "C", "Land (Demo)"]
    assert await names(state) == ["A", "B", "C", "Land (Demo)"]
    assert await names(state, status="registered") == ["A", "B"]
    assert await names(None, district=GIFHORN) == ["C", "Land (Demo)"]
    first = (await registry.get("/organisations", state, limit="3")).json()
    rest = (await registry.get("/organisations", state, limit="3", cursor=first["next"])).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (3, 1, None)


async def test_a_coordinator_is_invited_redeems_and_is_told_to_everybody(registry: Registry) -> None:
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    organisation = await registry.organisation(admin, verified_by=state, districts=[CELLE, GIFHORN])
    invited = await registry.invite(admin, organisation, "coordinator", [CELLE])
    assert invited.status_code == 202, invited.text
    contact = await registry.last("member-contact-updated")
    asked = await registry.last("invitation-requested")
    assert contact["subject_id"] == asked["subject_id"]
    assert "mitglied@example.org" not in str(asked)
    coordinator = registry.staff("coordinator-1")
    token = await registry.invitation_link()
    answer = await registry.redeem(coordinator, token, key="redeem-once")
    assert answer.status_code == 200, answer.text
    assert answer.json()["subject_id"] == asked["subject_id"]
    member = await registry.last("member-registered")
    assert member["memberships"] == [
        {"organisation_id": organisation["organisation_id"], "role": "coordinator", "districts": [CELLE]}
    ]
    assert (await registry.redeem(coordinator, token, key="redeem-once")).content == answer.content
    assert (await registry.redeem(registry.staff("thief"), token)).json()["code"] == "link-used"
    listed = await registry.get(f"/organisations/{organisation['organisation_id']}/members", admin)
    assert sorted((item["name"], item["memberships"][0]["role"]) for item in listed.json()["items"]) == [
        ("Demo Mitglied", "coordinator"),
        ("Demo Verwaltung", "organisation_admin"),
    ]


async def test_a_member_who_redeems_another_invitation_keeps_their_subject_id(registry: Registry) -> None:
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    organisation = await registry.organisation(admin, verified_by=state)
    subject_id = (await registry.get("/me", admin)).json()["subject_id"]
    await registry.invite(admin, organisation, "trainer")
    invited_id = (await registry.last("invitation-requested"))["subject_id"]
    answer = await registry.redeem(admin)
    assert answer.json()["subject_id"] == subject_id != invited_id
    assert (await registry.last("member-updated"))["version"] == 2
    buried = (await registry.announced("tombstone"))[-1]
    assert (buried.topic, buried.key) == ("registry.member-contacts", invited_id)
    assert await registry.value("SELECT count(*) FROM member_contacts WHERE subject_id = $1", UUID(invited_id)) == 0


async def test_an_invitation_cannot_be_redeemed_by_a_volunteer_or_nobody(registry: Registry) -> None:
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    organisation = await registry.organisation(admin, verified_by=state)
    await registry.invite(admin, organisation, "coordinator")
    volunteer, _ = await registry.volunteer()
    assert (await registry.redeem(volunteer)).status_code == 403
    asked = await registry.last("invitation-requested")
    body = {"token": registry.link("invitation", asked["subject_id"], asked["invitation_id"])}
    assert (await registry.post("/invitations/redemption", None, body)).status_code == 401


@pytest.mark.parametrize(
    ("role", "districts", "verified", "status", "code"),
    [
        ("coordinator", [CELLE], False, 409, "organisation-not-verified"),
        ("organisation_admin", [], False, 202, None),
        ("coordinator", ["03159"], True, 422, "district-not-of-organisation"),
        ("state_admin", [], True, 422, "role-not-in-this-kind"),
        ("district_admin", [], True, 422, "role-not-in-this-kind"),
        ("volunteer", [], True, 422, "role-not-for-members"),
    ],
)
async def test_who_may_be_invited_to_what(
    registry: Registry, role: str, districts: list[str], verified: bool, status: int, code: str | None
) -> None:
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    organisation = await registry.organisation(admin, verified_by=state if verified else None)
    answer = await registry.invite(admin, organisation, role, districts)
    assert (answer.status_code, answer.json().get("code")) == (status, code)


async def test_only_the_state_administration_gives_and_takes_its_own_roles(registry: Registry) -> None:
    state = await registry.state_admin()
    admin = registry.staff("admin-1")
    authority = await registry.organisation(admin, kind="state_authority", verified_by=state)
    refused = await registry.invite(admin, authority, "privacy_officer")
    assert (refused.status_code, refused.json()["code"]) == (403, "role-from-state-admin-only")
    assert (await registry.invite(state, authority, "privacy_officer")).status_code == 202
    officer = (await registry.redeem(registry.staff("officer-1"))).json()
    path = f"/members/{officer['subject_id']}/memberships/{authority['organisation_id']}/privacy_officer"
    assert (await registry.send("DELETE", path, admin, version=1)).status_code == 403
    assert (await registry.send("DELETE", path, state, version=1)).status_code == 200


async def test_other_organisations_are_not_found(registry: Registry) -> None:
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    await registry.organisation(admin)
    other = await registry.organisation(registry.staff("admin-2"), verified_by=state)
    assert (await registry.invite(admin, other, "coordinator")).status_code == 404
    assert (await registry.get(f"/organisations/{other['organisation_id']}/members", admin)).status_code == 404
    assert (await registry.post(f"/organisations/{uuid4()}/verification", state, version=1)).status_code == 404


async def test_a_role_is_withdrawn_and_the_last_admin_stays(registry: Registry) -> None:
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    organisation = await registry.organisation(admin, verified_by=state)
    await registry.invite(admin, organisation, "coordinator")
    coordinator = registry.staff("coordinator-1")
    subject_id = (await registry.redeem(coordinator)).json()["subject_id"]
    path = f"/members/{subject_id}/memberships/{organisation['organisation_id']}/coordinator"
    assert (await registry.send("DELETE", path, admin)).status_code == 428
    assert (await registry.send("DELETE", path, admin, version=7)).status_code == 412
    answer = await registry.send("DELETE", path, coordinator, version=1)
    assert (answer.status_code, answer.json()["memberships"]) == (200, [])
    assert await registry.last("member-withdrawn") == {"subject_id": subject_id, "version": 2}
    assert (await registry.get("/me", coordinator)).json()["roles"] == []
    own = (await registry.get("/me", admin)).json()["subject_id"]
    path = f"/members/{own}/memberships/{organisation['organisation_id']}/organisation_admin"
    stays = await registry.send("DELETE", path, admin, version=1)
    assert (stays.status_code, stays.json()["code"]) == (409, "last-organisation-admin")


async def test_an_organisation_does_not_learn_what_a_member_is_elsewhere(registry: Registry) -> None:
    state, admin, other = await registry.state_admin(), registry.staff("admin-1"), registry.staff("admin-2")
    here = await registry.organisation(admin, verified_by=state)
    elsewhere = await registry.organisation(other, verified_by=state)
    person = registry.staff("trainer-1")
    for by, organisation, role in (
        (admin, here, "trainer"),
        (admin, here, "coordinator"),
        (other, elsewhere, "trainer"),
    ):
        await registry.invite(by, organisation, role)
        subject_id = (await registry.redeem(person)).json()["subject_id"]
    path = f"/members/{subject_id}/memberships/{here['organisation_id']}"
    answer = await registry.send("DELETE", f"{path}/coordinator", admin, version=3)
    assert [(m["organisation_id"], m["role"]) for m in answer.json()["memberships"]] == [
        (here["organisation_id"], "trainer")
    ]
    answer = await registry.send("DELETE", f"{path}/trainer", person, version=4)
    assert [m["organisation_id"] for m in answer.json()["memberships"]] == [elsewhere["organisation_id"]]


async def test_nobody_verifies_an_organisation_of_their_own(registry: Registry) -> None:
    state = await registry.state_admin()
    own = await registry.organisation(state)
    path = f"/organisations/{own['organisation_id']}/verification"
    refused = await registry.post(path, state, version=1)
    assert (refused.status_code, refused.json()["code"]) == (403, "own-organisation")
    assert (await registry.get(f"/organisations/{own['organisation_id']}")).status_code == 404


async def test_an_address_does_not_get_any_number_of_invitations(registry: Registry) -> None:
    answers = []
    for number in range(6):
        admin = registry.staff(f"admin-{number}")
        organisation = await registry.organisation(admin)
        answers.append(await registry.invite(admin, organisation, "organisation_admin"))
    assert [answer.status_code for answer in answers] == [202] * 5 + [429]


async def test_two_admins_who_leave_at_once_do_not_leave_nobody(registry: Registry) -> None:
    admin, second = registry.staff("admin-1"), registry.staff("admin-2")
    organisation = await registry.organisation(admin)
    await registry.invite(admin, organisation, "organisation_admin")
    await registry.redeem(second)
    paths = [
        (
            person,
            f"/members/{(await registry.get('/me', person)).json()['subject_id']}"
            f"/memberships/{organisation['organisation_id']}/organisation_admin",
        )
        for person in (admin, second)
    ]
    answers = await asyncio.gather(*(registry.send("DELETE", path, person, version=1) for person, path in paths))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_with_the_last_role_everything_about_a_member_goes(registry: Registry) -> None:
    """Art. 17(1)(a) DSGVO: what is no longer necessary is erased."""
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    organisation = await registry.organisation(admin, verified_by=state)
    coordinator = registry.staff("coordinator-1")
    await registry.invite(admin, organisation, "coordinator")
    subject_id = (await registry.redeem(coordinator)).json()["subject_id"]
    path = f"/members/{subject_id}/memberships/{organisation['organisation_id']}/coordinator"
    await registry.send("DELETE", path, admin, version=1)
    assert await registry.last("member-withdrawn") == {"subject_id": subject_id, "version": 2}
    buried = (await registry.announced("tombstone"))[-2:]
    assert [(each.topic, each.key) for each in buried] == [
        ("registry.members", subject_id),
        ("registry.member-contacts", subject_id),
    ]
    for table in ("members", "member_contacts", "invitations"):
        assert await registry.value(f"SELECT count(*) FROM {table} WHERE subject_id = $1", UUID(subject_id)) == 0
    assert (await registry.get("/me", coordinator)).json()["roles"] == []
    await registry.invite(admin, organisation, "coordinator")
    again = (await registry.redeem(coordinator)).json()
    assert (again["subject_id"] != subject_id, again["version"]) == (True, 1)
    assert (await registry.last("member-registered"))["subject_id"] == again["subject_id"]


async def test_an_invitation_that_nobody_redeems_is_forgotten(registry: Registry) -> None:
    admin = registry.staff("admin-1")
    organisation = await registry.organisation(admin)
    await registry.invite(admin, organisation, "organisation_admin")
    asked = await registry.last("invitation-requested")
    registry.clock.advance(timedelta(days=15))
    assert (await registry.redeem(registry.staff("late"))).json()["code"] == "link-expired"
    assert await registry.let_timer_run("forget-invitations") == 1
    assert await registry.value("SELECT count(*) FROM member_contacts") == 1
    assert (await registry.announced("tombstone"))[-1].key == asked["subject_id"]


async def test_nothing_of_a_suspended_organisation_goes_on(registry: Registry) -> None:
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    organisation = await registry.organisation(admin, verified_by=state)
    await registry.invite(admin, organisation, "coordinator")
    path = f"/organisations/{organisation['organisation_id']}"
    await registry.post(f"{path}/suspension", state, version=2)
    assert (await registry.redeem(registry.staff("c"))).json()["code"] == "organisation-suspended"
    assert (await registry.invite(admin, organisation, "organisation_admin")).status_code == 409


async def test_appointing_the_state_admin_twice_changes_nothing(registry: Registry) -> None:
    first = await registry.state_admin()
    before = len(await registry.announced())
    second = await registry.state_admin()
    assert first.subject_id == second.subject_id
    assert len(await registry.announced()) == before
    assert await registry.value("SELECT count(*) FROM organisations") == 1


async def test_contacts_are_published_found_and_withdrawn(registry: Registry) -> None:
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    organisation = await registry.organisation(admin, verified_by=state)
    body = {
        "organisation_id": organisation["organisation_id"],
        "district": CELLE,
        "topic": "language",
        "languages": ["de", "ar"],
        "name": "Demo Ansprechperson",
        "phone": "+49 5141 000000",
    }
    published = await registry.post("/contacts", admin, body)
    assert published.status_code == 201, published.text
    event = await registry.last("contact-registered")
    assert "Ansprechperson" not in str(event) and "5141" not in str(event)
    found = (await registry.get("/contacts", district=CELLE, topic="language")).json()["items"]
    assert [contact["name"] for contact in found] == ["Demo Ansprechperson"]
    assert (await registry.get("/contacts", district=GIFHORN)).json()["items"] == []
    elsewhere = await registry.post("/contacts", admin, body | {"district": GIFHORN})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "district-not-of-organisation")
    stranger = await registry.post("/contacts", admin, body | {"subject_id": str(uuid4())})
    assert stranger.json()["code"] == "no-member-of-organisation"
    path = f"/contacts/{published.json()['contact_id']}"
    assert (await registry.send("DELETE", path, registry.staff("nobody"), version=1)).status_code == 403
    assert (await registry.send("DELETE", path, admin, version=1)).status_code == 204
    assert [e.type for e in (await registry.announced())[-2:]] == ["contact-withdrawn", "tombstone"]
    assert (await registry.get("/contacts", district=CELLE)).json()["items"] == []
