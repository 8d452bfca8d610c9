"""Who records clearances, who sees them, and what nobody else can find out."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.integration.registry.inspecting import Body, body, volunteer_of
from tests.integration.registry.platform import Person, Registry


@pytest.fixture
async def inspecting(registry: Registry) -> Body:
    return await body(registry)


@pytest.fixture
async def volunteer(registry: Registry, inspecting: Body) -> Person:
    return await volunteer_of(registry, inspecting)


async def clearance_events(registry: Registry) -> list[tuple[str, str, dict[str, Any] | None]]:
    return [
        (each.type, each.key, each.data) for each in await registry.announced() if each.topic == "registry.clearances"
    ]


async def test_an_inspection_is_recorded_shown_to_its_organisation_and_told_to_matching(
    registry: Registry, inspecting: Body, volunteer: Person
) -> None:
    recorded = await inspecting.inspected(volunteer.subject_id)
    assert recorded["valid_until"] == "2031-03-02"
    answer = await registry.get(f"{inspecting.path}/{recorded['clearance_id']}", inspecting.coordinator)
    assert answer.json() == recorded
    assert answer.headers["etag"] == '"1"'
    assert await inspecting.shown() == [recorded]
    ((type_, key, data),) = await clearance_events(registry)
    assert type_ == "clearance-recorded"
    assert data == {
        "version": 1,
        "clearance_id": key,
        "volunteer_id": str(volunteer.subject_id),
        "organisation_id": str(inspecting.organisation_id),
        "legal_basis": "sgb8_72a",
        "kind_of_activity": "homework_help",
        "valid_until": "2031-03-02",
    }
    assert key != recorded["clearance_id"]


async def test_only_members_of_the_inspecting_organisation_see_it(
    registry: Registry, inspecting: Body, volunteer: Person
) -> None:
    """§ 30a(3) BZRG: no other organisation may build on it or see it."""
    recorded = await inspecting.inspected(volunteer.subject_id)
    other = await body(registry, "two")
    await other.becomes(volunteer.subject_id, "requested")
    state = await registry.state_admin()
    path = f"{inspecting.path}/{recorded['clearance_id']}"
    elsewhere = f"{other.path}/{recorded['clearance_id']}"
    change = {name: recorded[name] for name in ("inspected_on", "certificate_date", "relevant_conviction")}
    for person, status in (
        (inspecting.admin, 200), (inspecting.coordinator, 200), (other.admin, 404), (other.coordinator, 404),
        (state, 403), (volunteer, 403), (None, 401),
    ):  # fmt: skip
        assert (await registry.get(path, person)).status_code == status
        assert (await registry.get(inspecting.path, person)).status_code == status
        if status != 200:
            assert (await registry.send("PUT", path, person, change, version=1)).status_code == status
            assert (await registry.send("DELETE", path, person, version=1)).status_code == status
    assert (await registry.get(elsewhere, other.coordinator)).status_code == 404
    assert (await registry.send("DELETE", elsewhere, other.coordinator, version=1)).status_code == 404
    assert await other.shown() == []


async def test_a_suspended_organisation_sees_nothing(registry: Registry, inspecting: Body, volunteer: Person) -> None:
    await inspecting.inspected(volunteer.subject_id)
    state = await registry.state_admin()
    answer = await registry.post(f"/organisations/{inspecting.organisation_id}/suspension", state, version=2)
    assert answer.status_code == 200, answer.text
    assert (await registry.get(inspecting.path, inspecting.coordinator)).status_code >= 400
    assert (await inspecting.record(volunteer.subject_id)).status_code >= 400


async def test_a_conviction_looks_to_others_like_no_clearance(
    registry: Registry, inspecting: Body, volunteer: Person
) -> None:
    """§ 72a(5) SGB VIII, § 30a(3) BZRG: not in events, nor in what follows from them."""
    before = await registry.announced()
    recorded = await inspecting.inspected(volunteer.subject_id, relevant_conviction=True)
    assert recorded["relevant_conviction"] is True
    assert await registry.announced() == before
    registry.clock.advance(registry.clock.instant.replace(year=2031) - registry.clock.instant)
    await registry.let_timer_run("give-clearance-notices")
    assert await registry.announced() == before
    await registry.let_timer_run("delete-clearances")
    assert [each.topic for each in await registry.announced() if each not in before] == []


async def test_a_correction_keeps_no_old_conviction(registry: Registry, inspecting: Body, volunteer: Person) -> None:
    """§ 72a(5) SGB VIII, Art. 5(1)(d), 16 DSGVO: neither in a table nor in a number that tells of it."""
    key = str(uuid4())
    told = inspecting.told(volunteer.subject_id, relevant_conviction=True)
    recorded = (await registry.post(inspecting.path, inspecting.coordinator, told, key=key)).json()
    path = f"{inspecting.path}/{recorded['clearance_id']}"
    change = {name: recorded[name] for name in ("inspected_on", "certificate_date")}
    corrected = await registry.send(
        "PUT", path, inspecting.coordinator, change | {"relevant_conviction": False}, version=1
    )
    assert corrected.status_code == 200, corrected.text
    assert corrected.json()["relevant_conviction"] is False
    ((type_, _, data),) = await clearance_events(registry)
    assert type_ == "clearance-recorded"
    assert data is not None
    assert data["version"] == 1
    async with registry.database.reading() as connection:
        for (table,) in await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'places'"
        ):
            for row in await connection.fetch(f"SELECT to_jsonb(t) AS row FROM {table} AS t"):
                assert '"relevant_conviction": true' not in str(row["row"]).replace("'", '"').replace("True", "true"), (
                    table
                )
    # A repetition of the first command is answered with what stands there now.
    again = await registry.post(inspecting.path, inspecting.coordinator, told, key=key)
    assert again.status_code == 201
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json()["relevant_conviction"] is False


async def test_a_conviction_that_is_entered_later_ends_what_was_told_without_saying_why(
    registry: Registry, inspecting: Body, volunteer: Person
) -> None:
    recorded = await inspecting.inspected(volunteer.subject_id)
    path = f"{inspecting.path}/{recorded['clearance_id']}"
    change = {name: recorded[name] for name in ("inspected_on", "certificate_date")}
    for version, conviction in ((1, True), (2, False)):
        answer = await registry.send(
            "PUT", path, inspecting.coordinator, change | {"relevant_conviction": conviction}, version=version
        )
        assert answer.status_code == 200, answer.text
    told = await clearance_events(registry)
    assert [type_ for type_, _, _ in told] == [
        "clearance-recorded",
        "clearance-ended",
        "tombstone",
        "clearance-recorded",
    ]
    first, ended, buried, again = told
    assert first[1] == ended[1] == buried[1] != again[1]
    assert ended[2] == {"version": 2, "clearance_id": first[1], "volunteer_id": str(volunteer.subject_id)}
    assert again[2] is not None
    assert again[2]["version"] == 1
    deleted = await registry.send("DELETE", path, inspecting.coordinator, version=3)
    assert deleted.status_code == 204
    last = (await clearance_events(registry))[-2:]
    # An end by deletion reads the same as one by conviction.
    assert [type_ for type_, _, _ in last] == ["clearance-ended", "tombstone"]
    assert last[0][2] is not None
    assert last[0][2].keys() == ended[2].keys()


async def test_nobody_inspects_their_own(registry: Registry, inspecting: Body) -> None:
    """domain: nobody confirms their own hours, clearance, expenses or card."""
    same, _ = await registry.volunteer(mail="Mitglied@example.org")
    await inspecting.becomes(same.subject_id, "requested")
    refused = await inspecting.record(same.subject_id)
    assert (refused.status_code, refused.json()["code"]) == (403, "own-clearance")
    by_admin = await registry.post(inspecting.path, inspecting.admin, inspecting.told(same.subject_id))
    assert by_admin.status_code == 201, by_admin.text
    change = {name: by_admin.json()[name] for name in ("inspected_on", "certificate_date", "relevant_conviction")}
    path = f"{inspecting.path}/{by_admin.json()['clearance_id']}"
    refused = await registry.send("PUT", path, inspecting.coordinator, change, version=1)
    assert (refused.status_code, refused.json()["code"]) == (403, "own-clearance")
    refused = await registry.send("DELETE", path, inspecting.coordinator, version=1)
    assert (refused.status_code, refused.json()["code"]) == (403, "own-clearance")
    volunteer = await registry.post(inspecting.path, same, inspecting.told(same.subject_id))
    assert volunteer.status_code == 403


async def test_nobody_is_inspected_who_has_not_dealt_with_the_organisation(
    registry: Registry, inspecting: Body
) -> None:
    """§ 30a(3) BZRG: because of an activity; and an organisation cannot try out ids."""
    person, _ = await registry.volunteer()
    for volunteer_id in (person.subject_id, uuid4()):
        answer = await inspecting.record(volunteer_id)
        assert (answer.status_code, answer.json()["code"]) == (404, "volunteer-not-found")


async def test_a_kind_of_activity_is_one_that_the_organisation_offers(inspecting: Body, volunteer: Person) -> None:
    """§ 30a(3) BZRG: bound to the activity; and a word of one's own would be free text."""
    answer = await inspecting.record(volunteer.subject_id, kind_of_activity="war_vorbestraft")
    assert (answer.status_code, answer.json()["code"]) == (422, "kind-of-activity-not-offered")
    kinds = answer.json()["details"]["kinds"]
    assert kinds and all(kind in answer.json()["detail"] for kind in kinds)


