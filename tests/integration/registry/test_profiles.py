"""What a volunteer tells beyond the registration: skills, pauses, characteristics, the undertaking; and who sees it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.registry.handlers import free_skills, vocabularies
from services.registry.handlers.undertakings import may_see_others
from services.registry.store import texts
from services.registry.store import vocabularies as vocabularies_store
from shared.access.callers import Caller, CallerKind
from shared.contracts.vocabulary import PlacementStatus
from tests.integration.registry.inspecting import Body, body, volunteer_of
from tests.integration.registry.platform import Person, Registry

VERSION = "2026-01"
CONTACT = [{"purpose": "contact_by_organisations", "text_version": VERSION}]


async def change(registry: Registry, person: Person, wanted: dict[str, Any], version: int) -> dict[str, Any]:
    answer = await registry.send("PATCH", f"/volunteers/{person.subject_id}", person, wanted, version=version)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_free_skills_become_terms_where_the_vocabulary_knows_them(registry: Registry) -> None:
    person, _ = await registry.volunteer(
        skills=["cooking"], skills_free=["  Übersetzen ", "Fahrradreparatur", "Imkern"]
    )
    mine = (await registry.get("/volunteers/me", person)).json()
    assert mine["skills"] == ["bicycle_repair", "cooking", "translating"]
    assert mine["skills_free"] == ["Imkern"]
    assert all("Imkern" not in str(event.data) for event in await registry.announced())
    changed = await change(registry, person, {"skills_free": ["Imkern", "Gitarre"]}, 1)
    assert (changed["skills"], changed["skills_free"]) == (
        ["bicycle_repair", "cooking", "music", "translating"],
        ["Imkern"],
    )


async def test_a_free_skill_counts_as_the_term_that_the_vocabulary_has_by_now(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, _ = await registry.volunteer(skills=["cooking"], skills_free=["Imkern", "Zaubern"])
    await registry.volunteer(mail="other@example.org", skills_free=["Zaubern"])
    # A term that the vocabulary had once, and has no longer.
    await registry.value(
        "UPDATE volunteers SET skills = skills || '{abacus}' WHERE volunteer_id = $1", person.subject_id
    )
    grown = {**vocabularies_store.meaning_of_skills(), "imkern": "gardening"}
    monkeypatch.setattr(vocabularies, "meaning_of_skills", lambda: grown)
    monkeypatch.setattr(free_skills, "STEP", 1)
    before = len(await registry.announced("volunteer-updated"))

    async def through_all() -> int:
        after: UUID | None = UUID(int=0)
        changed = 0
        while after is not None:
            async with registry.database.transaction() as tx:
                after, more = await free_skills.look_again(tx, after)
            changed += more
        return changed

    assert (await through_all(), await through_all()) == (1, 0)
    mine = (await registry.get("/volunteers/me", person)).json()
    assert (mine["skills"], mine["skills_free"]) == (["abacus", "cooking", "gardening"], ["Zaubern"])
    told = await registry.announced("volunteer-updated")
    assert len(told) == before + 1
    assert (told[-1].data or {})["skills"] == ["abacus", "cooking", "gardening"]


async def test_the_vocabularies_are_public_in_the_languages_of_the_field(registry: Registry) -> None:
    for name in ("skills", "wishes"):
        terms = {
            language: {
                each["term"]
                for each in (await registry.get(f"/vocabularies/{name}", language=language, limit=100)).json()["items"]
            }
            for language in ("de", "en", "uk", "ar", "tr")
        }
        assert len(set(map(frozenset, terms.values()))) == 1 and len(terms["de"]) >= 30
    german = {e["term"]: e["name"] for e in (await registry.get("/vocabularies/wishes", language="tr")).json()["items"]}
    assert german["seniors"] == "Ältere Menschen"
    assert (await registry.get("/vocabularies/cars")).status_code == 422


async def test_whoever_pauses_until_a_day_is_back_on_that_day(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    path, until = f"/volunteers/{person.subject_id}", registry.clock.today() + timedelta(days=10)
    yesterday = {"until": (registry.clock.today() - timedelta(days=1)).isoformat()}
    assert (await registry.post(f"{path}/pause", person, yesterday, version=1)).json()[
        "code"
    ] == "pause-until-impossible"
    paused = await registry.post(f"{path}/pause", person, {"until": until.isoformat()}, version=1)
    assert (paused.status_code, paused.json()["paused_until"]) == (200, until.isoformat())
    assert (await registry.last("volunteer-updated"))["paused"] is True
    assert await registry.let_timer_run("end-pauses") == 0
    registry.clock.advance(timedelta(days=10))
    assert await registry.let_timer_run("end-pauses") == 1
    state = await registry.last("volunteer-updated")
    assert (state["paused"], state["version"]) == (False, 3)


async def test_pause_and_return_by_hand(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    path = f"/volunteers/{person.subject_id}"
    assert (await registry.post(f"{path}/pause", person, {}, version=1)).json()["paused"] is True
    assert (await registry.post(f"{path}/return", person, version=1)).status_code == 412
    assert (await registry.post(f"{path}/return", person, version=2)).json()["paused"] is False


@pytest.mark.parametrize("way", ["leave", "consents/processing/withdrawal"])
async def test_leaving_is_the_withdrawal_of_the_consent_and_erases(registry: Registry, way: str) -> None:
    """Art. 7 (3), Art. 17 (1) (b) DSGVO."""
    person, _ = await registry.volunteer()
    left = await registry.post(f"/volunteers/{person.subject_id}/{way}", person, {} if "consents" in way else None)
    assert left.status_code == 202, left.text
    assert left.headers["location"] == f"/erasures/{left.json()['erasure_id']}"
    assert await registry.value("SELECT count(*) FROM volunteers") == 0
    assert len(await registry.announced("erasure-requested")) == 1


async def consent(registry: Registry, person: Person, purpose: str, what: str = "") -> httpx.Response:
    path = f"/volunteers/{person.subject_id}/consents"
    if what:
        return await registry.post(f"{path}/{purpose}/withdrawal", person, {})
    return await registry.post(path, person, {"purpose": purpose, "text_version": VERSION, "language": "de"})


async def test_a_volunteer_gives_and_withdraws_consents_themselves(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    given = await consent(registry, person, "suggestions_by_mail")
    assert [each["purpose"] for each in given.json()["held"]] == ["processing", "suggestions_by_mail"]
    withdrawn = await consent(registry, person, "suggestions_by_mail", "withdrawal")
    assert [each["purpose"] for each in withdrawn.json()["held"]] == ["processing"]
    assert [each["decision"] for each in withdrawn.json()["ledger"]] == ["given", "given", "withdrawn"]
    assert [held["purpose"] for held in (await registry.last("consent-withdrawn"))["held"]] == ["processing"]
    texts_ = (await registry.get("/consent-texts", language="ar")).json()["items"]
    assert {text["language"] for text in texts_} == {"ar"} and len(texts_) == 7


CHARACTERISTICS = {"migration_experience": "yes", "age_band": "27-39"}


async def tell(registry: Registry, person: Person, which: str, value: str) -> httpx.Response:
    body_ = {"value": value, "text_version": VERSION, "language": "de"}
    return await registry.post(f"/volunteers/{person.subject_id}/characteristics/{which}", person, body_)


async def test_a_characteristic_lives_and_dies_with_its_consent(registry: Registry) -> None:
    """Art. 9 (2) (a), Art. 7 (3) DSGVO."""
    person, _ = await registry.volunteer()
    for which, value in CHARACTERISTICS.items():
        assert (await tell(registry, person, which, value)).status_code == 200
    mine = (await registry.get(f"/volunteers/{person.subject_id}/characteristics", person)).json()["items"]
    assert {each["characteristic"]: each["value"] for each in mine} == CHARACTERISTICS
    await consent(registry, person, "migration_experience", "withdrawal")
    assert await registry.value("SELECT array_agg(characteristic) FROM characteristics") == ["age_band"]
    path = f"/volunteers/{person.subject_id}/characteristics/age_band/withdrawal"
    assert (await registry.post(path, person)).json() == []


async def test_characteristics_are_in_no_event_log_or_list_and_nobody_else_sees_them(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    """Art. 9 DSGVO: never in exports to others or events; only the person sees them."""
    at = await body(registry)
    person = await volunteer_of(registry, at, consents=CONTACT)
    capsys.readouterr()
    before = await registry.announced()
    for which, value in CHARACTERISTICS.items():
        await tell(registry, person, which, value)
    logged = capsys.readouterr().out
    assert await registry.announced() == before
    assert "27-39" not in logged and "migration_experience value" not in logged
    path = f"/volunteers/{person.subject_id}/characteristics"
    for other in (at.coordinator, at.admin):
        assert (await registry.get(path, other)).status_code == 403
    stranger, _ = await registry.volunteer(mail="other@example.org")
    assert (await registry.get(path, stranger)).status_code == 404
    listed = await registry.get("/volunteers", at.coordinator)
    contact = await registry.get(f"/volunteers/{person.subject_id}/contact", at.coordinator)
    assert "27-39" not in listed.text + contact.text and "migration" not in listed.text + contact.text
    exported = (await registry.get("/me/export", person)).text
    assert "27-39" in exported


async def test_without_consent_the_database_takes_no_characteristic(registry: Registry) -> None:
    import asyncpg

    person, _ = await registry.volunteer()
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with registry.database.transaction() as tx:
            await tx.connection.execute(
                "INSERT INTO characteristics VALUES ($1, 'age_band', '60+', now())", person.subject_id
            )
    assert (await tell(registry, person, "age_band", "14-17")).json()["code"] == "age-band-impossible"


@pytest.fixture
def new_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Put a later version of the undertaking in force."""

    def put() -> None:
        folder = tmp_path / "undertakings"
        folder.mkdir()
        for source in (texts.TEXTS / "undertakings").glob("*.toml"):
            (folder / source.name).write_text(source.read_text("utf-8"), "utf-8")
            (folder / "2099-01.toml").write_text(source.read_text("utf-8"), "utf-8")
        monkeypatch.setattr(texts, "TEXTS", tmp_path)

    yield put


