"""Volunteers under 16: nothing is announced before a guardian's consent is recorded, and nothing of the guardian is kept."""

from datetime import timedelta

from tests.integration.registry.inspecting import body
from tests.integration.registry.platform import REGISTRATION, Person, Registry
from tests.integration.registry.test_person_requests import ask, officer

AGREED = {"text_version": "2026-01", "language": "de", "channel": "in_person"}


async def young(registry: Registry, years: int = 15) -> Person:
    born = registry.clock.today().replace(year=registry.clock.today().year - years) - timedelta(days=40)
    person, tokens = await registry.volunteer(birth_date=born.isoformat())
    assert tokens["guardian_awaited"] is True
    return person


async def test_nothing_is_announced_before_the_guardian_agrees(registry: Registry) -> None:
    """Art. 8 (1) DSGVO; §§ 1626, 1629 BGB."""
    person = await young(registry)
    assert await registry.announced("volunteer-registered", "consent-given") == []
    mine = (await registry.get("/volunteers/me", person)).json()
    assert (mine["status"], mine["guardian_awaited"]) == ("awaiting_guardian", True)
    at = await body(registry)
    path = f"/volunteers/{person.subject_id}/guardian-consent"
    assert (await registry.post(path, at.coordinator, AGREED)).status_code == 204
    state = await registry.last("volunteer-registered")
    assert (state["age_reached"], state["paused"]) == (14, False)
    assert (await registry.post(path, at.coordinator, AGREED)).json()["code"] == "guardian-not-needed"


async def test_of_the_guardian_only_that_when_and_how_is_kept(registry: Registry) -> None:
    """Art. 5 (1) (c), Art. 8 (2) DSGVO."""
    person = await young(registry)
    at = await body(registry)
    await registry.post(f"/volunteers/{person.subject_id}/guardian-consent", at.coordinator, AGREED)
    ledger = (await registry.get(f"/volunteers/{person.subject_id}/consents", person)).json()["ledger"]
    assert [(e["purpose"], e["channel"]) for e in ledger] == [("processing", "web"), ("guardian", "in_person")]
    named = await registry.post(
        f"/volunteers/{person.subject_id}/guardian-consent", at.coordinator, AGREED | {"name": "Demo Eltern"}
    )
    assert named.status_code == 422
    assert all("guardian" not in str(event.data) for event in await registry.announced("consent-given"))


async def test_only_a_coordinator_of_the_district_records_it(registry: Registry) -> None:
    person = await young(registry)
    at = await body(registry)
    path = f"/volunteers/{person.subject_id}/guardian-consent"
    assert (await registry.post(path, person, AGREED)).status_code == 403
    assert (await registry.post(path, at.admin, AGREED)).status_code == 403
    own = {"purpose": "guardian", "text_version": "2026-01", "language": "de"}
    answer = await registry.post(f"/volunteers/{person.subject_id}/consents", person, own)
    assert (answer.status_code, answer.json()["code"]) == (403, "guardian-consent-by-coordinator")
    assert await registry.announced("volunteer-registered") == []


async def test_at_16_nobody_waits_any_more(registry: Registry) -> None:
    await young(registry)
    # The wait for a guardian would be over before.
    await _keep_waiting(registry)
    assert await registry.let_timer_run("reach-thresholds-of-age") == 0
    reaches = await registry.value("SELECT reaches_16_on FROM volunteers")
    registry.clock.advance(timedelta(days=(reaches - registry.clock.today()).days + 1))
    assert await registry.let_timer_run("reach-thresholds-of-age") == 1
    assert (await registry.last("volunteer-registered"))["age_reached"] == 16


async def _keep_waiting(registry: Registry) -> None:
    async with registry.database.transaction() as tx:
        await tx.connection.execute("UPDATE volunteers SET expires_at = expires_at + interval '2 years'")


