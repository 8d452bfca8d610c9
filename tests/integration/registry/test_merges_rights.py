"""What a merge and its undoing must not lift: a guardian's word, a restriction, the time for which a clearance is kept."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.integration.registry.inspecting import Body, body, volunteer_of
from tests.integration.registry.platform import Person, Registry
from tests.integration.registry.test_duplicates import merge, pairs, privacy_officer, twins, undo
from tests.integration.registry.test_person_requests import ask, do

AGREED = {"text_version": "2026-01", "language": "de", "channel": "paper"}


async def minor_of(registry: Registry, found: Body, years: int = 15) -> UUID:
    """Somebody under 16 whose guardian agrees."""
    today = registry.clock.today()
    minor = await registry.register(
        name="Anna Schmitt", mail="minor@example.org", birth_date=str(today.replace(year=today.year - years))
    )
    await registry.post("/volunteers/confirmation", None, {"token": registry.link("confirmation", minor)})
    agreed = await registry.post(f"/volunteers/{minor}/guardian-consent", found.coordinator, AGREED)
    assert agreed.status_code == 204, agreed.text
    await found.becomes(UUID(str(minor)), "requested")
    return UUID(str(minor))


async def guardian_withdraws(registry: Registry, found: Body, volunteer_id: Any) -> None:
    path = f"/volunteers/{volunteer_id}/guardian-consent/withdrawal"
    withdrawn = await registry.post(path, found.coordinator, {"channel": "paper"})
    assert withdrawn.status_code == 204, withdrawn.text


async def waits(registry: Registry, volunteer_id: Any) -> bool:
    sql = "SELECT guardian_awaited FROM volunteers WHERE volunteer_id = $1"
    return bool(await registry.value(sql, volunteer_id))


async def age(registry: Registry, volunteer_id: Any) -> Any:
    return await registry.value("SELECT age_reached FROM volunteers WHERE volunteer_id = $1", volunteer_id)


async def refused(registry: Registry, by: Person, survivor: Person) -> str:
    (pair,) = await pairs(registry, by)
    path = f"/duplicates/{pair['duplicate_id']}/merge"
    answer = await registry.post(path, by, {"survivor_id": str(survivor.subject_id)}, version=pair["version"])
    assert answer.status_code == 409, answer.text
    return str(answer.json()["code"])


async def test_whose_guardian_withdrew_is_not_merged_art_8_dsgvo(registry: Registry) -> None:
    """Art. 8 DSGVO; §§ 107, 1626 BGB: nobody finds them under another id either."""
    found = await body(registry)
    grown_up = await volunteer_of(registry, found, name="Anna Schmidt", mail="anna@example.org", birth_date=None)
    minor = await minor_of(registry, found)
    said = {"first_id": str(grown_up.subject_id), "second_id": str(minor)}
    assert (await registry.post("/duplicates", found.coordinator, said)).status_code == 201
    await guardian_withdraws(registry, found, minor)
    assert await refused(registry, found.coordinator, grown_up) == "guardian-awaited"
    stated = await registry.post("/duplicates", found.coordinator, said)
    assert (stated.status_code, stated.json()["code"]) == (409, "guardian-awaited")
    assert await waits(registry, minor)


async def test_two_of_different_ages_are_not_merged(registry: Registry) -> None:
    found = await body(registry)
    first = await volunteer_of(registry, found, name="Anna Schmidt", mail="anna@example.org", birth_date=None)
    second = await volunteer_of(registry, found, name="Anna Schmitt", mail="other@example.org", birth_date=None)
    await registry.let_timer_run("find-duplicates")
    for person, born in ((first, "1990-01-01"), (second, "2009-12-24")):
        path = f"/volunteers/{person.subject_id}"
        told = await registry.send("PATCH", path, person, {"birth_date": born}, version=1)
        assert told.status_code == 200, told.text
    assert await refused(registry, found.coordinator, first) == "ages-contradict"
    said = {"first_id": str(first.subject_id), "second_id": str(second.subject_id)}
    stated = await registry.post("/duplicates", found.coordinator, said)
    assert (stated.status_code, stated.json()["code"]) == (409, "ages-contradict")


async def test_the_age_goes_on_with_the_survivor_and_back(registry: Registry) -> None:
    found = await body(registry)
    survivor = await volunteer_of(registry, found, name="Anna Schmidt", mail="anna@example.org", birth_date=None)
    minor = await minor_of(registry, found)
    said = {"first_id": str(survivor.subject_id), "second_id": str(minor)}
    assert (await registry.post("/duplicates", found.coordinator, said)).status_code == 201
    officer = await privacy_officer(registry)
    done = await merge(registry, officer, survivor)
    state = await registry.last("volunteer-updated")
    assert (state["volunteer_id"], state["age_reached"]) == (str(survivor.subject_id), 14)
    await undo(registry, officer, done)
    assert (await age(registry, survivor.subject_id), await age(registry, minor)) == (None, 14)


async def test_what_was_kept_before_a_column_came_is_restored_with_its_default(registry: Registry) -> None:
    found = await body(registry)
    survivor = await volunteer_of(registry, found, name="Anna Schmidt", mail="anna@example.org", birth_date=None)
    other = await volunteer_of(registry, found, name="Anna Schmitt", mail="other@example.org", birth_date=None)
    await registry.let_timer_run("find-duplicates")
    done = await merge(registry, found.coordinator, survivor)
    # As if these had come with a release since.
    older = "kept #- '{volunteer,restricted}' #- '{contact,erasure_requested}'"
    assert await registry.value(f"UPDATE merges SET kept = {older} WHERE kept <> {older} RETURNING 1") == 1
    await undo(registry, found.coordinator, done)
    assert await registry.value("SELECT restricted FROM volunteers WHERE volunteer_id = $1", other.subject_id) is False


async def test_a_guardian_who_withdraws_meanwhile_is_heard_after_the_undoing(registry: Registry) -> None:
    """Art. 7(3), 8 DSGVO."""
    found = await body(registry)
    survivor = await volunteer_of(registry, found, name="Anna Schmidt", mail="anna@example.org", birth_date=None)
    minor = await minor_of(registry, found)
    said = {"first_id": str(survivor.subject_id), "second_id": str(minor)}
    assert (await registry.post("/duplicates", found.coordinator, said)).status_code == 201
    officer = await privacy_officer(registry)
    done = await merge(registry, officer, survivor)
    await guardian_withdraws(registry, found, survivor.subject_id)
    assert await waits(registry, survivor.subject_id)
    await undo(registry, officer, done)
    assert (await waits(registry, survivor.subject_id), await waits(registry, minor)) == (False, True)
    assert (await registry.last("volunteer-restored"))["paused"] is True


async def test_under_a_merged_id_nothing_is_asked_any_more_and_what_was_can_be_closed(registry: Registry) -> None:
    """Art. 18 DSGVO: a restriction that nobody heeds is no answer; a request that nobody can close is none either."""
    found = await body(registry)
    survivor, merged = await twins(registry, found)
    officer = await privacy_officer(registry)
    asked = await ask(registry, merged, "access")
    await merge(registry, found.coordinator, survivor)
    restriction = {"kind": "restriction", "ground": "accuracy_contested"}
    refused = await registry.post("/person-requests", merged, restriction)
    assert (refused.status_code, refused.json()["code"]) == (404, "volunteer-not-found")
    assert await registry.value("SELECT count(*) FROM restrictions") == 0
    # As if it had come in late, under the old id.
    async with registry.database.transaction() as tx:
        await tx.connection.execute("UPDATE person_requests SET subject_id = $1", merged.subject_id)
    closed = await do(registry, officer, asked, "refusal", {"reason": "no_ground"})
    assert (closed.status_code, closed.json()["status"]) == (200, "refused"), closed.text
    assert await registry.announced("person-request-answered") == []
    erasure = await registry.post("/person-requests", merged, {"kind": "erasure"})
    assert erasure.status_code == 201, erasure.text
    assert await registry.value("SELECT count(*) FROM volunteers") == 0


async def deleted_on(registry: Registry) -> Any:
    return await registry.value("SELECT delete_on FROM clearances")


async def test_a_clearance_stays_while_the_survivor_is_active(registry: Registry) -> None:
    """§ 72a(5) SGB VIII: what it is needed for goes on."""
    found = await body(registry)
    survivor, merged = await twins(registry, found)
    await found.becomes(survivor.subject_id, "confirmed", "active")
    going = await registry.value("SELECT placement_id FROM placements WHERE volunteer_id = $1", merged.subject_id)
    await found.becomes(merged.subject_id, "withdrawn", placement_id=going)
    registry.clock.advance(timedelta(minutes=1))
    await found.inspected(merged.subject_id)
    due = await deleted_on(registry)
    assert due is not None
    done = await merge(registry, found.coordinator, survivor)
    assert await deleted_on(registry) is None
    await undo(registry, found.coordinator, done)
    assert await deleted_on(registry) == due


async def test_a_clearance_goes_in_time_after_the_undoing_72a_sgb_viii(registry: Registry) -> None:
    found = await body(registry)
    survivor, merged = await twins(registry, found)
    placement = await found.becomes(merged.subject_id, "confirmed", "active")
    await found.inspected(merged.subject_id)
    await found.becomes(merged.subject_id, "ended", placement_id=placement)
    due = await deleted_on(registry)
    done = await merge(registry, found.coordinator, survivor)
    await found.becomes(survivor.subject_id, "confirmed", "active")
    assert await deleted_on(registry) is None
    await undo(registry, found.coordinator, done)
    assert await deleted_on(registry) == due
    registry.clock.advance(timedelta(days=200))
    assert await registry.let_timer_run("delete-clearances") == 1


async def test_before_it_is_deleted_it_is_looked_at_again(registry: Registry) -> None:
    """A day that was worked out before something changed deletes nothing."""
    found = await body(registry)
    person = await volunteer_of(registry, found, "confirmed", "active")
    await found.inspected(person.subject_id)
    async with registry.database.transaction() as tx:
        await tx.connection.execute(
            "UPDATE clearances SET delete_on = $1, delete_reason = 'not-taken-up'", registry.clock.today()
        )
    assert await registry.let_timer_run("delete-clearances") == 0
    assert await registry.value("SELECT count(*) FROM clearances WHERE delete_on IS NULL") == 1


async def test_nothing_is_undone_while_the_survivor_is_restricted_art_18_dsgvo(registry: Registry) -> None:
    """Art. 18(2) DSGVO: restricted data is only stored."""
    found = await body(registry)
    survivor, _ = await twins(registry, found)
    done = await merge(registry, found.coordinator, survivor)
    async with registry.database.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO restrictions (subject_id, ground, since) VALUES ($1, 'accuracy', $2)",
            survivor.subject_id,
            tx.now,
        )
    answer = await registry.post(f"/merges/{done['merge_id']}/undoing", found.coordinator, version=done["version"])
    assert (answer.status_code, answer.json()["code"]) == (409, "processing-restricted")
    assert await registry.value("SELECT count(*) FROM volunteers") == 1


async def come_back_without_mail(registry: Registry, found: Body, merged_by: Person, undone_by: Person) -> None:
    survivor, merged = await twins(registry, found)
    done = await merge(registry, merged_by, survivor)
    await registry.volunteer(mail="a.schmitt@example.org", name="Demo Neu")
    await undo(registry, undone_by, done)
    sql = "SELECT through FROM volunteer_contacts WHERE volunteer_id = $1 AND mail IS NULL"
    assert await registry.value(sql, merged.subject_id) == found.coordinator.subject_id
    shown = await registry.get(f"/volunteers/{merged.subject_id}", found.coordinator)
    assert shown.status_code == 200, shown.text
    assert (shown.json()["mail"], shown.json()["registered_by"]) == (None, str(found.organisation_id))


async def test_whose_address_was_taken_belongs_to_the_organisation_of_the_merge(registry: Registry) -> None:
    found = await body(registry)
    await come_back_without_mail(registry, found, found.coordinator, found.coordinator)


async def test_nobody_is_reached_through_the_privacy_officer_who_undoes(registry: Registry) -> None:
    found = await body(registry)
    await come_back_without_mail(registry, found, found.coordinator, await privacy_officer(registry))


async def test_after_the_privacy_officers_merge_too_an_organisation_answers(registry: Registry) -> None:
    found = await body(registry)
    officer = await privacy_officer(registry)
    await come_back_without_mail(registry, found, officer, officer)
