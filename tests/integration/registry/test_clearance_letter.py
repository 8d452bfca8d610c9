"""The letter for the free certificate (§ 30a(2) BZRG): in German, for one organisation and purpose, stored nowhere."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from tests.integration.registry.inspecting import Body, body, volunteer_of
from tests.integration.registry.platform import Registry

PURPOSE = {"legal_basis": "sgb8_72a", "kind_of_activity": "homework_help"}


@pytest.fixture
async def inspecting(registry: Registry) -> Body:
    return await body(registry)


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


async def letter(registry: Registry, inspecting: Body, **changes: str) -> str:
    path = f"/organisations/{inspecting.organisation_id}/clearance-letter"
    answer = await registry.get(path, inspecting.coordinator, **(PURPOSE | changes))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return text_of(answer.content)


async def test_the_organisation_confirms_the_purpose_in_writing(registry: Registry, inspecting: Body) -> None:
    """§ 30a(1), (2) BZRG; free of charge for volunteers; § 30b BZRG for people from abroad."""
    person = await volunteer_of(registry, inspecting, name="Оксана Demo")
    text = await letter(registry, inspecting, volunteer_id=str(person.subject_id))
    for said in (
        "§ 30a Abs. 2 BZRG",
        "§ 72a Abs. 3 und 4 SGB VIII",
        "sonst nichts (§ 72a Abs. 5 SGB VIII); eine Kopie",
        "ehrenamtlich",
        "keine Gebühr",
        "nicht älter als 3 Monate",
        "§ 30b BZRG",
        "Demo-Verein one",
        "Оксана Demo",
        "29221 Celle",
        "2. März 2026",
    ):
        assert said in text, said


async def test_the_office_reads_german_not_the_term_of_a_vocabulary(registry: Registry, inspecting: Body) -> None:
    await inspecting.offer("childcare")
    for kind, german in (("childcare", "Kinderbetreuung"), ("homework_help", "Hausaufgabenhilfe")):
        text = await letter(registry, inspecting, kind_of_activity=kind)
        assert german in text
        assert kind.replace("_", " ") not in text


async def test_without_a_volunteer_it_is_filled_in_by_hand(registry: Registry, inspecting: Body) -> None:
    asked = {"legal_basis": "other", "stated_basis": "§ 75 Abs. 2 SGB XII", "activity": "Begleitung zu Ämtern"}
    text = await letter(registry, inspecting, **asked)
    assert "Begleitung zu Ämtern" in text
    assert "§ 75 Abs. 2 SGB XII" in text
    assert "SGB VIII" not in text and "AsylG" not in text
    assert "____" in text


async def test_nothing_of_it_is_stored_but_that_the_name_was_read(registry: Registry, inspecting: Body) -> None:
    person = await volunteer_of(registry, inspecting)
    before = await registry.announced()
    await letter(registry, inspecting, volunteer_id=str(person.subject_id))
    assert await registry.announced() == before
    assert await registry.value("SELECT count(*) FROM clearances") == 0
    why = await registry.value("SELECT array_agg(why) FROM audit_log WHERE concerning = $1", person.subject_id)
    assert why == ["clearance-letter"]


async def test_nobody_learns_a_name_by_it(registry: Registry, inspecting: Body) -> None:
    """Contact data is shown only to organisations that the volunteer dealt with."""
    stranger, _ = await registry.volunteer()
    path = f"/organisations/{inspecting.organisation_id}/clearance-letter"
    asked = PURPOSE | {"volunteer_id": str(stranger.subject_id)}
    assert (await registry.get(path, inspecting.coordinator, **asked)).status_code == 404
    other = await body(registry, "two")
    assert (await registry.get(path, other.coordinator, **PURPOSE)).status_code == 404
    assert (await registry.get(path, stranger, **PURPOSE)).status_code == 403
    assert (await registry.get(path, None, **PURPOSE)).status_code == 401


async def test_without_a_legal_basis_asking_is_not_allowed(registry: Registry, inspecting: Body) -> None:
    """§ 30a(1) BZRG."""
    path = f"/organisations/{inspecting.organisation_id}/clearance-letter"
    for asked, status in (
        ({"kind_of_activity": "homework_help"}, 422),
        (PURPOSE | {"legal_basis": "other"}, 422),
        (PURPOSE | {"stated_basis": "§ 75 Abs. 2 SGB XII"}, 422),
        (PURPOSE | {"kind_of_activity": "sports"}, 422),
    ):
        assert (await registry.get(path, inspecting.coordinator, **asked)).status_code == status
