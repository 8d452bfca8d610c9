"""Support requests over HTTP: asking, answering, going on, what happens when nobody answers, what is counted."""

from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.integration.registry.platform import CELLE, Person, Registry
from tests.integration.registry.test_contacts import member_of, publish
from tests.integration.registry.test_own_contacts import find, team

QUESTION = "Die Familie sucht eine Wohnung.\nWer kann helfen? (Demo)"


async def ask(registry: Registry, volunteer: Person, **changes: Any) -> httpx.Response:
    return await registry.post("/support-requests", volunteer, {"topic": "housing", "text": QUESTION, **changes})


async def asked(registry: Registry, volunteer: Person, **changes: Any) -> dict[str, Any]:
    answer = await ask(registry, volunteer, **changes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def write(
    registry: Registry, person: Person, request: dict[str, Any], text: str = "Gern. (Demo)"
) -> httpx.Response:
    return await registry.post(f"/support-requests/{request['request_id']}/messages", person, {"text": text})


async def test_a_volunteer_asks_gets_an_answer_asks_further_and_closes(registry: Registry) -> None:
    _, _, coordinator, _ = await team(registry)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    request = await asked(registry, volunteer)
    assert (request["status"], request["due_on"]) == ("open", str(registry.clock.today() + timedelta(days=7)))
    notice = await registry.last("support-request-asked")
    assert notice["subject_id"] == str(coordinator.subject_id)
    assert "Wohnung" not in str(await registry.announced())
    listed = (await registry.get("/support-requests", coordinator, status="open")).json()["items"]
    assert [each["request_id"] for each in listed] == [request["request_id"]]
    assert "thread" not in listed[0]
    path = f"/support-requests/{request['request_id']}"
    seen = (await registry.get(path, coordinator)).json()
    assert (seen["thread"][0]["text"], seen["name"]) == (QUESTION, "Demo Mensch")
    recorded = "SELECT count(*) FROM audit_log WHERE kind = 'support-request' AND concerning = $1"
    assert await registry.value(recorded, volunteer.subject_id) == 1
    answered = await write(registry, coordinator, request)
    assert (answered.status_code, answered.json()["status"]) == (201, "answered")
    assert (await registry.last("support-request-answered"))["request_id"] == request["request_id"]
    again = await write(registry, volunteer, request, "Und wann? (Demo)")
    assert again.json()["status"] == "open"
    assert again.json()["name"] is None
    assert (await registry.last("support-request-followed-up"))["subject_id"] == str(coordinator.subject_id)
    closed = await registry.post(f"{path}/closing", volunteer)
    assert (closed.status_code, closed.json()["status"], len(closed.json()["thread"])) == (200, "closed", 3)
    assert (await write(registry, volunteer, request)).json()["code"] == "support-request-closed"


async def test_nobody_else_sees_a_request(registry: Registry) -> None:
    admin, organisation, _, _ = await team(registry)
    volunteer, _ = await registry.volunteer()
    stranger, _ = await registry.volunteer(mail="fremd@example.org")
    await find(registry)
    request = await asked(registry, volunteer)
    other = await member_of(registry, admin, organisation, subject="coo-2")
    path = f"/support-requests/{request['request_id']}"
    for person, status in ((stranger, 404), (other, 404), (admin, 404), (registry.staff("nobody"), 403)):
        assert (await registry.get(path, person)).status_code == status
        assert (await write(registry, person, request)).status_code == status
        assert (await registry.post(f"{path}/closing", person)).status_code == status
    assert (await registry.get("/support-requests", admin)).json()["items"] == []
    assert (await registry.get("/support-requests", stranger)).json()["items"] == []


async def test_overdue_goes_to_the_substitute_then_to_the_admins_each_told_once(registry: Registry) -> None:
    admin, organisation, coordinator, contact = await team(registry)
    second = await member_of(registry, admin, organisation, subject="coo-2")
    substitute = await publish(registry, admin, organisation, subject_id=second.subject_id, capacity=0)
    body = {"substitute_id": substitute["contact_id"]}
    await registry.send("PATCH", f"/contacts/{contact['contact_id']}", coordinator, body, version=1)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    request = await asked(registry, volunteer, due_on=str(registry.clock.today()))
    assert await registry.let_timer_run("escalate-support-requests") == 0
    path = f"/support-requests/{request['request_id']}"
    assert (await registry.get(path, second)).status_code == 404
    for _ in range(10):
        registry.clock.advance(timedelta(days=1))
        await registry.let_timer_run("escalate-support-requests")
    told = [(each.data or {})["subject_id"] for each in await registry.announced("support-request-escalated")]
    assert told == [str(second.subject_id), str(admin.subject_id)]
    for person in (coordinator, second, admin):
        assert (await registry.get(path, person)).status_code == 200
    assert [e["request_id"] for e in (await registry.get("/support-requests", admin)).json()["items"]] == [
        request["request_id"]
    ]
    assert (await write(registry, admin, request)).json()["status"] == "answered"


async def test_whoever_stands_in_is_asked_while_the_contact_is_absent(registry: Registry) -> None:
    admin, organisation, coordinator, contact = await team(registry)
    substitute = await publish(registry, admin, organisation, subject_id=admin.subject_id, capacity=0)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    today = registry.clock.today()
    changes = {
        "substitute_id": substitute["contact_id"],
        "absences": [{"first_day": str(today), "last_day": str(today)}],
    }
    await registry.send("PATCH", f"/contacts/{contact['contact_id']}", coordinator, changes, version=1)
    request = await asked(registry, volunteer)
    assert (await registry.last("support-request-asked"))["subject_id"] == str(admin.subject_id)
    assert (await write(registry, admin, request)).status_code == 201


async def test_when_the_contact_leaves_the_next_one_of_the_organisation_answers(registry: Registry) -> None:
    admin, organisation, _, contact = await team(registry)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    request = await asked(registry, volunteer)
    await publish(registry, admin, organisation, subject_id=admin.subject_id)
    await registry.send("DELETE", f"/contacts/{contact['contact_id']}", admin, version=1)
    await find(registry)
    assert (await write(registry, admin, request)).status_code == 201


async def test_when_the_contact_leaves_and_nobody_follows_the_admins_are_told(registry: Registry) -> None:
    admin, _, _, contact = await team(registry)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    request = await asked(registry, volunteer)
    await registry.send("DELETE", f"/contacts/{contact['contact_id']}", admin, version=1)
    await find(registry)
    assert await registry.let_timer_run("escalate-support-requests") == 1
    assert (await registry.last("support-request-escalated"))["subject_id"] == str(admin.subject_id)
    assert (await write(registry, admin, request)).status_code == 201


async def test_a_suspended_organisation_sees_no_request(registry: Registry) -> None:
    _, organisation, coordinator, _ = await team(registry)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    request = await asked(registry, volunteer)
    state = await registry.state_admin()
    path = f"/organisations/{organisation['organisation_id']}/suspension"
    await registry.post(path, state, version=organisation["version"])
    answer = await registry.get(f"/support-requests/{request['request_id']}", coordinator)
    assert answer.status_code in (403, 404)
    own = await registry.get(f"/support-requests/{request['request_id']}", volunteer)
    assert own.status_code == 200


async def test_the_speaker_of_an_initiative_asks_for_it(registry: Registry) -> None:
    _, _, coordinator, _ = await team(registry)
    speaker, _ = await registry.volunteer()
    other, _ = await registry.volunteer(mail="andere@example.org")
    await find(registry)
    formed = await registry.post("/groups", speaker, {"name": "Sprachcafé (Demo)"})
    assert formed.status_code == 201, formed.text
    group_id = formed.json()["group_id"]
    refused = await ask(registry, other, group_id=group_id)
    assert (refused.status_code, refused.json()["code"]) == (404, "group-not-found")
    request = await asked(registry, speaker, group_id=group_id)
    seen = await registry.get(f"/support-requests/{request['request_id']}", coordinator)
    assert seen.json()["group_id"] == group_id


async def test_what_cannot_be_asked_is_refused(registry: Registry) -> None:
    volunteer, _ = await registry.volunteer()
    assert (await ask(registry, volunteer)).json()["code"] == "own-contact-missing"
    admin, organisation, _, _ = await team(registry)
    mute = await publish(registry, admin, organisation)
    await find(registry)
    refused = [
        ({"topic": "no_such_topic"}, 422, "topic-unknown"),
        ({"due_on": "2020-01-01"}, 422, "due-day-out-of-range"),
        ({"contact_id": mute["contact_id"]}, 409, "contact-not-reached-here"),
        ({"text": " "}, 422, None),
        ({"text": "x" * 4001}, 422, None),
    ]
    for changes, status, code in refused:
        answer = await ask(registry, volunteer, **changes)
        assert answer.status_code == status, answer.text
        assert code in (None, answer.json()["code"])
    assert (await ask(registry, admin)).status_code == 403


async def test_only_so_many_requests_are_open_and_only_so_many_are_asked_a_day(registry: Registry) -> None:
    await team(registry)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    await asked(registry, volunteer)
    async with registry.database.transaction() as tx:
        await tx.connection.execute(
            """
            INSERT INTO support_requests
            SELECT (jsonb_populate_record(s, jsonb_build_object('request_id', gen_random_uuid()))).*
            FROM support_requests AS s, generate_series(1, 9)
            """
        )
    answers = [await ask(registry, volunteer) for _ in range(10)]
    assert [each.status_code for each in answers] == 9 * [409] + [429]
    assert answers[0].json()["code"] == "too-many-support-requests"


async def test_answered_and_unheard_is_closed_and_later_forgotten(registry: Registry) -> None:
    _, _, coordinator, _ = await team(registry)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    request = await asked(registry, volunteer)
    await write(registry, coordinator, request)
    registry.clock.advance(timedelta(days=31))
    assert await registry.let_timer_run("tidy-support-requests") == 1
    assert await registry.value("SELECT status FROM support_requests") == "closed"
    registry.clock.advance(timedelta(days=366))
    assert await registry.let_timer_run("tidy-support-requests") == 1
    assert await registry.value("SELECT count(*) FROM support_messages") == 0


async def test_needs_are_counted_by_district_and_topic_and_never_below_five_persons(registry: Registry) -> None:
    _, _, coordinator, contact = await team(registry)
    authority = registry.staff("authority")
    state = await registry.state_admin()
    district = await registry.organisation(
        authority, verified_by=state, kind="district_authority", name="Landkreis (Demo)"
    )
    me = (await registry.get("/me", authority)).json()
    assert me["subject_id"]
    district_admin = await member_of(registry, authority, district, "district_admin", "district-admin")
    volunteers = [(await registry.volunteer(mail=f"demo{number}@example.org"))[0] for number in range(5)]
    for volunteer in volunteers[:4]:
        await asked(registry, volunteer, contact_id=contact["contact_id"])
    await asked(registry, volunteers[0], contact_id=contact["contact_id"])
    assert await registry.let_timer_run("count-needs") == 1
    assert (await registry.get("/needs", district_admin)).json()["items"] == []
    await asked(registry, volunteers[4], contact_id=contact["contact_id"], due_on=str(registry.clock.today()))
    registry.clock.advance(timedelta(minutes=10))
    assert await registry.let_timer_run("count-needs") == 1
    for person in (district_admin, state):
        answer = await registry.get("/needs", person)
        assert answer.status_code == 200, answer.text
        (cell,) = answer.json()["items"]
        assert (cell["district"], cell["topic"], cell["requests"]) == (CELLE, "housing", 5)
        assert datetime.fromisoformat(cell["as_of"]) == registry.clock.now()
        assert (cell["open"], cell["overdue"]) == (5, None), "cut down to fives: no difference tells of one"
    assert (await registry.get("/needs", district_admin, district="03151")).status_code == 404
    assert (await registry.get("/needs", coordinator)).status_code == 403
    assert (await registry.get("/needs", state, topic="sport")).json()["items"] == []


async def test_while_processing_is_restricted_nothing_is_shown_asked_or_escalated(registry: Registry) -> None:
    """Art. 18(2) DSGVO: restricted data is stored, and nothing else."""
    _, _, coordinator, contact = await team(registry)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    request = await asked(registry, volunteer, due_on=str(registry.clock.today()))
    async with registry.database.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO restrictions (subject_id, ground, since) VALUES ($1, 'objection_pending', now())",
            volunteer.subject_id,
        )
    path = f"/support-requests/{request['request_id']}"
    assert (await registry.get(path, coordinator)).json()["code"] == "processing-restricted"
    assert (await registry.get("/support-requests", coordinator)).json()["items"] == []
    assert (await write(registry, coordinator, request)).json()["code"] == "processing-restricted"
    assert (await ask(registry, volunteer)).json()["code"] == "processing-restricted"
    assert (await registry.get(f"/contacts/{contact['contact_id']}/volunteers", coordinator)).json()["items"] == []
    registry.clock.advance(timedelta(days=2))
    assert await registry.let_timer_run("escalate-support-requests") == 0


