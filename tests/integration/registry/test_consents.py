"""The ledger of consents: what it holds, what the others hear of it, and that nobody rewrites it."""

from dataclasses import replace

import asyncpg
import pytest

from services.registry.handlers import consents as handlers
from services.registry.models.consents import Purpose
from services.registry.store import consents as store
from services.registry.store import texts
from shared.runtime.errors import Refusal
from tests.integration.registry.platform import REGISTRATION, Person, Registry

VERSION = "2026-01"


async def give(registry: Registry, person: Person, purpose: Purpose, version: str = VERSION) -> bool:
    assert person.subject_id is not None
    async with registry.database.transaction() as tx:
        return await handlers.give(tx, person.subject_id, purpose, text_version=version, language="uk")


async def withdraw(registry: Registry, person: Person, purpose: Purpose) -> bool:
    assert person.subject_id is not None
    async with registry.database.transaction() as tx:
        return await handlers.withdraw(tx, person.subject_id, purpose)


async def test_the_others_hear_of_consents_only_after_the_confirmation(registry: Registry) -> None:
    chosen = [{"purpose": "suggestions_by_mail", "text_version": VERSION}]
    volunteer_id = await registry.register(consents=chosen)
    assert await registry.announced("consent-given") == []
    await registry.post("/volunteers/confirmation", None, {"token": registry.link("confirmation", volunteer_id)})
    (told,) = await registry.announced("consent-given")
    assert told.topic == "registry.consents" and told.data is not None
    assert (told.data["version"], told.data["volunteer_id"]) == (1, str(volunteer_id))
    assert [held["purpose"] for held in told.data["held"]] == ["processing", "suggestions_by_mail"]


async def test_giving_and_withdrawing_holds_at_once_and_is_told_once(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    assert person.subject_id is not None
    purpose = Purpose.CONTACT_BY_ORGANISATIONS
    assert await give(registry, person, purpose)
    assert not await give(registry, person, purpose)
    async with registry.database.reading() as connection:
        assert await store.holds(connection, person.subject_id, purpose)
    assert await withdraw(registry, person, purpose)
    assert not await withdraw(registry, person, purpose)
    async with registry.database.reading() as connection:
        assert not await store.holds(connection, person.subject_id, purpose)
    told = [e.data for e in await registry.announced("consent-given", "consent-withdrawn") if e.data]
    assert [(t["version"], len(t["held"])) for t in told] == [(1, 1), (2, 2), (3, 1)]


async def test_a_newer_text_is_named_and_withdraws_nothing(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    person, _ = await registry.volunteer()
    before = (await registry.get(f"/volunteers/{person.subject_id}/consents", person)).json()
    assert [(each["is_current"], each["newer_version"]) for each in before["held"]] == [(True, None)]
    newer = tuple(replace(text, version="2031-05") for text in texts.consent_text(Purpose.PROCESSING))
    monkeypatch.setattr(texts, "consent_text", lambda purpose: newer)
    after = (await registry.get(f"/volunteers/{person.subject_id}/consents", person)).json()
    assert [(each["text_version"], each["is_current"], each["newer_version"]) for each in after["held"]] == [
        (VERSION, False, "2031-05")
    ]
    assert after["ledger"] == before["ledger"]


async def test_the_ledger_keeps_what_was_decided_with_text_language_time_and_channel(registry: Registry) -> None:
    """Art. 7 (1) DSGVO: the controller can demonstrate that the person has consented."""
    person, _ = await registry.volunteer()
    await give(registry, person, Purpose.SUGGESTIONS_BY_MAIL)
    await withdraw(registry, person, Purpose.SUGGESTIONS_BY_MAIL)
    exported = (await registry.get("/me/export", person)).json()["consents"]
    assert [(e["purpose"], e["decision"], e["text_version"], e["language"], e["channel"]) for e in exported] == [
        ("processing", "given", VERSION, "de", "web"),
        ("suggestions_by_mail", "given", VERSION, "uk", "web"),
        ("suggestions_by_mail", "withdrawn", VERSION, "uk", "web"),
    ]


async def test_nobody_rewrites_the_ledger(registry: Registry) -> None:
    await registry.volunteer()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        async with registry.database.transaction() as tx:
            await tx.connection.execute("UPDATE consents SET decided_at = decided_at - interval '1 day'")


async def test_a_special_category_is_told_to_nobody(registry: Registry) -> None:
    """Art. 9 DSGVO: neither the category nor that somebody consented to it leaves the registry."""
    person, _ = await registry.volunteer()
    before = await registry.announced()
    for purpose in (Purpose.MIGRATION_EXPERIENCE, Purpose.AGE_BAND, Purpose.GUARDIAN):
        await give(registry, person, purpose)
    assert await registry.announced() == before
    await give(registry, person, Purpose.SUGGESTIONS_BY_MAIL)
    told = await registry.last("consent-given")
    assert {held["purpose"] for held in told["held"]} == {"processing", "suggestions_by_mail"}
    # Who calls of campaigns are mailed to has to be known where they are mailed.
    await give(registry, person, Purpose.CAMPAIGNS)
    told = await registry.last("consent-given")
    assert {held["purpose"] for held in told["held"]} == {"processing", "suggestions_by_mail", "campaigns"}


async def test_whoever_has_seen_another_text_is_shown_the_one_in_force(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    with pytest.raises(Refusal) as refused:
        await give(registry, person, Purpose.SUGGESTIONS_BY_MAIL, "2019-01")
    assert (refused.value.code, refused.value.details) == ("consent-text-unknown", {"text_version": VERSION})
    answer = await registry.post("/volunteers", None, REGISTRATION | {"consent_text_version": "2019-01"})
    assert (answer.status_code, answer.json()["code"]) == (422, "consent-text-unknown")
