"""People without mail: registered by a coordinator, reached through them, later with an account of their own."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.registry.models.addresses import mail_hash
from tests.integration.registry.inspecting import Body, body
from tests.integration.registry.platform import CELLE, REGISTRATION, Person, Registry

VERSION = "2026-01"
PAPER = {"text_version": VERSION, "language": "ar", "channel": "paper"}
SOMEBODY: dict[str, Any] = {
    "name": "Demo Ohne Mail",
    "phone": "05141 1234",
    "language": "ar",
    "postal_code": "29221",
    "languages": [{"language": "ar", "level": "native"}],
    "consent": PAPER,
}


async def register(registry: Registry, by: Person, at: Body, **changes: Any) -> httpx.Response:
    return await registry.post(f"/organisations/{at.organisation_id}/volunteers", by, SOMEBODY | changes)


async def somebody(registry: Registry, at: Body, **changes: Any) -> UUID:
    answer = await register(registry, at.coordinator, at, **changes)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["volunteer_id"])


async def test_somebody_without_mail_is_announced_at_once_and_reached_through_the_coordinator(
    registry: Registry,
) -> None:
    at = await body(registry)
    volunteer_id = await somebody(registry, at)
    state = await registry.last("volunteer-registered")
    assert (state["volunteer_id"], state["district"]) == (str(volunteer_id), CELLE)
    contact = await registry.last("volunteer-contact-updated")
    assert (contact["mail"], contact["through"]) == (None, str(at.coordinator.subject_id))
    assert "1234" not in str([event.data for event in await registry.announced()])
    assert await registry.announced("confirmation-requested", "sign-in-requested") == []


async def test_the_organisation_inspects_and_prints_the_letter_for_whom_it_registered_30a_bzrg(
    registry: Registry,
) -> None:
    """§ 30a(2) BZRG, § 72a(4) SGB VIII: before anything is taken up."""
    at, other = await body(registry), await body(registry, "two")
    volunteer_id = await somebody(registry, at)
    asked = {"legal_basis": "sgb8_72a", "kind_of_activity": "homework_help", "volunteer_id": str(volunteer_id)}
    path = "/organisations/{}/clearance-letter"
    printed = await registry.get(path.format(at.organisation_id), at.coordinator, **asked)
    assert printed.headers["content-type"] == "application/pdf"
    await at.inspected(volunteer_id)
    assert (await registry.last("clearance-recorded"))["volunteer_id"] == str(volunteer_id)
    elsewhere = await registry.get(path.format(other.organisation_id), other.coordinator, **asked)
    for refused in (elsewhere, await other.record(volunteer_id)):
        assert (refused.status_code, refused.json()["code"]) == (404, "volunteer-not-found")
        assert "registered" in refused.text or "angemeldet" in refused.text
    waiting = await register(registry, at.coordinator, at, mail="waiting@example.org")
    assert (await at.record(waiting.json()["volunteer_id"])).status_code == 404


async def test_their_consent_is_recorded_with_who_wrote_it_down_and_how(registry: Registry) -> None:
    """Art. 7 (1) DSGVO."""
    at = await body(registry)
    volunteer_id = await somebody(registry, at)
    told = (await registry.get(f"/volunteers/{volunteer_id}/consents", at.coordinator)).json()
    (entry,) = told["ledger"]
    assert (entry["purpose"], entry["channel"], entry["language"]) == ("processing", "paper", "ar")
    assert entry["organisation_id"] == str(at.organisation_id)
    assert await registry.value("SELECT recorded_by FROM consents") == at.coordinator.subject_id
    audited = "SELECT count(*) FROM audit_log WHERE action = 'recorded' AND kind = 'consent' AND concerning = $1"
    assert await registry.value(audited, volunteer_id) == 1


async def test_only_a_coordinator_of_the_district_and_only_with_consent(registry: Registry) -> None:
    at = await body(registry)
    other = await body(registry, "elsewhere")
    assert (await register(registry, other.coordinator, at)).status_code == 404
    assert (await register(registry, at.admin, at)).status_code == 403
    elsewhere = await register(registry, at.coordinator, at, postal_code="38518", district="03151")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "district-not-yours")
    assert elsewhere.json()["details"]["districts"] == [CELLE] and CELLE in elsewhere.json()["detail"]
    for consent in (None, PAPER | {"channel": "web"}, PAPER | {"text_version": "2019-01"}):
        answer = await register(registry, at.coordinator, at, consent=consent)
        assert answer.status_code == 422, answer.text
    assert await registry.value("SELECT count(*) FROM volunteers") == 0


async def test_the_coordinator_looks_after_them_until_they_have_an_account(registry: Registry) -> None:
    at = await body(registry)
    other = await body(registry, "elsewhere")
    volunteer_id = await somebody(registry, at)
    path = f"/volunteers/{volunteer_id}"
    assert (await registry.get(path, at.coordinator)).json()["name"] == "Demo Ohne Mail"
    assert (await registry.get(path, other.coordinator)).status_code == 404
    changed = await registry.send("PATCH", path, at.coordinator, {"wishes": ["garden"]}, version=1)
    assert changed.status_code == 200, changed.text
    asked = await registry.post(f"{path}/mail", at.coordinator, {"mail": "demo@example.org"})
    assert asked.status_code == 202, asked.text
    contact = await registry.last("volunteer-contact-updated")
    assert (contact["mail"], contact["mail_to_confirm"]) == (None, "demo@example.org")
    change = await registry.last("address-confirmation-requested")
    token = registry.link("address", volunteer_id, change["change_id"])
    signed_in = await registry.post("/volunteers/address", None, {"token": token})
    assert signed_in.status_code == 200, signed_in.text
    person = Person(signed_in.json()["access_token"], volunteer_id)
    mine = (await registry.get("/volunteers/me", person)).json()
    assert (mine["mail"], mine["wishes"]) == ("demo@example.org", ["garden"])
    contact = await registry.last("volunteer-contact-updated")
    assert (contact["mail"], contact["through"], contact["mail_to_confirm"]) == ("demo@example.org", None, None)
    assert (await registry.get(path, at.coordinator)).status_code == 404


@pytest.mark.parametrize("way", ["leave", "consents/processing/withdrawal"])
async def test_who_registered_them_takes_note_of_their_leaving(registry: Registry, way: str) -> None:
    """Art. 7 (3) DSGVO: as easily as they agreed, and with the same proof of who wrote it down and how it was told."""
    at, other = await body(registry), await body(registry, "elsewhere")
    volunteer_id = await somebody(registry, at)
    path, told = f"/volunteers/{volunteer_id}/{way}", None if way == "leave" else {"channel": "paper"}
    assert (await registry.post(path, other.coordinator, told)).status_code == 404
    assert (await registry.post(path, at.admin, told)).status_code == 403
    left = await registry.post(path, at.coordinator, told)
    assert left.status_code == 202, left.text
    assert (await registry.last("volunteer-erased"))["volunteer_id"] == str(volunteer_id)
    # Who passes on what they are told is told that it is done (Art. 12(3) DSGVO).
    assert (await registry.last("erasure-requested"))["with_receipt"] is True
    assert await registry.value("SELECT count(*) FROM volunteers") == 0
    channel = "SELECT content #>> '{decisions,1,channel}' FROM retained_records WHERE kind = 'consent-proof'"
    assert await registry.value(channel) == ("in_person" if told is None else "paper")
    audited = "SELECT actor_id FROM audit_log WHERE why = 'leaving' AND concerning = $1"
    assert await registry.value(audited, volunteer_id) == at.coordinator.subject_id


async def test_what_they_ask_about_their_data_is_recorded_where_they_are_registered(registry: Registry) -> None:
    at, other = await body(registry), await body(registry, "elsewhere")
    told = {
        "kind": "erasure",
        "subject_id": str(await somebody(registry, at)),
        "received_on": registry.clock.today().isoformat(),
        "identity_established": "document_seen",
    }
    for asked, status in ((at, 201), (other, 404)):
        sent = told | {"addressed_to": str(asked.organisation_id)}
        answer = await registry.post("/person-requests/recorded", asked.coordinator, sent)
        assert answer.status_code == status, answer.text


async def test_whoever_has_an_account_leaves_themselves(registry: Registry) -> None:
    at = await body(registry)
    volunteer_id = await somebody(registry, at, mail="selbst@example.org")
    token = registry.link("confirmation", volunteer_id)
    assert (await registry.post("/volunteers/confirmation", None, {"token": token})).status_code == 200
    assert (await registry.post(f"/volunteers/{volunteer_id}/leave", at.coordinator)).status_code == 404


async def test_with_a_mail_address_the_person_confirms_it_themselves(registry: Registry) -> None:
    at = await body(registry)
    volunteer_id = await somebody(registry, at, mail="selbst@example.org")
    assert await registry.announced("volunteer-registered") == []
    other = await body(registry, "elsewhere")
    for path in (f"/volunteers/{volunteer_id}", f"/volunteers/{volunteer_id}/contact"):
        early = await registry.get(path, at.coordinator)
        assert (early.status_code, early.json()["code"]) == (404, "registration-not-confirmed")
        assert (await registry.get(path, other.coordinator)).json()["code"] == "volunteer-not-found"
    token = registry.link("confirmation", volunteer_id)
    assert (await registry.post("/volunteers/confirmation", None, {"token": token})).status_code == 200
    assert (await registry.last("volunteer-registered"))["volunteer_id"] == str(volunteer_id)


async def test_the_coordinator_does_not_learn_whose_address_it_is(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    at = await body(registry)
    known = await register(registry, at.coordinator, at, mail=REGISTRATION["mail"])
    unknown = await register(registry, at.coordinator, at, mail="unknown@example.org")
    assert (known.status_code, known.json()["status"]) == (unknown.status_code, unknown.json()["status"])
    assert (await registry.last("sign-in-requested"))["volunteer_id"] == str(person.subject_id)


async def test_when_the_coordinator_leaves_a_colleague_is_told_instead(registry: Registry) -> None:
    at = await body(registry)
    volunteer_id = await somebody(registry, at)
    assert await registry.let_timer_run("hand-over-volunteers-without-mail") == 0
    left = await registry.send(
        "DELETE",
        f"/members/{at.coordinator.subject_id}/memberships/{at.organisation_id}/coordinator",
        at.admin,
        version=1,
    )
    assert left.status_code in (200, 204), left.text
    assert await registry.let_timer_run("hand-over-volunteers-without-mail") == 1
    contact = await registry.last("volunteer-contact-updated")
    admin = (await registry.get("/me", at.admin)).json()["subject_id"]
    assert (contact["volunteer_id"], contact["through"]) == (str(volunteer_id), admin)


@pytest.mark.parametrize("guardian", [None, PAPER])
async def test_somebody_under_16_waits_for_the_guardian(registry: Registry, guardian: dict[str, Any] | None) -> None:
    """Art. 8 DSGVO: before the guardian's consent nothing is announced."""
    at = await body(registry)
    volunteer_id = await somebody(registry, at, birth_date="2011-03-02", guardian=guardian)
    announced = [event.key for event in await registry.announced("volunteer-registered")]
    assert announced == ([str(volunteer_id)] if guardian else [])