async def test_an_undertaking_is_signed_and_a_new_text_asks_again(registry: Registry, new_text: Any) -> None:
    """Art. 29, Art. 32 (4) DSGVO: before personal data of others are seen."""
    person, _ = await registry.volunteer()
    assert person.subject_id is not None
    caller = Caller(CallerKind.VOLUNTEER, None, person.subject_id)

    async def sees_others() -> bool:
        async with registry.database.reading() as connection:
            return await may_see_others(connection, caller)

    assert not await sees_others()
    path, body_ = f"/volunteers/{person.subject_id}/undertakings", {"text_version": VERSION, "language": "uk"}
    signed = await registry.post(path, person, body_)
    assert (signed.status_code, signed.json()["is_valid"]) == (201, True)
    assert (await registry.last("volunteer-updated"))["undertaking_valid"] is True
    assert await sees_others()
    new_text()
    # At once, before any timer has come round.
    assert not await sees_others()
    assert await registry.let_timer_run("ask-for-undertakings-again") == 1
    assert (await registry.last("volunteer-updated"))["undertaking_valid"] is False
    assert (await registry.last("undertaking-due"))["text_version"] == "2099-01"
    assert (await registry.post(path, person, body_)).json()["code"] == "undertaking-text-unknown"
    again = await registry.post(path, person, body_ | {"text_version": "2099-01"})
    assert [each["text_version"] for each in again.json()["signed"]] == [VERSION, "2099-01"]
    assert await registry.let_timer_run("ask-for-undertakings-again") == 0


