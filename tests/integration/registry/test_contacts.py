"""The directory of contacts over HTTP: publishing, finding, standing in, keeping up to date."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import psycopg

from tests.integration.registry.platform import CELLE, GIFHORN, Person, Registry
from tests.support.platform import PlatformDatabase

HOURS = [{"day": "monday", "start": "09:00", "end": "12:00"}]


async def organisation_of(
    registry: Registry, subject: str = "admin-1", **changes: Any
) -> tuple[Person, dict[str, Any]]:
    """A verified organisation in Celle and Gifhorn with its admin."""
    admin = registry.staff(subject)
    body = {"districts": [CELLE, GIFHORN], **changes}
    organisation = await registry.organisation(admin, verified_by=await registry.state_admin(), **body)
    me = (await registry.get("/me", admin)).json()
    return Person(admin.token, UUID(me["subject_id"])), organisation


async def member_of(
    registry: Registry, admin: Person, organisation: dict[str, Any], role: str = "coordinator", subject: str = "coo-1"
) -> Person:
    person = registry.staff(subject)
    assert (await registry.invite(admin, organisation, role, [CELLE])).status_code == 202
    answer = await registry.redeem(person)
    assert answer.status_code == 200, answer.text
    return Person(person.token, UUID(answer.json()["subject_id"]))


async def publish(registry: Registry, by: Person, organisation: dict[str, Any], **changes: Any) -> dict[str, Any]:
    body = {
        "organisation_id": organisation["organisation_id"],
        "district": CELLE,
        "topic": "housing",
        "name": "Demo Ansprechperson",
        "languages": ["de"],
        "phone": "+49 5141 000000",
    }
    if "subject_id" in changes and changes["subject_id"] is not None:
        changes["subject_id"] = str(changes["subject_id"])
    answer = await registry.post("/contacts", by, body | changes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def change(registry: Registry, by: Person, contact: dict[str, Any], **changes: Any) -> httpx.Response:
    return await registry.send("PATCH", f"/contacts/{contact['contact_id']}", by, changes, version=contact["version"])


async def search(registry: Registry, **asked: Any) -> list[dict[str, Any]]:
    answer = await registry.get("/contacts/search", **{"postal_code": "29221", **asked})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_the_nearest_contact_is_found_by_postal_code_topic_and_language(registry: Registry) -> None:
    admin, organisation = await organisation_of(registry)
    far = await publish(registry, admin, organisation, district=GIFHORN, postal_code="38518", languages=["ar", "de"])
    near = await publish(registry, admin, organisation, postal_code="29223")
    here = await publish(registry, admin, organisation, postal_code="29221", topic="funding")
    found = await search(registry)
    assert [each["contact_id"] for each in found] == [each["contact_id"] for each in (here, near, far)]
    assert found[0]["distance_km"] == 0.0
    assert 30 < found[2]["distance_km"] < 45
    assert [each["is_responsible"] for each in found] == [True, True, False]
    assert [each["contact_id"] for each in await search(registry, topic="funding")] == [here["contact_id"]]
    assert [each["contact_id"] for each in await search(registry, language="ar")] == [far["contact_id"]]
    assert len(await search(registry, within_km=20)) == 2
    assert "subject_id" not in found[0]
    unknown = await registry.get("/contacts/search", postal_code="00000")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "place-not-found")


async def test_pages_of_a_search_follow_each_other_and_stale_contacts_sink(registry: Registry) -> None:
    admin, organisation = await organisation_of(registry)
    for number in range(7):
        await publish(registry, admin, organisation, name=f"Demo {number}", postal_code="29221" if number % 2 else None)
    registry.clock.advance(timedelta(days=100))
    fresh = await publish(registry, admin, organisation, district=GIFHORN, postal_code="38518", name="frisch")
    await registry.let_timer_run("remind-of-contacts")
    seen: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        following = f"&cursor={cursor}" if cursor else ""
        answer = await registry.client.get(f"/contacts/search?postal_code=29221&limit=2{following}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        seen += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len({each["contact_id"] for each in seen}) == 8
    assert seen[0]["contact_id"] == fresh["contact_id"]
    assert [each["is_stale"] for each in seen] == [False] + 7 * [True]
    file = await registry.get("/contacts/search", postal_code="29221", format="csv")
    lines = file.text.strip().splitlines()
    assert [each["contact_id"] in line for each, line in zip(seen, lines[1:], strict=True)] == 8 * [True]
    assert [each["distance_km"] for each in seen[1:]] == sorted(each["distance_km"] for each in seen[1:])


async def test_nobody_is_published_twice_for_the_same(registry: Registry) -> None:
    admin, organisation = await organisation_of(registry)
    coordinator = await member_of(registry, admin, organisation)
    found = await publish(registry, admin, organisation, subject_id=coordinator.subject_id)
    body = {
        "organisation_id": organisation["organisation_id"],
        "district": CELLE,
        "topic": "housing",
        "name": "Demo Ansprechperson",
        "languages": ["de"],
        "subject_id": str(coordinator.subject_id),
    }
    again = await registry.post("/contacts", admin, body)
    assert (again.status_code, again.json()["code"]) == (409, "contact-exists")
    assert again.json()["details"] == {"contact_id": found["contact_id"]}
    answers = await asyncio.gather(*(registry.post("/contacts", admin, body | {"topic": "language"}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_district_of_others_is_named(registry: Registry) -> None:
    admin, organisation = await organisation_of(registry)
    coordinator = await member_of(registry, admin, organisation)
    body = {
        "organisation_id": organisation["organisation_id"],
        "district": "03403",
        "topic": "housing",
        "name": "Demo Ansprechperson",
        "languages": ["de"],
    }
    elsewhere = await registry.post("/contacts", coordinator, body)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "district-not-yours")
    assert elsewhere.json()["details"] == {"districts": [CELLE]}


async def test_contacts_are_listed_filtered_and_given_as_a_file(registry: Registry) -> None:
    admin, organisation = await organisation_of(registry)
    await publish(registry, admin, organisation, languages=["uk"])
    await publish(registry, admin, organisation, topic="funding")
    assert len((await registry.get("/contacts", language="uk")).json()["items"]) == 1
    assert len((await registry.get("/contacts", organisation_id=organisation["organisation_id"])).json()["items"]) == 2
    assert (await registry.get("/contacts", colour="red")).status_code == 400
    file = await registry.get("/contacts", format="csv", topic="funding")
    assert file.headers["content-type"].startswith("text/csv")
    assert len(file.text.splitlines()) == 2
    managed = await registry.get(f"/organisations/{organisation['organisation_id']}/contacts", admin)
    assert [each["capacity"] for each in managed.json()["items"]] == [50, 50]


async def test_contacts_of_a_suspended_organisation_are_not_found(registry: Registry) -> None:
    admin, organisation = await organisation_of(registry)
    contact = await publish(registry, admin, organisation)
    state = await registry.state_admin()
    path = f"/organisations/{organisation['organisation_id']}/suspension"
    assert (await registry.post(path, state, version=organisation["version"])).status_code == 200
    assert await search(registry) == []
    assert (await registry.get("/contacts")).json()["items"] == []
    assert (await registry.get(f"/contacts/{contact['contact_id']}")).status_code == 404


async def test_nobody_of_a_suspended_organisation_changes_a_contact_not_even_their_own(registry: Registry) -> None:
    admin, organisation = await organisation_of(registry)
    contact = await publish(registry, admin, organisation, subject_id=admin.subject_id)
    path = f"/contacts/{contact['contact_id']}"
    kept = await registry.send("PATCH", path, admin, {"phone": "05141 1"}, version=1)
    assert kept.status_code == 200, kept.text
    state = await registry.state_admin()
    suspension = f"/organisations/{organisation['organisation_id']}/suspension"
    assert (await registry.post(suspension, state, version=organisation["version"])).status_code == 200
    refused = await registry.send("PATCH", path, admin, {"phone": "05141 2"}, version=2)
    assert (refused.status_code, refused.json()["code"]) == (409, "organisation-not-verified")
    seen = await registry.get(f"{path}/volunteers", admin)
    assert seen.status_code in (404, 409)
    # Their own rights as a person stay.
    assert (await registry.get(f"/persons/{admin.subject_id}/export", admin)).status_code == 200


async def test_who_stands_in_today_is_told_when_somebody_is_absent(registry: Registry) -> None:
    admin, organisation = await organisation_of(registry)
    today = registry.clock.today()
    away = [{"first_day": today.isoformat(), "last_day": (today + timedelta(days=2)).isoformat()}]
    second = await publish(registry, admin, organisation, name="Demo Vertretung", topic="language")
    first = await publish(
        registry, admin, organisation, substitute_id=second["contact_id"], absences=away, office_hours=HOURS
    )
    found = {each["contact_id"]: each for each in await search(registry)}
    shown = found[first["contact_id"]]
    assert shown["stands_in"]["name"] == "Demo Vertretung"
    assert shown["absent_until"] == (today + timedelta(days=2)).isoformat()
    assert not shown["is_open"]
    assert "absences" not in shown
    registry.clock.advance(timedelta(days=7))
    back = (await registry.get(f"/contacts/{first['contact_id']}")).json()
    assert (back["stands_in"], back["absent_until"], back["is_open"]) == (None, None, True)


async def test_a_contact_is_changed_with_its_version_and_the_change_is_told_without_the_name(
    registry: Registry,
) -> None:
    admin, organisation = await organisation_of(registry)
    contact = await publish(registry, admin, organisation)
    changed = await change(registry, admin, contact, name="Demo Neu", languages=["uk", "de", "de"], phone=None)
    assert changed.status_code == 200, changed.text
    assert (changed.json()["version"], changed.json()["languages"], changed.json()["phone"]) == (2, ["de", "uk"], None)
    event = await registry.last("contact-updated")
    assert event["languages"] == ["de", "uk"]
    assert not {"name", "mail", "phone", "absences"} & event.keys()
    assert (await change(registry, admin, contact, name="Demo Alt")).status_code == 412
    without = await registry.send("PATCH", f"/contacts/{contact['contact_id']}", admin, {"name": "Demo"})
    assert without.status_code == 428


async def test_what_does_not_hang_together_is_refused(registry: Registry) -> None:
    admin, organisation = await organisation_of(registry)
    other_admin, other = await organisation_of(registry, "admin-2", name="Anderer Verein (Demo)")
    foreign = await publish(registry, other_admin, other)
    contact = await publish(registry, admin, organisation)
    refused = [
        ({"topic": "no_such_topic"}, "topic-unknown"),
        ({"substitute_id": contact["contact_id"]}, "substitute-not-here"),
        ({"substitute_id": foreign["contact_id"]}, "substitute-not-here"),
        ({"postal_code": "00000"}, "postal-code-unknown"),
        ({"subject_id": str(other_admin.subject_id)}, "no-member-of-organisation"),
    ]
    for changes, code in refused:
        answer = await change(registry, admin, contact, **changes)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    overlapping = [*HOURS, {"day": "monday", "start": "11:00", "end": "13:00"}]
    assert (await change(registry, admin, contact, office_hours=overlapping)).status_code == 422
    assert (await change(registry, other_admin, contact, name="Demo")).status_code == 404


async def test_a_contact_keeps_their_own_entry_but_not_who_they_are(registry: Registry) -> None:
    admin, organisation = await organisation_of(registry)
    trainer = await member_of(registry, admin, organisation, "trainer", "trainer-1")
    contact = await publish(registry, admin, organisation, subject_id=trainer.subject_id)
    kept = await change(registry, trainer, contact, phone="+49 5141 111111")
    assert kept.status_code == 200, kept.text
    assert (await change(registry, trainer, kept.json(), topic="funding")).status_code == 403
    other = await publish(registry, admin, organisation)
    assert (await change(registry, trainer, other, phone="+49 5141 111111")).status_code == 403


async def test_what_nobody_confirms_is_stale_after_three_months_and_reminded_of_once(registry: Registry) -> None:
    admin, organisation = await organisation_of(registry)
    coordinator = await member_of(registry, admin, organisation)
    named = await publish(registry, admin, organisation, subject_id=coordinator.subject_id)
    unnamed = await publish(registry, admin, organisation)
    registry.clock.advance(timedelta(days=91))
    assert await registry.let_timer_run("remind-of-contacts") == 0
    registry.clock.advance(timedelta(days=1))
    assert await registry.let_timer_run("remind-of-contacts") == 2
    registry.clock.advance(timedelta(days=30))
    assert await registry.let_timer_run("remind-of-contacts") == 0
    due = [each.data or {} for each in await registry.announced("contact-confirmation-due")]
    told = {(each["contact_id"], each["subject_id"]) for each in due}
    assert len(due) == 2
    assert told == {
        (named["contact_id"], str(coordinator.subject_id)),
        (unnamed["contact_id"], str(admin.subject_id)),
    }
    path = f"/contacts/{named['contact_id']}"
    shown = (await registry.get(path)).json()
    assert shown["is_stale"]
    confirmed = await registry.post(f"{path}/confirmation", coordinator, version=shown["version"])
    assert confirmed.status_code == 200, confirmed.text
    assert (confirmed.json()["is_stale"], confirmed.json()["confirmed_on"]) == (False, str(registry.clock.today()))
    assert not (await registry.last("contact-updated"))["is_stale"]


async def test_who_loses_their_role_is_no_contact_any_more(registry: Registry) -> None:
    admin, organisation = await organisation_of(registry)
    coordinator = await member_of(registry, admin, organisation)
    contact = await publish(registry, admin, organisation, subject_id=coordinator.subject_id)
    other = await publish(registry, admin, organisation, substitute_id=contact["contact_id"])
    path = f"/members/{coordinator.subject_id}/memberships/{organisation['organisation_id']}/coordinator"
    members = await registry.get(f"/organisations/{organisation['organisation_id']}/members", admin)
    (version,) = [
        each["version"] for each in members.json()["items"] if each["subject_id"] == str(coordinator.subject_id)
    ]
    answer = await registry.send("DELETE", path, admin, version=version)
    assert answer.status_code in (200, 204), answer.text
    await registry.let_timer_run("look-again-at-contacts")
    assert [each["contact_id"] for each in await search(registry)] == [other["contact_id"]]
    assert (await registry.last("contact-withdrawn"))["contact_id"] == contact["contact_id"]
    assert (await registry.last("contact-updated"))["substitute_id"] is None


async def test_the_state_administration_adds_topics(registry: Registry) -> None:
    state = await registry.state_admin()
    admin, organisation = await organisation_of(registry)
    shipped = {each["topic"] for each in (await registry.get("/topics")).json()["items"]}
    assert {"funding", "migration_counselling", "coordination_office", "language", "children", "housing"} <= shipped
    body = {"topic": "bicycles_demo", "german": "Fahrräder", "english": "Bicycles"}
    assert (await registry.post("/topics", admin, body)).status_code == 403
    assert (await registry.post("/topics", state, body)).status_code == 201
    assert (await registry.post("/topics", state, body)).json()["code"] == "topic-exists"
    names = {"german": "Fahrradwerkstatt", "english": "Bicycle workshop"}
    renamed = await registry.send("PUT", "/topics/bicycles_demo", state, names, version=1)
    assert (renamed.status_code, renamed.json()["version"]) == (200, 2)
    assert (await registry.send("PUT", "/topics/bicycles_demo", state, names, version=1)).status_code == 412
    await publish(registry, admin, organisation, topic="bicycles_demo")


async def test_the_search_reads_an_index_in_the_order_of_distance(
    registry: Registry, registry_schema: PlatformDatabase
) -> None:
    admin, organisation = await organisation_of(registry)
    await publish(registry, admin, organisation)
    with psycopg.connect(
        registry_schema.owner_dsn("registry"), autocommit=True, options="-csearch_path=registry"
    ) as owner:
        owner.execute(
            """
            INSERT INTO contacts (contact_id, version, organisation_id, district, topic, languages, name, location,
                capacity, confirmed_on, stale_from)
            SELECT gen_random_uuid(), 1, organisation_id, district, topic, languages, name,
                point(random() * 600 - 300, random() * 800 - 400), 10, confirmed_on, stale_from
            FROM contacts, generate_series(1, 20000)
            """
        )
        owner.execute("ANALYZE contacts")
        plan = owner.execute(
            """
            EXPLAIN SELECT c.contact_id
            FROM contacts AS c
            JOIN organisations AS o ON o.organisation_id = c.organisation_id AND o.status = 'verified'
            WHERE c.location <@ circle(point(-28, 178), 50) AND c.is_stale = false AND c.topic = 'housing'
            ORDER BY c.location <-> point(-28, 178), c.contact_id
            LIMIT 51
            """
        ).fetchall()
    text = "\n".join(line[0] for line in plan)
    assert "contacts_by_location" in text
    assert "Seq Scan on contacts" not in text
    assert len(await search(registry, limit=100)) == 100


async def test_a_filter_by_an_unknown_topic_is_refused_with_those_that_there_are(registry: Registry) -> None:
    for path in ("/contacts", "/contacts/search?postal_code=29221"):
        refused = await registry.client.get(f"{path}{'&' if '?' in path else '?'}topic=hosing")
        assert (refused.status_code, refused.json()["code"]) == (422, "topic-unknown")
        assert "housing" in refused.json()["details"]["topics"]


async def test_the_directory_is_sorted_by_district_and_topic_both_ways(registry: Registry) -> None:
    admin, organisation = await organisation_of(registry)
    for topic in ("housing", "funding", "language"):
        await publish(registry, admin, organisation, topic=topic)
    pages = []
    for sort in ("topic", "-topic"):
        first = (await registry.get("/contacts", sort=sort, limit="2")).json()
        rest = (await registry.get("/contacts", sort=sort, limit="2", cursor=first["next"])).json()
        pages.append([each["topic"] for each in first["items"] + rest["items"]])
    assert pages == [["funding", "housing", "language"], ["language", "housing", "funding"]]
    assert (await registry.get("/contacts", sort="-name")).status_code == 422
