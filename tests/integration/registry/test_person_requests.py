"""Requests of persons: asked with a token or recorded, answered in time, refused with a reason, all of it recorded."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.integration.registry.platform import CELLE, Person, Registry
from tests.support import events


async def officer(registry: Registry) -> Person:
    """A privacy officer of the state authority."""
    state = await registry.state_admin()
    authority = await registry.organisation(registry.staff("a"), kind="state_authority", verified_by=state)
    await registry.invite(state, authority, "privacy_officer")
    person = registry.staff("officer-1")
    await registry.redeem(person)
    me = (await registry.get("/me", person)).json()
    return Person(person.token, UUID(me["subject_id"]))


async def ask(registry: Registry, person: Person, kind: str, **more: Any) -> dict[str, Any]:
    answer = await registry.post("/person-requests", person, {"kind": kind, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def do(registry: Registry, by: Person, request: dict[str, Any], what: str, body: object = None) -> httpx.Response:
    return await registry.post(f"/person-requests/{request['request_id']}/{what}", by, body, version=request["version"])


def recorded(person: Person | None, kind: str = "access", **changes: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "subject_id": str(person.subject_id) if person else None,
        "received_on": "2026-03-01",
        "identity_established": "document_seen",
        **changes,
    }


async def test_a_person_asks_with_their_token_and_is_told_until_when(registry: Registry) -> None:
    """Art. 12(3) DSGVO: within one month of receipt."""
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    asked = await ask(registry, person, "access", told="What do you know of me?")
    today = registry.clock.today()
    assert (asked["received_on"], asked["identity_established"]) == (today.isoformat(), "token")
    assert 28 <= (date.fromisoformat(asked["due_on"]) - today).days <= 31
    told = await registry.last("person-request-received")
    assert (told["request_id"], told["subject_id"], told["by_member"]) == (
        asked["request_id"],
        str(person.subject_id),
        False,
    )
    due = await registry.last("person-request-due")
    assert (due["officer_id"], due["occasion"]) == (str(watching.subject_id), "new")
    assert "subject_id" not in due and str(person.subject_id) not in str(due)
    own = (await registry.get("/me/person-requests", person)).json()["items"]
    assert [(each["request_id"], each["told"]) for each in own] == [(asked["request_id"], "What do you know of me?")]
    assert [step["step"] for step in own[0]["history"]] == ["received"]


async def test_no_event_carries_what_was_told(registry: Registry) -> None:
    await officer(registry)
    person, _ = await registry.volunteer()
    await ask(registry, person, "correction", told="My neighbour Kim is wrong")
    assert not any("Kim" in str(event.data) for event in await registry.announced())


async def test_a_request_to_a_body_under_dsg_ekd_has_three_months(registry: Registry) -> None:
    """§ 16(3) DSG-EKD; to everybody else one month (Art. 12(3) DSGVO)."""
    state = await registry.state_admin()
    diakonie = await registry.organisation(registry.staff("d"), verified_by=state, legal_profile="dsg_ekd")
    person, _ = await registry.volunteer()
    asked = await ask(registry, person, "access", addressed_to=diakonie["organisation_id"])
    assert asked["legal_profile"] == "dsg_ekd"
    assert 89 <= (date.fromisoformat(asked["due_on"]) - registry.clock.today()).days <= 92


async def test_an_officer_works_on_a_request_and_every_look_is_recorded(registry: Registry) -> None:
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    asked = await ask(registry, person, "access")
    listed = (await registry.get("/person-requests", watching, status="received")).json()["items"]
    assert [each["request_id"] for each in listed] == [asked["request_id"]]
    assert "told" not in listed[0]
    assert (await registry.get(f"/person-requests/{asked['request_id']}", watching)).status_code == 200
    asked = (await do(registry, watching, asked, "start")).json()
    extended = await do(registry, watching, asked, "extension", {"reason": "complexity"})
    assert extended.status_code == 200, extended.text
    months = date.fromisoformat(extended.json()["due_on"]) - registry.clock.today()
    assert 89 <= months.days <= 92
    told = await registry.last("person-request-extended")
    assert (told["reason"], told["due_on"]) == ("complexity", extended.json()["due_on"])
    again = await do(registry, watching, extended.json(), "extension", {"reason": "complexity"})
    assert (again.status_code, again.json()["code"]) == (409, "extension-too-late")
    answered = await do(registry, watching, extended.json(), "answer", {"outcome": "fulfilled"})
    assert answered.json()["status"] == "answered"
    assert (await registry.last("person-request-answered"))["outcome"] == "fulfilled"
    closed = await do(registry, watching, answered.json(), "refusal", {"reason": "excessive"})
    assert closed.json()["code"] == "person-request-closed"
    steps = [
        (s["step"], s["taken_by"])
        for s in (await registry.get("/me/person-requests", person)).json()["items"][0]["history"]
    ]
    assert steps == [("received", "person"), ("taken-up", "staff"), ("extended", "staff"), ("answered", "staff")]
    kinds = await registry.value(
        "SELECT array_agg(action ORDER BY entry_id) FROM audit_log WHERE kind = 'person-request' AND concerning = $1",
        person.subject_id,
    )
    assert kinds == ["listed", "read", "changed", "changed", "changed"]


async def test_it_cannot_be_extended_when_the_period_has_ended(registry: Registry) -> None:
    """Art. 12(3) sentence 3 DSGVO: the person is told within the first month."""
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    asked = await ask(registry, person, "access")
    registry.clock.advance(timedelta(days=33))
    late = await do(registry, watching, asked, "extension", {"reason": "number_of_requests"})
    assert (late.status_code, late.json()["code"]) == (409, "extension-too-late")


async def test_a_refusal_has_a_reason_and_the_person_is_told(registry: Registry) -> None:
    """Art. 12(4) DSGVO."""
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    asked = await ask(registry, person, "access")
    refused = await do(registry, watching, asked, "refusal", {"reason": "excessive"})
    assert (refused.json()["status"], refused.json()["outcome_reason"]) == ("refused", "excessive")
    told = await registry.last("person-request-answered")
    assert (told["outcome"], told["reason"]) == ("refused", "excessive")


async def test_officers_are_reminded_a_week_before_and_when_it_is_too_late_each_once(registry: Registry) -> None:
    await officer(registry)
    person, _ = await registry.volunteer()
    asked = await ask(registry, person, "access")
    due = date.fromisoformat(asked["due_on"])

    async def occasions() -> list[str]:
        await registry.let_timer_run("remind-of-person-requests")
        return [event.data["occasion"] for event in await registry.announced("person-request-due") if event.data]

    assert await occasions() == ["new"]
    registry.clock.advance(due - registry.clock.today() - timedelta(days=7))
    assert await occasions() == await occasions() == ["new", "soon"]
    registry.clock.advance(timedelta(days=8))
    assert await occasions() == await occasions() == ["new", "soon", "overdue"]


async def test_an_officer_records_a_letter_with_how_the_identity_was_established(registry: Registry) -> None:
    """Art. 12(6) DSGVO."""
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    body = recorded(person, received_on=(registry.clock.today() - timedelta(days=3)).isoformat(), reference="7/2026")
    answer = await registry.post("/person-requests/recorded", watching, body)
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert found["identity_established"] == "document_seen"
    assert date.fromisoformat(found["due_on"]) < registry.clock.today() + timedelta(days=29)
    no_proof = await registry.post("/person-requests/recorded", watching, body | {"identity_established": "token"})
    assert no_proof.status_code == 422
    tomorrow = (registry.clock.today() + timedelta(days=1)).isoformat()
    future = await registry.post("/person-requests/recorded", watching, body | {"received_on": tomorrow})
    assert (future.status_code, future.json()["code"]) == (422, "received-in-the-future")


async def test_whoever_is_not_known_here_is_recorded_and_told_so(registry: Registry) -> None:
    """Art. 15(1) DSGVO: also that nothing is held is information."""
    watching = await officer(registry)
    body = recorded(None, received_on=registry.clock.today().isoformat())
    found = (await registry.post("/person-requests/recorded", watching, body)).json()
    answered = await do(registry, watching, found, "answer", {"outcome": "nothing_held"})
    assert answered.json()["status"] == "answered"
    assert await registry.announced("person-request-answered") == []


async def test_a_coordinator_records_only_for_whom_their_organisation_dealt_with(registry: Registry) -> None:
    state = await registry.state_admin()
    admin = registry.staff("admin-1")
    organisation = await registry.organisation(admin, verified_by=state)
    await registry.invite(admin, organisation, "coordinator", [CELLE])
    coordinator = registry.staff("coordinator-1")
    await registry.redeem(coordinator)
    known, _ = await registry.volunteer()
    stranger, _ = await registry.volunteer(mail="stranger@example.org")
    offer = events.offer(organisation_id=UUID(organisation["organisation_id"]), district=CELLE)
    placement = events.placement(
        volunteer_id=known.subject_id,
        organisation_id=UUID(organisation["organisation_id"]),
        offer_id=offer.offer_id,
    )
    await registry.hear(offer, placement)
    here = {"addressed_to": organisation["organisation_id"], "received_on": registry.clock.today().isoformat()}
    answer = await registry.post("/person-requests/recorded", coordinator, recorded(known, **here))
    assert answer.status_code == 201, answer.text
    path = f"/person-requests/{answer.json()['request_id']}"
    assert (await registry.get(path, coordinator)).status_code == 404
    refused = await registry.post("/person-requests/recorded", coordinator, recorded(stranger, **here))
    assert refused.status_code == 404
    nowhere = await registry.post(
        "/person-requests/recorded", coordinator, recorded(known, **here | {"addressed_to": None})
    )
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "addressed-to-needed")
    elsewhere = recorded(known, **here | {"addressed_to": str(uuid4())})
    assert (await registry.post("/person-requests/recorded", coordinator, elsewhere)).status_code == 404


async def test_an_erasure_asked_with_a_token_happens_at_once_and_stays_as_proof_only(registry: Registry) -> None:
    """Art. 17(1), Art. 5(2) DSGVO."""
    person, _ = await registry.volunteer()
    await ask(registry, person, "access", told="My neighbour Kim")
    asked = await ask(registry, person, "erasure")
    assert asked["status"] == "answered" and asked["erasure_id"]
    for table in ("person_requests", "person_request_steps", "volunteers", "consents"):
        assert await registry.value(f"SELECT count(*) FROM {table}") == 0
    receipt = (await registry.get(f"/erasures/{asked['erasure_id']}", person)).json()
    kept = {(each["kind"], each["kept_until"]) for each in receipt["kept"]}
    end = date(registry.clock.today().year + 3, 12, 31).isoformat()
    assert kept == {("consent-proof", end), ("request-proof", end)}
    assert len([each for each in receipt["kept"] if each["kind"] == "request-proof"]) == 2
    assert "Kim" not in str(receipt) and str(person.subject_id) not in str(receipt["kept"])


async def test_what_is_locked_can_neither_be_changed_nor_deleted_before_its_day(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    await ask(registry, person, "erasure")
    for statement in ("UPDATE retained_records SET kept_until = '2000-01-01'", "DELETE FROM retained_records"):
        try:
            await registry.value(statement)
        except Exception as error:
            assert type(error).__name__ == "InsufficientPrivilegeError"
        else:
            raise AssertionError(statement)
    before = await registry.value("SELECT count(*) FROM retained_records")
    assert before > 0
    registry.clock.advance(timedelta(days=5 * 366))
    # By the server's clock: the day has not come, whatever this process believes.
    await registry.let_timer_run("forget-person-requests")
    assert await registry.value("SELECT count(*) FROM retained_records") == before


async def test_an_officer_carries_out_a_recorded_erasure(registry: Registry) -> None:
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    body = recorded(person, "erasure", received_on=registry.clock.today().isoformat())
    found = (await registry.post("/person-requests/recorded", watching, body)).json()
    early = await do(registry, watching, found, "answer", {"outcome": "fulfilled"})
    assert (early.status_code, early.json()["code"]) == (409, "not-carried-out")
    done = await do(registry, watching, found, "execution")
    assert done.status_code == 200, done.text
    assert (await registry.get(f"/erasures/{done.json()['erasure_id']}", watching)).status_code == 200
    assert await registry.value("SELECT count(*) FROM volunteers") == 0


async def test_a_correction_is_written_and_everybody_hears_of_it(registry: Registry) -> None:
    """Art. 16, 19 DSGVO."""
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    asked = await ask(registry, person, "correction", told="I moved")
    corrected = await do(
        registry, watching, asked, "correction", {"postal_code": "38518", "name": "Anders Geschrieben"}
    )
    assert corrected.status_code == 200, corrected.text
    assert corrected.json()["status"] == "in_progress"
    assert (await registry.last("volunteer-updated"))["postal_code"] == "38518"
    assert (await registry.last("volunteer-contact-updated"))["name"] == "Anders Geschrieben"
    assert (await registry.get("/volunteers/me", person)).json()["name"] == "Anders Geschrieben"
    other = await ask(registry, person, "access")
    wrong = await do(registry, watching, other, "correction", {"name": "X"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "no-correction-asked")


async def test_a_withdrawn_request_is_closed_by_its_person_only(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    other, _ = await registry.volunteer(mail="other@example.org")
    asked = await ask(registry, person, "access")
    assert (await do(registry, other, asked, "withdrawal")).status_code == 404
    assert (await do(registry, person, asked, "withdrawal")).json()["status"] == "withdrawn"


async def test_staff_have_the_same_rights(registry: Registry) -> None:
    state = await registry.state_admin()
    admin = registry.staff("admin-1")
    await registry.organisation(admin, verified_by=state)
    asked = await ask(registry, admin, "access")
    assert (await registry.last("person-request-received"))["by_member"] is True
    assert [r["request_id"] for r in (await registry.get("/me/person-requests", admin)).json()["items"]] == [
        asked["request_id"]
    ]
    assert (await registry.get("/me/export", admin)).json()["member_address"]["name"] == "Demo Verwaltung"


async def test_what_somebody_asked_who_is_gone_since_is_extended_and_carried_out_all_the_same(
    registry: Registry,
) -> None:
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    today = registry.clock.today().isoformat()
    letters = [
        recorded(person, received_on=today),
        recorded(person, "restriction", received_on=today, ground="unlawful"),
    ]
    access, restriction = [
        (await registry.post("/person-requests/recorded", watching, body)).json() for body in letters
    ]
    # As when a registration goes that nobody confirmed, or somebody loses their last role.
    await registry.value("DELETE FROM volunteers WHERE volunteer_id = $1 RETURNING 1", person.subject_id)
    extended = await do(registry, watching, access, "extension", {"reason": "complexity"})
    assert extended.status_code == 200, extended.text
    done = await do(registry, watching, restriction, "execution")
    assert (done.status_code, done.json()["status"]) == (200, "answered")
    assert await registry.announced("person-request-extended") == []


async def test_nobody_floods_the_privacy_office(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    for _ in range(18):
        await ask(registry, person, "access")
    # Not by asking for several at once either.
    answers = await asyncio.gather(*(registry.post("/person-requests", person, {"kind": "access"}) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, *[429] * 4]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 429} == {"too-many-open-requests"}


async def test_a_request_that_does_not_exist_looks_like_somebody_elses(registry: Registry) -> None:
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    for by in (watching, person):
        assert (await registry.get(f"/person-requests/{uuid4()}", by)).status_code == 404
    assert (await registry.get("/person-requests", person)).status_code == 403


async def test_a_repeated_command_is_answered_only_while_the_role_is_held(registry: Registry) -> None:
    watching = await officer(registry)
    person, _ = await registry.volunteer()
    asked = await ask(registry, person, "access", told="About my neighbour Kim")
    calls: list[tuple[str, object, int | None, str]] = [
        ("/person-requests/recorded", recorded(person, told="About my neighbour Kim"), None, "key-of-the-record"),
        (f"/person-requests/{asked['request_id']}/start", None, 1, "key-of-the-start"),
        (f"/person-requests/{asked['request_id']}/answer", {"outcome": "fulfilled"}, 2, "key-of-the-answer"),
    ]
    for path, body, version, key in calls:
        first = await registry.post(path, watching, body, version=version, key=key)
        assert first.status_code in (200, 201), first.text
        again = await registry.post(path, watching, body, version=version, key=key)
        assert (again.status_code, again.headers["idempotency-replayed"]) == (first.status_code, "true")
        assert again.json()["request_id"] == first.json()["request_id"]
    await registry.value("UPDATE members SET memberships = '[]' WHERE subject_id = $1", watching.subject_id)
    for path, body, version, key in calls:
        refused = await registry.post(path, watching, body, version=version, key=key)
        assert refused.status_code in (403, 404), refused.text
        assert "Kim" not in refused.text


async def test_a_privacy_officer_decides_nothing_about_themself(registry: Registry) -> None:
    """Nobody confirms, records or refuses what they asked themself; another officer does."""
    by = await officer(registry)
    asked = await ask(registry, by, "correction", told="My name is wrong")
    decisions: tuple[tuple[str, Any], ...] = (
        ("start", None),
        ("extension", {"reason": "complexity"}),
        ("correction", {"name": "Other"}),
        ("answer", {"outcome": "fulfilled"}),
        ("refusal", {"reason": "excessive"}),
    )
    for what, body in decisions:
        answer = await do(registry, by, asked, what, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "own-request"), what
    of_oneself = await registry.post("/person-requests/recorded", by, recorded(by))
    assert (of_oneself.status_code, of_oneself.json()["code"]) == (409, "own-request")
    assert (await do(registry, by, asked, "withdrawal")).status_code == 200