async def test_the_same_purpose_has_one_record_and_another_purpose_one_of_its_own(
    registry: Registry, inspecting: Body, volunteer: Person
) -> None:
    await inspecting.offer("sports")
    first = await inspecting.inspected(volunteer.subject_id)
    again = await inspecting.inspected(volunteer.subject_id)
    assert (again["clearance_id"], again["version"]) == (first["clearance_id"], 2)
    await inspecting.inspected(volunteer.subject_id, kind_of_activity="sports")
    await inspecting.inspected(volunteer.subject_id, legal_basis="asylg_44")
    await inspecting.inspected(volunteer.subject_id, legal_basis="other", stated_basis="§ 75 Abs. 2 SGB XII")
    await inspecting.inspected(volunteer.subject_id, legal_basis="other", stated_basis="§ 124 Abs. 2 SGB IX")
    assert len(await inspecting.shown()) == 5
    # What others know did not change the second time, so they heard nothing.
    assert len(await clearance_events(registry)) == 5
    older = await inspecting.record(volunteer.subject_id, inspected_on="2026-02-20", certificate_date="2026-02-01")
    assert (older.status_code, older.json()["code"]) == (409, "newer-inspection-known")


async def test_two_who_record_at_once_leave_one_record(inspecting: Body, volunteer: Person, registry: Registry) -> None:
    answers = await asyncio.gather(*(inspecting.record(volunteer.subject_id) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert sorted(answer.json()["version"] for answer in answers) == [1, 2, 3, 4, 5, 6]
    assert len(await inspecting.shown()) == 1
    assert len(await clearance_events(registry)) == 1


async def test_the_person_sees_what_is_recorded_and_by_whom_it_was_read(
    registry: Registry, inspecting: Body, volunteer: Person
) -> None:
    """Art. 15 DSGVO."""
    recorded = await inspecting.inspected(volunteer.subject_id, relevant_conviction=True)
    await inspecting.shown()
    answer = await registry.get("/volunteers/me/clearances", volunteer)
    assert answer.status_code == 200, answer.text
    (own,) = answer.json()["items"]
    assert own["organisation"] == "Demo-Verein one"
    assert own["relevant_conviction"] is True
    assert (await registry.get("/volunteers/me/clearances", inspecting.coordinator)).status_code == 403
    rows = await registry.value(
        "SELECT array_agg(action ORDER BY entry_id) FROM audit_log WHERE concerning = $1 AND thing_id = $2",
        volunteer.subject_id,
        UUID(recorded["clearance_id"]),
    )
    assert rows == ["recorded", "read"]


async def test_every_read_and_change_stands_in_the_audit_log(
    registry: Registry, inspecting: Body, volunteer: Person
) -> None:
    """Reads of sensitive records are logged, append-only: ids, no content."""
    recorded = await inspecting.inspected(volunteer.subject_id)
    path = f"{inspecting.path}/{recorded['clearance_id']}"
    change = {name: recorded[name] for name in ("inspected_on", "certificate_date", "relevant_conviction")}
    await registry.get(path, inspecting.admin)
    await registry.get(inspecting.path, inspecting.admin, format="csv")
    await registry.send("PUT", path, inspecting.coordinator, change, version=1)
    await registry.send("DELETE", path, inspecting.coordinator, version=2)
    async with registry.database.reading() as connection:
        rows = await connection.fetch(
            "SELECT action, organisation_ids, why FROM audit_log WHERE kind = 'clearance' ORDER BY entry_id"
        )
    assert [row["action"] for row in rows] == ["recorded", "read", "read", "corrected", "deleted"]
    assert {tuple(row["organisation_ids"]) for row in rows} == {(inspecting.organisation_id,)}
    assert rows[-1]["why"] == "by-organisation"


async def test_facts_that_cannot_be_are_refused(inspecting: Body, volunteer: Person) -> None:
    for change, code in (
        ({"inspected_on": "2026-03-03"}, "inspected-in-future"),
        ({"certificate_date": "2025-12-01"}, "certificate-too-old"),
        ({"certificate_date": "2026-03-02", "inspected_on": "2026-03-01"}, "certificate-after-inspection"),
    ):
        answer = await inspecting.record(volunteer.subject_id, **change)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_an_organisation_sets_its_own_terms(registry: Registry, inspecting: Body, volunteer: Person) -> None:
    path = f"/organisations/{inspecting.organisation_id}/clearance-terms"
    usual = await registry.get(path, inspecting.coordinator)
    assert (usual.json()["certificate_months"], usual.json()["renewal_years"], usual.json()["notice_days"]) == (
        3, 5, [90, 30],
    )  # fmt: skip
    wanted = {"certificate_months": 6, "renewal_years": 3}
    assert (await registry.send("PUT", path, inspecting.coordinator, wanted, version=1)).status_code == 403
    assert (await registry.send("PUT", path, inspecting.admin, wanted, version=7)).status_code == 412
    answers = await asyncio.gather(*(registry.send("PUT", path, inspecting.admin, wanted, version=1) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    recorded = await inspecting.inspected(volunteer.subject_id, certificate_date="2025-12-01")
    assert recorded["valid_until"] == "2029-03-02"
    for never in ({"renewal_years": 0}, {"waiting_days": 91}):
        assert (await registry.send("PUT", path, inspecting.admin, never, version=2)).status_code == 422


async def test_of_a_person_whose_data_is_restricted_nothing_is_shown_or_recorded(
    registry: Registry, inspecting: Body, volunteer: Person
) -> None:
    """Art. 18 DSGVO: stored, and nothing else; the day on which the law asks for deletion stays."""
    recorded = await inspecting.inspected(volunteer.subject_id)
    async with registry.database.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO restrictions (subject_id, ground, since) VALUES ($1, 'accuracy', $2)",
            volunteer.subject_id,
            tx.now,
        )
    assert await inspecting.shown() == []
    path = f"{inspecting.path}/{recorded['clearance_id']}"
    assert (await registry.get(path, inspecting.coordinator)).json()["code"] == "processing-restricted"
    assert (await inspecting.record(volunteer.subject_id)).json()["code"] == "processing-restricted"
    assert (await registry.send("DELETE", path, inspecting.coordinator, version=1)).status_code == 409
    letter = f"/organisations/{inspecting.organisation_id}/clearance-letter"
    asked = {"legal_basis": "sgb8_72a", "kind_of_activity": "homework_help", "volunteer_id": str(volunteer.subject_id)}
    assert (await registry.get(letter, inspecting.coordinator, **asked)).json()["code"] == "processing-restricted"
    assert len((await registry.get("/volunteers/me/clearances", volunteer)).json()["items"]) == 1
