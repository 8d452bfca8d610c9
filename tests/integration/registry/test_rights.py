"""What the other services are told of what persons asked: two facts, when they change, and gone with the person."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

from services.registry.rules.requests import exports_end
from shared.contracts.privacy import PersonExported
from shared.postgres.subjects import lock_subject, lock_subject_for_erasure
from tests.integration.registry.platform import CELLE, Person, Registry
from tests.integration.registry.test_contacts import member_of, organisation_of, publish
from tests.integration.registry.test_own_contacts import find, own_contact, team
from tests.integration.registry.test_person_requests import ask, do, officer
from tests.integration.registry.test_restrictions import GROUND
from tests.support.waiting import eventually

LIFT = {"reason": "wish_of_person"}


async def told(registry: Registry, person: Person) -> list[tuple[bool, str | None]]:
    """What was published of a person, in order."""
    found = [each.data or {} for each in await registry.announced("person-rights-updated")]
    mine = [each for each in found if each["subject_id"] == str(person.subject_id)]
    assert [each["version"] for each in mine] == list(range(1, len(mine) + 1))
    assert all(set(each) == {"subject_id", "version", "restricted", "export_until"} for each in mine)
    return [(each["restricted"], each["export_until"]) for each in mine]


async def test_of_whoever_asked_nothing_nothing_is_published(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    assert await told(registry, person) == []


async def test_a_restriction_and_its_end_are_told_without_a_reason(registry: Registry) -> None:
    """Art. 18 DSGVO; Art. 5(1)(c): no more than needed."""
    person, _ = await registry.volunteer()
    await ask(registry, person, "restriction", **GROUND)
    await registry.post(f"/persons/{person.subject_id}/restriction/end", person, LIFT)
    assert await told(registry, person) == [(True, None), (False, None)]
    assert "accuracy" not in str(await registry.announced("person-rights-updated"))


async def test_as_long_as_somebody_waits_for_an_answer_what_is_held_may_be_handed_out(registry: Registry) -> None:
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    asked = await ask(registry, person, "access")
    other = await ask(registry, person, "portability")
    until = exports_end(date.fromisoformat(asked["due_on"])).isoformat()
    asked = (await do(registry, watching, asked, "answer", {"outcome": "fulfilled"})).json()
    assert await told(registry, person) == [(False, until)]
    assert (await do(registry, person, other, "withdrawal")).status_code == 200
    assert await told(registry, person) == [(False, until), (False, None)]


async def test_an_extension_is_told(registry: Registry) -> None:
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    asked = await ask(registry, person, "access")
    extended = (await do(registry, watching, asked, "extension", {"reason": "complexity"})).json()
    until = [exports_end(date.fromisoformat(each["due_on"])).isoformat() for each in (asked, extended)]
    assert await told(registry, person) == [(False, until[0]), (False, until[1])]


async def test_nothing_of_it_stays_after_an_erasure(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    await ask(registry, person, "access")
    await registry.post(f"/volunteers/{person.subject_id}/leave", person)
    assert await registry.value("SELECT count(*) FROM person_rights") == 0
    records = [each for each in await registry.announced() if each.topic == "registry.rights"]
    assert [each.data is None for each in records] == [False, True]


async def test_what_another_service_handed_out_stands_in_the_audit_log_and_in_the_persons_export(
    registry: Registry,
) -> None:
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    assert person.subject_id is not None and watching.subject_id is not None
    now = registry.clock.now()
    for service in ("matching", "training", "notifications"):
        event = PersonExported(
            subject_id=person.subject_id, officer_id=watching.subject_id, service=service, exported_at=now
        )
        await registry.hear(event)
    found = await registry.get("/audit-entries", watching, concerning=person.subject_id)
    noted = {(each["action"], each["kind"], each["actor_id"]) for each in found.json()["items"]}
    for service in ("matching", "training", "notifications"):
        assert ("exported", f"person-in-{service}", str(watching.subject_id)) in noted
    own = (await registry.get("/me/export", person)).json()["accesses"]
    assert len([each for each in own if each["action"] == "exported"]) == 3


async def restricted_member(registry: Registry, member: Person) -> None:
    asked = await ask(registry, member, "restriction", **GROUND)
    assert asked["status"] == "answered"


async def test_staff_restrict_at_once_and_end_it_themselves(registry: Registry) -> None:
    """Art. 18 DSGVO knows no difference between volunteers and staff."""
    _, _, coordinator, _ = await team(registry)
    await restricted_member(registry, coordinator)
    path = f"/persons/{coordinator.subject_id}/restriction"
    assert (await registry.get(path, coordinator)).json()["ground"] == "accuracy_contested"
    assert (await registry.last("person-request-answered"))["by_member"] is True
    assert (await registry.post(f"{path}/end", coordinator, LIFT)).status_code == 204
    assert await told(registry, coordinator) == [(True, None), (False, None)]


async def waits(registry: Registry) -> bool:
    return bool(await registry.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))


async def test_whoever_changes_an_entry_and_a_restriction_of_its_member_wait_for_each_other(registry: Registry) -> None:
    """Art. 18(2) DSGVO: nothing is written by what was read before the restriction began."""
    admin, _, coordinator, contact = await team(registry)
    assert coordinator.subject_id is not None
    async with registry.database.transaction() as tx:
        await lock_subject(tx, coordinator.subject_id)
        restricting = asyncio.create_task(restricted_member(registry, coordinator))
        await eventually(lambda: waits(registry))
    await restricting
    assert (await registry.post(f"/persons/{coordinator.subject_id}/restriction/end", coordinator, LIFT)).is_success
    path = f"/contacts/{contact['contact_id']}"
    async with registry.database.transaction() as tx:
        await lock_subject_for_erasure(tx, coordinator.subject_id)
        changing = asyncio.create_task(registry.send("PATCH", path, admin, {"phone": "+49 5141 1"}, version=1))
        await eventually(lambda: waits(registry))
        await tx.connection.execute(
            "INSERT INTO restrictions (subject_id, ground, since) VALUES ($1, 'accuracy', $2)",
            coordinator.subject_id,
            tx.now,
        )
    answer = await changing
    assert (answer.status_code, answer.json()["code"]) == (409, "processing-restricted")


async def held_up(registry: Registry) -> bool:
    return bool(await registry.value("SELECT count(*) FROM pg_locks WHERE NOT granted"))


async def test_nobody_becomes_a_contact_who_leaves_meanwhile(registry: Registry) -> None:
    """Art. 17 DSGVO: a name that is published without its member would stay public."""
    admin, organisation, _, contact = await team(registry)
    trainer = await member_of(registry, admin, organisation, "trainer", "trainer-1")
    path, named = f"/contacts/{contact['contact_id']}", {"subject_id": str(trainer.subject_id)}
    async with registry.database.transaction() as tx:
        # As whoever takes a role does.
        sql = "SELECT FROM organisations WHERE organisation_id = $1 FOR UPDATE"
        await tx.connection.execute(sql, UUID(organisation["organisation_id"]))
        changing = asyncio.create_task(registry.send("PATCH", path, admin, named, version=1))
        await eventually(lambda: held_up(registry))
        await tx.connection.execute("UPDATE members SET memberships = '[]' WHERE subject_id = $1", trainer.subject_id)
    assert (await changing).json()["code"] == "no-member-of-organisation"


async def test_nobody_becomes_a_contact_who_is_restricted_meanwhile(registry: Registry) -> None:
    """Art. 18(2) DSGVO."""
    admin, organisation, _, contact = await team(registry)
    trainer = await member_of(registry, admin, organisation, "trainer", "trainer-1")
    assert trainer.subject_id is not None
    path, named = f"/contacts/{contact['contact_id']}", {"subject_id": str(trainer.subject_id)}
    async with registry.database.transaction() as tx:
        await lock_subject_for_erasure(tx, trainer.subject_id)
        changing = asyncio.create_task(registry.send("PATCH", path, admin, named, version=1))
        await eventually(lambda: held_up(registry))
        sql = "INSERT INTO restrictions (subject_id, ground, since) VALUES ($1, 'accuracy', $2)"
        await tx.connection.execute(sql, trainer.subject_id, tx.now)
    assert (await changing).json()["code"] == "processing-restricted"


async def test_an_officer_ends_it_after_the_member_was_told(registry: Registry) -> None:
    """Art. 18(3) DSGVO."""
    watching = await officer(registry)
    _, _, coordinator, _ = await team(registry)
    await restricted_member(registry, coordinator)
    path = f"/persons/{coordinator.subject_id}/restriction/end"
    assert (await registry.post(path, watching, {"reason": "accuracy_checked"})).status_code == 204
    assert (await registry.last("restriction-ending"))["by_member"] is True
    registry.clock.advance(timedelta(days=7))
    assert await registry.let_timer_run("end-restrictions") == 1
    assert (await told(registry, coordinator))[-1] == (False, None)


async def test_in_the_directory_the_substitute_stands_in_and_the_entry_says_that_it_is_locked(
    registry: Registry,
) -> None:
    admin, organisation, coordinator, contact = await team(registry)
    second = await member_of(registry, admin, organisation, subject="coo-2")
    substitute = await publish(registry, admin, organisation, subject_id=second.subject_id, name="Demo Vertretung")
    body = {"substitute_id": substitute["contact_id"]}
    await registry.send("PATCH", f"/contacts/{contact['contact_id']}", coordinator, body, version=1)
    await restricted_member(registry, coordinator)
    for path, asked in (
        (f"/contacts/{contact['contact_id']}", {}),
        ("/contacts", {"district": CELLE}),
        ("/contacts/search", {"postal_code": "29221"}),
        (f"/organisations/{organisation['organisation_id']}/contacts", {}),
    ):
        answer = (await registry.get(path, admin, **asked)).json()
        (shown,) = [each for each in answer.get("items", [answer]) if each["contact_id"] == contact["contact_id"]]
        assert (shown["restricted"], shown["name"], shown["phone"], shown["mail"]) == (True, "", None, None)
        assert shown["stands_in"]["name"] == "Demo Vertretung"
        assert "Demo Ansprechperson" not in str(shown)


async def test_whoever_stands_in_is_not_locked_either(registry: Registry) -> None:
    admin, organisation, coordinator, contact = await team(registry)
    second = await member_of(registry, admin, organisation, subject="coo-2")
    substitute = await publish(registry, admin, organisation, subject_id=second.subject_id)
    body = {"substitute_id": substitute["contact_id"]}
    await registry.send("PATCH", f"/contacts/{contact['contact_id']}", coordinator, body, version=1)
    for member in (coordinator, second):
        await restricted_member(registry, member)
    assert (await registry.get(f"/contacts/{contact['contact_id']}")).json()["stands_in"] is None


async def test_no_volunteer_has_a_contact_whose_data_is_only_stored(registry: Registry) -> None:
    _admin, _organisation, coordinator, contact = await team(registry)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    first = await own_contact(registry, volunteer)
    assert first is not None and first["contact"]["contact_id"] == contact["contact_id"]
    await restricted_member(registry, coordinator)
    await find(registry)
    assert await own_contact(registry, volunteer) is None
    await registry.post(f"/persons/{coordinator.subject_id}/restriction/end", coordinator, LIFT)
    await find(registry)
    again = await own_contact(registry, volunteer)
    assert again is not None and again["contact"]["contact_id"] == contact["contact_id"]


async def test_a_list_of_members_says_that_one_is_locked_and_names_no_name(registry: Registry) -> None:
    admin, organisation = await organisation_of(registry)
    member = await member_of(registry, admin, organisation)
    await restricted_member(registry, member)
    path = f"/organisations/{organisation['organisation_id']}/members"
    listed = {UUID(each["subject_id"]): each for each in (await registry.get(path, admin)).json()["items"]}
    assert member.subject_id is not None and admin.subject_id is not None
    locked = listed[member.subject_id]
    assert (locked["restricted"], locked["name"], locked["mail"]) == (True, "", "")
    assert listed[admin.subject_id]["restricted"] is False


async def test_nobody_else_publishes_changes_or_confirms_whose_data_is_only_stored(registry: Registry) -> None:
    """Art. 18(2) DSGVO; they themself may."""
    admin, organisation, coordinator, contact = await team(registry)
    second = await member_of(registry, admin, organisation, subject="coo-2")
    other = await publish(registry, admin, organisation, subject_id=second.subject_id)
    await restricted_member(registry, coordinator)
    path = f"/contacts/{contact['contact_id']}"
    told = {
        "organisation_id": organisation["organisation_id"],
        "district": CELLE,
        "topic": "children",
        "name": "Demo Ansprechperson",
        "languages": ["de"],
        "subject_id": str(coordinator.subject_id),
    }
    before = len(await registry.announced())
    refused = [
        await registry.post("/contacts", admin, told),
        await registry.send("PATCH", path, admin, {"name": "Other"}, version=1),
        await registry.post(f"{path}/confirmation", admin, None, version=1),
        await registry.send(
            "PATCH", f"/contacts/{other['contact_id']}", admin, {"subject_id": told["subject_id"]}, version=1
        ),
    ]
    assert [(each.status_code, each.json()["code"]) for each in refused] == [(409, "processing-restricted")] * 4
    assert len(await registry.announced()) == before
    own = await registry.send("PATCH", path, coordinator, {"phone": "+49 5141 111111"}, version=1)
    assert own.status_code == 200, own.text
