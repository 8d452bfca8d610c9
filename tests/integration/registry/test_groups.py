"""Groups of volunteers: nobody is in one without their own yes, somebody speaks, and only ids are announced."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.registry.rules.groups import GROUPS_AT_MOST, MEMBERS_AT_MOST
from shared.runtime.ids import new_id
from tests.integration.registry.platform import REGISTRATION, Person, Registry


async def form(registry: Registry, speaker: Person, **told: Any) -> dict[str, Any]:
    answer = await registry.post("/groups", speaker, {"name": "Sprachcafé Demo", "about": "Dienstags."} | told)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def invite(registry: Registry, speaker: Person, group: dict[str, Any], mail: str) -> None:
    answer = await registry.post(f"/groups/{group['group_id']}/invitations", speaker, {"mail": mail})
    assert (answer.status_code, answer.json()) == (202, {"status": "mail-sent"})


async def open_invitation(registry: Registry, person: Person) -> str:
    (found,) = (await registry.get("/group-invitations", person)).json()["items"]
    return str(found["invitation_id"])


async def join(registry: Registry, speaker: Person, group: dict[str, Any], name: str) -> Person:
    """A new volunteer who was invited and has said yes."""
    mail = f"{name}@example.org"
    person, _ = await registry.volunteer(mail=mail, name=f"Demo {name}")
    await invite(registry, speaker, group, mail)
    accepted = await registry.post(f"/group-invitations/{await open_invitation(registry, person)}/acceptance", person)
    assert accepted.status_code == 204, accepted.text
    return person


async def current(registry: Registry, person: Person, group: dict[str, Any]) -> dict[str, Any]:
    answer = await registry.get(f"/groups/{group['group_id']}", person)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_nobody_is_added_without_their_own_yes(registry: Registry) -> None:
    speaker, _ = await registry.volunteer()
    group = await form(registry, speaker)
    invited, _ = await registry.volunteer(mail="other@example.org", name="Demo Andere")
    await invite(registry, speaker, group, "OTHER@example.org")
    asked = await registry.last("group-invitation-requested")
    assert set(asked) == {"volunteer_id", "invitation_id", "group_id", "speaker_id", "expires_at"}
    assert asked["volunteer_id"] == str(invited.subject_id)
    assert len((await current(registry, speaker, group))["members"]) == 1
    assert (await registry.get(f"/groups/{group['group_id']}", invited)).status_code == 404
    path = f"/group-invitations/{asked['invitation_id']}/acceptance"
    assert (await registry.post(path, speaker)).status_code == 404
    assert (await registry.post(path, invited)).status_code == 204
    unsigned = await current(registry, invited, group)
    assert [each["name"] for each in unsigned["members"]] == [None, "Demo Andere"]
    signed = {"text_version": "2026-01", "language": "de"}
    await registry.post(f"/volunteers/{invited.subject_id}/undertakings", invited, signed)
    seen = await current(registry, invited, group)
    assert [(each["name"], each["is_speaker"]) for each in seen["members"]] == [
        (REGISTRATION["name"], True),
        ("Demo Andere", False),
    ]
    assert all(set(each) == {"volunteer_id", "name", "is_speaker", "joined_at"} for each in seen["members"])


async def test_only_ids_are_announced(registry: Registry) -> None:
    speaker, _ = await registry.volunteer()
    group = await form(registry, speaker)
    member = await join(registry, speaker, group, "andere")
    told = await registry.announced("group-formed", "group-updated")
    assert [(each.topic, each.type) for each in told] == [
        ("registry.groups", "group-formed"),
        ("registry.groups", "group-updated"),
    ]
    last = told[-1].data
    assert last is not None
    assert set(last) == {"group_id", "version", "speaker_id", "member_ids", "organisation_id", "formed_at"}
    assert last["member_ids"] == sorted([str(speaker.subject_id), str(member.subject_id)])
    assert (last["speaker_id"], last["version"]) == (str(speaker.subject_id), 2)


async def test_who_is_invited_is_told_to_nobody_else(registry: Registry) -> None:
    speaker, _ = await registry.volunteer()
    group = await form(registry, speaker)
    await invite(registry, speaker, group, "nobody@example.org")
    await invite(registry, speaker, group, REGISTRATION["mail"])
    assert await registry.announced("group-invitation-requested") == []
    refuses, _ = await registry.volunteer(mail="refuses@example.org")
    await invite(registry, speaker, group, "refuses@example.org")
    await invite(registry, speaker, group, "refuses@example.org")
    assert len(await registry.announced("group-invitation-requested")) == 1
    before = len(await registry.announced())
    invitation_id = await open_invitation(registry, refuses)
    assert (await registry.post(f"/group-invitations/{invitation_id}/refusal", refuses)).status_code == 204
    assert len(await registry.announced()) == before
    assert (await registry.post(f"/group-invitations/{invitation_id}/acceptance", refuses)).status_code == 404


async def test_the_limit_of_invitations_does_not_tell_who_is_registered(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.registry.rules.groups.INVITATIONS_AT_MOST", 3)
    speaker, _ = await registry.volunteer()
    for number in range(5):
        await registry.volunteer(mail=f"known.{number}@example.org", name=f"Demo {number}")
    own = REGISTRATION["mail"]
    for mails in (
        [f"known.{number}@example.org" for number in range(5)],
        [f"unknown.{number}@example.org" for number in range(5)],
        ["unknown.0@example.org", own, "known.0@example.org", "known.0@example.org", "unknown.1@example.org"],
        ["known.1@example.org", "known.1@example.org", own, "unknown.1@example.org", "known.1@example.org"],
    ):
        group = await form(registry, speaker)
        path = f"/groups/{group['group_id']}/invitations"
        answers = [await registry.post(path, speaker, {"mail": mail}) for mail in mails]
        assert [each.status_code for each in answers] == [202, 202, 202, 409, 409]
        assert {each.json()["code"] for each in answers[3:]} == {"too-many-invitations"}
    assert len(await registry.announced("group-invitation-requested")) == 5


async def test_a_group_may_invite_again_when_the_time_of_its_invitations_is_over(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.registry.rules.groups.INVITATIONS_AT_MOST", 1)
    speaker, tokens = await registry.volunteer()
    group = await form(registry, speaker)
    await invite(registry, speaker, group, "unknown@example.org")
    registry.clock.advance(timedelta(days=13))
    for days, status in ((0, 409), (1, 202), (0, 409)):
        registry.clock.advance(timedelta(days=days))
        refreshed = await registry.post("/tokens/refresh", None, {"refresh_token": tokens["refresh_token"]})
        tokens = refreshed.json()
        speaker = Person(tokens["access_token"], speaker.subject_id)
        path = f"/groups/{group['group_id']}/invitations"
        answer = await registry.post(path, speaker, {"mail": "other@example.org"})
        assert answer.status_code == status, answer.text


async def test_an_invitation_is_good_for_a_time_only(registry: Registry) -> None:
    speaker, _ = await registry.volunteer()
    group = await form(registry, speaker)
    late, tokens = await registry.volunteer(mail="late@example.org")
    await invite(registry, speaker, group, "late@example.org")
    invitation_id = await open_invitation(registry, late)
    registry.clock.advance(timedelta(days=15))
    refreshed = await registry.post("/tokens/refresh", None, {"refresh_token": tokens["refresh_token"]})
    late = Person(refreshed.json()["access_token"], late.subject_id)
    assert (await registry.get("/group-invitations", late)).json()["items"] == []
    assert (await registry.post(f"/group-invitations/{invitation_id}/acceptance", late)).status_code == 404
    assert await registry.let_timer_run("forget-group-invitations") == 1


async def test_only_the_speaker_speaks(registry: Registry) -> None:
    speaker, _ = await registry.volunteer()
    group = await form(registry, speaker)
    member = await join(registry, speaker, group, "andere")
    path, version = f"/groups/{group['group_id']}", (await current(registry, speaker, group))["version"]
    assert (await registry.send("PATCH", path, member, {"name": "Meine"}, version=version)).status_code == 404
    assert (await registry.send("DELETE", path, member, version=version)).status_code == 404
    assert (await registry.post(f"{path}/invitations", member, {"mail": "x@example.org"})).status_code == 404
    handed = await registry.send(
        "PUT", f"{path}/speaker", speaker, {"volunteer_id": str(member.subject_id)}, version=version
    )
    assert handed.status_code == 200, handed.text
    assert (await registry.last("group-speaker-changed"))["volunteer_id"] == str(member.subject_id)
    stale = await registry.send("PATCH", path, member, {"name": "Meine"}, version=version)
    assert stale.status_code == 412
    changed = await registry.send("PATCH", path, member, {"name": "Meine"}, version=version + 1)
    assert (changed.status_code, changed.json()["name"]) == (200, "Meine")
    nobody = await registry.send("PUT", f"{path}/speaker", member, {"volunteer_id": str(new_id())}, version=version + 2)
    assert (nobody.status_code, nobody.json()["code"]) == (422, "no-member-of-group")


async def test_members_leave_as_they_like_the_speaker_hands_over_first(registry: Registry) -> None:
    speaker, _ = await registry.volunteer()
    group = await form(registry, speaker)
    member = await join(registry, speaker, group, "andere")
    leave = f"/groups/{group['group_id']}/members/me"
    version = (await current(registry, speaker, group))["version"]
    stays = await registry.send("DELETE", leave, speaker, version=version)
    assert (stays.status_code, stays.json()["code"]) == (409, "speaker-stays")
    assert (await registry.send("DELETE", leave, member, version=version)).status_code == 204
    assert (await registry.get(f"/groups/{group['group_id']}", member)).status_code == 404
    assert (await registry.send("DELETE", leave, speaker, version=version + 1)).status_code == 204
    assert [(each.type, each.data is None) for each in (await registry.announced())[-2:]] == [
        ("group-dissolved", False),
        ("tombstone", True),
    ]
    assert await registry.value("SELECT count(*) FROM groups") == 0


async def test_when_the_speaker_is_erased_the_longest_standing_member_speaks(registry: Registry) -> None:
    speaker, _ = await registry.volunteer()
    group = await form(registry, speaker)
    first = await join(registry, speaker, group, "erste")
    registry.clock.advance(timedelta(minutes=1))
    second = await join(registry, speaker, group, "zweite")
    erased = await registry.post(f"/volunteers/{speaker.subject_id}/erasure", speaker)
    assert erased.status_code == 202, erased.text
    last = await registry.last("group-updated")
    assert last["speaker_id"] == str(first.subject_id)
    assert last["member_ids"] == sorted([str(first.subject_id), str(second.subject_id)])
    assert (await registry.last("group-speaker-changed"))["volunteer_id"] == str(first.subject_id)
    assert await registry.value("SELECT count(*) FROM group_members WHERE volunteer_id = $1", speaker.subject_id) == 0


async def test_a_group_is_an_initiative_when_both_say_so(registry: Registry) -> None:
    state = await registry.state_admin()
    admin = registry.staff("initiative-admin")
    initiative = await registry.organisation(admin, verified_by=state, kind="initiative")
    other = await registry.organisation(registry.staff("other"), verified_by=state)
    speaker, _ = await registry.volunteer()
    group = await form(registry, speaker)
    path = f"/groups/{group['group_id']}/organisation"
    wrong = await registry.send("PUT", path, speaker, {"organisation_id": other["organisation_id"]}, version=1)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "no-initiative")
    right = await registry.send("PUT", path, speaker, {"organisation_id": initiative["organisation_id"]}, version=1)
    assert (right.status_code, right.json()["organisation_agreed"]) == (200, False)
    assert (await registry.last("group-updated"))["organisation_id"] is None
    (listed,) = (await registry.get("/groups", admin)).json()["items"]
    assert (listed["members_count"], listed["organisation_agreed"]) == (1, False)
    assert "members" not in listed
    assert (await registry.post(f"{path}/agreement", registry.staff("other"), version=2)).status_code == 404
    assert (await registry.post(f"{path}/agreement", admin, version=2)).status_code == 204
    assert (await registry.last("group-updated"))["organisation_id"] == initiative["organisation_id"]
    assert (await registry.send("DELETE", path, admin, version=3)).status_code == 204
    assert (await registry.last("group-updated"))["organisation_id"] is None


async def test_a_group_does_not_grow_without_end(registry: Registry) -> None:
    speaker, _ = await registry.volunteer()
    group = await form(registry, speaker)
    joins, _ = await registry.volunteer(mail="joins@example.org")
    await invite(registry, speaker, group, "joins@example.org")
    invitation_id = await open_invitation(registry, joins)
    await fill(registry, UUID(group["group_id"]), MEMBERS_AT_MOST)
    full = await registry.post(f"/group-invitations/{invitation_id}/acceptance", joins)
    assert (full.status_code, full.json()["code"]) == (409, "group-full")


async def fill(registry: Registry, group_id: UUID, members: int) -> None:
    """So many members, copies of one another; only their number matters."""
    async with registry.database.reading() as connection:
        await connection.execute(
            """
            WITH copies AS (
                INSERT INTO volunteers
                SELECT (jsonb_populate_record(NULL::volunteers,
                    one.state || jsonb_build_object('volunteer_id', gen_random_uuid()))).*
                FROM (SELECT to_jsonb(v) AS state FROM volunteers AS v LIMIT 1) AS one, generate_series(2, $2::integer)
                RETURNING volunteer_id
            )
            INSERT INTO group_members (group_id, volunteer_id, joined_at) SELECT $1, volunteer_id, now() FROM copies
            """,
            group_id,
            members,
        )


async def test_nobody_forms_more_groups_by_forming_them_at_once(registry: Registry) -> None:
    speaker, _ = await registry.volunteer()
    for _ in range(GROUPS_AT_MOST - 1):
        await form(registry, speaker)
    told = {"name": "Sprachcafé Demo", "about": "Dienstags."}
    answers = await asyncio.gather(*(registry.post("/groups", speaker, told) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5


async def test_groups_stand_in_the_export_of_a_person(registry: Registry) -> None:
    speaker, _ = await registry.volunteer()
    group = await form(registry, speaker)
    answer = await registry.get("/me/export", speaker)
    assert answer.status_code == 200, answer.text
    export = answer.json()
    assert [each["group_id"] for each in export["groups"]] == [group["group_id"]]