async def test_whoever_waits_in_vain_is_forgotten(registry: Registry) -> None:
    await young(registry)
    registry.clock.advance(timedelta(days=8))
    assert await registry.let_timer_run("forget-unconfirmed") == 0
    registry.clock.advance(timedelta(days=23))
    assert await registry.let_timer_run("forget-unconfirmed") == 1
    assert await registry.value("SELECT count(*) FROM volunteer_contacts") == 0


async def test_whoever_is_forgotten_leaves_no_request_behind(registry: Registry) -> None:
    await officer(registry)
    person = await young(registry)
    await ask(registry, person, "access", told="Demo Weg 1")
    registry.clock.advance(timedelta(days=31))
    await registry.let_timer_run("forget-unconfirmed")
    assert await registry.value("SELECT count(*) FROM volunteers") == 0
    assert await registry.value("SELECT count(*) FROM person_requests") == 0


async def test_a_withdrawal_takes_the_volunteer_out_of_sight(registry: Registry) -> None:
    """Art. 7 (3) DSGVO."""
    person = await young(registry)
    at = await body(registry)
    path = f"/volunteers/{person.subject_id}/guardian-consent"
    await registry.post(path, at.coordinator, AGREED)
    assert (await registry.post(f"{path}/withdrawal", at.coordinator, {})).status_code == 204
    state = await registry.last("volunteer-updated")
    assert (state["paused"], state["version"]) == (True, 2)
    await registry.post(path, at.coordinator, AGREED)
    assert (await registry.last("volunteer-updated"))["paused"] is False


async def test_the_date_of_birth_is_asked_once(registry: Registry) -> None:
    person, _ = await registry.volunteer(birth_date=None)
    path = f"/volunteers/{person.subject_id}"
    born = registry.clock.today().replace(year=registry.clock.today().year - 15).isoformat()
    told = await registry.send("PATCH", path, person, {"birth_date": born}, version=1)
    assert told.status_code == 200, told.text
    state = await registry.last("volunteer-updated")
    assert (state["age_reached"], state["paused"]) == (14, True)
    version = told.json()["version"]
    again = await registry.send("PATCH", path, person, {"birth_date": "1980-01-01"}, version=version)
    assert (again.status_code, again.json()["code"]) == (409, "birth-date-told-already")
    assert born not in await registry.value("SELECT coalesce(string_agg(v::text, ' '), '') FROM volunteers AS v")


async def test_under_14_nobody_is_taken_in(registry: Registry) -> None:
    born = registry.clock.today().replace(year=registry.clock.today().year - 13).isoformat()
    answer = await registry.post("/volunteers", None, REGISTRATION | {"birth_date": born})
    assert (answer.status_code, answer.json()["code"]) == (422, "too-young")
    assert await registry.value("SELECT count(*) FROM volunteers") == 0


async def test_a_date_under_14_told_later_is_refused_and_nothing_of_it_stays(registry: Registry) -> None:
    person, _ = await registry.volunteer(birth_date=None)
    path = f"/volunteers/{person.subject_id}"
    version = (await registry.get(path, person)).json()["version"]
    born = registry.clock.today().replace(year=registry.clock.today().year - 13).isoformat()
    answer = await registry.send("PATCH", path, person, {"birth_date": born, "reach_km": 7}, version=version)
    assert (answer.status_code, answer.json()["code"]) == (422, "too-young")
    now = (await registry.get(path, person)).json()
    assert (now["version"], now["age_reached"]) == (version, None)


async def test_a_coordinator_who_is_admin_elsewhere_records_it_too(registry: Registry) -> None:
    person, state = await young(registry), await registry.state_admin()
    admin = registry.staff("other-admin")
    told = {"name": "Demo-Verein zwei", "contact_mail": "other@example.org"}
    other = await registry.organisation(admin, verified_by=state, **told)
    at = await body(registry)
    assert (await registry.invite(admin, other, "organisation_admin")).status_code == 202
    assert (await registry.redeem(at.coordinator)).status_code == 200
    path = f"/volunteers/{person.subject_id}/guardian-consent"
    assert (await registry.post(path, at.coordinator, AGREED)).status_code == 204
