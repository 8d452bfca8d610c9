"""Task boundaries between two organisations: talks, agreement of both, revision, end; races; who sees what."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.integration.registry.inspecting import Body, body
from tests.integration.registry.platform import CELLE, GIFHORN, Person, Registry

UNTIL = "2027-12-31"
KINDS = ("children", "driving", "events", "garden", "health", "housing")


class Talks:
    """Two organisations that talk about one boundary."""

    def __init__(self, registry: Registry, first: Body, second: Body) -> None:
        self.registry, self.first, self.second = registry, first, second

    def content(self, responsible: Body | None = None, **changes: Any) -> dict[str, Any]:
        return {
            "responsible_organisation_id": str((responsible or self.first).organisation_id),
            "tasks": [
                {
                    "task": "Gruppen anleiten",
                    "carried_by": "volunteer",
                    "organisation_id": str(self.first.organisation_id),
                },
                {"task": "Räume vergeben", "carried_by": "staff", "organisation_id": str(self.second.organisation_id)},
            ],
            "valid_until": UNTIL,
        } | changes

    async def propose(self, **changes: Any) -> httpx.Response:
        told = self.content() | {
            "district": CELLE,
            "kind_of_activity": "homework_help",
            "organisation_id": str(self.first.organisation_id),
            "other_organisation_id": str(self.second.organisation_id),
        }
        return await self.registry.post("/boundaries", self.first.coordinator, told | changes)

    async def proposed(self, **changes: Any) -> str:
        answer = await self.propose(**changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["boundary_id"])

    async def act(self, path: str, side: Body, person: Person | None = None, **how: Any) -> httpx.Response:
        told = {"organisation_id": str(side.organisation_id)} | how.pop("told", {})
        return await self.registry.post(f"/boundaries/{path}", person or side.admin, told, **how)

    async def agreed(self, **changes: Any) -> str:
        boundary_id = await self.proposed(**changes)
        for side in (self.first, self.second):
            answer = await self.act(f"{boundary_id}/agreement", side, version=1)
            assert answer.status_code == 200, answer.text
        return boundary_id

    async def shown(self, boundary_id: str, person: Person | None = None) -> dict[str, Any]:
        answer = await self.registry.get(f"/boundaries/{boundary_id}", person)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
async def talks(registry: Registry) -> Talks:
    return Talks(registry, await body(registry, "one"), await body(registry, "two"))


async def district_admin(registry: Registry, district: str) -> Person:
    state = await registry.state_admin()
    admin = registry.staff(f"authority-{district}")
    authority = await registry.organisation(
        admin, verified_by=state, kind="district_authority", districts=[district], name=f"Landkreis {district} (Demo)"
    )
    invited = await registry.invite(admin, authority, "district_admin", [district])
    assert invited.status_code == 202, invited.text
    person = registry.staff(f"district-admin-{district}")
    await registry.redeem(person)
    return person


async def told_types(registry: Registry) -> list[str]:
    return [each.type for each in await registry.announced() if each.topic == "registry.boundaries"]


async def test_from_the_proposal_to_the_end(registry: Registry, talks: Talks) -> None:
    """Row 1 of what the field asks for: what is whose, agreed by whom, when, valid until."""
    boundary_id = await talks.proposed()
    said = await talks.act(f"{boundary_id}/comments", talks.second, told={"text": "Räume nur vormittags."})
    assert said.status_code == 201, said.text
    revision = talks.content(talks.second)
    answer = await talks.act(f"{boundary_id}/revisions", talks.second, told=revision, version=2)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["status"], answer.json()["open"]["revision"]) == ("discussed", 2)
    first = await talks.act(f"{boundary_id}/agreement", talks.first, version=3)
    assert (first.json()["status"], first.json()["agreed"]) == ("discussed", None)
    second = (await talks.act(f"{boundary_id}/agreement", talks.second, version=4)).json()
    assert (second["status"], second["open"], second["agreed"]["valid_until"]) == ("agreed", None, UNTIL)
    assert set(second["agreed"]["agreed_by"]) == {
        str(talks.first.organisation_id), str(talks.second.organisation_id),
    }  # fmt: skip
    ended = await talks.act(f"{boundary_id}/end", talks.first, version=second["version"])
    assert (ended.json()["status"], ended.json()["ended_on"]) == ("ended", "2026-03-02")
    assert await told_types(registry) == [
        "boundary-proposed", "boundary-discussed", "boundary-discussed", "boundary-agreed", "boundary-ended",
    ]  # fmt: skip
    history = (await registry.get(f"/boundaries/{boundary_id}/revisions", talks.first.coordinator)).json()["items"]
    assert [(each["revision"], each["outcome"]) for each in history] == [(2, "ended"), (1, "not_agreed")]


async def test_events_tell_what_is_agreed_and_no_person_and_no_talk(registry: Registry, talks: Talks) -> None:
    boundary_id = await talks.proposed()
    await talks.act(f"{boundary_id}/comments", talks.second, told={"text": "Das geht so nicht."})
    for side in (talks.first, talks.second):
        await talks.act(f"{boundary_id}/agreement", side, version=1)
    told = [each.data or {} for each in await registry.announced() if each.topic == "registry.boundaries"]
    assert [each["version"] for each in told] == [1, 2, 4]
    assert ["agreed" in each for each in told] == [False, False, True]
    assert told[-1]["agreed"]["responsible_organisation_id"] == str(talks.first.organisation_id)
    assert told[-1]["agreed"]["agreed_on"] == "2026-03-02"
    members = await registry.value("SELECT array_agg(subject_id::text) FROM members")
    assert len(members) == 5
    for secret in ("Das geht so nicht", *members):
        assert secret not in str(told)


async def test_both_sides_agree_at_once(registry: Registry, talks: Talks) -> None:
    """Both yeses are heard, it is agreed exactly once."""
    for kind in KINDS[:5]:
        boundary_id = await talks.proposed(kind_of_activity=kind)
        answers = await asyncio.gather(
            *(talks.act(f"{boundary_id}/agreement", side, version=1) for side in (talks.first, talks.second) * 2)
        )
        assert {answer.status_code for answer in answers} <= {200, 409}
        shown = await talks.shown(boundary_id)
        assert (shown["status"], shown["version"], len(shown["agreed"]["agreed_by"])) == ("agreed", 3, 2)
    assert (await told_types(registry)).count("boundary-agreed") == 5


async def test_whoever_agrees_while_it_is_revised_agrees_to_what_they_saw_or_to_nothing(
    registry: Registry, talks: Talks
) -> None:
    for kind in KINDS:
        boundary_id = await talks.proposed(kind_of_activity=kind)
        assert (await talks.act(f"{boundary_id}/agreement", talks.first, version=1)).status_code == 200
        revision = talks.content(talks.second)
        yes, revised = await asyncio.gather(
            talks.act(f"{boundary_id}/agreement", talks.second, version=2),
            talks.act(f"{boundary_id}/revisions", talks.first, told=revision, version=2),
        )
        shown = await talks.shown(boundary_id, talks.first.coordinator)
        if yes.status_code == 200:
            # The revision came second and is refused, because somebody has changed what it revises.
            assert revised.status_code == 412
            assert shown["agreed"]["responsible_organisation_id"] == str(talks.first.organisation_id)
        else:
            assert (yes.status_code, revised.status_code) == (412, 201)
            assert (shown["agreed"], shown["open"]["agreed_by"]) == (None, {})


async def test_two_who_propose_the_same_at_once_have_one_boundary(registry: Registry, talks: Talks) -> None:
    turned = Talks(registry, talks.second, talks.first)
    answers = await asyncio.gather(*(each.propose() for each in (talks, turned) * 3))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"boundary-exists"}


async def test_what_was_agreed_counts_while_a_revision_is_talked_about(registry: Registry, talks: Talks) -> None:
    boundary_id = await talks.agreed()
    answer = await talks.act(f"{boundary_id}/revisions", talks.second, told=talks.content(talks.second), version=3)
    assert answer.status_code == 201, answer.text
    public = await talks.shown(boundary_id)
    assert (public["status"], public["agreed"]["revision"], public["open"]) == ("agreed", 1, None)
    for side in (talks.first, talks.second):
        await talks.act(f"{boundary_id}/agreement", side, version=4)
    assert (await talks.shown(boundary_id))["agreed"]["revision"] == 2
    history = (await registry.get(f"/boundaries/{boundary_id}/revisions")).json()["items"]
    assert [(each["revision"], each["outcome"]) for each in history] == [(2, "agreed"), (1, "replaced")]
    assert all(each["agreed_by_members"] is None for each in history)
    assert (await told_types(registry))[-2:] == ["boundary-revised", "boundary-agreed"]


async def test_talks_are_seen_by_the_two_sides_and_the_district_only(registry: Registry, talks: Talks) -> None:
    boundary_id = await talks.proposed()
    await talks.act(f"{boundary_id}/comments", talks.second, told={"text": "Räume nur vormittags."})
    third = await body(registry, "three")
    volunteer, _ = await registry.volunteer()
    near, far = await district_admin(registry, CELLE), await district_admin(registry, GIFHORN)
    for person, status in (
        (talks.first.coordinator, 200), (talks.second.admin, 200), (near, 200), (far, 404), (third.admin, 404),
        (volunteer, 404), (None, 404),
    ):  # fmt: skip
        assert (await registry.get(f"/boundaries/{boundary_id}", person)).status_code == status
        assert (await registry.get(f"/boundaries/{boundary_id}/revisions", person)).status_code == status
        listed = (await registry.get("/boundaries", person)).json()["items"]
        assert [each["boundary_id"] for each in listed] == ([boundary_id] if status == 200 else [])
    comments = f"/boundaries/{boundary_id}/comments"
    for person, status in (
        (talks.first.coordinator, 200), (near, 200), (far, 404), (third.admin, 404), (volunteer, 403), (None, 401),
    ):  # fmt: skip
        assert (await registry.get(comments, person)).status_code == status


async def test_what_is_talked_about_in_one_district_is_not_listed_in_another(registry: Registry, talks: Talks) -> None:
    boundary_id = await talks.proposed()
    async with registry.database.transaction() as tx:
        await tx.connection.execute(
            "UPDATE members SET memberships = jsonb_set(memberships, '{0,districts}', jsonb_build_array($2::text))"
            " WHERE subject_id = $1",
            talks.first.coordinator.subject_id,
            GIFHORN,
        )
    assert (await registry.get(f"/boundaries/{boundary_id}", talks.first.coordinator)).status_code == 404
    assert (await registry.get("/boundaries", talks.first.coordinator)).json()["items"] == []
    listed = (await registry.get("/boundaries", talks.first.admin)).json()["items"]
    assert [each["boundary_id"] for each in listed] == [boundary_id]


async def test_only_a_side_takes_part_and_only_its_admin_agrees(registry: Registry, talks: Talks) -> None:
    boundary_id = await talks.proposed()
    third = await body(registry, "three")
    near = await district_admin(registry, CELLE)
    for path, told in (
        ("comments", {"text": "Hallo"}), ("agreement", {}), ("end", {}), ("revisions", talks.content()),
    ):  # fmt: skip
        how: dict[str, Any] = {} if path == "comments" else {"version": 1}
        # Neither for oneself as a stranger, nor in the name of a side.
        stranger = await talks.act(f"{boundary_id}/{path}", third, told=told, **how)
        assert stranger.status_code == 404, path
        posing = await talks.act(f"{boundary_id}/{path}", talks.second, third.admin, told=told, **how)
        assert posing.status_code == 404, path
        watching = await talks.act(f"{boundary_id}/{path}", talks.second, near, told=told, **how)
        assert watching.status_code == 403, path
    for path in ("agreement", "end"):
        answer = await talks.act(f"{boundary_id}/{path}", talks.first, talks.first.coordinator, version=1)
        assert answer.status_code == 403
    assert (await talks.act(f"{uuid4()}/agreement", talks.first, version=1)).status_code == 404


async def test_a_boundary_is_between_two_that_serve_the_district(registry: Registry, talks: Talks) -> None:
    same = await talks.propose(other_organisation_id=str(talks.first.organisation_id))
    assert (same.status_code, same.json()["code"]) == (422, "boundary-with-oneself")
    nobody = await talks.propose(other_organisation_id=str(uuid4()))
    assert (nobody.status_code, nobody.json()["code"]) == (422, "organisation-does-not-serve-district")
    elsewhere = await talks.propose(district=GIFHORN)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "district-not-yours")
    assert CELLE in elsewhere.json()["detail"]
    state = await registry.state_admin()
    await registry.post(f"/organisations/{talks.second.organisation_id}/suspension", state, version=2)
    suspended = await talks.propose()
    assert (suspended.status_code, suspended.json()["code"]) == (422, "organisation-does-not-serve-district")


async def test_it_ends_by_itself_when_its_time_is_over(registry: Registry, talks: Talks) -> None:
    agreed, never = await talks.agreed(), await talks.proposed(kind_of_activity="sport")
    registry.clock.instant = datetime(2027, 12, 31, 12, tzinfo=UTC)
    assert await registry.let_timer_run("end-boundaries") == 0
    registry.clock.instant = datetime(2028, 1, 1, 0, 30, tzinfo=UTC)
    assert await registry.let_timer_run("end-boundaries") == 2
    assert (await talks.shown(agreed))["ended_on"] == "2028-01-01"
    assert (await registry.get(f"/boundaries/{never}")).status_code == 404
    again = Talks(registry, talks.first, talks.second)
    again.first.coordinator = registry.staff("coordinator-one")
    assert (await again.propose(valid_until="2029-12-31")).status_code == 201


async def test_what_was_said_is_forgotten_a_year_after_the_end(registry: Registry, talks: Talks) -> None:
    boundary_id = await talks.proposed()
    await talks.act(f"{boundary_id}/comments", talks.second, told={"text": "Räume nur vormittags."})
    await talks.act(f"{boundary_id}/end", talks.first, version=2)
    registry.clock.instant = datetime(2027, 3, 3, 12, tzinfo=UTC)
    assert await registry.let_timer_run("forget-boundary-talks") == 0
    registry.clock.instant = datetime(2027, 3, 4, 12, tzinfo=UTC)
    assert await registry.let_timer_run("forget-boundary-talks") == 1
    assert await registry.value("SELECT count(*) FROM boundary_comments") == 0


async def test_the_kind_of_activity_is_a_known_one(registry: Registry, talks: Talks) -> None:
    refused = await talks.propose(kind_of_activity="hausaufgaben")
    assert (refused.status_code, refused.json()["code"]) == (422, "kind-of-activity-unknown")
    assert {"homework", "homework_help"} <= set(refused.json()["details"]["kinds"]), "terms, and what is offered here"
    assert (await talks.propose(kind_of_activity="homework")).status_code == 201


async def test_overlaps_and_gaps_are_listed_for_the_district(registry: Registry, talks: Talks) -> None:
    """Rows 1 and 7 of what the field asks for: clear responsibility, no double work."""
    third = await body(registry, "three")
    await third.offer("translation")
    await talks.agreed()
    await Talks(registry, third, talks.second).agreed()
    await talks.agreed(kind_of_activity="sport")
    await talks.proposed(kind_of_activity="cooking_together")
    near, far = await district_admin(registry, CELLE), await district_admin(registry, GIFHORN)
    answer = await registry.get(f"/districts/{CELLE}/responsibilities", near)
    assert answer.status_code == 200, answer.text
    assert [(each["kind_of_activity"], each["finding"]) for each in answer.json()["items"]] == [
        ("cooking_together", "gap"), ("homework_help", "overlap"), ("sport", "clear"), ("translation", "gap"),
    ]  # fmt: skip
    assert set(answer.json()["items"][1]["organisation_ids"]) == {
        str(talks.first.organisation_id),
        str(third.organisation_id),
    }
    path = f"/districts/{CELLE}/responsibilities?limit=3&sort=-kind_of_activity"
    first = (await registry.get(path, near)).json()
    rest = (await registry.get(f"{path}&cursor={first['next']}", near)).json()
    assert [each["kind_of_activity"] for each in (*first["items"], *rest["items"])] == [
        "translation", "sport", "homework_help", "cooking_together",
    ]  # fmt: skip
    assert rest["next"] is None
    assert "homework_help;overlap" in (await registry.get(f"/districts/{CELLE}/responsibilities?format=csv", near)).text
    assert (await registry.get(f"/districts/{CELLE}/responsibilities", far)).status_code == 404
    assert (await registry.get(f"/districts/{CELLE}/responsibilities", third.admin)).status_code == 403
    assert (await registry.get(f"/districts/{CELLE}/responsibilities")).status_code == 401


async def test_the_list_is_narrowed_and_exported(registry: Registry, talks: Talks) -> None:
    one, two = await talks.agreed(), await talks.agreed(kind_of_activity="sport")

    async def found(**parameters: str) -> list[str]:
        return [each["boundary_id"] for each in (await registry.get("/boundaries", None, **parameters)).json()["items"]]

    assert await found() == [one, two]
    assert await found(kind_of_activity="sport") == [two]
    assert await found(district=GIFHORN) == []
    assert await found(organisation_id=str(talks.second.organisation_id)) == [one, two]
    assert await found(status="ended") == []
    csv = await registry.get("/boundaries", format="csv")
    assert len(csv.text.strip().splitlines()) == 3


async def test_who_is_no_member_any_more_is_named_nowhere_but_their_yes_stays(registry: Registry, talks: Talks) -> None:
    """Art. 17(1)(a) DSGVO: what was proposed, said and agreed is the organisation's."""
    boundary_id = await talks.agreed()
    revision = talks.content(talks.second)
    first = talks.first
    coordinator = str(first.coordinator.subject_id)
    answer = await talks.act(f"{boundary_id}/revisions", first, first.coordinator, told=revision, version=3)
    assert answer.status_code == 201, answer.text
    await talks.act(f"{boundary_id}/comments", first, first.coordinator, told={"text": "Bitte prüfen."})
    comments = f"/boundaries/{boundary_id}/comments"
    assert (await registry.get(comments, first.admin)).json()["items"][0]["member_id"] == coordinator
    version = await registry.value("SELECT version FROM members WHERE subject_id = $1", first.coordinator.subject_id)
    path = f"/members/{coordinator}/memberships/{first.organisation_id}/coordinator"
    left = await registry.send("DELETE", path, first.admin, version=version)
    assert left.status_code < 300, left.text
    assert (await registry.get(comments, first.admin)).json()["items"][0]["member_id"] is None
    for table in ("boundary_revisions", "boundary_agreements", "boundary_comments"):
        named = f"SELECT count(*) FROM {table} WHERE member_id = $1"
        assert await registry.value(named, first.coordinator.subject_id) == 0
    for side in (talks.first, talks.second):
        await talks.act(f"{boundary_id}/agreement", side, version=4)
    assert (await talks.shown(boundary_id))["agreed"]["revision"] == 2
