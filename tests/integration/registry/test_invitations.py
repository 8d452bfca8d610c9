"""Invitations: who may invite whom, sent again, revoked, redeemed in time, forgotten afterwards."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.integration.registry.platform import CELLE, GIFHORN, Person, Registry


async def invited(registry: Registry, **changes: Any) -> tuple[Person, dict[str, Any], dict[str, Any]]:
    """A verified organisation, its admin, and an invitation that waits."""
    state, admin = await registry.state_admin(), registry.staff("admin-1")
    organisation = await registry.organisation(admin, verified_by=state, **changes)
    answer = await registry.invite(admin, organisation, "coordinator")
    assert answer.status_code == 202, answer.text
    return admin, organisation, dict(answer.json())


async def waiting(registry: Registry, admin: Person, organisation: dict[str, Any], **narrowed: str) -> list[Any]:
    answer = await registry.get(f"/organisations/{organisation['organisation_id']}/invitations", admin, **narrowed)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_an_invitation_is_listed_until_it_is_redeemed(registry: Registry) -> None:
    admin, organisation, invitation = await invited(registry)
    (listed,) = await waiting(registry, admin, organisation)
    assert (listed["invitation_id"], listed["name"], listed["mail"]) == (
        invitation["invitation_id"],
        "Demo Mitglied",
        "mitglied@example.org",
    )
    assert await waiting(registry, admin, organisation, role="trainer") == []
    assert len(await waiting(registry, admin, organisation, role="coordinator", sort="-requested_at")) == 1
    stranger = registry.staff("admin-2")
    await registry.organisation(stranger)
    path = f"/organisations/{organisation['organisation_id']}/invitations"
    assert (await registry.get(path, stranger)).status_code == 404
    file = await registry.get(path, admin, format="csv")
    assert file.text.splitlines()[0].startswith("\ufeffinvitation_id;version;organisation_id;role")
    assert (await registry.redeem(registry.staff("coordinator-1"))).status_code == 200
    assert await waiting(registry, admin, organisation) == []


async def test_a_revoked_invitation_is_worth_nothing_and_the_person_is_forgotten(registry: Registry) -> None:
    admin, _, invitation = await invited(registry)
    asked = await registry.last("invitation-requested")
    token = await registry.invitation_link()
    path = f"/invitations/{invitation['invitation_id']}"
    assert (await registry.send("DELETE", path, admin)).status_code == 428
    assert (await registry.send("DELETE", path, admin, version=2)).status_code == 412
    assert (await registry.send("DELETE", path, registry.staff("nobody"), version=1)).status_code == 403
    assert (await registry.send("DELETE", path, admin, version=1)).status_code == 204
    page = await registry.get("/invitations/redemption", token=token)
    assert (page.status_code, "<button" in page.text) == (410, False)
    assert (await registry.redeem(registry.staff("coordinator-1"), token)).json()["code"] == "link-expired"
    buried = (await registry.announced("tombstone"))[-1]
    assert (buried.topic, buried.key) == ("registry.member-contacts", asked["subject_id"])
    count = "SELECT count(*) FROM member_contacts WHERE subject_id = $1"
    assert await registry.value(count, UUID(asked["subject_id"])) == 0
    assert (await registry.send("DELETE", path, admin, version=1)).status_code == 404


async def test_an_invitation_is_sent_again_and_lasts_as_long_as_a_new_one(registry: Registry) -> None:
    admin, _, invitation = await invited(registry)
    registry.clock.advance(timedelta(days=13))
    path = f"/invitations/{invitation['invitation_id']}/renewal"
    answer = await registry.post(path, admin, version=1)
    assert (answer.status_code, answer.json()["version"]) == (202, 2)
    asked = await registry.announced("invitation-requested")
    assert len(asked) == 2
    assert asked[0].key == asked[1].key
    assert (await registry.post(path, admin, version=1)).status_code == 412
    registry.clock.advance(timedelta(days=13))
    assert (await registry.redeem(registry.staff("coordinator-1"))).status_code == 200
    assert (await registry.post(path, admin, version=2)).status_code == 404


async def test_an_invitation_that_has_ended_is_not_sent_again(registry: Registry) -> None:
    admin, organisation, invitation = await invited(registry)
    registry.clock.advance(timedelta(days=14))
    path = f"/invitations/{invitation['invitation_id']}/renewal"
    refused = await registry.post(path, admin, version=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "invitation-ended")
    assert (await registry.invite(admin, organisation, "coordinator")).status_code == 202


async def test_nobody_is_invited_twice_to_the_same(registry: Registry) -> None:
    admin, organisation, invitation = await invited(registry)
    refused = await registry.invite(admin, organisation, "coordinator")
    assert (refused.status_code, refused.json()["code"]) == (409, "invited-already")
    assert refused.json()["details"]["invitation_id"] == invitation["invitation_id"]
    assert len(await registry.announced("invitation-requested")) == 1
    assert (await registry.invite(admin, organisation, "trainer")).status_code == 202


async def test_an_address_is_not_mailed_any_number_of_times_by_sending_again(registry: Registry) -> None:
    admin, _, invitation = await invited(registry)
    path = f"/invitations/{invitation['invitation_id']}/renewal"
    answers = [(await registry.post(path, admin, version=version)).status_code for version in (1, 2, 3, 4)]
    assert answers == [202, 202, 202, 429]


async def test_a_redeemed_invitation_is_forgotten_when_its_time_is_over_the_member_is_not(registry: Registry) -> None:
    await invited(registry)
    coordinator = registry.staff("coordinator-1")
    token = await registry.invitation_link()
    subject_id = (await registry.redeem(coordinator, token)).json()["subject_id"]
    assert await registry.let_timer_run("forget-invitations") == 0
    assert (await registry.redeem(registry.staff("thief"), token)).json()["code"] == "link-used"
    assert (await registry.redeem(coordinator, token)).json()["code"] == "invitation-accepted-already"
    registry.clock.advance(timedelta(days=15))
    assert await registry.let_timer_run("forget-invitations") == 1
    assert await registry.value("SELECT count(*) FROM invitations") == 0
    assert len((await registry.get("/me", coordinator)).json()["roles"]) == 1
    assert await registry.value("SELECT count(*) FROM member_contacts WHERE subject_id = $1", UUID(subject_id)) == 1


async def test_the_state_administration_invites_only_the_first_admin_of_another_organisation(
    registry: Registry,
) -> None:
    _, organisation, _ = await invited(registry)
    state = await registry.state_admin()
    for role in ("coordinator", "organisation_admin"):
        refused = await registry.invite(state, organisation, role)
        assert (refused.status_code, refused.json()["code"]) == (403, "first-admin-only")
    await registry.value(
        "UPDATE members SET memberships = '[]' WHERE issuer = 'https://sign-in.example' AND subject = 'admin-1'"
    )
    assert (await registry.invite(state, organisation, "organisation_admin")).status_code == 202
    assert (await registry.redeem(registry.staff("admin-2"))).status_code == 200
    assert (await registry.invite(state, organisation, "organisation_admin")).status_code == 403


async def test_nobody_gives_themselves_a_role_of_the_authorities(registry: Registry) -> None:
    state = await registry.state_admin()
    authority = (await registry.get("/organisations", state, kind="state_authority")).json()["items"][0]
    for role in ("privacy_officer", "organisation_admin"):
        assert (await registry.invite(state, authority, role)).status_code == 202
        refused = await registry.redeem(state)
        assert (refused.status_code, refused.json()["code"]) == (403, "own-invitation")
    assert (await registry.redeem(registry.staff("officer-1"))).status_code == 200


async def test_the_admin_of_a_small_initiative_may_coordinate_it_too(registry: Registry) -> None:
    admin, organisation, _ = await invited(registry, kind="initiative")
    await registry.invite(admin, organisation, "coordinator")
    answer = await registry.redeem(admin)
    assert {held["role"] for held in answer.json()["memberships"]} == {"organisation_admin", "coordinator"}


async def test_an_invitation_counts_only_for_districts_that_the_organisation_still_serves(registry: Registry) -> None:
    admin, organisation, _ = await invited(registry, districts=[CELLE, GIFHORN])
    path = f"/organisations/{organisation['organisation_id']}"
    left = await registry.send("PATCH", path, admin, {"districts": [CELLE]}, version=organisation["version"])
    assert left.status_code == 200, left.text
    answer = await registry.redeem(registry.staff("coordinator-1"))
    assert [held["districts"] for held in answer.json()["memberships"]] == [[CELLE]]


@pytest.mark.parametrize(
    ("districts", "status", "code"),
    [
        ([CELLE], 200, None),
        ([GIFHORN, CELLE, GIFHORN], 200, None),
        (["03159"], 422, "district-not-of-organisation"),
        ([], 422, "invalid-input"),
    ],
)
async def test_the_districts_of_a_role_are_changed(
    registry: Registry, districts: list[str], status: int, code: str | None
) -> None:
    admin, organisation, _ = await invited(registry, districts=[CELLE, GIFHORN])
    member = (await registry.redeem(registry.staff("coordinator-1"))).json()
    path = f"/members/{member['subject_id']}/memberships/{organisation['organisation_id']}/coordinator"
    answer = await registry.send("PUT", path, admin, {"districts": districts}, version=1)
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    if code is None:
        (held,) = answer.json()["memberships"]
        assert held["districts"] == sorted(set(districts))
        told = await registry.announced("member-updated")
        assert bool(told) == (len(set(districts)) == 1)


async def test_a_role_is_changed_only_by_the_organisations_own_admin(registry: Registry) -> None:
    _, organisation, _ = await invited(registry)
    coordinator = registry.staff("coordinator-1")
    member = (await registry.redeem(coordinator)).json()
    path = f"/members/{member['subject_id']}/memberships/{organisation['organisation_id']}/coordinator"
    other = registry.staff("admin-2")
    await registry.organisation(other)
    for person, status in ((other, 404), (coordinator, 403), (await registry.state_admin(), 403)):
        answer = await registry.send("PUT", path, person, {"districts": [CELLE]}, version=1)
        assert answer.status_code == status


async def test_members_are_listed_by_name_role_and_district_and_as_a_file(registry: Registry) -> None:
    admin, organisation, _ = await invited(registry, districts=[CELLE, GIFHORN])
    await registry.redeem(registry.staff("coordinator-1"))
    await registry.invite(admin, organisation, "trainer", [GIFHORN])
    await registry.redeem(registry.staff("trainer-1"))
    path = f"/organisations/{organisation['organisation_id']}/members"

    async def names(**narrowed: str) -> list[tuple[str, str]]:
        items = (await registry.get(path, admin, **narrowed)).json()["items"]
        return [(item["name"], item["memberships"][0]["role"]) for item in items]

    coordinator, trainer = ("Demo Mitglied", "coordinator"), ("Demo Mitglied", "trainer")
    own = ("Demo Verwaltung", "organisation_admin")
    assert await names() == [coordinator, trainer, own]
    assert await names(sort="-name") == [own, trainer, coordinator]
    assert await names(role="trainer") == [trainer]
    assert await names(district=CELLE) == [coordinator, own]
    assert await names(words="verwalt") == [own]
    await registry.value(
        "INSERT INTO restrictions (subject_id, ground, since) SELECT subject_id, 'contested', now() FROM member_contacts"
        " WHERE name = 'Demo Verwaltung'"
    )
    assert await names(words="verwalt") == []
    assert (await names())[0] == ("", "organisation_admin")
    first = (await registry.get(path, admin, limit="2")).json()
    assert len((await registry.get(path, admin, limit="2", cursor=first["next"])).json()["items"]) == 1
    file = await registry.get(path, admin, format="csv")
    assert len(file.text.splitlines()) == 4
    assert "members-" in file.headers["content-disposition"]
    wrong = await registry.get(path, admin, roles="trainer")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "unknown-parameter")


async def test_what_made_somebody_of_the_caller_is_not_answered_again_when_they_have_lost_it(
    registry: Registry,
) -> None:
    founder = registry.staff("founder")
    told = {"name": "Demo", "kind": "initiative", "districts": [CELLE]}
    told |= {"contact_name": "Demo Verwaltung", "contact_mail": "verein@example.org"}
    sent: dict[str, Any] = {"headers": {**founder.headers, "Idempotency-Key": "a-key-of-the-founder"}}
    first = await registry.client.post("/organisations", json=told, **sent)
    assert first.status_code == 201, first.text
    assert (await registry.client.post("/organisations", json=told, **sent)).content == first.content
    await registry.value("DELETE FROM members")
    again = await registry.client.post("/organisations", json=told, **sent)
    assert (again.status_code, again.json()["code"]) == (403, "forbidden")


async def test_whoever_is_removed_does_not_come_back_by_an_invitation_of_their_own(registry: Registry) -> None:
    first = registry.staff("first-admin")
    state = await registry.state_admin()
    organisation = await registry.organisation(first, verified_by=state)
    assert (await registry.invite(first, organisation, "organisation_admin")).status_code == 202
    second = registry.staff("second-admin")
    assert (await registry.redeem(second)).status_code == 200
    assert (await registry.invite(first, organisation, "organisation_admin")).status_code == 202
    own = await registry.invitation_link()
    me = (await registry.get("/me", first)).json()
    path = f"/members/{me['subject_id']}/memberships/{organisation['organisation_id']}/organisation_admin"
    (listed,) = [
        each
        for each in (await registry.get(f"/organisations/{organisation['organisation_id']}/members", second)).json()[
            "items"
        ]
        if each["subject_id"] == me["subject_id"]
    ]
    removed = await registry.send("DELETE", path, second, version=listed["version"])
    assert removed.status_code == 200, removed.text
    back = await registry.redeem(first, own)
    assert back.status_code >= 400, back.text