async def test_a_new_address_that_nobody_confirms_is_forgotten(registry: Registry) -> None:
    at = await body(registry)
    volunteer_id = await somebody(registry, at)
    await registry.post(f"/volunteers/{volunteer_id}/mail", at.coordinator, {"mail": "demo@example.org"})
    registry.clock.advance(timedelta(days=3))
    assert await registry.let_timer_run("forget-address-changes") == 1
    assert (await registry.last("volunteer-contact-updated"))["mail_to_confirm"] is None
    assert await registry.value("SELECT count(*) FROM address_changes") == 0


async def test_whose_data_may_only_be_stored_is_neither_shown_nor_changed_art_18_dsgvo(registry: Registry) -> None:
    at = await body(registry)
    volunteer_id = await somebody(registry, at)
    path = f"/volunteers/{volunteer_id}"
    version = (await registry.get(path, at.coordinator)).json()["version"]
    async with registry.database.transaction() as tx:
        await tx.connection.execute("UPDATE volunteers SET restricted = true WHERE volunteer_id = $1", volunteer_id)
    assert (await registry.get(path, at.coordinator)).status_code == 404
    changed = await registry.send("PATCH", path, at.coordinator, {"reach_km": 33}, version=version)
    assert changed.status_code == 404


@pytest.mark.parametrize("mail", [None, "own@example.org"])
async def test_side_by_side_the_organisation_reads_whom_it_registered_until_they_have_a_mail(
    registry: Registry, mail: str | None
) -> None:
    """Contact data is shown to whom the person reads it through, or whom they let."""
    at = await body(registry)
    pair = [await somebody(registry, at), await somebody(registry, at, name="Other")]
    if mail is not None:
        await registry.value(
            "UPDATE volunteer_contacts SET mail = $2, mail_hash = $3, name = 'Own' WHERE volunteer_id = $1",
            pair[0], mail, mail_hash(mail),
        )  # fmt: skip
    said = {"first_id": str(pair[0]), "second_id": str(pair[1])}
    shown = await registry.post("/duplicates", at.coordinator, said)
    assert shown.status_code == 201, shown.text
    names = {each["volunteer_id"]: (each["name"], each["phone"]) for each in shown.json()["volunteers"]}
    assert names[str(pair[0])] == ((None, None) if mail else ("Demo Ohne Mail", "05141 1234"))
    assert names[str(pair[1])] == ("Other", "05141 1234")