async def seen(registry: Registry, by: Person, at: Body, person: Person) -> int:
    return (await registry.get(f"/volunteers/{person.subject_id}/contact", by)).status_code


async def test_contact_data_only_for_organisations_that_the_volunteer_dealt_with_and_lets_contact_them(
    registry: Registry,
) -> None:
    """Art. 5 (1) (c), Art. 6 (1) (a), Art. 7 (3) DSGVO."""
    at, other = await body(registry), await body(registry, "other")
    person = await volunteer_of(registry, at, consents=CONTACT)
    assert await seen(registry, at.coordinator, at, person) == 200
    assert await seen(registry, at.admin, at, person) == 200
    assert await seen(registry, other.coordinator, other, person) == 404
    reads = "SELECT count(*) FROM audit_log WHERE kind = 'volunteer-contact' AND concerning = $1"
    assert await registry.value(reads, person.subject_id) == 2
    await consent(registry, person, "contact_by_organisations", "withdrawal")
    assert await seen(registry, at.coordinator, at, person) == 404
    assert await seen(registry, person, at, person) == 200


async def test_an_invited_volunteer_is_not_seen(registry: Registry) -> None:
    at = await body(registry)
    person = await volunteer_of(registry, at, PlacementStatus.INVITED.value, consents=CONTACT)
    assert await seen(registry, at.coordinator, at, person) == 404
    assert (await registry.get("/volunteers", at.coordinator)).json()["items"] == []


async def test_coordinators_list_whom_they_dealt_with_in_their_districts(registry: Registry) -> None:
    at, other = await body(registry), await body(registry, "other")
    dealt = await volunteer_of(registry, at, consents=CONTACT)
    shy = await volunteer_of(registry, at, mail="shy@example.org", wishes=["garden"])
    await volunteer_of(registry, other, mail="other@example.org")
    listed = (await registry.get("/volunteers", at.coordinator)).json()["items"]
    assert [(each["volunteer_id"], each["name"]) for each in listed] == [
        (str(dealt.subject_id), "Demo Mensch"),
        (str(shy.subject_id), None),
    ]
    page = (await registry.get("/volunteers", at.coordinator, limit=1)).json()
    following = (await registry.get("/volunteers", at.coordinator, limit=1, cursor=page["next"])).json()
    assert [each["volunteer_id"] for each in following["items"]] == [str(shy.subject_id)]
    narrowed = (await registry.get("/volunteers", at.coordinator, wish="garden")).json()["items"]
    assert [each["volunteer_id"] for each in narrowed] == [str(shy.subject_id)]
    file = await registry.get("/volunteers", at.admin, format="csv")
    assert file.text.count("\r\n") == 3 and "shy@" not in file.text
    assert (await registry.get("/volunteers", dealt)).status_code == 403
    elsewhere = await registry.get("/volunteers", at.coordinator, organisation_id=str(other.organisation_id))
    assert elsewhere.status_code == 404
    assert (await registry.get("/volunteers", at.coordinator, colour="red")).status_code == 400
    await registry.post(f"/organisations/{at.organisation_id}/suspension", await registry.state_admin(), version=2)
    for asked in ({}, {"organisation_id": str(at.organisation_id)}):
        suspended = await registry.get("/volunteers", at.coordinator, **asked)
        assert (suspended.status_code, suspended.json()["code"]) == (409, "organisation-not-verified")