async def test_requests_are_handed_out_and_erased_with_the_person(registry: Registry) -> None:
    """Art. 15, 17 DSGVO: with what was written."""
    _, _, coordinator, _ = await team(registry)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    request = await asked(registry, volunteer)
    await write(registry, coordinator, request)
    exported = str((await registry.get("/me/export", volunteer)).json())
    assert "Wer kann helfen?" in exported
    assert "Gern. (Demo)" in exported
    assert str(coordinator.subject_id) not in exported
    assert (await registry.post(f"/volunteers/{volunteer.subject_id}/erasure", volunteer)).status_code == 202
    assert await registry.value("SELECT count(*) FROM support_requests") == 0
    assert await registry.value("SELECT count(*) FROM support_messages") == 0
    assert (await write(registry, coordinator, request)).status_code == 404


async def test_a_repeated_command_shows_a_request_only_to_who_may_see_it_now(registry: Registry) -> None:
    _, organisation, coordinator, _ = await team(registry)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    path = f"/support-requests/{(await asked(registry, volunteer))['request_id']}"
    calls: list[tuple[str, dict[str, Any] | None, str]] = [
        (f"{path}/messages", {"text": "Gern. (Demo)"}, "key-of-the-message"),
        (f"{path}/closing", None, "key-of-the-closing"),
    ]
    for target, body, key in calls:
        first = await registry.post(target, coordinator, body, key=key)
        again = await registry.post(target, coordinator, body, key=key)
        assert first.status_code == again.status_code
        assert (again.headers["idempotency-replayed"], again.json()["thread"]) == ("true", first.json()["thread"])
    assert len((await registry.get(path, volunteer)).json()["thread"]) == 2
    stored = (
        "SELECT count(*) FROM idempotency_keys WHERE convert_from(body, 'UTF8') LIKE '%Wohnung%' AND subject_id <> $1"
    )
    assert await registry.value(stored, volunteer.subject_id) == 0
    state = await registry.state_admin()
    suspension = f"/organisations/{organisation['organisation_id']}/suspension"
    assert (await registry.post(suspension, state, version=organisation["version"])).status_code == 200
    for target, body, key in calls:
        refused = await registry.post(target, coordinator, body, key=key)
        assert (refused.status_code, refused.json()["code"]) == (409, "organisation-not-verified")
        assert "Wohnung" not in refused.text