async def test_what_a_coordinator_reads_and_changes_of_somebody_is_recorded_and_what_one_does_oneself_is_not(
    registry: Registry,
) -> None:
    at = await body(registry)
    path = f"/volunteers/{await somebody(registry, at)}"
    noted = "SELECT coalesce(string_agg(action || ' ' || kind, ', ' ORDER BY entry_id), '') FROM audit_log"
    noted += " WHERE action <> 'recorded'"
    before = await registry.value(noted)
    for way in ("", "/consents"):
        assert (await registry.get(path + way, at.coordinator)).status_code == 200
    changed = await registry.send("PATCH", path, at.coordinator, {"reach_km": 7}, version=1)
    assert changed.status_code == 200, changed.text
    paused = await registry.post(f"{path}/pause", at.coordinator, {}, version=2)
    assert paused.status_code == 200, paused.text
    after = str(await registry.value(noted))
    assert (
        after.removeprefix(before).lstrip(", ") == "read volunteer, read consent, changed volunteer, changed volunteer"
    )
    person, _ = await registry.volunteer(mail="own@example.org")
    own = f"/volunteers/{person.subject_id}"
    assert [(await registry.get(own + way, person)).status_code for way in ("", "/consents")] == [200, 200]
    assert await registry.value(noted) == after
