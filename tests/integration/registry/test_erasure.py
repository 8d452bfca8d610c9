"""A volunteer is erased: here at once, everywhere on its turn; the address goes after the receipt."""

from datetime import timedelta
from uuid import UUID, uuid4

from tests.integration.registry.exchange import erasure_recorded
from tests.integration.registry.platform import REGISTRATION, Person, Registry

OWN_TABLES = ("volunteers", "consents", "consents_held", "token_families", "refresh_tokens")


async def ask(registry: Registry, person: Person) -> str:
    answer = await registry.post(f"/volunteers/{person.subject_id}/erasure", person)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/erasures/{answer.json()['erasure_id']}"
    return str(answer.json()["erasure_id"])


async def test_the_registry_erases_at_once_but_keeps_the_address_for_the_receipt(registry: Registry) -> None:
    person, tokens = await registry.volunteer()
    before = len(await registry.announced())
    erasure_id = await ask(registry, person)
    for table in OWN_TABLES:
        assert await registry.value(f"SELECT count(*) FROM {table}") == 0
    assert await registry.value("SELECT count(*) FROM volunteer_contacts") == 1
    told = (await registry.announced())[before:]
    assert [(e.topic, e.type) for e in told] == [
        ("registry.volunteers", "volunteer-erased"),
        ("registry.privacy", "erasure-requested"),
        ("registry.volunteers", "tombstone"),
        ("registry.consents", "tombstone"),
        ("registry.privacy", "erased-here"),
    ]
    assert told[0].data is not None and told[0].data["version"] == 2
    assert told[4].data is not None and told[4].data["erasure_id"] == erasure_id
    refresh = await registry.post("/tokens/refresh", None, {"refresh_token": tokens["refresh_token"]})
    assert refresh.status_code == 401
    assert (await registry.get("/volunteers/me", person)).status_code == 401


async def test_the_receipt_is_due_when_all_but_notifications_answered_and_then_the_address_goes(
    registry: Registry,
) -> None:
    person, _ = await registry.volunteer()
    erasure_id = await ask(registry, person)
    await registry.hear_erased_here("matching", erasure_id, person.subject_id)
    assert await registry.announced("erasure-receipt-due") == []
    await registry.hear_erased_here("training", erasure_id, person.subject_id)
    await registry.hear_erased_here("training", erasure_id, person.subject_id)
    (due,) = await registry.announced("erasure-receipt-due")
    assert due.data is not None
    assert [answer["service"] for answer in due.data["services"]] == ["matching", "registry", "training"]
    assert due.data["log_clean_by"] == max(answer["log_clean_by"] for answer in due.data["services"])
    assert await registry.value("SELECT count(*) FROM volunteer_contacts") == 1
    status = (await registry.get(f"/erasures/{erasure_id}", person)).json()
    assert (status["status"], status["waiting_for"]) == ("receipt_due", ["notifications"])

    await registry.hear_erased_here("notifications", erasure_id, person.subject_id)
    assert await registry.value("SELECT count(*) FROM volunteer_contacts") == 0
    assert [(e.topic, e.type) for e in (await registry.announced())[-2:]] == [
        ("registry.volunteer-contacts", "tombstone"),
        ("registry.privacy", "erasure-completed"),
    ]
    status = (await registry.get(f"/erasures/{erasure_id}", person)).json()
    assert (status["status"], status["waiting_for"]) == ("completed", [])
    assert status["log_clean_by"] >= (registry.clock.today() + timedelta(days=30)).isoformat()
    assert [answer["service"] for answer in status["services"]] == [
        "matching",
        "notifications",
        "registry",
        "training",
    ]


async def test_asking_again_answers_the_same_erasure(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    first = await ask(registry, person)
    assert await ask(registry, person) == first
    assert len(await registry.announced("erasure-requested")) == 1


async def test_nothing_in_the_tables_says_who_it_was(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    erasure_id = await ask(registry, person)
    for service in ("matching", "training", "notifications"):
        await registry.hear_erased_here(service, erasure_id, person.subject_id)
    async with registry.database.reading() as connection:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        for (table,) in tables:
            if table == "outbox":
                continue
            content = await connection.fetchval(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} AS t")
            for secret in (REGISTRATION["name"], REGISTRATION["mail"]):
                assert secret not in content, table


async def test_whoever_registers_anew_is_a_new_person(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    erasure_id = await ask(registry, person)
    again, _ = await registry.volunteer()
    assert again.subject_id != person.subject_id
    for service in ("matching", "training", "notifications"):
        await registry.hear_erased_here(service, erasure_id, person.subject_id)
    assert (await registry.get("/volunteers/me", again)).status_code == 200
    assert await registry.value("SELECT volunteer_id FROM volunteer_contacts") == again.subject_id


async def test_a_link_of_an_erased_person_is_good_for_nothing(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    assert person.subject_id is not None
    token = registry.link("sign-in", person.subject_id)
    await ask(registry, person)
    answer = await registry.post("/sign-in/redemption", None, {"token": token})
    assert (answer.status_code, answer.json()["code"]) == (422, "link-expired")


async def test_the_receipt_is_for_the_person_and_the_privacy_officer(registry: Registry) -> None:
    state = await registry.state_admin()
    authority = await registry.organisation(registry.staff("a"), kind="state_authority", verified_by=state)
    await registry.invite(state, authority, "privacy_officer")
    officer = registry.staff("officer-1")
    await registry.redeem(officer)
    person, _ = await registry.volunteer()
    other, _ = await registry.volunteer(mail="other@example.org")
    for way in ("erasure", "leave"):
        unasked = await registry.post(f"/volunteers/{person.subject_id}/{way}", officer)
        assert (unasked.status_code, unasked.json()["code"]) == (409, "no-open-request")
    assert person.subject_id is not None
    await erasure_recorded(registry, officer, person.subject_id)
    erased = await registry.post(f"/volunteers/{person.subject_id}/erasure", officer)
    assert erased.status_code == 202, erased.text
    path = f"/erasures/{erased.json()['erasure_id']}"
    assert (await registry.get(path, person)).status_code == 200
    assert (await registry.get(path, officer)).status_code == 200
    assert (await registry.get(path, other)).status_code == 404
    assert (await registry.get(path, state)).status_code == 403
    assert (await registry.get(path)).status_code == 401
    assert (await registry.get(f"/erasures/{uuid4()}", officer)).status_code == 404
    assert (await registry.post(f"/volunteers/{uuid4()}/erasure", officer)).status_code == 404


async def test_an_answer_about_another_subject_is_refused(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    erasure_id = await ask(registry, person)
    try:
        await registry.hear_erased_here("matching", erasure_id, UUID(int=7))
    except Exception as error:
        assert getattr(error, "code", None) == "erasure-not-found"
    else:
        raise AssertionError("accepted")
