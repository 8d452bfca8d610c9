"""Likely duplicates and merges: found on write, shown to whoever may see both, decided by a person, undone for 30 days."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.registry.handlers import duplicates
from shared.runtime.ids import new_id
from tests.integration.registry.calling import WANTS_CALLS, campaign, tell
from tests.integration.registry.exchange import erasure_recorded
from tests.integration.registry.inspecting import Body, body, volunteer_of
from tests.integration.registry.platform import CELLE, Person, Registry
from tests.integration.rights.world import signed_in

SEEN = [{"purpose": "contact_by_organisations", "text_version": "2026-01"}]


async def twins(registry: Registry, found: Body, **other: Any) -> tuple[Person, Person]:
    """One person who registered twice, and asked the same organisation both times."""
    first = await volunteer_of(registry, found, name="Anna Schmidt", mail="anna@example.org", consents=SEEN)
    told = {"name": "Schmitt, Anna", "mail": "a.schmitt@example.org", "consents": SEEN} | other
    second = await volunteer_of(registry, found, **told)
    await registry.let_timer_run("find-duplicates")
    return first, second


async def pairs(registry: Registry, person: Person, **filters: Any) -> list[dict[str, Any]]:
    answer = await registry.get("/duplicates", person, **filters)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def privacy_officer(registry: Registry) -> Person:
    state = await registry.state_admin()
    authority = await registry.organisation(
        registry.staff("authority"), kind="state_authority", verified_by=state, contact_mail="authority@example.org"
    )
    invited = await registry.invite(state, authority, "privacy_officer")
    if invited.status_code != 202:
        invited = await registry.invite(registry.staff("authority"), authority, "privacy_officer")
    officer = registry.staff("officer")
    assert (await registry.redeem(officer)).status_code == 200
    return officer


async def merge(registry: Registry, by: Person, survivor: Person) -> dict[str, Any]:
    (pair,) = await pairs(registry, by)
    path = f"/duplicates/{pair['duplicate_id']}/merge"
    answer = await registry.post(path, by, {"survivor_id": str(survivor.subject_id)}, version=pair["version"])
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def undo(registry: Registry, by: Person, done: dict[str, Any]) -> dict[str, Any]:
    answer = await registry.post(f"/merges/{done['merge_id']}/undoing", by, version=done["version"])
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_similar_name_is_found_within_what_a_coordinator_may_see(registry: Registry) -> None:
    found = await body(registry)
    first, second = await twins(registry, found)
    (pair,) = await pairs(registry, found.coordinator)
    assert pair["reasons"] == ["similar_name"]
    assert {pair["first_id"], pair["second_id"]} == {str(first.subject_id), str(second.subject_id)}
    assert set(pair) == {"duplicate_id", "version", "first_id", "second_id", "reasons", "status", "found_at"}
    other = await body(registry, "other")
    assert await pairs(registry, other.coordinator) == []
    assert (await registry.get(f"/duplicates/{pair['duplicate_id']}", other.coordinator)).status_code == 404
    await other.becomes(first.subject_id, "requested")
    assert await pairs(registry, other.coordinator) == [], "both have to have dealt with the organisation"
    assert (await registry.get("/duplicates", found.admin)).status_code == 403
    assert (await registry.get("/duplicates", first)).status_code == 403


async def test_a_suspended_organisations_coordinator_sees_and_merges_nobody(registry: Registry) -> None:
    found = await body(registry)
    await twins(registry, found)
    (pair,) = await pairs(registry, found.coordinator)
    state, path = await registry.state_admin(), f"/organisations/{found.organisation_id}"
    version = (await registry.get(path, state)).json()["version"]
    assert (await registry.post(f"{path}/suspension", state, version=version)).status_code == 200
    assert await pairs(registry, found.coordinator) == []
    assert (await registry.get(f"/duplicates/{pair['duplicate_id']}", found.coordinator)).status_code == 404


async def test_looking_at_two_side_by_side_is_recorded_for_each(registry: Registry) -> None:
    found = await body(registry)
    first, second = await twins(registry, found, consents=[])
    (pair,) = await pairs(registry, found.coordinator)
    shown = await registry.get(f"/duplicates/{pair['duplicate_id']}", found.coordinator)
    assert shown.status_code == 200, shown.text
    by_id = {each["volunteer_id"]: each for each in shown.json()["volunteers"]}
    assert by_id[str(first.subject_id)]["name"] == "Anna Schmidt"
    assert by_id[str(second.subject_id)]["name"] is None, "has not agreed that organisations see it"
    logged = await registry.value(
        "SELECT count(DISTINCT concerning) FROM audit_log WHERE kind = 'duplicate' AND action = 'read'"
    )
    assert logged == 2


async def with_phone(registry: Registry, phone: str, **told: Any) -> None:
    person, _ = await registry.volunteer(**told)
    path = f"/volunteers/{person.subject_id}"
    changed = await registry.send("PATCH", path, person, {"phone": phone}, version=1)
    assert changed.status_code == 200, changed.text


async def test_the_same_mail_in_other_letters_and_the_same_phone_are_found(registry: Registry) -> None:
    await with_phone(registry, "05141 12345", name="Anna Eins", mail="anna@example.org")
    await with_phone(registry, "+49 170 1234567", name="Berta Zwei", mail="Anna+tandem@example.org")
    await with_phone(registry, "0049 5141 12345", name="Clara Drei", mail="clara@example.org")
    await registry.let_timer_run("find-duplicates")
    officer = await privacy_officer(registry)
    assert sorted(each["reasons"] for each in await pairs(registry, officer)) == [["same_mail"], ["same_phone"]]
    assert len(await pairs(registry, officer, reason="same_phone")) == 1


async def test_another_age_or_region_is_another_person(registry: Registry) -> None:
    await registry.volunteer(name="Anna Schmidt", mail="a@example.org")
    await registry.volunteer(name="Anna Schmidt", mail="b@example.org", birth_date="2009-12-24")
    await registry.volunteer(name="Anna Schmidt", mail="c@example.org", postal_code="38518", district="03151")
    await registry.let_timer_run("find-duplicates")
    assert await registry.value("SELECT count(*) FROM duplicates") == 0


async def test_of_many_with_one_name_the_newest_are_compared_and_a_pair_once_found_stays(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicates, "SHARED_AT_MOST", 1)
    people = []
    for letter in "abc":
        person, _ = await registry.volunteer(name="Anna Schmidt", mail=f"{letter}@example.org")
        people.append(str(person.subject_id))
        await registry.let_timer_run("find-duplicates")
    first, second, third = people
    found = "SELECT array_agg(first_id || ' ' || second_id ORDER BY first_id, second_id) FROM duplicates"
    assert await registry.value(found) == [f"{first} {second}", f"{second} {third}"]
    await registry.value("INSERT INTO duplicate_checks (volunteer_id) VALUES ($1) RETURNING 1", UUID(first))
    await registry.let_timer_run("find-duplicates")
    assert await registry.value(found) == [f"{first} {second}", f"{first} {third}", f"{second} {third}"]


async def test_a_pair_goes_when_a_name_is_corrected_and_stays_away_when_dismissed(registry: Registry) -> None:
    found = await body(registry)
    _, second = await twins(registry, found)
    changed = await registry.send(
        "PATCH", f"/volunteers/{second.subject_id}", second, {"name": "Berta Bauer"}, version=1
    )
    assert changed.status_code == 200, changed.text
    await registry.let_timer_run("find-duplicates")
    assert await pairs(registry, found.coordinator) == []
    version = (await registry.get("/volunteers/me", second)).json()["version"]
    await registry.send("PATCH", f"/volunteers/{second.subject_id}", second, {"name": "Anna Schmid"}, version=version)
    await registry.let_timer_run("find-duplicates")
    (pair,) = await pairs(registry, found.coordinator)
    path = f"/duplicates/{pair['duplicate_id']}/dismissal"
    assert (await registry.post(path, found.coordinator, version=pair["version"])).status_code == 204
    version = (await registry.get("/volunteers/me", second)).json()["version"]
    await registry.send("PATCH", f"/volunteers/{second.subject_id}", second, {"name": "Anna Schmitt"}, version=version)
    await registry.let_timer_run("find-duplicates")
    assert await pairs(registry, found.coordinator) == []
    (dismissed,) = await pairs(registry, found.coordinator, status="dismissed")
    merge, told = f"/duplicates/{dismissed['duplicate_id']}/merge", {"survivor_id": str(second.subject_id)}
    refused = await registry.post(merge, found.coordinator, told, version=dismissed["version"])
    assert (refused.status_code, refused.json()["code"]) == (409, "duplicate-dismissed")


async def test_merging_never_happens_by_machine(registry: Registry) -> None:
    found = await body(registry)
    await twins(registry, found)
    registry.clock.advance(timedelta(days=60))
    await registry.let_timer_run("find-duplicates")
    assert await registry.value("SELECT count(*) FROM merges") == 0
    assert await registry.announced("volunteer-merged") == []


async def test_a_merge_moves_everything_and_tells_everybody(registry: Registry) -> None:
    found = await body(registry)
    survivor, merged = await twins(
        registry, found, languages=[{"language": "ar", "level": "C1"}], consents=[*SEEN, *WANTS_CALLS]
    )
    await tell(registry, merged, "age_band", "27-39")
    await found.inspected(merged.subject_id)
    group = (await registry.post("/groups", merged, {"name": "Demo"})).json()["group_id"]
    asked = await registry.value("SELECT count(*) FROM consents")
    before = len(await registry.announced())
    done = await merge(registry, found.coordinator, survivor)
    assert done["merged_id"] == str(merged.subject_id)
    for table in ("consents", "consents_held", "characteristics", "clearances", "placements", "group_members"):
        theirs = await registry.value(f"SELECT count(*) FROM {table} WHERE volunteer_id = $1", merged.subject_id)
        assert theirs == 0, table
    theirs = await registry.value("SELECT count(*) FROM consents WHERE volunteer_id = $1", survivor.subject_id)
    assert theirs == asked - 1, "but not what was agreed to about a characteristic"
    told = (await registry.announced())[before:]
    types = {each.type for each in told}
    assert {"volunteer-merged", "volunteer-updated", "clearance-recorded", "group-updated", "merge-announced"} <= types
    assert (await registry.last("clearance-recorded"))["volunteer_id"] == str(survivor.subject_id)
    assert (await registry.last("group-updated"))["speaker_id"] == str(survivor.subject_id)
    assert (await registry.last("group-updated"))["group_id"] == group
    assert {each.key for each in told if each.type == "merge-announced"} == {
        str(survivor.subject_id),
        str(merged.subject_id),
    }
    last = await registry.last("volunteer-merged")
    assert (last["volunteer_id"], last["survivor_id"]) == (str(merged.subject_id), str(survivor.subject_id))
    languages = {each["language"] for each in (await registry.last("volunteer-updated"))["languages"]}
    assert languages == {"de", "uk", "ar"}
    assert (await registry.get("/volunteers/me", merged)).status_code == 404
    assert (await registry.get("/volunteers/me", survivor)).status_code == 200


async def test_a_characteristic_moves_in_nobodys_merge_art_9_dsgvo(registry: Registry) -> None:
    """Art. 9 DSGVO: whoever is behind the other sign-in reads nothing of it, and the undoing brings it back."""
    found = await body(registry)
    survivor, merged = await twins(registry, found)
    await tell(registry, merged, "migration_experience", "yes")
    officer = await privacy_officer(registry)
    done = await merge(registry, officer, survivor)
    path = f"/volunteers/{survivor.subject_id}"
    for shown in ("/characteristics", "/consents"):
        answer = await registry.get(path + shown, survivor)
        assert (answer.status_code, "migration_experience" in answer.text) == (200, False), answer.text
    assert "migration_experience" not in (await registry.get("/me/export", survivor)).text
    await tell(registry, survivor, "migration_experience", "yes")
    await undo(registry, officer, done)
    assert await registry.value("SELECT count(*) FROM characteristics") == 2
    again = await registry.get(f"/volunteers/{merged.subject_id}/characteristics", merged)
    assert "migration_experience" in again.text


async def test_a_call_that_tells_of_a_characteristic_stays_behind(registry: Registry) -> None:
    found = await body(registry)
    survivor, merged = await twins(registry, found, consents=[*SEEN, *WANTS_CALLS])
    await tell(registry, merged, "age_band", "27-39")
    chosen_by_age = await campaign(registry, found, age_bands=["27-39"])
    for call, by in ((chosen_by_age, await registry.state_admin()), (await campaign(registry, found), found.admin)):
        await call.step("submission", found.coordinator)
        await call.step("approval", by)
        assert await call.called() == [str(merged.subject_id)]
    done = await merge(registry, found.coordinator, survivor)
    theirs = "SELECT count(*) FROM campaign_calls WHERE volunteer_id = $1"
    assert await registry.value(theirs, survivor.subject_id) == 1
    await undo(registry, found.coordinator, done)
    assert await registry.value(theirs, merged.subject_id) == 2


async def rows(registry: Registry, table: str, order: str) -> list[str]:
    async with registry.database.reading() as connection:
        found = await connection.fetch(f"SELECT to_jsonb(t)::text AS row FROM {table} AS t ORDER BY {order}")
    return [row["row"] for row in found]


async def test_undoing_a_merge_brings_both_back_as_they_were(registry: Registry) -> None:
    found = await body(registry)
    survivor, merged = await twins(
        registry, found, languages=[{"language": "ar", "level": "C1"}], consents=[*SEEN, *WANTS_CALLS]
    )
    await tell(registry, merged, "age_band", "27-39")
    await tell(registry, survivor, "age_band", "18-26")
    await found.inspected(merged.subject_id)
    await registry.post("/groups", merged, {"name": "Demo"})
    tables = {
        "consents": "position",
        "consents_held": "volunteer_id, purpose",
        "characteristics": "volunteer_id, characteristic",
        "placements": "placement_id",
        "group_members": "group_id, volunteer_id",
    }
    before = {table: await rows(registry, table, order) for table, order in tables.items()}
    profiles = [(await registry.get("/volunteers/me", each)).json() for each in (survivor, merged)]
    done = await merge(registry, found.coordinator, survivor)
    undone = await undo(registry, found.coordinator, done)
    assert (undone["can_be_undone"], undone["undone_at"] is None) == (False, False)
    for table, order in tables.items():
        assert await rows(registry, table, order) == before[table], table
    for each, profile in zip((survivor, merged), profiles, strict=True):
        again = (await registry.get("/volunteers/me", each)).json()
        assert {**again, "version": 0} == {**profile, "version": 0}
    assert await registry.value("SELECT volunteer_id FROM clearances") == merged.subject_id
    restored = await registry.last("volunteer-restored")
    assert restored["volunteer_id"] == str(merged.subject_id)
    assert restored["version"] > (await registry.last("volunteer-merged"))["version"]
    assert [each.data and each.data["undone"] for each in await registry.announced("merge-announced")] == [
        False,
        False,
        True,
        True,
    ]
    assert await registry.value("SELECT kept FROM merges") is None
    await registry.let_timer_run("find-duplicates")
    assert await pairs(registry, found.coordinator) == [], "they are two, as somebody has said"


async def test_what_the_survivor_changed_since_stays(registry: Registry) -> None:
    found = await body(registry)
    survivor, _ = await twins(registry, found, wishes=["seniors"])
    done = await merge(registry, found.coordinator, survivor)
    profile = (await registry.get("/volunteers/me", survivor)).json()
    assert set(profile["wishes"]) == {"homework", "seniors"}
    changed = await registry.send(
        "PATCH",
        f"/volunteers/{survivor.subject_id}",
        survivor,
        {"wishes": ["seniors", "sport"]},
        version=profile["version"],
    )
    assert changed.status_code == 200, changed.text
    await undo(registry, found.coordinator, done)
    assert (await registry.get("/volunteers/me", survivor)).json()["wishes"] == ["sport"]


async def test_a_merge_is_settled_after_thirty_days_and_what_was_kept_goes(registry: Registry) -> None:
    found = await body(registry)
    survivor, merged = await twins(registry, found)
    done = await merge(registry, found.coordinator, survivor)
    registry.clock.advance(timedelta(days=29, hours=23))
    assert await registry.let_timer_run("settle-merges") == 0
    registry.clock.advance(timedelta(hours=2))
    late = await registry.post(f"/merges/{done['merge_id']}/undoing", found.coordinator, version=1)
    assert (late.status_code, late.json()["code"]) == (409, "merge-settled")
    before = len(await registry.announced())
    assert await registry.let_timer_run("settle-merges") == 1
    assert [(each.topic, each.key, each.data) for each in (await registry.announced())[before:]] == [
        ("registry.volunteers", str(merged.subject_id), None),
        ("registry.volunteer-contacts", str(merged.subject_id), None),
    ]
    assert await registry.value("SELECT kept IS NULL AND moved IS NULL FROM merges")


async def test_the_erasure_of_either_id_erases_both(registry: Registry) -> None:
    found = await body(registry)
    survivor, merged = await twins(registry, found)
    await merge(registry, found.coordinator, survivor)
    asked = await registry.post(f"/volunteers/{survivor.subject_id}/erasure", survivor)
    assert asked.status_code == 202, asked.text
    told = {each.key for each in await registry.announced("erasure-requested")}
    assert told == {str(survivor.subject_id), str(merged.subject_id)}
    assert await registry.value("SELECT count(*) FROM merges") == 0
    assert await registry.value("SELECT count(*) FROM volunteers") == 0


async def test_the_erasure_of_the_merged_id_erases_the_survivor_too(registry: Registry) -> None:
    found = await body(registry)
    survivor, merged = await twins(registry, found)
    await merge(registry, found.coordinator, survivor)
    await found.becomes(merged.subject_id, "confirmed", "active")  # late, under the old id
    assert await registry.value("SELECT count(*) FROM placements WHERE volunteer_id = $1", merged.subject_id) > 0
    officer = await privacy_officer(registry)
    assert survivor.subject_id is not None
    await erasure_recorded(registry, officer, survivor.subject_id)
    asked = await registry.post(f"/volunteers/{merged.subject_id}/erasure", officer)
    assert asked.status_code == 202, asked.text
    for table in ("volunteers", "placements", "clearance_placements"):
        assert await registry.value(f"SELECT count(*) FROM {table}") == 0, table
    assert await registry.value("SELECT count(*) FROM erased_subjects") == 2


async def test_whoever_took_the_address_meanwhile_keeps_it(registry: Registry) -> None:
    found = await body(registry)
    survivor, merged = await twins(registry, found)
    done = await merge(registry, found.coordinator, survivor)
    anew, _ = await registry.volunteer(mail="a.schmitt@example.org", name="Demo Neu")
    await undo(registry, found.coordinator, done)
    addresses = {
        str(each): await registry.value("SELECT mail FROM volunteer_contacts WHERE volunteer_id = $1", each)
        for each in (anew.subject_id, merged.subject_id)
    }
    assert addresses == {str(anew.subject_id): "a.schmitt@example.org", str(merged.subject_id): None}


async def test_who_comes_back_without_an_address_comes_back_without_characteristics(registry: Registry) -> None:
    """Art. 9 DSGVO: whoever speaks for them now, or gives them an address, reads nothing that they told alone."""
    found = await body(registry)
    survivor, merged = await twins(registry, found, consents=[*SEEN, *WANTS_CALLS])
    await tell(registry, merged, "migration_experience", "yes")
    for by_experience in (True, False):
        called = await campaign(registry, found, own_migration_experience=by_experience)
        async with registry.database.transaction() as tx:
            sql = "INSERT INTO campaign_calls (campaign_id, volunteer_id, due_at) VALUES ($1, $2, $3)"
            await tx.connection.execute(sql, called.campaign_id, merged.subject_id, tx.now)
    done = await merge(registry, found.coordinator, survivor)
    await registry.volunteer(mail="a.schmitt@example.org", name="Demo Neu")
    await undo(registry, found.coordinator, done)
    assert [
        await registry.value(f"SELECT count(*) FROM {table} WHERE volunteer_id = $1", merged.subject_id)
        for table in ("volunteers", "characteristics", "campaign_calls")
    ] == [1, 0, 1]
    for table in ("consents", "consents_held"):
        sql = f"SELECT array_agg(purpose ORDER BY purpose) FROM {table} WHERE volunteer_id = $1"
        agreed = await registry.value(sql, merged.subject_id)
        assert agreed == ["campaigns", "contact_by_organisations", "processing"]


async def test_merges_are_undone_in_the_reverse_order(registry: Registry) -> None:
    found = await body(registry)
    first, second = await twins(registry, found)
    done = await merge(registry, found.coordinator, first)
    third = await volunteer_of(registry, found, name="Anna Schmid", mail="third@example.org")
    await registry.let_timer_run("find-duplicates")
    again = await merge(registry, await privacy_officer(registry), third)
    assert again["merged_id"] == str(first.subject_id)
    early = await registry.post(f"/merges/{done['merge_id']}/undoing", found.coordinator, version=1)
    assert (early.status_code, early.json()["code"]) == (409, "merged-again")
    await undo(registry, registry.staff("officer"), again)
    await undo(registry, found.coordinator, done)
    for each in (first, second, third):
        assert (await registry.get("/volunteers/me", each)).status_code == 200


async def test_two_in_one_group_are_one_member_and_two_again(registry: Registry) -> None:
    found = await body(registry)
    survivor, merged = await twins(registry, found)
    group = (await registry.post("/groups", merged, {"name": "Demo"})).json()["group_id"]
    await registry.post(f"/groups/{group}/invitations", merged, {"mail": "anna@example.org"})
    (invitation,) = (await registry.get("/group-invitations", survivor)).json()["items"]
    accept = f"/group-invitations/{invitation['invitation_id']}/acceptance"
    assert (await registry.post(accept, survivor)).status_code == 204
    done = await merge(registry, found.coordinator, survivor)
    assert (await registry.last("group-updated"))["member_ids"] == [str(survivor.subject_id)]
    await undo(registry, found.coordinator, done)
    assert (await registry.last("group-updated"))["member_ids"] == sorted(
        (str(survivor.subject_id), str(merged.subject_id))
    )
    assert (await registry.last("group-updated"))["speaker_id"] == str(merged.subject_id), "as it was"


async def two_inspections(registry: Registry) -> tuple[Body, Person, Person, dict[str, Any]]:
    """Two who are merged, each inspected for the same purpose, the survivor a day before the other."""
    found = await body(registry)
    survivor, merged = await twins(registry, found)
    await found.inspected(survivor.subject_id)
    registry.clock.advance(timedelta(days=1))
    await found.inspected(merged.subject_id)
    return found, survivor, merged, await merge(registry, found.coordinator, survivor)


async def test_the_undoing_gives_each_their_own_inspection_back_and_matching_hears_of_both(registry: Registry) -> None:
    found, survivor, merged, done = await two_inspections(registry)
    told = await found.shown()
    assert [each["volunteer_id"] for each in told] == [str(survivor.subject_id)]
    await undo(registry, found.coordinator, done)
    days = {each["volunteer_id"]: each["inspected_on"] for each in await found.shown()}
    assert len(days) == 2 and days[str(survivor.subject_id)] < days[str(merged.subject_id)]
    ended = {each.data["clearance_id"] for each in await registry.announced("clearance-ended") if each.data}
    recorded = [each.data or {} for each in await registry.announced("clearance-recorded")]
    now = {each["volunteer_id"] for each in recorded if each["clearance_id"] not in ended}
    assert now == {str(survivor.subject_id), str(merged.subject_id)}
    assert await registry.value("SELECT count(*) FROM clearances_set_aside") == 0


async def test_what_is_set_aside_goes_with_the_time_for_undoing(registry: Registry) -> None:
    """§ 72a(5) SGB VIII."""
    await two_inspections(registry)
    assert await registry.value("SELECT count(*) FROM clearances_set_aside") == 1
    registry.clock.advance(timedelta(days=31))
    await registry.let_timer_run("settle-merges")
    assert await registry.value("SELECT count(*) FROM clearances_set_aside") == 0


async def test_what_is_set_aside_goes_with_the_clearance_that_counts(registry: Registry) -> None:
    """§ 72a(5) SGB VIII: at once when the activity is not taken up."""
    found, _, _, _ = await two_inspections(registry)
    (counts,) = await found.shown()
    path = f"{found.path}/{counts['clearance_id']}"
    assert (await registry.send("DELETE", path, found.coordinator, version=counts["version"])).status_code == 204
    assert await registry.value("SELECT count(*) FROM clearances_set_aside") == 0


async def test_what_is_set_aside_is_shown_to_its_person_and_erased_with_them(registry: Registry) -> None:
    _, survivor, _, _ = await two_inspections(registry)
    assert survivor.subject_id is not None
    survivor = signed_in(registry, survivor.subject_id)
    assert len((await registry.get("/me/export", survivor)).json()["clearances"]) == 2
    await registry.post(f"/volunteers/{survivor.subject_id}/leave", survivor)
    assert await registry.value("SELECT count(*) FROM clearances_set_aside") == 0


async def test_of_two_inspections_for_one_purpose_the_later_counts_72a_sgb_viii(registry: Registry) -> None:
    """§ 72a(5) SGB VIII: an inspection replaces the one before it for the same purpose."""
    found = await body(registry)
    survivor, merged = await twins(registry, found)
    await found.inspected(survivor.subject_id)
    registry.clock.advance(timedelta(days=1))
    await found.inspected(merged.subject_id, relevant_conviction=True)
    await merge(registry, found.coordinator, survivor)
    assert await registry.value("SELECT count(*) FROM clearances") == 1
    assert await registry.value("SELECT relevant_conviction FROM clearances")
    assert (await registry.announced("clearance-ended"))[-1].data is not None
    kept = await registry.value("SELECT kept::text || moved::text FROM merges")
    assert "certificate_date" not in kept


async def test_a_restricted_person_is_not_merged_art_18_dsgvo(registry: Registry) -> None:
    """Art. 18(2) DSGVO: restricted data is only stored."""
    found = await body(registry)
    survivor, merged = await twins(registry, found)
    (pair,) = await pairs(registry, found.coordinator)
    said = {"first_id": str(survivor.subject_id), "second_id": str(merged.subject_id)}
    stated = await registry.post("/duplicates", found.coordinator, said, key="said-that-they-are-one")
    assert (stated.status_code, "Schmidt" in stated.text) == (201, True)
    async with registry.database.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO restrictions (subject_id, ground, since) VALUES ($1, 'accuracy', $2)",
            merged.subject_id,
            tx.now,
        )
    assert await pairs(registry, found.coordinator) == []
    kept = await registry.value("SELECT count(*) FROM idempotency_keys WHERE convert_from(body, 'UTF8') LIKE '%Schm%'")
    assert kept == 0, "nothing of the two is kept for a repetition"
    again = await registry.post("/duplicates", found.coordinator, said, key="said-that-they-are-one")
    anew = await registry.post("/duplicates", found.coordinator, said)
    shown = await registry.get(f"/duplicates/{pair['duplicate_id']}", found.coordinator)
    assert [each.status_code for each in (again, anew, shown)] == [409, 409, 409]
    path = f"/duplicates/{pair['duplicate_id']}/merge"
    refused = await registry.post(path, found.coordinator, {"survivor_id": str(survivor.subject_id)}, version=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "processing-restricted")


async def test_whoever_knows_says_that_two_are_one(registry: Registry) -> None:
    found = await body(registry)
    one = await volunteer_of(registry, found, name="Anna Schmidt", mail="one@example.org")
    other = await volunteer_of(registry, found, name="Berta Bauer", mail="two@example.org")
    said = {"first_id": str(one.subject_id), "second_id": str(other.subject_id)}
    stated = await registry.post("/duplicates", found.coordinator, said)
    assert (stated.status_code, stated.json()["reasons"]) == (201, ["stated"])
    outside, _ = await registry.volunteer(mail="three@example.org")
    wrong = await registry.post("/duplicates", found.coordinator, {**said, "second_id": str(outside.subject_id)})
    assert wrong.status_code == 404
    nobody = await registry.post("/duplicates", await privacy_officer(registry), {**said, "second_id": str(new_id())})
    assert nobody.status_code == 404
    path = f"/duplicates/{stated.json()['duplicate_id']}/merge"
    neither = await registry.post(path, found.coordinator, {"survivor_id": str(outside.subject_id)}, version=1)
    assert (neither.status_code, neither.json()["code"]) == (422, "survivor-not-of-pair")
    alone = await registry.post(path, found.coordinator, {"survivor_id": str(one.subject_id)}, version=1)
    assert (alone.status_code, alone.json()["code"]) == (409, "merge-by-privacy-officer")
    done = await merge(registry, registry.staff("officer"), one)
    assert UUID(done["survivor_id"]) == one.subject_id


async def test_a_coordinator_merges_nobody_into_an_account_that_came_later(registry: Registry) -> None:
    found = await body(registry)
    await volunteer_of(registry, found, name="Anna Schmidt", mail="anna@example.org")
    registry.clock.advance(timedelta(minutes=1))
    later = await volunteer_of(registry, found, name="Anna Schmitt", mail="later@example.org")
    await registry.let_timer_run("find-duplicates")
    (pair,) = await pairs(registry, found.coordinator)
    path = f"/duplicates/{pair['duplicate_id']}/merge"
    refused = await registry.post(path, found.coordinator, {"survivor_id": str(later.subject_id)}, version=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "merge-by-privacy-officer")


@pytest.mark.parametrize("told", [{"name": "Anna Schmidt"}, {"phone": "05141 998877"}, {"postal_code": "29221"}])
async def test_nobody_is_merged_into_an_account_that_was_made_to_look_alike(
    registry: Registry, told: dict[str, str]
) -> None:
    found = await body(registry)
    before: dict[str, Any] = {"name": "Anna Schmitt", "mail": "earlier@example.org"}
    before |= {"name": "Berta Bauer"} if "postal_code" not in told else {"postal_code": "38518"}
    earlier = await volunteer_of(registry, found, **before)
    registry.clock.advance(timedelta(minutes=1))
    person = await volunteer_of(registry, found, name="Anna Schmidt", mail="anna@example.org")
    await registry.send("PATCH", f"/volunteers/{person.subject_id}", person, {"phone": "05141 998877"}, version=1)
    changed = await registry.send("PATCH", f"/volunteers/{earlier.subject_id}", earlier, told, version=1)
    assert changed.status_code == 200, changed.text
    await registry.let_timer_run("find-duplicates")
    (pair,) = await pairs(registry, found.coordinator)
    path = f"/duplicates/{pair['duplicate_id']}/merge"
    refused = await registry.post(path, found.coordinator, {"survivor_id": str(earlier.subject_id)}, version=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "merge-by-privacy-officer")


async def test_a_merge_is_seen_and_undone_within_ones_own_districts(registry: Registry) -> None:
    found = await body(registry)
    first, _ = await twins(registry, found)
    done = await merge(registry, found.coordinator, first)
    assert [each["merge_id"] for each in (await registry.get("/merges", found.coordinator)).json()["items"]] == [
        done["merge_id"]
    ]
    # The same organisation, and another district from now on.
    elsewhere = "UPDATE members SET memberships = replace(memberships::text, $2, '03151')::jsonb WHERE subject_id = $1"
    await registry.value(elsewhere, found.coordinator.subject_id, CELLE)
    assert (await registry.get("/merges", found.coordinator)).json()["items"] == []
    path = f"/merges/{done['merge_id']}"
    assert (await registry.get(path, found.coordinator)).status_code == 404
    assert (await registry.post(f"{path}/undoing", found.coordinator, version=1)).status_code == 404