async def test_a_repeated_command_shows_nothing_of_an_erased_volunteer(registry: Registry) -> None:
    _, _, coordinator, _ = await team(registry)
    volunteer, _ = await registry.volunteer()
    await find(registry)
    path = f"/support-requests/{(await asked(registry, volunteer))['request_id']}/messages"
    body = {"text": "Gern. (Demo)"}
    assert (await registry.post(path, coordinator, body, key="key-of-the-message")).status_code == 201
    assert (await registry.post(f"/volunteers/{volunteer.subject_id}/erasure", volunteer)).status_code == 202
    assert (await registry.post(path, coordinator, body, key="key-of-the-message")).status_code == 404
    assert (
        await registry.value("SELECT count(*) FROM idempotency_keys WHERE convert_from(body, 'UTF8') LIKE '%Wohnung%'")
        == 0
    )


async def test_whoever_may_not_read_what_is_asked_is_not_asked(registry: Registry) -> None:
    admin, organisation, coordinator, contact = await team(registry)
    trainer = await member_of(registry, admin, organisation, "trainer", "trainer-1")
    alone = await publish(registry, admin, organisation, subject_id=trainer.subject_id, topic="funding")
    volunteer, _ = await registry.volunteer()
    for_admins = await asked(registry, volunteer, contact_id=alone["contact_id"])
    told = (await registry.announced("support-request-escalated"))[-1].data or {}
    assert told["request_id"] == for_admins["request_id"]
    assert (await write(registry, trainer, for_admins)).status_code in (403, 404)
    assert (await write(registry, admin, for_admins)).status_code == 201
    stands_in = await publish(
        registry, admin, organisation, subject_id=trainer.subject_id, substitute_id=contact["contact_id"], topic="work"
    )
    request = await asked(registry, volunteer, contact_id=stands_in["contact_id"])
    assert (await write(registry, coordinator, request)).status_code == 201


async def test_nobody_writes_to_an_organisation_that_reads_nothing_and_it_is_not_overdue_meanwhile(
    registry: Registry,
) -> None:
    admin, organisation, coordinator, contact = await team(registry)
    volunteer, _ = await registry.volunteer()
    request = await asked(registry, volunteer, contact_id=contact["contact_id"])
    state = await registry.state_admin()
    version = (await registry.get(f"/organisations/{organisation['organisation_id']}", state)).json()["version"]
    path = f"/organisations/{organisation['organisation_id']}"
    assert (await registry.post(f"{path}/suspension", state, version=version)).status_code == 200
    late = await write(registry, volunteer, request)
    assert (late.status_code, late.json()["code"]) == (409, "organisation-suspended")
    registry.clock.advance(timedelta(days=30))
    assert await registry.let_timer_run("escalate-support-requests") == 0
    assert (await registry.post(f"{path}/verification", state, version=version + 1)).status_code == 200
    assert await registry.let_timer_run("escalate-support-requests") == 1
    assert (await write(registry, coordinator, request)).status_code in (201, 404)
    assert admin.subject_id is not None
